"""One round in a process of its own: all configurations in turns. ``python -m mnist_edge.runtime.tuning.rounds``.

Two sessions of the same options differ by one or two percent within a process, by where their memory happens to lie; so
each round starts anew, and opens the sessions in another order.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from mnist_edge.errors import ModelFormatError
from mnist_edge.runtime.bench_clocks import Clock, Now, measure
from mnist_edge.runtime.bench_process import answer
from mnist_edge.runtime.bench_worker import decode_digits, top1
from mnist_edge.runtime.session import Engine
from mnist_edge.runtime.tuning.config import SessionConfig

Answer = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
# The bounds of the export's parity gate: what may pass as the same network.
LOGITS_ATOL: Final = 1e-4
PROBABILITIES_ATOL: Final = 1e-5
PROBABILITIES_RTOL: Final = 1e-4


class Network(Protocol):
    """What is timed: an :class:`~mnist_edge.runtime.session.Engine`, or a stand-in for it."""

    def infer(self, images: npt.NDArray[Any], /) -> Answer:
        """Logits and probabilities of pictures."""

    def encode(self, images: npt.NDArray[np.uint8], /) -> npt.NDArray[Any]:
        """Turns pictures uint8 ``[n, 28, 28]`` into what :meth:`infer` takes."""


OpenNetwork = Callable[[str, SessionConfig], Network]


@dataclass(frozen=True)
class RoundConfig:
    """What one process measures.

    Attributes:
        model: Path of the model.
        trials: Fields of each :class:`SessionConfig`; the first one is the reference.
        digits: Base64 of uint8 ``[n, 28, 28]``, white ink on black.
        batch: Pictures a call.
        samples: Least number of calls of each.
        seconds: Least time in s of each.
        warmup: Calls before the first timed one.
        seed: Decides the order.
    """

    model: str
    trials: tuple[dict[str, Any], ...]
    digits: str
    batch: int
    samples: int
    seconds: float
    warmup: int
    seed: int


@dataclass(frozen=True)
class RoundResult:
    """What one process measured.

    Attributes:
        times_ns: Every sample of each trial; none of one that was refused.
        refused: Why a trial was not timed; empty if it was.
    """

    times_ns: tuple[list[int], ...]
    refused: tuple[str, ...]


def measure_round(
    config: RoundConfig, *, open_network: OpenNetwork | None = None, now: Now = time.perf_counter_ns
) -> RoundResult:
    """Opens all trials, compares their answers with those of the first one, and times them in turns.

    Args:
        config: What to measure.
        open_network: Opens a model with options.
        now: A clock in ns.

    Raises:
        ModelError: If the model cannot be used with the options of the first trial.
    """
    opened = _open_all(config, open_network or _open_engine)
    reference = opened[0]
    if isinstance(reference, ModelFormatError):
        raise reference
    inputs = calls_of(decode_digits(config.digits), config.batch, reference)
    expected = [reference.infer(images) for images in inputs]
    labels = [top1(each) for each in expected]
    clocks, refused = [], []
    for number, network in enumerate(opened):
        if isinstance(network, ModelFormatError):
            refused.append(str(network))
            continue
        refused.append(departure(expected, [network.infer(images) for images in inputs]))
        if not refused[-1]:
            clocks.append(Clock(str(number), network.infer, inputs, top1, labels))
    random.Random(config.seed).shuffle(clocks)  # noqa: S311  # an order, no secret
    times = measure(clocks, samples=config.samples, seconds=config.seconds, warmup=config.warmup, now=now)
    timed = [times[str(number)].tolist() if str(number) in times else [] for number in range(len(opened))]
    return RoundResult(tuple(timed), tuple(refused))


def _open_all(config: RoundConfig, open_network: OpenNetwork) -> list[Network | ModelFormatError]:
    order = list(range(len(config.trials)))
    random.Random(-config.seed).shuffle(order)  # noqa: S311
    opened: dict[int, Network | ModelFormatError] = {}
    for number in order:
        try:
            opened[number] = open_network(config.model, SessionConfig.from_dict(config.trials[number]))
        except ModelFormatError as error:  # an onnxruntime that does not take this option
            opened[number] = error
    return [opened[number] for number in range(len(order))]


def _open_engine(model: str, config: SessionConfig) -> Network:
    return Engine(model, profile=config)


def calls_of(digits: npt.NDArray[np.uint8], batch: int, network: Network) -> list[npt.NDArray[Any]]:
    """The pictures in arrays of ``batch``, repeated until one is full; with corner cases, because answers are compared."""
    corners = np.stack([np.zeros_like(digits[0]), np.full_like(digits[0], 255), 255 - digits[0]])
    pictures = np.concatenate([digits, corners])
    count = max(1, len(pictures) // batch) * batch
    chosen = pictures[np.arange(count) % len(pictures)]
    return [np.ascontiguousarray(network.encode(part)) for part in np.split(chosen, count // batch)]


def departure(expected: list[Answer], received: list[Answer]) -> str:
    """Why the answers are not those of the same network; empty if they are."""
    for (logits, probabilities), (other_logits, other_probabilities) in zip(expected, received, strict=True):
        logit = float(np.abs(other_logits - logits).max(initial=0))
        apart = np.abs(other_probabilities - probabilities)
        if not logit <= LOGITS_ATOL:  # refuses what is no number, too
            return f"logits differ by {logit:.2g}"
        if not (apart <= PROBABILITIES_ATOL + PROBABILITIES_RTOL * np.abs(probabilities)).all():
            return f"probabilities differ by {float(apart.max()):.2g}"
        if (other_logits.argmax(axis=1) != logits.argmax(axis=1)).any():
            return "another digit is read"
    return ""


def main() -> int:
    """Measures what the config on stdin says."""
    return answer(lambda raw: measure_round(RoundConfig(**raw)))


if __name__ == "__main__":
    raise SystemExit(main())
