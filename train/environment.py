"""On what a run was made: machine, versions and data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, Final

from mnist_edge import __version__
from mnist_edge.dataset import Dataset
from mnist_edge.runtime.installation import RIVALS, installed_version
from mnist_edge.runtime.machine import describe_machine

# What the bits of the weights depend on, and the packages that may bring it: OpenCV through augmentation, Matplotlib
# through its fonts, of which outliers are drawn.
LIBRARIES: Final = MappingProxyType(
    {
        "keras": ("keras",),
        "tensorflow": ("tensorflow", "tensorflow-cpu"),
        "numpy": ("numpy",),
        "opencv": RIVALS["cv2"],
        "matplotlib": ("matplotlib",),
    }
)


def describe_environment(dataset: Dataset, teachers: Iterable[dict[str, str]] = ()) -> dict[str, Any]:
    """The content of ``environment.json``, see :mod:`mnist_edge.train.run` for its keys; imports no framework.

    Args:
        dataset: What is trained on.
        teachers: See :func:`~mnist_edge.train.teaching.describe_teachers`.
    """
    machine = describe_machine()
    return {
        "started": utc_now(),
        "python": machine.python,
        "platform": machine.system,
        "cpu": machine.cpu,
        "threads": machine.usable_threads,
        "versions": {"mnist-edge": __version__, **{name: _version(packages) for name, packages in LIBRARIES.items()}},
        "teachers": list(teachers),
        "data": {"name": dataset.name, "origin": dataset.origin, "sha256": dataset.sha256},
    }


def utc_now() -> str:
    """The present time, ISO 8601, to the second."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _version(packages: Iterable[str]) -> str:
    versions = (installed_version(package) for package in packages)
    return next((version for version in versions if version is not None), "unknown")
