"""A typo in a path is told before the data is loaded, or even downloaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.train.config import TrainConfig
from mnist_edge.train.folder import begin_run

RunCli = Callable[..., Any]


@pytest.fixture(autouse=True)
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("the data was asked for")

    monkeypatch.setattr("mnist_edge.dataset.load_dataset", refuse)


@pytest.mark.parametrize("name", ["typo", "typo.onnx", "typo.keras"])
def test_evaluate_looks_at_the_model_first(run_cli: RunCli, name: str, tmp_path: Path) -> None:
    result = run_cli("evaluate", tmp_path / name)
    assert (result.code, len(result.err.splitlines())) == (1, 1)
    assert "typo" in result.err


def test_train_looks_at_the_folder_first(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    begin_run(tmp_path / "begun", TrainConfig(), {})
    for name, words in (("file", "a part of the path is a file"), ("begun", "already holds an unfinished run")):
        result = run_cli("train", "-o", tmp_path / name)
        assert (result.code, len(result.err.splitlines())) == (1, 1)
        assert words in result.err
    assert (tmp_path / "file").read_text() == "mine"
