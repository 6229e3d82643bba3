"""The live view of a training on a terminal."""

from __future__ import annotations

import dataclasses
import io
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from rich.console import Console as RichConsole

from mnist_edge.cli.train_view import LiveView, make_progress
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.progress import LineListener
from mnist_edge.train.run import EpochRecord

RECORD = EpochRecord(3, 0.1, 0.97, 0.2, 0.96, 4.0, 1e-3)


def _shown(view: LiveView) -> str:
    console = RichConsole(file=io.StringIO(), width=view._progress.console.width, record=True)
    console.print(view._progress.get_renderable())
    return console.export_text().rstrip()


def _view(width: int) -> LiveView:
    """After two epochs of an earlier process and half of the third."""
    view = LiveView(make_progress(RichConsole(file=io.StringIO(), width=width)))
    view.fit_began(TrainConfig(epochs=10), epochs_done=2, steps=844)
    view.batch_ended(423, 0.12345, 0.98765)
    return view


@pytest.fixture
def view() -> LiveView:
    """On a wide terminal."""
    return _view(100)


@pytest.mark.parametrize(
    ("width", "before", "behind"),
    [
        (100, "epoch 3/10  step 423/844 ", r" loss 0\.123[45]  acc 0\.9877"),
        (80, "epoch 3/10  step 423/844 ", r" loss 0\.123[45]  acc 0\.9877"),
        (60, "epoch 3/10 ━", r" loss 0\.123[45]  acc 0\.9877"),
        (40, "epoch 3/10 ━", "━╸"),
    ],
)
def test_the_line_names_epoch_step_and_running_figures_as_far_as_there_is_room(
    width: int, before: str, behind: str
) -> None:
    line = _shown(_view(width))
    assert line.startswith(before)
    assert re.search(behind + r" +-:--:-- left$", line)
    assert len(line) <= width


@pytest.mark.parametrize(("epoch", "seconds"), [(1, 1.84), (20, 12.5), (100, 372.4)])
def test_the_line_of_an_epoch_fits_80_columns(epoch: int, seconds: float) -> None:
    lines: list[str] = []
    listener = LineListener(lines.append)
    listener.fit_began(TrainConfig(epochs=epoch), epochs_done=0, steps=844)
    listener.epoch_ended(dataclasses.replace(RECORD, epoch=epoch, seconds=seconds, learning_rate=9.0451e-5))
    assert len(lines[1]) <= 80
    assert lines[1].startswith(f"epoch {epoch}/{epoch}  loss 0.1000 val 0.2000  acc 0.9700 val 0.9600  lr 9.05e-05  ")


def test_the_time_left_counts_validation_in_however_many_steps_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of a millisecond, and after each epoch of 5,000 a validation of 5 seconds: 10 seconds an epoch."""
    view = LiveView(make_progress(RichConsole(file=io.StringIO(), width=100)))
    now = 0.0
    monkeypatch.setattr(view._progress, "get_time", lambda: now)
    view.fit_began(TrainConfig(epochs=10), epochs_done=0, steps=5000)
    for epoch in range(1, 6):
        for step in range(1, 5001):
            now += 0.001
            view.batch_ended(step, 0.1, 0.9)
        now += 5.0
        view.epoch_ended(dataclasses.replace(RECORD, epoch=epoch))
    view.batch_ended(5000, 0.1, 0.9)
    (task,) = view._progress.tasks
    assert task.time_remaining == pytest.approx(4 * 10, rel=0.25)


def test_the_bar_is_that_of_the_whole_training(view: LiveView) -> None:
    (task,) = view._progress.tasks
    assert (task.completed, task.total) == (2 * 844 + 423, 10 * 844)
    view.batch_ended(844, 0.1, 0.99)
    view.epoch_ended(RECORD)
    view.batch_ended(1, 0.1, 0.99)
    assert task.completed == 3 * 844  # not at every one of many steps
    view.batch_ended(3, 0.1, 0.99)
    assert _shown(view).startswith("epoch 4/10  step 3/844 ")


def test_on_a_terminal_epochs_stay_and_the_bar_goes(program: list[str], data_file: Path, tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    options = ["train", "--data", data_file, "--allow-any-data", "-o", tmp_path / "run", "--epochs", "2"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "NO_COLOR": "1"}
    with subprocess.Popen(
        [*program, *map(str, options)], stdout=subprocess.PIPE, stderr=follower, env=environment
    ) as process:
        os.close(follower)
        screen = _read_to_the_end(leader)
    assert process.returncode == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen)
    assert re.search(r"epoch 1/2  step \d/9 .*left", text)
    finished = re.findall(r"epoch (\d)/2  loss \S+ val \S+  acc \S+ val \S+  lr 0\.001", text)
    assert finished == ["1", "2"]
    assert "Measuring the best model" in text.rsplit("left", 1)[1]
    lines = _left_on_the_screen(screen)
    assert [line.split()[0] for line in lines] == ["The", "Training", "epoch", "epoch", "Measuring"]
    assert all(line.startswith(f"epoch {epoch}/2  loss ") for epoch, line in enumerate(lines[2:4], start=1))


def _left_on_the_screen(output: str) -> list[str]:
    """What a terminal shows in the end; of its control sequences those are obeyed that rich uses."""
    lines, row, column = [""], 0, 0
    for text, command in re.findall(r"([^\x1b\r\n]+)|(\x1b\[[0-9;?]*[A-Za-z]|\r|\n)", output):
        if text:
            lines[row] = lines[row].ljust(column)[:column] + text + lines[row][column + len(text) :]
            column += len(text)
        elif command == "\r":
            column = 0
        elif command == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif command.endswith("A"):
            row -= int(command[2:-1])
        elif command == "\x1b[2K":
            lines[row] = ""
    return [line.rstrip() for line in lines if line.strip()]


def _read_to_the_end(descriptor: int) -> str:
    chunks = []
    while True:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:  # Linux says so when the other end is closed
            chunk = b""
        if not chunk:
            os.close(descriptor)
            return b"".join(chunks).decode("utf-8", "replace")
        chunks.append(chunk)
