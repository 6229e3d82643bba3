"""On what a run was made: machine, versions and data."""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib.metadata
from typing import Any

from mnist_edge import __version__
from mnist_edge.dataset import Dataset
from mnist_edge.runtime.machine import describe_machine


def describe_environment(dataset: Dataset) -> dict[str, Any]:
    """The content of ``environment.json``, see :mod:`mnist_edge.train.run` for its keys; imports no framework."""
    machine = describe_machine()
    return {
        "started": utc_now(),
        "python": machine.python,
        "platform": machine.system,
        "cpu": machine.cpu,
        "threads": machine.usable_threads,
        "versions": {"mnist-edge": __version__, **{name: _version(name) for name in ("keras", "tensorflow", "numpy")}},
        "data": {"name": dataset.name, "origin": dataset.origin, "sha256": dataset.sha256},
    }


def utc_now() -> str:
    """The present time, ISO 8601, to the second."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _version(name: str) -> str:
    # tensorflow is also published as tensorflow-cpu and other names, so its absence under one name is no error.
    for candidate in (name, f"{name}-cpu"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(candidate)
    return "unknown"
