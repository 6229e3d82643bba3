"""scikit-learn and scipy, imported when they are needed."""

from __future__ import annotations

import importlib
from typing import Any

from mnist_edge.errors import MissingExtraError


def sklearn_metrics() -> Any:
    """The module ``sklearn.metrics``.

    Raises:
        MissingExtraError: If scikit-learn is not installed.
    """
    return _module("sklearn.metrics")


def scipy_stats() -> Any:
    """The module ``scipy.stats``.

    Raises:
        MissingExtraError: If scipy is not installed.
    """
    return _module("scipy.stats")


def wilson_interval(correct: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of a proportion (E. B. Wilson, JASA 22, 1927); unlike the normal one it stays inside 0 to 1.

    Args:
        correct: Successes.
        total: Trials, at least 1.
        confidence: Share of such intervals that hold the true proportion.

    Returns:
        Lower and upper bound, 0 to 1.
    """
    interval = scipy_stats().binomtest(correct, total).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MissingExtraError("Evaluation", extra="evaluate", module=(error.name or name).partition(".")[0]) from error
