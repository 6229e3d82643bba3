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


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MissingExtraError("Evaluation", extra="evaluate", module=(error.name or name).partition(".")[0]) from error
