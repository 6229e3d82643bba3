"""Which reading of a row of parts is the likeliest: every run of neighbouring parts may be a digit.

Over-segmentation with a segmentation graph and recognition-based choice of its best path (Casey and Lecolinet 1996; LeCun
et al. 1998, section VII).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scenes.glyphs import Glyph

# Weights of a logistic regression between MNIST training digits (one in a piece) and touching pairs of them, 1,300 pieces.
# A part counts by its share of the ink: a row of sure digits is worth as much as one sure digit.
_SURENESS: Final = 0.45  # per unit of log-odds
_LOG_ODDS: Final = (-7.0, 13.0)  # beyond, more says nothing
_REFUSED: Final = 2.4  # price of a part that is no digit
_UNSURE: Final = 2.5  # log-odds; letters fall apart into parts that are digits by a hair
_STROKE_PRICE: Final = 1.0  # of a 1: letters are made of strokes, and a stroke passes for a 1
_BROAD: Final = 0.4  # width to height; each further 1.0 costs _BROAD_PRICE
_BROAD_PRICE: Final = 1.4
_LOW: Final = 0.95  # of the height of the digits around; each further 1.0 costs _LOW_PRICE
_LOW_PRICE: Final = 3.2
_TALL: Final = 1.15
_TALL_PRICE: Final = 4.0

Run = tuple[int, int]
"""First part, and the one after the last."""


def runs(parts: Sequence[Glyph], widest: float) -> list[Run]:
    """All runs of neighbouring parts up to a width in working pixels; single parts whatever their width."""
    found = []
    for first in range(len(parts)):
        left, right = parts[first].box.left, parts[first].box.right
        for last in range(first, len(parts)):
            left, right = min(left, parts[last].box.left), max(right, parts[last].box.right)
            if last == first or right - left <= widest:
                found.append((first, last + 1))
    return found


def best_path(values: Mapping[Run, float], prices: Sequence[float]) -> list[Run]:
    """The runs that cover all parts with the greatest sum of values (dynamic programming).

    Args:
        values: Value of each run on offer; each single part must be among them.
        prices: Price of parting each part from the next.
    """
    count = len(prices) + 1
    best = [0.0] + [-math.inf] * count
    came: list[Run] = [(0, 0)] * (count + 1)
    for end in range(1, count + 1):
        price = prices[end - 1] if end < count else 0.0
        for (first, last), value in values.items():
            if last == end and best[first] + value - price > best[end]:
                best[end], came[end] = best[first] + value - price, (first, last)
    path: list[Run] = []
    end = count
    while end > 0:
        path.append(came[end])
        end = came[end][0]
    return path[::-1]


def value_of(glyph: Glyph, prediction: Prediction, height: float, total_ink: float) -> float:
    """How well a glyph passes for one digit, as log-odds.

    Args:
        glyph: The glyph.
        prediction: What the network says.
        height: Usual height of the digits around it, in working pixels.
        total_ink: Of all the parts together, in pixels.
    """
    box, is_part = glyph.box, glyph.ink < total_ink
    low, high = _LOG_ODDS
    value = _SURENESS * min(max(prediction.log_odds, low), high) * glyph.ink / total_ink
    if prediction.status is not Status.OK or (is_part and prediction.log_odds < _UNSURE):
        value -= _REFUSED
    if is_part and prediction.digit == 1:
        value -= _STROKE_PRICE
    value -= _BROAD_PRICE * max(0.0, box.width / box.height - _BROAD)
    value -= _LOW_PRICE * max(0.0, _LOW - box.height / height)
    return value - _TALL_PRICE * max(0.0, box.height / height - _TALL)
