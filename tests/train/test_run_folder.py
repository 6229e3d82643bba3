"""Reading run folders, and who may write into one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.errors import OptionError, OutputError, RunBusyError, RunError
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.folder import Opening, begin_run, check_run, locked_folder
from mnist_edge.train.overrides import Overrides, from_recipe
from mnist_edge.train.run import EpochRecord, best_epoch, load_run, resumable_config

CONFIG = TrainConfig()
ENVIRONMENT: dict[str, Any] = {"versions": {}, "data": {"name": "mnist", "origin": "here", "sha256": "abc"}}
OTHER_DATA: dict[str, Any] = {"versions": {}, "data": {"name": "custom", "origin": "there", "sha256": "def"}}


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    begin_run(tmp_path, CONFIG, ENVIRONMENT)
    return tmp_path


def _record(epoch: int, val_accuracy: float = 0.5, val_loss: float = 1.0) -> EpochRecord:
    return EpochRecord(epoch, 1.0, 0.5, val_loss, val_accuracy, 1.0, 1e-3)


def test_a_begun_run_is_read_back(begun: Path) -> None:
    run = load_run(begun)
    assert (run.config, run.environment, run.history, run.finished) == (CONFIG, ENVIRONMENT, (), False)


def test_the_configuration_says_what_was_changed_in_the_recipe(tmp_path: Path) -> None:
    config = TrainConfig(epochs=3)
    begin_run(tmp_path, config, ENVIRONMENT)
    assert json.loads((tmp_path / "config.json").read_text())["recipe_label"] == "tutorial, changed: epochs 3"
    assert load_run(tmp_path).config == config


def test_a_run_of_before_the_label_is_read(begun: Path) -> None:
    raw = json.loads((begun / "config.json").read_text())
    del raw["recipe_label"]
    (begun / "config.json").write_text(json.dumps(raw))
    assert load_run(begun).config == CONFIG


def test_a_folder_that_cannot_be_looked_at_is_one_sentence() -> None:
    folder = Path("x" * 300)
    with pytest.raises(RunError, match=r"cannot be read.*File name too long"):
        load_run(folder)
    with pytest.raises(OutputError, match="the name is too long"), locked_folder(folder):
        pass


@pytest.mark.parametrize(
    ("figures", "best"),
    [
        ([(0.8, 1.0), (0.9, 1.0), (0.7, 0.1)], 2),
        ([(0.9, 1.0), (0.9, 0.5), (0.9, 0.7)], 2),
        ([(0.9, 0.5), (0.9, 0.5)], 1),
    ],
)
def test_best_is_most_accurate_then_lowest_loss_then_first(figures: list[tuple[float, float]], best: int) -> None:
    history = [_record(epoch, accuracy, loss) for epoch, (accuracy, loss) in enumerate(figures, start=1)]
    assert best_epoch(history).epoch == best


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"epochs": 3, "unknown": 1}', b'{"epochs": "many"}', b'{"epochs": 0}', b"\xff\xfe"]
)
def test_a_damaged_config_is_named(begun: Path, content: bytes) -> None:
    (begun / "config.json").write_bytes(content)
    with pytest.raises(RunError, match=r"config\.json is damaged"):
        load_run(begun)
    with pytest.raises(RunError, match=r"config\.json is damaged"):
        check_run(begun, CONFIG, ENVIRONMENT, resume=True)


@pytest.mark.parametrize(
    "content", ["{}", '{"epochs": [{"epoch": 1}]}', '{"epochs": 7}', '{"epochs": [[1, 2]]}', '{"epochs": [null]}']
)
def test_a_damaged_history_is_named(begun: Path, content: str) -> None:
    (begun / "history.json").write_text(content)
    with pytest.raises(RunError, match=r"history\.json is damaged"):
        load_run(begun)


def test_a_history_with_a_gap_is_damaged(begun: Path) -> None:
    epochs = [vars(_record(epoch)) for epoch in (1, 3)]
    (begun / "history.json").write_text(json.dumps({"epochs": epochs}))
    with pytest.raises(RunError, match="epochs 1, 2, 3"):
        load_run(begun)


def test_a_folder_without_config_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not a run folder"):
        load_run(tmp_path)


@pytest.mark.parametrize("resume", [False, True])
def test_an_empty_folder_is_new(tmp_path: Path, resume: bool) -> None:
    assert check_run(tmp_path, CONFIG, ENVIRONMENT, resume=resume) is Opening.NEW
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_run_needs_resume(begun: Path) -> None:
    with pytest.raises(RunError, match=r"already holds an unfinished run.*--resume"):
        check_run(begun, CONFIG, ENVIRONMENT, resume=False)
    assert check_run(begun, CONFIG, ENVIRONMENT, resume=True) is Opening.UNFINISHED


def test_a_finished_run_is_not_overwritten(begun: Path) -> None:
    (begun / "metrics.json").write_text("{}")
    with pytest.raises(RunError, match=r"already holds a finished run.*another folder"):
        check_run(begun, CONFIG, ENVIRONMENT, resume=False)
    assert check_run(begun, CONFIG, ENVIRONMENT, resume=True) is Opening.FINISHED


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("name", ["model.keras", "history.csv", "metrics.json"])
def test_files_that_are_no_run_are_not_overwritten(tmp_path: Path, name: str, resume: bool) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(RunError, match=f"holds {name}, but no config.json"):
        check_run(tmp_path, CONFIG, ENVIRONMENT, resume=resume)


def test_other_numbers_contradict_the_run(begun: Path) -> None:
    with pytest.raises(OptionError, match=r"contradicts --epochs.*Expected: 5.*Received: 6"):
        check_run(begun, TrainConfig(epochs=6), ENVIRONMENT, resume=True)


def test_other_data_contradict_the_run(begun: Path) -> None:
    with pytest.raises(OptionError, match=r"contradicts --data.*sha256 abc.*sha256 def from there"):
        check_run(begun, CONFIG, OTHER_DATA, resume=True)


def test_resuming_takes_the_recorded_numbers(tmp_path: Path) -> None:
    recorded = TrainConfig(arch="dropout_cnn", epochs=9, seed=1)
    begin_run(tmp_path, recorded, ENVIRONMENT)
    assert resumable_config(tmp_path, Overrides()) == recorded
    assert resumable_config(tmp_path, Overrides(seed=1)) == recorded
    with pytest.raises(OptionError, match="--seed"):
        resumable_config(tmp_path, Overrides(seed=2))


def test_resuming_nothing_takes_the_recipe(tmp_path: Path) -> None:
    assert resumable_config(tmp_path / "new", Overrides(epochs=2)) == from_recipe(Overrides(epochs=2))


@pytest.fixture
def locked_by_another(tmp_path: Path) -> Iterator[Path]:
    code = (
        "import sys, pathlib\nfrom mnist_edge.train.folder import locked_folder\n"
        "with locked_folder(pathlib.Path(sys.argv[1])):\n    print('locked', flush=True)\n    sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield tmp_path
        finally:
            process.kill()


def test_two_trainings_do_not_share_a_folder(locked_by_another: Path) -> None:
    with pytest.raises(RunBusyError, match="Another process is training"), locked_folder(locked_by_another):
        pass


def test_the_lock_of_a_killed_process_does_not_linger(tmp_path: Path) -> None:
    code = (
        "import os, sys, signal, pathlib\nfrom mnist_edge.train.folder import locked_folder\n"
        "with locked_folder(pathlib.Path(sys.argv[1])):\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    with locked_folder(tmp_path):
        pass


def test_the_lock_is_released_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside"), locked_folder(tmp_path):
        raise ValueError("inside")
    with locked_folder(tmp_path):
        pass


def test_a_file_in_the_way_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    for place in (tmp_path / "taken", tmp_path / "taken" / "run"):
        with pytest.raises(OutputError, match="is a file"), locked_folder(place):
            pass
    assert (tmp_path / "taken").read_text() == "mine"
