"""What ``mnist-edge train`` says of a run that is there already."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.train import fitting
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.folder import begin_run

RunCli = Callable[..., Any]
NO_DATA: dict[str, Any] = {"versions": {}, "data": {}}


def test_the_summary_of_a_run_is_of_its_network(run_cli: RunCli, tmp_path: Path) -> None:
    begin_run(tmp_path, TrainConfig(arch="dropout_cnn"), NO_DATA)
    result = run_cli("train", "--summary", "--resume", "-o", tmp_path, "--json")
    assert json.loads(result.out)["arch"] == "dropout_cnn"
    other = run_cli("train", "--summary", "--resume", "-o", tmp_path, "--arch", "simple_cnn")
    assert other.code == 1
    assert "contradicts --arch" in other.err


@pytest.fixture
def interrupted(run_cli: RunCli, data_file: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Trains, and is interrupted with a folder in the state that ``prepare`` leaves; gives what is written on stderr."""

    def run(folder: Path, prepare: Callable[[Path], None]) -> str:
        def stopped(*arguments: Any, **options: Any) -> None:
            prepare(folder)
            raise KeyboardInterrupt

        monkeypatch.setattr(fitting, "train", stopped)
        result = run_cli("train", "--data", data_file, "--allow-any-data", "-o", folder)
        assert result.code == 130
        return str(result.err)

    return run


def _begun(folder: Path) -> None:
    folder.mkdir()
    begin_run(folder, TrainConfig(), NO_DATA)


def _finished(folder: Path) -> None:
    _begun(folder)
    (folder / "metrics.json").write_text("{}")


def test_the_command_to_go_on_with_is_complete(interrupted: Callable[..., str], data_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my run's $HOME"
    told = interrupted(folder, _begun)
    (command,) = (line.split("Go on with: ")[1] for line in told.splitlines() if "Go on with: " in line)
    words = ["mnist-edge", "train", "--data", str(data_file), "--allow-any-data", "-o", str(folder), "--resume"]
    assert shlex.split(command) == words


def test_there_is_nothing_to_go_on_with_when_the_run_is_finished(interrupted: Callable[..., str], tmp_path: Path) -> None:
    assert "Go on" not in interrupted(tmp_path / "run", _finished)
