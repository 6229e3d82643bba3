"""The scripts in ``benchmarks/`` as modules that import each other."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType

import pytest
from benchmark_scripts import BENCHMARKS


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Imports a script as Python does that runs it."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module
