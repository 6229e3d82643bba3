"""Runs of earlier versions go on, and what is for people only does not end a training."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.train import fit_loop
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.fitting import RunResult, train
from mnist_edge.train.progress import Listener
from mnist_edge.train.run import EpochRecord, Run

pytestmark = pytest.mark.real

Reference = Callable[[TrainConfig], RunResult]
SameRun = Callable[[Run, Run], None]


class Hearing(Listener):
    """Keeps the notices, and dies after an epoch."""

    def __init__(self, *, dies_after: int = 0) -> None:
        self.notices: list[str] = []
        self._dies_after = dies_after

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def epoch_ended(self, record: EpochRecord) -> None:
        if record.epoch == self._dies_after:
            raise KeyboardInterrupt


def _interrupted(config: TrainConfig, data: Dataset, folder: Path, *, epoch: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(config, data, folder, listener=Hearing(dies_after=epoch))


def _edit(file: Path, change: Callable[[Any], None]) -> None:
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


def test_a_run_of_before_rates_and_opencv_were_noted_goes_on(
    configs: dict[str, TrainConfig], data: Dataset, uninterrupted: Reference, same_run: SameRun, tmp_path: Path
) -> None:
    _interrupted(configs["simple"], data, tmp_path, epoch=2)
    _edit(tmp_path / "checkpoints" / "state.json", lambda state: [each.pop("learning_rate") for each in state["epochs"]])
    _edit(tmp_path / "environment.json", lambda environment: environment["versions"].pop("opencv"))
    listener = Hearing()
    result = train(configs["simple"], data, tmp_path, resume=True, listener=listener)
    assert result.resumed_after == 2
    assert listener.notices == []
    same_run(result.run, uninterrupted(configs["simple"]).run)


def test_another_opencv_is_told_and_nothing_else(configs: dict[str, TrainConfig], data: Dataset, tmp_path: Path) -> None:
    _interrupted(configs["simple"], data, tmp_path, epoch=2)
    _edit(tmp_path / "environment.json", lambda environment: environment["versions"].update(opencv="4.0", other="1"))
    listener = Hearing()
    train(configs["simple"], data, tmp_path, resume=True, listener=listener)
    (notice,) = listener.notices
    assert notice.startswith("The run was begun with opencv 4.0, now ")
    assert "numpy" not in notice
    assert "other" not in notice


@pytest.mark.parametrize(("outliers", "told"), [(0.0, 0), (0.1, 1)])
def test_another_matplotlib_counts_where_its_fonts_are_trained_on(
    outliers: float, told: int, configs: dict[str, TrainConfig], data: Dataset, tmp_path: Path
) -> None:
    config = dataclasses.replace(configs["simple"], outlier_share=outliers)
    _interrupted(config, data, tmp_path, epoch=2)
    _edit(tmp_path / "environment.json", lambda environment: environment["versions"].update(matplotlib="3.0"))
    listener = Hearing()
    train(config, data, tmp_path, resume=True, listener=listener)
    assert sum("matplotlib 3.0, now" in notice for notice in listener.notices) == told


def test_a_log_that_cannot_be_written_ends_no_training(data: Dataset, tmp_path: Path) -> None:
    class BlockTheLog(Hearing):
        def fit_began(self, config: TrainConfig, *, epochs_done: int, steps: int) -> None:
            (tmp_path / "train.log").unlink()
            (tmp_path / "train.log").mkdir()

    listener = BlockTheLog()
    assert train(TrainConfig(epochs=2, batch_size=300), data, tmp_path, listener=listener).run.finished
    assert len(listener.notices) == 1
    assert "train.log" in listener.notices[0]


def test_a_run_whose_epochs_are_all_done_is_only_measured(
    configs: dict[str, TrainConfig], data: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _interrupted(configs["simple"], data, tmp_path, epoch=3)
    monkeypatch.setattr(fit_loop, "load_checkpoint", lambda *arguments: pytest.fail("nothing is left to fit"))
    assert train(configs["simple"], data, tmp_path, resume=True).run.finished


def test_checkpoints_are_gone_when_the_log_says_finished(
    data: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    there: list[bool] = []
    monkeypatch.setattr(
        "mnist_edge.train.log.TrainLog.finished", lambda *arguments: there.append((tmp_path / "checkpoints").exists())
    )
    train(TrainConfig(epochs=1, batch_size=300), data, tmp_path)
    assert there == [False]
