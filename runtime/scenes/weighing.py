"""What speaks for a glyph being one digit, and for its being none.

The weights are those of a conditional random field over all readings of a cluster of glyphs (Lafferty et al. 2001),
fitted to the true readings of 2,200 clusters from composed scenes: touching digits, words, doodles, thin and noisy
writing, of MNIST's training digits.

They were fitted once, by throw-away programs that are no part of this project; they are not made again with the network,
whose log-odds they weigh. To fit them anew: compose scenes (:mod:`mnist_edge.train.composing`) of training digits; take
every cluster that :mod:`doubts` reads anew with all its runs and predictions; its true readings are those of the true
digits in order, each a run whose box has at least 0.6 of its width in common (intersection over union) with the true one;
maximize the summed log-likelihood of the true readings against all readings, by forward sums over the lattice and gradient
descent (Adam; clusters of several digits counted 2.5 times; a weak square penalty); do so twice, the second time with
the company that the first weights tell; round. Then compare ``benchmarks/scenes.py --split validation`` before and after.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scenes.glyphs import Glyph

# For a digit.
_DIGIT: Final = -1.55
_PART: Final = 0.30  # more, for a part of a glyph or several joined
_ODDS: Final = 0.171  # per unit of log-odds
_ODDS_SHARE: Final = 0.393  # the same, times the share of the ink: a row of sure digits is worth as much as one
_ODDS_RANGE: Final = (-9.0, 14.0)  # beyond, more says nothing
_LIKELY: Final = (2.0, -0.057)  # from here on, more for each unit of log-odds
_SURE: Final = (7.0, -0.067)
_HOPELESS: Final = (-2.0, 0.060)  # the same, downwards
_REFUSED: Final = -0.05  # the network took it for no digit
_WHOLE_REFUSED: Final = -1.34  # more, for a glyph as it was
_STROKE: Final = -0.59  # a part read as 1: letters are made of strokes, and a stroke passes for a 1
_STROKE_ODDS: Final = -0.082  # per unit of log-odds
_WIDE: Final = (0.4, 1.66)  # width to height; each 1.0 beyond
_BROAD: Final = (0.8, -1.97)
_LOW: Final = (0.95, -4.55)  # of the tallest glyph in the cluster; each 1.0 below
_NARROW: Final = (0.35, -1.10)  # width to that height, but for a 1
_JOIN: Final = -1.52  # of joining two glyphs
_CUT: Final = -1.87
_CUT_INK: Final = 0.278  # per stroke width of ink cut through
_MOST_CUT: Final = 5.0
OVERLAP: Final = 0.13
"""Of two digits that share a stroke."""

# For none.
_NONE: Final = 0.84
_NONE_HEIGHT: Final = -1.28  # times its share of the height
_NONE_WIDTH: Final = -0.56  # per width to height

# Share of digits and of other things around, for a digit and for none.
_DIGIT_COMPANY: Final = (0.03, -0.77)
_NONE_COMPANY: Final = (-4.31, 2.70)
_LITTLE_COMPANY: Final = 1.5  # things; fewer say little


class Company(NamedTuple):
    """How many digits and how many other things are near; doubtful ones count as fractions."""

    digits: float
    others: float

    def weighed(self, weights: tuple[float, float]) -> float:
        """The shares of both, weighed."""
        total = self.digits + self.others + _LITTLE_COMPANY
        return (weights[0] * self.digits + weights[1] * self.others) / total


def digit_value(
    glyph: Glyph, prediction: Prediction, height: float, share: float, is_whole: bool, joins: int, company: Company
) -> float:
    """What speaks for a glyph being a digit, as log-odds.

    Args:
        glyph: The glyph.
        prediction: What the network says.
        height: Of the tallest glyph in the cluster, in working pixels.
        share: Of the cluster's ink.
        is_whole: Whether it is a glyph as it was found, neither cut nor joined.
        joins: How many glyphs more than one are joined in it.
        company: What is around the cluster.
    """
    box, wide = glyph.box, glyph.box.width / glyph.box.height
    odds = min(max(prediction.log_odds, _ODDS_RANGE[0]), _ODDS_RANGE[1])
    is_one = int(prediction.logits.argmax() if prediction.digit is None else prediction.digit) == 1
    value = _DIGIT + _JOIN * joins + company.weighed(_DIGIT_COMPANY)
    value += (_ODDS + _ODDS_SHARE * share) * odds
    value += _LIKELY[1] * max(0.0, odds - _LIKELY[0]) + _SURE[1] * max(0.0, odds - _SURE[0])
    value += _HOPELESS[1] * max(0.0, _HOPELESS[0] - odds)
    if not is_whole:
        value += _PART + (_STROKE + _STROKE_ODDS * odds if is_one else 0.0)
    if prediction.status is not Status.OK:
        value += _REFUSED + (_WHOLE_REFUSED if is_whole else 0.0)
    value += _WIDE[1] * max(0.0, wide - _WIDE[0]) + _BROAD[1] * max(0.0, wide - _BROAD[0])
    value += _LOW[1] * max(0.0, _LOW[0] - box.height / height)
    return value if is_one else value + _NARROW[1] * max(0.0, _NARROW[0] - box.width / height)


def nothing_value(glyph: Glyph, height: float, company: Company) -> float:
    """What speaks for a glyph being no digit, on the same scale as :func:`digit_value`."""
    box = glyph.box
    value = _NONE + _NONE_HEIGHT * box.height / height + _NONE_WIDTH * box.width / box.height
    return value + company.weighed(_NONE_COMPANY)


def cut_value(crossed: float | None) -> float:
    """What speaks for a cut through so much ink, in stroke widths; ``None``: between two glyphs, no cut at all."""
    return 0.0 if crossed is None else _CUT + _CUT_INK * min(crossed, _MOST_CUT)
