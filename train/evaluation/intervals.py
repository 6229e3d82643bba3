"""What chance can do to a count of right answers: intervals of accuracies, and the test of a difference."""

from __future__ import annotations

import math

from mnist_edge.train.evaluation.libraries import scipy_stats


def wilson_interval(correct: int, total: int) -> tuple[float, float]:
    """95 % score interval of a proportion (E. B. Wilson, JASA 22, 1927); unlike the normal one it stays inside 0 to 1.

    Args:
        correct: Successes.
        total: Trials, at least 1.

    Returns:
        Lower and upper bound, 0 to 1.

    Raises:
        MissingExtraError: If scipy is not installed.
    """
    interval = scipy_stats().binomtest(correct, total).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def mcnemar(one_only: int, other_only: int) -> float:
    """p-value of the exact two-sided McNemar test; 1 if there is no difference at all.

    Args:
        one_only: Images that one model alone gets right.
        other_only: Images that the other alone gets right.
    """
    differing = one_only + other_only
    return float(scipy_stats().binomtest(one_only, differing).pvalue) if differing else 1.0


def paired_interval(both: int, one_only: int, other_only: int, neither: int) -> tuple[float, float]:
    """95 % interval of the difference of two proportions that were measured on the same items.

    Method 10 of R. G. Newcombe, "Improved confidence intervals for the difference between binomial proportions based on
    paired data", Statistics in Medicine 17 (1998): the Wilson intervals of both proportions, joined with regard to their
    correlation. Unlike Wald's it has a width also where no item differs.

    Args:
        both: Items that both get right.
        one_only: Items that the first alone gets right.
        other_only: Items that the second alone gets right.
        neither: Items that neither gets right.

    Returns:
        Lower and upper bound of first minus second, -1 to 1.
    """
    total = both + one_only + other_only + neither
    p1, p2 = (both + one_only) / total, (both + other_only) / total
    low1, high1 = wilson_interval(both + one_only, total)
    low2, high2 = wilson_interval(both + other_only, total)
    phi = _corrected_phi(both, one_only, other_only, neither)
    below = _joined(p1 - low1, high2 - p2, phi)
    above = _joined(high1 - p1, p2 - low2, phi)
    return p1 - p2 - below, p1 - p2 + above


def _corrected_phi(both: int, one_only: int, other_only: int, neither: int) -> float:
    """The correlation of the two, with the continuity correction of method 10, which pulls a positive one towards 0."""
    product = math.prod((both + one_only, other_only + neither, both + other_only, one_only + neither))
    if product == 0:
        return 0.0
    association = float(both * neither - one_only * other_only)
    if association > 0:
        association = max(0.0, association - (both + one_only + other_only + neither) / 2)
    return association / math.sqrt(product)


def _joined(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one**2 - 2 * phi * one * other + other**2))
