"""``mnist-edge train`` as a user meets it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.train.run import load_run

RunCli = Callable[..., Any]

# The one warning that pyproject.toml lets pass, as options of python.
KERAS_WARNING = ["-W", "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"]


def test_a_training_tells_each_epoch_on_stderr_and_the_result_on_stdout(train: RunCli, tmp_path: Path) -> None:
    result = train("-o", tmp_path / "run", "--epochs", "2")
    assert result.code == 0
    assert "not MNIST" in result.err
    assert [line.split()[1] for line in result.err.splitlines() if line.startswith("epoch")] == ["1/2", "2/2"]
    assert [line.split()[0] for line in result.out.splitlines()[2:5]] == ["train", "validation", "test"]
    assert "simple_cnn, 93,322 parameters, custom data" in result.out
    assert str(tmp_path / "run") in result.out


def test_quiet_leaves_the_result_alone(train: RunCli, tmp_path: Path) -> None:
    result = train("-o", tmp_path / "run", "--epochs", "1", "--quiet")
    assert (result.code, result.err) == (0, "")
    assert "validation" in result.out


def test_every_number_reaches_the_run(train: RunCli, tmp_path: Path) -> None:
    numbers = {"batch-size": 50, "learning-rate": 0.002, "validation-split": 0.2, "seed": 7, "patience": 3, "epochs": 1}
    numbers["drawn-share"] = 0.05
    options = [text for name, value in numbers.items() for text in (f"--{name}", str(value))]
    result = train("-o", tmp_path / "run", "--arch", "dropout_cnn", "--recipe", "tutorial", "--no-xla", "--json", *options)
    assert result.code == 0
    report = json.loads(result.out)
    fields = {name.replace("-", "_"): value for name, value in numbers.items()}
    expected = {"arch": "dropout_cnn", "recipe": "tutorial", "jit_compile": False, **fields}
    assert {name: report["config"][name] for name in expected} == expected
    assert report["metrics"]["validation"]["total"] == 120
    assert report["data"]["name"] == "custom"
    assert len(report["history"]) == 1


def test_every_option_of_learning_reaches_the_run(train: RunCli, tmp_path: Path) -> None:
    numbers = {"warmup-epochs": 0.5, "final-rate": 0.1, "ema": 0.5, "dropout": 0.1, "l2": 0.001, "label-smoothing": 0.1}
    numbers |= {"rotation": 5, "shift": 1, "scale": 0.1, "shear": 5, "elastic": 0.5, "stroke": 0.3, "noise": 0.01}
    options = [text for name, value in numbers.items() for text in (f"--{name}", str(value))]
    options += ["--schedule", "cosine", "--batch-norm", "--epochs", "1", "--batch-size", "200", "--json"]
    result = train("-o", tmp_path / "run", *options)
    assert result.code == 0
    report = json.loads(result.out)
    expected = {
        "schedule": "cosine",
        "batch_norm": True,
        **{name.replace("-", "_"): value for name, value in numbers.items()},
    }
    assert {name: report["config"][name] for name in expected} == expected
    assert report["metrics"]["parameters"] == 93_322 + 3 * (32 + 64 + 64)


def test_tensorboard_writes_event_files_and_says_how_to_view_them(train: RunCli, tmp_path: Path) -> None:
    result = train("-o", tmp_path / "run", "--epochs", "1", "--batch-size", "200", "--tensorboard")
    assert result.code == 0
    assert f"View the curves with: tensorboard --logdir {tmp_path / 'run' / 'tensorboard'}\n" in result.err
    assert sorted(folder.name for folder in (tmp_path / "run" / "tensorboard").iterdir()) == ["train", "validation"]


def _in_a_process(*arguments: str | Path) -> list[str]:
    # SIGINT may be ignored here, and children inherit that.
    listen = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); sys.argv[0] = 'mnist-edge'"
    code = f"{listen}; from mnist_edge.cli import main; main()"
    return [sys.executable, "-W", "error", *KERAS_WARNING, "-c", code, *map(str, arguments)]


def test_xla_trains(data_file: Path, tmp_path: Path) -> None:
    options = ["--data", data_file, "--allow-any-data", "-o", tmp_path / "run", "--epochs", "1", "--xla", "--json"]
    done = subprocess.run(_in_a_process("train", *options), capture_output=True, text=True, check=False)
    assert (done.returncode, "Warning" in done.stderr) == (0, False)
    assert json.loads(done.stdout)["config"]["jit_compile"]


def test_xla_after_a_training_without_it_is_refused(train: RunCli, tmp_path: Path) -> None:
    assert train("-o", tmp_path / "plain", "--epochs", "1").code == 0
    refused = train("-o", tmp_path / "xla", "--epochs", "1", "--xla")
    assert refused.code == 1
    assert "XLA cannot be used" in refused.err
    assert not (tmp_path / "xla" / "config.json").exists()


def test_a_finished_run_is_kept_and_resume_says_so(train: RunCli, tmp_path: Path) -> None:
    train("-o", tmp_path / "run", "--epochs", "1")
    again = train("-o", tmp_path / "run", "--epochs", "1")
    assert again.code == 1
    assert again.err.endswith("already holds a finished run. Train into another folder.\n")
    resumed = train("-o", tmp_path / "run", "--resume")
    assert resumed.code == 0
    assert "is finished already; nothing was changed" in resumed.err
    contradicted = train("-o", tmp_path / "run", "--resume", "--epochs", "2")
    assert contradicted.code == 1
    assert "contradicts --epochs" in contradicted.err


def test_resume_needs_no_run(train: RunCli, tmp_path: Path) -> None:
    assert train("-o", tmp_path / "new", "--epochs", "1", "--resume").code == 0
    assert load_run(tmp_path / "new").finished


def test_an_environment_variable_sets_an_option(train: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_EDGE_TRAIN_EPOCHS", "1")
    monkeypatch.setenv("MNIST_EDGE_TRAIN_BATCH_NORM", "1")
    monkeypatch.setenv("MNIST_EDGE_TRAIN_LABEL_SMOOTHING", "0.1")
    report = json.loads(train("-o", tmp_path / "run", "--json").out)
    assert [report["config"][name] for name in ("epochs", "batch_norm", "label_smoothing")] == [1, True, 0.1]


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(train: RunCli, data_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    command = _in_a_process("train", "--data", data_file, "--allow-any-data", "-o", folder, "--epochs", "500")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if line.startswith("epoch 2/"):
                    process.send_signal(signal.SIGINT)
                    break
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    done = len(load_run(folder).history)
    assert done >= 2
    assert f"{done} of 500 epochs are finished and kept. Go on with: mnist-edge train --data {data_file} " in err
