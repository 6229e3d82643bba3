"""The report: one self-contained page on a run or a model. It stands above train, export and runtime.

Example:
    >>> from mnist_edge.dataset import load_dataset
    >>> from mnist_edge.report import ReportOptions, write_report
    >>> write_report("runs/first", load_dataset(), "report", ReportOptions(lang="zh")).page  # doctest: +SKIP
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mnist_edge.report.options import ReportOptions
from mnist_edge.report.writing import ReportResult, check_report, write_report

if TYPE_CHECKING:
    from mnist_edge.report.models import Models

__all__ = ["ReportOptions", "ReportResult", "check_report", "open_models", "write_report"]


def open_models(given: str | os.PathLike[str], counterpart: str | os.PathLike[str] | None = None) -> Models:
    """See :func:`mnist_edge.report.models.open_models`, which is imported only now: it needs NumPy and more."""
    from mnist_edge.report import models

    return models.open_models(given, counterpart)
