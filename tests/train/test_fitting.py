"""Training end to end on small data: reproducible, resumable after any interruption to the same bits, and honest files."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import OptionError, OutputError, RunBusyError, RunError
from mnist_edge.keras_model import import_keras, load_keras_model
from mnist_edge.train import checkpoints as checkpoints_module
from mnist_edge.train.batches import Split
from mnist_edge.train.checkpoints import Checkpoints
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.evaluation import evaluate_model
from mnist_edge.train.fitting import RunResult, train
from mnist_edge.train.folder import locked_folder
from mnist_edge.train.progress import Listener
from mnist_edge.train.run import EpochRecord, Run, load_run

SIMPLE = TrainConfig(epochs=3, batch_size=100)
DROPOUT = TrainConfig(arch="dropout_cnn", epochs=3, batch_size=100, seed=5)
STOPPING = TrainConfig(epochs=15, batch_size=100, learning_rate=3e-3, patience=2)
CONFIGS = pytest.mark.parametrize("config", [SIMPLE, DROPOUT, STOPPING], ids=["simple_cnn", "dropout_cnn", "stopping"])

Reference = Callable[[TrainConfig], RunResult]


class Killed(BaseException):
    """Stands for the death of the process: nothing may catch it."""


def state(file: Path) -> list[np.ndarray]:
    """Weights and optimizer state of a saved model."""
    model = import_keras("This test").saving.load_model(file)
    return [np.asarray(variable.numpy()) for variable in [*model.weights, *model.optimizer.variables]]


def assert_same_run(run: Run, reference: Run) -> None:
    """Both ended with the same bits everywhere but in times."""
    for name in ("model.keras", "last.keras"):
        for ours, theirs in zip(state(run.folder / name), state(reference.folder / name), strict=True):
            np.testing.assert_array_equal(ours, theirs, strict=True)
    assert [record.logs() for record in run.history] == [record.logs() for record in reference.history]
    timing = {"fit_seconds", "finished"}
    ours, theirs = run.metrics or {}, reference.metrics or {}
    assert {key: ours[key] for key in ours.keys() - timing} == {key: theirs[key] for key in theirs.keys() - timing}


class DieInBatch(Listener):
    """Dies in the third batch of an epoch."""

    wants_batches = True

    def __init__(self, epoch: int) -> None:
        self.epochs_left = epoch - 1

    def epoch_ended(self, record: EpochRecord) -> None:
        self.epochs_left -= 1

    def batch_ended(self, step: int) -> None:
        if self.epochs_left == 0 and step == 3:
            raise Killed


class DieBeforeMetrics(Listener):
    """Dies when everything is fitted."""

    def measuring(self) -> None:
        raise Killed


def _die_while_saving(monkeypatch: pytest.MonkeyPatch) -> None:
    keras = import_keras("This test")

    def save(model: Any, path: str, **options: Any) -> None:
        if "epoch-0002" in path:
            Path(path).write_bytes(b"PK\x03\x04 half a file")
            raise Killed
        keras.saving.save_model(model, path, **options)

    monkeypatch.setattr(keras.Model, "save", save)


def _die_before_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    original = Checkpoints.commit

    def commit(self: Checkpoints, history: list[EpochRecord]) -> None:
        if len(history) == 2:
            raise Killed
        original(self, history)

    monkeypatch.setattr(Checkpoints, "commit", commit)


def _die_before_writing(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    def prepare(monkeypatch: pytest.MonkeyPatch) -> None:
        for function in ("write_json", "write_text", "atomic_path"):
            original = getattr(checkpoints_module, function)

            def guarded(target: Path, *rest: Any, original: Callable[..., Any] = original) -> Any:
                second = (target.parent / "checkpoints" / "epoch-0002.keras").exists()
                if second and target.name == name:
                    raise Killed
                return original(target, *rest)

            monkeypatch.setattr(checkpoints_module, function, guarded)

    return prepare


MOMENTS = {
    "saving the checkpoint": _die_while_saving,
    "before state.json": _die_before_the_state,
    "before history.json": _die_before_writing("history.json"),
    "before history.csv": _die_before_writing("history.csv"),
    "before last.keras": _die_before_writing("last.keras"),
    "before model.keras": _die_before_writing("model.keras"),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_death_around_a_checkpoint_does_not_change_the_outcome(
    moment: str, data: Dataset, uninterrupted: Reference, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        MOMENTS[moment](patch)
        with pytest.raises(Killed):
            train(DROPOUT, data, tmp_path / "run")
    result = train(DROPOUT, data, tmp_path / "run", resume=True)
    assert 1 <= result.resumed_after <= 2
    assert_same_run(result.run, uninterrupted(DROPOUT).run)
    assert not (tmp_path / "run" / "checkpoints").exists()


@CONFIGS
@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_a_death_in_an_epoch_does_not_change_the_outcome(
    config: TrainConfig, epoch: int, data: Dataset, uninterrupted: Reference, tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        train(config, data, tmp_path / "run", listener=DieInBatch(epoch))
    assert len(load_run(tmp_path / "run").history) == epoch - 1
    result = train(config, data, tmp_path / "run", resume=True)
    assert result.resumed_after == epoch - 1
    assert_same_run(result.run, uninterrupted(config).run)


def test_early_stopping_counts_on_across_deaths(data: Dataset, uninterrupted: Reference, tmp_path: Path) -> None:
    reference = uninterrupted(STOPPING).run
    assert reference.metrics is not None
    assert reference.metrics["stopped_early"]
    epochs = len(reference.history)
    assert 2 < epochs < STOPPING.epochs
    # Dies between the first epoch that did not improve and the one that would end it.
    with pytest.raises(Killed):
        train(STOPPING, data, tmp_path / "run", listener=DieInBatch(epochs))
    with pytest.raises(Killed):
        train(STOPPING, data, tmp_path / "run", resume=True, listener=DieBeforeMetrics())
    result = train(STOPPING, data, tmp_path / "run", resume=True)
    assert result.resumed_after == epochs
    assert_same_run(result.run, reference)


def test_the_same_seed_gives_the_same_run_and_another_one_does_not(
    data: Dataset, uninterrupted: Reference, tmp_path: Path
) -> None:
    assert_same_run(train(SIMPLE, data, tmp_path / "again").run, uninterrupted(SIMPLE).run)
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


def test_a_damaged_checkpoint_is_one_sentence(data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        train(SIMPLE, data, tmp_path, listener=DieInBatch(2))
    (tmp_path / "checkpoints" / "epoch-0001.keras").write_bytes(b"garbage")
    with pytest.raises(RunError, match=r"epoch-0001\.keras is damaged"):
        train(SIMPLE, data, tmp_path, resume=True)


def test_divergence_is_an_error_and_is_not_recorded(data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"diverged in epoch.*lower --learning-rate"):
        train(dataclasses.replace(SIMPLE, learning_rate=1e30), data, tmp_path)
    assert all(np.isfinite(record.loss) for record in load_run(tmp_path).history)


def test_a_full_disk_is_one_sentence_and_the_run_can_go_on(data: Dataset, uninterrupted: Reference, tmp_path: Path) -> None:
    keras = import_keras("This test")

    def no_space(model: Any, path: str, **options: Any) -> None:
        if "epoch-0002" in path:
            raise OSError(28, os.strerror(28))
        keras.saving.save_model(model, path, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "save", no_space)
        with pytest.raises(OutputError, match="no space is left"):
            train(SIMPLE, data, tmp_path / "run")
    assert_same_run(train(SIMPLE, data, tmp_path / "run", resume=True).run, uninterrupted(SIMPLE).run)


def test_other_versions_on_resume_are_told(data: Dataset, tmp_path: Path) -> None:
    class Hearing(DieInBatch):
        heard: str = ""

        def notice(self, text: str) -> None:
            Hearing.heard = text

    with pytest.raises(Killed):
        train(SIMPLE, data, tmp_path, listener=Hearing(2))
    assert Hearing.heard == ""
    environment = json.loads((tmp_path / "environment.json").read_text())
    environment["versions"]["keras"] = "3.0.0"
    (tmp_path / "environment.json").write_text(json.dumps(environment))
    train(SIMPLE, data, tmp_path, resume=True, listener=Hearing(9))
    assert "3.0.0" in Hearing.heard
