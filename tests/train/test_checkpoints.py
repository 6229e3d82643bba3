"""What state.json promises: the checkpoints that it names are complete and stay."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from mnist_edge.errors import RunError
from mnist_edge.train.checkpoints import Checkpoints, history_table, remove_leftovers
from mnist_edge.train.run import EpochRecord


def _record(epoch: int, val_accuracy: float) -> EpochRecord:
    return EpochRecord(epoch, 0.1 * epoch, 0.5, 1.0, val_accuracy, 2.0, 1e-3)


def _train(checkpoints: Checkpoints, accuracies: list[float]) -> list[EpochRecord]:
    history: list[EpochRecord] = []
    checkpoints.folder.mkdir()
    for epoch, accuracy in enumerate(accuracies, start=1):
        checkpoints.file(epoch).write_text(f"weights {epoch}")
        history.append(_record(epoch, accuracy))
        checkpoints.commit(history)
    return history


def test_last_and_best_are_kept_and_published(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    history = _train(checkpoints, [0.5, 0.9, 0.8, 0.7])
    assert sorted(file.name for file in checkpoints.folder.iterdir()) == [
        "epoch-0002.keras",
        "epoch-0004.keras",
        "state.json",
    ]
    assert (tmp_path / "model.keras").read_text() == "weights 2"
    assert (tmp_path / "last.keras").read_text() == "weights 4"
    assert checkpoints.read() == tuple(history)
    assert [entry["epoch"] for entry in json.loads((tmp_path / "history.json").read_text())["epochs"]] == [1, 2, 3, 4]


def test_nothing_committed_is_an_empty_history(tmp_path: Path) -> None:
    assert Checkpoints(tmp_path).read() == ()


def test_a_run_whose_checkpoints_were_removed_does_not_begin_again_in_silence(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    _train(checkpoints, [0.5])
    checkpoints.remove()
    with pytest.raises(RunError, match=r"The checkpoints of .* are gone"):
        checkpoints.read()


def test_a_checkpoint_that_was_not_committed_is_forgotten(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    history = _train(checkpoints, [0.5, 0.9])
    checkpoints.file(3).write_text("half a fi")
    (tmp_path / "model.keras").unlink()
    assert checkpoints.read() == tuple(history)
    checkpoints.publish(history)
    assert not checkpoints.file(3).exists()
    assert (tmp_path / "model.keras").read_text() == "weights 2"


@pytest.mark.parametrize("epoch", [2, 3])
def test_a_lost_checkpoint_is_named(tmp_path: Path, epoch: int) -> None:
    checkpoints = Checkpoints(tmp_path)
    _train(checkpoints, [0.5, 0.9, 0.8])
    checkpoints.file(epoch).unlink()
    with pytest.raises(RunError, match=f"epoch-000{epoch}.keras is gone"):
        checkpoints.read()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"epochs": [{}]}'])
def test_a_damaged_state_is_named(tmp_path: Path, content: str) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.folder.mkdir()
    (checkpoints.folder / "state.json").write_text(content)
    with pytest.raises(RunError, match=r"state\.json is damaged"):
        checkpoints.read()


def test_the_table_reads_back_to_the_last_bit() -> None:
    history = [EpochRecord(1, 0.1, 1 / 3, 2 / 3, 0.98333334922790527, 12.345, 1e-3 / 3), _record(2, 0.5)]
    rows = list(csv.DictReader(history_table(history).splitlines()))
    assert [EpochRecord(int(row.pop("epoch")), **{name: float(row[name]) for name in row}) for row in rows] == history


def test_braces_in_the_path_survive_keras_formatting(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "run{1}")
    assert checkpoints.keras_pattern.format(epoch=7) == str(checkpoints.file(7))


def test_leftovers_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    leftovers = [tmp_path / ".model.0123abcd.part.keras", tmp_path / "checkpoints" / ".state.0123abcd.part.json"]
    for file in [*leftovers, tmp_path / "model.keras"]:
        file.touch()
    remove_leftovers(tmp_path)
    assert [file.exists() for file in leftovers] == [False, False]
    assert (tmp_path / "model.keras").exists()
