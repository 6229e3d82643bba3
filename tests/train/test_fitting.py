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
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.evaluation.predictor import load_predictor
from mnist_edge.train.evaluation.scores import score
from mnist_edge.train.fitting import RunResult, train
from mnist_edge.train.folder import locked_folder
from mnist_edge.train.progress import Listener
from mnist_edge.train.run import Run, load_run

pytestmark = pytest.mark.real

Configs = dict[str, TrainConfig]
Reference = Callable[[TrainConfig], RunResult]
SameRun = Callable[[Run, Run], None]


def _measured(model: Path, images: np.ndarray, labels: np.ndarray) -> dict[str, float | int]:
    return score(load_predictor(model)(images), labels).summary()


def test_the_same_seed_gives_the_same_run_and_another_one_does_not(
    configs: Configs, data: Dataset, uninterrupted: Reference, same_run: SameRun, tmp_path: Path
) -> None:
    same_run(train(configs["simple"], data, tmp_path / "again").run, uninterrupted(configs["simple"]).run)
    other = train(dataclasses.replace(configs["simple"], seed=43), data, tmp_path / "other").run
    assert other.history[-1].loss != uninterrupted(configs["simple"]).run.history[-1].loss


def test_the_files_of_a_run(configs: Configs, data: Dataset, uninterrupted: Reference) -> None:
    run = uninterrupted(configs["simple"]).run
    names = {"config.json", "environment.json", "history.json", "history.csv", "model.keras", "last.keras", "metrics.json"}
    names.add("train.log")
    assert {file.name for file in run.folder.iterdir()} - {".lock"} == names
    assert json.loads((run.folder / "config.json").read_text()) == {
        **dataclasses.asdict(configs["simple"]),
        "teacher": [],
        "recipe_label": "tutorial, changed: epochs 3, batch_size 100",
    }
    assert run.environment["data"] == {"name": "custom", "origin": data.origin, "sha256": data.sha256}
    assert {"mnist-edge", "keras", "tensorflow", "numpy", "opencv", "matplotlib"} == run.environment["versions"].keys()
    assert "unknown" not in run.environment["versions"].values()


def test_the_metrics_are_those_of_the_best_model(configs: Configs, data: Dataset, uninterrupted: Reference) -> None:
    run = uninterrupted(configs["stopping"]).run
    metrics = run.metrics or {}
    best = max(run.history, key=lambda record: (record.val_accuracy, -record.val_loss))
    assert (metrics["epochs"], metrics["best_epoch"], metrics["parameters"]) == (len(run.history), best.epoch, 93_322)
    assert metrics["validation"]["accuracy"] == pytest.approx(best.val_accuracy, abs=1e-6)
    assert metrics["validation"]["loss"] == pytest.approx(best.val_loss, rel=1e-4)
    assert metrics["test"] == _measured(run.folder, data.x_test, data.y_test)
    assert [metrics[name]["total"] for name in ("train", "validation", "test")] == [540, 60, 200]


def test_drawn_digits_are_trained_on_but_not_measured(data: Dataset, configs: Configs, tmp_path: Path) -> None:
    class Steps(Listener):
        steps = 0

        def fit_began(self, config: TrainConfig, *, epochs_done: int, steps: int) -> None:
            Steps.steps = steps

    config = dataclasses.replace(configs["simple"], epochs=1, drawn_share=0.2)
    metrics = train(config, data, tmp_path, listener=Steps()).run.metrics or {}
    assert Steps.steps == 7  # of 100 images: 540 of the data and 108 drawn
    assert metrics["train"] == _measured(tmp_path, data.x_train[:540], data.y_train[:540])


def test_both_models_can_be_loaded_for_export(configs: Configs, uninterrupted: Reference) -> None:
    folder = uninterrupted(configs["dropout"]).run.folder
    for name in ("model.keras", "last.keras"):
        assert load_keras_model(folder / name).count_params() == 225_034


def _fingerprint(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def test_resuming_a_finished_run_changes_nothing(configs: Configs, data: Dataset, uninterrupted: Reference) -> None:
    folder = uninterrupted(configs["simple"]).run.folder
    before = _fingerprint(folder)
    (folder / "checkpoints").mkdir()  # the process may have died before it removed them
    assert train(configs["simple"], data, folder, resume=True).already_finished
    assert _fingerprint(folder) == before


@pytest.mark.parametrize(
    ("change", "error"),
    [({}, RunError), ({"resume": True, "config": "dropout"}, OptionError), ({"resume": True, "data": 1}, OptionError)],
)
def test_a_refused_training_changes_nothing(
    change: dict[str, Any], error: type[Exception], configs: Configs, data: Dataset, uninterrupted: Reference
) -> None:
    folder = uninterrupted(configs["simple"]).run.folder
    before = _fingerprint(folder)
    dataset = dataclasses.replace(data, sha256="other") if "data" in change else data
    with pytest.raises(error):
        train(configs[change.get("config", "simple")], dataset, folder, resume=change.get("resume", False))
    assert _fingerprint(folder) == before


def test_a_busy_folder_is_refused(configs: Configs, data: Dataset, tmp_path: Path) -> None:
    with locked_folder(tmp_path), pytest.raises(RunBusyError):
        train(configs["simple"], data, tmp_path)


def test_divergence_is_an_error_and_is_not_recorded(configs: Configs, data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"diverged in epoch.*lower --learning-rate"):
        train(dataclasses.replace(configs["simple"], learning_rate=1e30), data, tmp_path)
    history = load_run(tmp_path).history
    assert all(np.isfinite(record.loss) for record in history)
    message = rf"diverged in epoch {len(history) + 1}, so the run in .* cannot go on.*another folder"
    with pytest.raises(RunError, match=message):  # it would take the same way
        train(load_run(tmp_path).config, data, tmp_path, resume=True)
    assert load_run(tmp_path).history == history
