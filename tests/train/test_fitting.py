"""Training end to end on small data: reproducible, and honest about what it leaves."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import OptionError, RunBusyError, RunError
from mnist_edge.keras_model import load_keras_model
from mnist_edge.train.batches import Split
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.evaluation import evaluate_model
from mnist_edge.train.fitting import RunResult, train
from mnist_edge.train.folder import locked_folder
from mnist_edge.train.run import Run, load_run

pytestmark = pytest.mark.real

SIMPLE = TrainConfig(epochs=3, batch_size=100)
DROPOUT = TrainConfig(arch="dropout_cnn", epochs=3, batch_size=100, seed=5)
STOPPING = TrainConfig(epochs=15, batch_size=100, learning_rate=3e-3, patience=2)

Reference = Callable[[TrainConfig], RunResult]
SameRun = Callable[[Run, Run], None]


def test_the_same_seed_gives_the_same_run_and_another_one_does_not(
    data: Dataset, uninterrupted: Reference, same_run: SameRun, tmp_path: Path
) -> None:
    same_run(train(SIMPLE, data, tmp_path / "again").run, uninterrupted(SIMPLE).run)
    other = train(dataclasses.replace(SIMPLE, seed=43), data, tmp_path / "other").run
    assert other.history[-1].loss != uninterrupted(SIMPLE).run.history[-1].loss


def test_the_files_of_a_run(data: Dataset, uninterrupted: Reference) -> None:
    run = uninterrupted(SIMPLE).run
    names = {"config.json", "environment.json", "history.json", "history.csv", "model.keras", "last.keras", "metrics.json"}
    assert {file.name for file in run.folder.iterdir()} - {".lock"} == names
    assert json.loads((run.folder / "config.json").read_text()) == dataclasses.asdict(SIMPLE)
    assert run.environment["data"] == {"name": "custom", "origin": data.origin, "sha256": data.sha256}
    assert {"mnist-edge", "keras", "tensorflow", "numpy"} == run.environment["versions"].keys()
    assert "unknown" not in run.environment["versions"].values()


def test_the_metrics_are_those_of_the_best_model(data: Dataset, uninterrupted: Reference) -> None:
    run = uninterrupted(STOPPING).run
    metrics = run.metrics or {}
    best = max(run.history, key=lambda record: (record.val_accuracy, -record.val_loss))
    assert (metrics["epochs"], metrics["best_epoch"], metrics["parameters"]) == (len(run.history), best.epoch, 93_322)
    assert metrics["validation"]["accuracy"] == pytest.approx(best.val_accuracy, abs=1e-6)
    assert metrics["validation"]["loss"] == pytest.approx(best.val_loss, rel=1e-4)
    assert metrics["test"] == evaluate_model(run.folder, Split(data.x_test, data.y_test)).summary()
    assert [metrics[name]["total"] for name in ("train", "validation", "test")] == [540, 60, 200]


def test_both_models_can_be_loaded_for_export(uninterrupted: Reference) -> None:
    folder = uninterrupted(DROPOUT).run.folder
    for name in ("model.keras", "last.keras"):
        assert load_keras_model(folder / name).count_params() == 225_034


def _fingerprint(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def test_resuming_a_finished_run_changes_nothing(data: Dataset, uninterrupted: Reference) -> None:
    folder = uninterrupted(SIMPLE).run.folder
    before = _fingerprint(folder)
    assert train(SIMPLE, data, folder, resume=True).already_finished
    assert _fingerprint(folder) == before


@pytest.mark.parametrize(
    ("change", "error"),
    [({}, RunError), ({"resume": True, "config": DROPOUT}, OptionError), ({"resume": True, "data": 1}, OptionError)],
)
def test_a_refused_training_changes_nothing(
    change: dict[str, Any], error: type[Exception], data: Dataset, uninterrupted: Reference
) -> None:
    folder = uninterrupted(SIMPLE).run.folder
    before = _fingerprint(folder)
    dataset = dataclasses.replace(data, sha256="other") if "data" in change else data
    with pytest.raises(error):
        train(change.get("config", SIMPLE), dataset, folder, resume=change.get("resume", False))
    assert _fingerprint(folder) == before


def test_a_busy_folder_is_refused(data: Dataset, tmp_path: Path) -> None:
    with locked_folder(tmp_path), pytest.raises(RunBusyError):
        train(SIMPLE, data, tmp_path)


def test_divergence_is_an_error_and_is_not_recorded(data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"diverged in epoch.*lower --learning-rate"):
        train(dataclasses.replace(SIMPLE, learning_rate=1e30), data, tmp_path)
    assert all(np.isfinite(record.loss) for record in load_run(tmp_path).history)
