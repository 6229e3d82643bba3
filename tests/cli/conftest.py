"""Models and runs for the command line, and the form that each of its refusals has."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.train.networks.architectures import build
from mnist_edge.train.run import CONFIG_FILE

RunCli = Callable[..., Any]


@pytest.fixture(scope="session")
def keras_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained network."""
    file = tmp_path_factory.mktemp("models") / "model.keras"
    build("simple_cnn", seed=1).save(file)
    return file


@pytest.fixture
def run_folder(keras_file: Path, tmp_path: Path) -> Path:
    """A run that held back a quarter of the training images."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "model.keras").write_bytes(keras_file.read_bytes())
    (folder / CONFIG_FILE).write_text(json.dumps({"validation_split": 0.25}))
    return folder


@pytest.fixture
def evaluate(run_cli: RunCli, data_file: Path) -> RunCli:
    """Evaluates on the first digits: ``evaluate(model)``."""
    return lambda *arguments: run_cli("evaluate", "--data", data_file, "--allow-any-data", *arguments)


@pytest.fixture
def train(run_cli: RunCli, data_file: Path) -> RunCli:
    """Trains on the first digits: ``train("-o", folder)``."""
    return lambda *arguments: run_cli("train", "--data", data_file, "--allow-any-data", *arguments)


@pytest.fixture(scope="session")
def one_line() -> Callable[[Any], str]:
    """Asserts that a command was refused in one line, which it gives."""

    def message(result: Any) -> str:
        assert (result.code, result.out) == (1, "")
        lines: list[str] = result.err.splitlines()
        assert len(lines) == 1
        assert lines[0].startswith("mnist-edge: ")
        return lines[0]

    return message
