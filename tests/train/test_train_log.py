"""What a run tells in train.log and in event files, also when it was interrupted."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import MissingExtraError
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.fitting import RunResult, train
from mnist_edge.train.log import TrainLog
from mnist_edge.train.progress import Listener
from mnist_edge.train.run import EpochRecord, Run, load_run

pytestmark = pytest.mark.real

CONFIG = TrainConfig(epochs=3, batch_size=200, schedule="cosine")


class DieAfter(Listener):
    """Dies when an epoch is on disk and in the log, before the event files hear of it."""

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch

    def epoch_ended(self, record: EpochRecord) -> None:
        if record.epoch == self._epoch:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def resumed(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with event files that was interrupted after its second epoch."""
    folder = tmp_path_factory.mktemp("resumed") / "run"
    with pytest.raises(KeyboardInterrupt):
        train(CONFIG, data, folder, tensorboard=True, listener=DieAfter(2))
    return train(CONFIG, data, folder, resume=True).run  # goes on with event files because it was begun with them


def _lines(folder: Path) -> list[str]:
    lines = (folder / "train.log").read_text("utf-8").splitlines()
    for line in lines:
        assert dt.datetime.fromisoformat(line.split()[0]).tzinfo == dt.UTC
    return [line.split(maxsplit=1)[1] for line in lines]


def test_the_log_has_a_line_for_everything_in_its_order(
    configs: dict[str, TrainConfig], uninterrupted: Callable[[TrainConfig], RunResult]
) -> None:
    run = uninterrupted(configs["simple"]).run
    lines = _lines(run.folder)
    record = run.history[0]
    assert lines[0].endswith("simple_cnn, recipe tutorial, changed: epochs 3, batch_size 100, seed 42")
    assert lines[1] == "Training simple_cnn: 6 steps of 100 images an epoch."
    assert lines[2] == (
        f"epoch 1/3  loss {record.loss:.4f} val {record.val_loss:.4f}  "
        f"acc {record.accuracy:.4f} val {record.val_accuracy:.4f}  lr 0.001  {record.seconds:.1f} s"
    )
    assert [line.split()[0] for line in lines[3:]] == ["epoch", "epoch", "Measuring", "Finished:"]


def test_the_log_goes_on_where_it_stopped(resumed: Run) -> None:
    lines = _lines(resumed.folder)
    starts = ["mnist-edge", "Training", "epoch", "epoch", "Stopped:"]
    starts += ["mnist-edge", "Training", "epoch", "Measuring", "Finished:"]
    assert [line.split()[0] for line in lines] == starts
    assert lines[4] == "Stopped: KeyboardInterrupt()"
    assert lines[6] == "Training simple_cnn: 3 steps of 200 images an epoch, after 2 finished epochs."


def test_every_line_is_on_its_own_and_the_file_is_only_appended_to(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text("what was there\n")
    TrainLog(tmp_path, pytest.fail).notice("two\nlines")
    first, second = (tmp_path / "train.log").read_text().splitlines()
    assert (first, second.split(maxsplit=1)[1]) == ("what was there", "two lines")


def test_a_log_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "train.log").mkdir()
    told: list[str] = []
    log = TrainLog(tmp_path, told.append)
    log.notice("anything")
    log.measuring()
    assert len(told) == 1
    assert re.fullmatch(r"Cannot write .*train\.log: it is a folder\. .* The training goes on without its log\.", told[0])


def _curves(folder: Path) -> dict[str, list[tuple[int, float]]]:
    from tensorboard.backend.event_processing.event_accumulator import TENSORS, EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    found = {}
    for part in ("train", "validation"):
        events = EventAccumulator(str(folder / "tensorboard" / part), size_guidance={TENSORS: 0}).Reload()
        for tag in events.Tags()["tensors"]:
            found[f"{part}/{tag}"] = [
                (event.step, make_ndarray(event.tensor_proto).item()) for event in events.Tensors(tag)
            ]
    return found


def test_event_files_hold_the_history_and_every_epoch_once(resumed: Run) -> None:
    expected = {
        f"{part}/epoch_{curve}": [(record.epoch, getattr(record, name)) for record in resumed.history]
        for part, curve, name in [
            ("train", "loss", "loss"),
            ("train", "accuracy", "accuracy"),
            ("train", "learning_rate", "learning_rate"),
            ("validation", "loss", "val_loss"),
            ("validation", "accuracy", "val_accuracy"),
        ]
    }
    found = _curves(resumed.folder)
    assert found.keys() == expected.keys()
    for name, points in expected.items():
        assert [step for step, _ in found[name]] == [1, 2, 3]
        assert [value for _, value in found[name]] == pytest.approx([value for _, value in points], rel=1e-7)
    for part in ("train", "validation"):
        assert len(os.listdir(resumed.folder / "tensorboard" / part)) == 1


def test_event_files_change_nothing_in_the_run(resumed: Run, data: Dataset, same_run: Callable[[Run, Run], None],
                                               tmp_path: Path) -> None:  # fmt: skip
    plain = train(CONFIG, data, tmp_path / "run").run
    same_run(resumed, plain)
    assert not (plain.folder / "tensorboard").exists()


def test_without_tensorboard_nothing_is_begun(data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(MissingExtraError, match=r"--tensorboard needs the module tensorboard.*mnist-edge\[tensorboard\]"):
        train(CONFIG, data, tmp_path / "run", tensorboard=True)
    assert [file.name for file in (tmp_path / "run").iterdir() if file.name != ".lock"] == []


def test_a_run_of_before_there_were_schedules_is_read(resumed: Run, tmp_path: Path) -> None:
    for name in ("config.json", "environment.json", "history.json", "metrics.json"):
        (tmp_path / name).write_bytes((resumed.folder / name).read_bytes())
    epochs = json.loads((tmp_path / "history.json").read_text())["epochs"]
    old = [{name: value for name, value in epoch.items() if name != "learning_rate"} for epoch in epochs]
    (tmp_path / "history.json").write_text(json.dumps({"epochs": old}))
    assert [record.learning_rate for record in load_run(tmp_path).history] == [CONFIG.learning_rate] * 3
