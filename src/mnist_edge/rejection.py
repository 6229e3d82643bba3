"""When an answer is refused: the part of the model card that says which scores real digits get."""

import itertools
import math
from dataclasses import dataclass
from numbers import Real
from typing import Any, Final

from mnist_edge.errors import OptionError

_ROUNDING: Final = 1e-6  # relative: a share that was a float32, as in an array of them, may lie beyond the last point
_LARGEST_SHIFT: Final = 50.0  # nats: one picture in 10**21


@dataclass(frozen=True)
class OperatingPoint:
    """One border between digits and all else.

    Attributes:
        refused: Share of real digits that lie below it, above 0 and below 1.
        log_odds: The lowest ``Prediction.log_odds`` of an answer that is given, in nats.
    """

    refused: float
    log_odds: float


@dataclass(frozen=True)
class Rejection:
    """Thresholds below which an answer is not given.

    Attributes:
        min_confidence: Lowest confidence of an answer; ``None`` asks for none. Of models without operating points.
        none_logit: Whether the network was trained with an eleventh answer, "none", whose logit is constantly 0. If so,
            ``exp(logit)`` is the odds of a digit against none, and the log-odds of an answer count "none" among the others.
        none_shift: How much likelier than in the training a digit is held to be, against "none", by the confidence alone:
            nats, added to the log-odds that there is a digit. Log-odds of answers and thresholds are without it.
        points: Operating points, from the fewest refused digits to the most.
        default: Share of real digits refused unless another is asked for; 0 refuses nothing.
        digits: Which digits the shares were measured on, and how many.
    """

    min_confidence: float | None = None
    none_logit: bool = False
    none_shift: float = 0.0
    points: tuple[OperatingPoint, ...] = ()
    default: float = 0.0
    digits: str = ""

    def threshold(self, refused: float | None = None) -> float:
        """The lowest log-odds of an answer that is given.

        Args:
            refused: Share of real digits to refuse; between two operating points the log-odds are interpolated along the
                logarithm of the share. ``None`` takes the default, 0 refuses nothing.

        Returns:
            Natural log-odds; ``-inf`` for 0.

        Raises:
            OptionError: If the share is no number or lies outside the operating points, or there are none.
        """
        wanted: Any = self.default if refused is None else refused
        if not isinstance(wanted, Real):
            raise OptionError(
                "The share of digits to refuse is no number", expected="a number such as 0.01", received=repr(wanted)
            )
        share = float(wanted)
        if share == 0:
            return -math.inf
        if not self.points:
            raise OptionError(
                "This model cannot refuse: its card holds no operating points",
                received=f"reject={share}",
                fix="Drop reject, or take a model that was trained with: mnist-edge train --outliers 0.25",
            )
        first, last = self.points[0].refused, self.points[-1].refused
        if not first * (1 - _ROUNDING) <= share <= last * (1 + _ROUNDING):
            raise OptionError(
                "The share of digits to refuse is out of range",
                expected=f"0 (never), or {first:g} to {last:g}",
                received=str(share),
            )
        for low, high in itertools.pairwise(self.points):
            if share <= high.refused:
                along = math.log(share / low.refused) / math.log(high.refused / low.refused)
                return low.log_odds + along * (high.log_odds - low.log_odds)
        return self.points[-1].log_odds

    def problem(self) -> str | None:
        """What is wrong with these numbers, in a few words; ``None`` if nothing is."""
        shares, borders = [point.refused for point in self.points], [point.log_odds for point in self.points]
        if not all(0 < share < 1 for share in shares):
            return "shares of refused digits outside 0 to 1"
        if any(low >= high for low, high in itertools.pairwise(shares)):
            return "operating points out of order"
        if any(low > high for low, high in itertools.pairwise(borders)):
            return "log-odds that fall while more is refused"
        if abs(self.none_shift) > _LARGEST_SHIFT:
            return "a shift of the odds beyond all shares"
        if self.default and not (shares and shares[0] <= self.default <= shares[-1]):
            return "a default outside the operating points"
        return None
