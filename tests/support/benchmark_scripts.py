"""The scripts in ``benchmarks/``, run as programs or loaded as modules."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def script(name: str, *arguments: str | Path, folder: Path = BENCHMARKS) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, folder / f"{name}.py", *arguments]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded  # dataclasses look their module up
    spec.loader.exec_module(loaded)
    return loaded
