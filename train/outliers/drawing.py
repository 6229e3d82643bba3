"""Drawing outliers: pictures that are no digits, in the form in which the runner would hand them to the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.framing import frame_ink
from mnist_edge.train.batches import Split
from mnist_edge.train.outliers import glyphs, inventing, spoiled
from mnist_edge.train.outliers.likeness import DigitLikeness
from mnist_edge.train.outliers.pen import framed, rewrite
from mnist_edge.train.outliers.scraps import scrap
from mnist_edge.train.outliers.textures import texture
from mnist_edge.train.outliers.things import thing

#: What is drawn, and how much of each. The kinds that most resemble writing are the hardest to tell, so there are more.
KINDS: Final = {
    "letter": 0.22,
    "printed": 0.04,
    "invented": 0.16,
    "doodle": 0.05,
    "shape": 0.06,
    "slash": 0.04,
    "piece": 0.08,
    "pair": 0.06,
    "overhang": 0.05,
    "turned": 0.04,
    "texture": 0.05,
    "thing": 0.06,
    "scrap": 0.09,
}
#: Of scripts that no training sees: to measure with.
HELD_OUT_LETTER: Final = "held-out letter"

#: What is nearer to a digit than this share of the digits is to another of its class is no outlier, whatever it was meant
#: to be. Set by eye, on sheets of what is left out and what is left in.
LIKENESS_QUANTILE: Final = 0.8
#: What was a digit stays one for longer than what never was: factors of that border. How a bar leans is all that tells it
#: from a 1, so none but the nearest is taken for one.
SLACK: Final = {"piece": 2.0, "overhang": 1.3, "turned": 1.8, "slash": 0.5}
_ROUNDS: Final = 30  # draws for what is refused, before giving up


def draw_outliers(
    count: int, rng: np.random.Generator, digits: Split | None = None, kinds: Sequence[str] = tuple(KINDS)
) -> NDArray[np.uint8]:
    """Draws pictures that are no digits, nor like one.

    Args:
        count: How many, 0 or more.
        rng: Source of all random numbers; the same state draws the same pictures.
        digits: Digits to spoil, and not to resemble; ``None`` takes drawn ones.
        kinds: Which of :data:`KINDS`, in their shares there, or :data:`HELD_OUT_LETTER`.

    Returns:
        uint8 ``[count, 28, 28]``, framed like digits, the kinds mixed.

    Raises:
        MissingExtraError: If letters are wanted and Matplotlib is not installed.
    """
    known = digits if digits is not None else _drawn_digits(rng)
    likeness = DigitLikeness(known.images, known.labels, LIKENESS_QUANTILE)
    odds = np.array([KINDS.get(kind, 1.0) for kind in kinds])
    kept: list[NDArray[np.uint8]] = []
    missing = count
    while missing:
        chosen = rng.choice(len(kinds), missing, p=odds / odds.sum())
        images = np.stack([_draw(kinds[int(which)], known, rng) for which in chosen])
        slack = np.array([SLACK.get(kinds[int(which)], 1.0) for which in chosen], np.float32)
        unlike = images[~likeness.is_like(images, slack)]
        kept.append(unlike)
        missing -= len(unlike)
    return np.concatenate(kept) if kept else np.zeros((0, 28, 28), np.uint8)


def _drawn_digits(rng: np.random.Generator) -> Split:
    from mnist_edge.train.drawn import draw_digits

    return draw_digits(2000, rng)


def _draw(kind: str, digits: Split, rng: np.random.Generator) -> NDArray[np.uint8]:
    for _ in range(_ROUNDS):
        if (image := _DRAW[kind](digits, rng)) is not None:
            return image
    return framed(inventing.doodle(rng), rng)  # digits without ink cannot be spoiled


def _printed(rng: np.random.Generator) -> NDArray[np.uint8] | None:
    picture = glyphs.print_glyph(rng)
    if picture is None:
        return None
    return frame_ink(np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.7), np.uint8))


_Draw = Callable[[Split, np.random.Generator], NDArray[np.uint8] | None]
_DRAW: Final[dict[str, _Draw]] = {
    "letter": lambda digits, rng: framed(rewrite(glyphs.draw_glyph(rng), rng), rng),
    HELD_OUT_LETTER: lambda digits, rng: framed(rewrite(glyphs.draw_glyph(rng, held_out=True), rng), rng),
    "printed": lambda digits, rng: _printed(rng),
    "invented": lambda digits, rng: framed(rewrite(inventing.invented_character(rng), rng), rng),
    "doodle": lambda digits, rng: framed(inventing.doodle(rng), rng),
    "shape": lambda digits, rng: framed(rewrite(inventing.shape(rng), rng, 0.7), rng),
    "slash": lambda digits, rng: framed(inventing.slash(rng), rng),
    "piece": spoiled.piece,
    "pair": spoiled.pair,
    "overhang": spoiled.overhang,
    "turned": spoiled.turned,
    "texture": lambda digits, rng: texture(rng),
    "thing": lambda digits, rng: thing(rng),
    "scrap": lambda digits, rng: scrap(rng),
}
