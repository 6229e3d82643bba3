from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.dataset import Dataset

RunCli = Callable[..., Any]


@pytest.mark.real
def test_the_real_data_is_described(run_cli: RunCli, mnist: Dataset) -> None:
    result = run_cli("data")
    assert result.code == 0
    assert "all    60000  10000" in result.out
    assert "MNIST, all four hashes right" in result.out


def test_other_data_needs_permission(
    run_cli: RunCli, no_local_data: Path, tmp_path: Path, small_arrays: dict[str, Any]
) -> None:
    np.savez(tmp_path / "mine.npz", **small_arrays)
    refused = run_cli("data", "--data", tmp_path / "mine.npz")
    assert refused.code == 1
    assert "--allow-any-data" in refused.err
    allowed = run_cli("data", "--data", tmp_path / "mine.npz", "--allow-any-data", "--json")
    assert allowed.code == 0
    summary = json.loads(allowed.out)
    assert summary["name"] == "custom"
    assert summary["counts"] == {"train": [2] * 10, "test": [1] * 10}


def test_a_wrong_path_is_one_line(run_cli: RunCli, tmp_path: Path) -> None:
    result = run_cli("data", "--data", tmp_path / "missing.npz")
    assert (result.code, result.out) == (1, "")
    assert result.err.count("\n") == 1
    assert result.err.startswith("mnist-edge: There is no data at")
