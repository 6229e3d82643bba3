"""Whatever interrupts a training, resuming it ends with the same bits as if nothing had happened."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import OutputError, RunError
from mnist_edge.keras_model import import_keras
from mnist_edge.train import checkpoints as checkpoints_module
from mnist_edge.train.checkpoints import Checkpoints
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.fitting import RunResult, train
from mnist_edge.train.progress import Listener
from mnist_edge.train.run import EpochRecord, Run, load_run

pytestmark = pytest.mark.real

Configs = dict[str, TrainConfig]
Reference = Callable[[TrainConfig], RunResult]
SameRun = Callable[[Run, Run], None]


class Killed(BaseException):
    """Stands for the death of the process: nothing may catch it."""


class DieInBatch(Listener):
    """Dies in the third batch of an epoch."""

    wants_batches = True

    def __init__(self, epoch: int) -> None:
        self.epochs_left = epoch - 1

    def epoch_ended(self, record: EpochRecord) -> None:
        self.epochs_left -= 1

    def batch_ended(self, step: int, loss: float, accuracy: float) -> None:
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
    "before model.keras": _die_before_writing("model.keras"),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_death_around_a_checkpoint_does_not_change_the_outcome(
    moment: str, configs: Configs, data: Dataset, uninterrupted: Reference, same_run: SameRun, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        MOMENTS[moment](patch)
        with pytest.raises(Killed):
            train(configs["dropout"], data, tmp_path / "run")
    result = train(configs["dropout"], data, tmp_path / "run", resume=True)
    assert 1 <= result.resumed_after <= 2
    same_run(result.run, uninterrupted(configs["dropout"]).run)
    assert not (tmp_path / "run" / "checkpoints").exists()


@pytest.mark.parametrize(
    ("name", "epoch"),
    [("simple", 1), ("simple", 2), ("simple", 3), ("dropout", 2), ("stopping", 3), ("everything", 2), ("everything", 3)],
)
def test_a_death_in_an_epoch_does_not_change_the_outcome(
    name: str, epoch: int, configs: Configs, data: Dataset, uninterrupted: Reference, same_run: SameRun, tmp_path: Path
) -> None:
    config = configs[name]
    with pytest.raises(Killed):
        train(config, data, tmp_path / "run", listener=DieInBatch(epoch))
    assert len(load_run(tmp_path / "run").history) == epoch - 1
    result = train(config, data, tmp_path / "run", resume=True)
    assert result.resumed_after == epoch - 1
    same_run(result.run, uninterrupted(config).run)


def test_early_stopping_counts_on_across_deaths(
    configs: Configs, data: Dataset, uninterrupted: Reference, same_run: SameRun, tmp_path: Path
) -> None:
    reference = uninterrupted(configs["stopping"]).run
    assert reference.metrics is not None
    assert reference.metrics["stopped_early"]
    epochs = len(reference.history)
    assert 2 < epochs < configs["stopping"].epochs
    # Dies between the first epoch that did not improve and the one that would end it.
    with pytest.raises(Killed):
        train(configs["stopping"], data, tmp_path / "run", listener=DieInBatch(epochs))
    with pytest.raises(Killed):
        train(configs["stopping"], data, tmp_path / "run", resume=True, listener=DieBeforeMetrics())
    result = train(configs["stopping"], data, tmp_path / "run", resume=True)
    assert result.resumed_after == epochs
    same_run(result.run, reference)


def test_a_damaged_checkpoint_is_one_sentence(configs: Configs, data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        train(configs["simple"], data, tmp_path, listener=DieInBatch(2))
    (tmp_path / "checkpoints" / "epoch-0001.keras").write_bytes(b"garbage")
    with pytest.raises(RunError, match=r"epoch-0001\.keras is damaged"):
        train(configs["simple"], data, tmp_path, resume=True)


def test_a_full_disk_is_one_sentence_and_the_run_can_go_on(
    configs: Configs, data: Dataset, uninterrupted: Reference, same_run: SameRun, tmp_path: Path
) -> None:
    keras = import_keras("This test")

    def no_space(model: Any, path: str, **options: Any) -> None:
        if "epoch-0002" in path:
            raise OSError(28, os.strerror(28))
        keras.saving.save_model(model, path, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "save", no_space)
        with pytest.raises(OutputError, match="no space is left"):
            train(configs["simple"], data, tmp_path / "run")
    same_run(train(configs["simple"], data, tmp_path / "run", resume=True).run, uninterrupted(configs["simple"]).run)


def test_other_versions_on_resume_are_told(configs: Configs, data: Dataset, tmp_path: Path) -> None:
    class Hearing(DieInBatch):
        heard: str = ""

        def notice(self, text: str) -> None:
            Hearing.heard = text

    with pytest.raises(Killed):
        train(configs["simple"], data, tmp_path, listener=Hearing(2))
    assert Hearing.heard == ""
    environment = json.loads((tmp_path / "environment.json").read_text())
    environment["versions"]["keras"] = "3.0.0"
    (tmp_path / "environment.json").write_text(json.dumps(environment))
    train(configs["simple"], data, tmp_path, resume=True, listener=Hearing(9))
    assert "3.0.0" in Hearing.heard
