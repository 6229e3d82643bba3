"""Where the time of reading a picture goes: decoding, ink, components, framing, the network, doubts, order.

The functions that :mod:`mnist_edge.runtime.scenes.reader` is made of are timed while it runs, each without what it calls
of the others.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime import classifier as classifier_module
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.scenes import doubts, lone, reader

DECODE: Final = "decode"
ORDER: Final = "order"  # and whatever is not timed by itself
NETWORK: Final = "network"
STAGES: Final = (DECODE, "ink", "components", "framing", NETWORK, "doubts", ORDER)
JPEG_QUALITY: Final = 95

_TIMED: Final = (
    (reader, "map_ink", "ink"),
    (reader, "trace_pieces", "components"),
    (reader, "_glyphs", "components"),
    (reader, "frame_glyphs", "framing"),
    (doubts, "frame_glyphs", "framing"),
    (lone, "frame_glyphs", "framing"),
    (reader, "resolve_doubts", "doubts"),
    (reader, "join_lone_digit", "doubts"),
)


class StageClock:
    """Adds up the time in stages that call each other."""

    def __init__(self) -> None:
        self.spent_ns = dict.fromkeys(STAGES, 0)
        self._inner: list[int] = []

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, with its time added to a stage, without that of timed functions in it."""

        def call(*args: Any, **options: Any) -> Any:
            self._inner.append(0)
            start = time.perf_counter_ns()
            try:
                return function(*args, **options)
            finally:
                took = time.perf_counter_ns() - start
                self.spent_ns[stage] += took - self._inner.pop()
                if self._inner:
                    self._inner[-1] += took

        return call


@contextlib.contextmanager
def stages_timed(clock: StageClock, classifier: DigitClassifier) -> Iterator[Callable[[bytes], Any]]:
    """Reads encoded pictures stage by stage while the block runs."""
    before = [(module, name, getattr(module, name)) for module, name, _ in _TIMED]
    scorer, load = classifier._scorer, classifier_module.load_image
    whole = clock.timed(ORDER, classifier.read)
    try:
        for module, name, stage in _TIMED:
            setattr(module, name, clock.timed(stage, getattr(module, name)))
        scorer.score = clock.timed(NETWORK, scorer.score)  # type: ignore[method-assign]
        classifier_module.load_image = clock.timed(DECODE, load)
        yield whole
    finally:
        for module, name, function in before:
            setattr(module, name, function)
        del scorer.score  # type: ignore[method-assign]
        classifier_module.load_image = load


def measure_stages(classifier: DigitClassifier, pictures: list[NDArray[np.uint8]], rounds: int) -> dict[str, Any]:
    """Median over the pictures of the median time of each stage.

    Args:
        classifier: Reads them.
        pictures: uint8 BGR ``[H, W, 3]`` each, all of one size; encoded as JPEG before the clock starts.
        rounds: How often each is read.

    Returns:
        ``stages_us`` by name, and ``total_us`` of the whole.
    """
    encoded = [cv2.imencode(".jpg", each, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes() for each in pictures]
    spent = np.zeros((rounds + 1, len(encoded), len(STAGES)))
    for turn in range(rounds + 1):
        for place, content in enumerate(encoded):
            clock = StageClock()
            with stages_timed(clock, classifier) as read:
                read(content)
            spent[turn, place] = [clock.spent_ns[stage] for stage in STAGES]
    each = np.median(spent[1:], axis=0) / 1e3  # the first turn warms up
    stages = np.median(each, axis=0)
    return {
        "stages_us": {stage: round(float(value), 1) for stage, value in zip(STAGES, stages, strict=True)},
        "total_us": round(float(np.median(each.sum(axis=1))), 1),
    }
