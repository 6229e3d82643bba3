"""The live view of a training on a terminal."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from rich.console import Console as RichConsole

from mnist_edge.cli.common import Console
from mnist_edge.cli.train_view import LiveView, make_progress
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.run import EpochRecord

RECORD = EpochRecord(3, 0.1, 0.97, 0.2, 0.96, 4.0, 1e-3)


def _shown(view: LiveView, width: int) -> str:
    console = RichConsole(file=io.StringIO(), width=width, record=True)
    console.print(view._progress.get_renderable())
    return console.export_text().rstrip()


@pytest.fixture
def view() -> LiveView:
    """After two epochs of an earlier process and half of the third."""
    view = LiveView(Console(0), make_progress(RichConsole(file=io.StringIO(), width=100)))
    view.fit_began(TrainConfig(epochs=10), epochs_done=2, steps=844)
    view.batch_ended(422, 0.12345, 0.98765)
    return view


def test_the_line_names_epoch_step_and_running_figures(view: LiveView) -> None:
    line = _shown(view, 100)
    assert line.startswith("epoch 3/10  step 422/844 ")
    assert re.search(r"loss 0\.123[45]  accuracy 0\.9877 +\S+ left$", line)
    assert _shown(view, 80).endswith("left")


def test_the_bar_is_that_of_the_whole_training(view: LiveView) -> None:
    (task,) = view._progress.tasks
    assert (task.completed, task.total) == (2 * 844 + 422, 10 * 844)
    view.epoch_ended(RECORD)
    view.batch_ended(1, 0.1, 0.99)
    assert task.completed == 3 * 844 + 1
    assert _shown(view, 100).startswith("epoch 4/10  step 1/844 ")


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
    finished = re.findall(r"epoch (\d)/2  loss \S+  accuracy \S+  val_loss \S+  val_accuracy \S+  rate 0\.001", text)
    assert finished == ["1", "2"]
    assert "Measuring the best model" in text.rsplit("left", 1)[1]


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
