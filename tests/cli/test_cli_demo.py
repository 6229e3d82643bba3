"""The main job from data to pictures, as a user runs it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import click
import cv2
import pytest

from mnist_edge.cli.common import Console
from mnist_edge.cli.demo import DemoOptions, demo_steps, run_step
from mnist_edge.dataset import Dataset

PICTURES = 20  # ten drawn digits, and ten of MNIST


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.real
def test_one_epoch_of_everything_and_again(mnist: Dataset, program: list[str], tmp_path: Path) -> None:
    def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*program, "demo", "--epochs", "1", "--benchmark-seconds", "0.05", *arguments, "-o", str(out)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    out = tmp_path / "demo"
    first = demo()
    assert first.returncode == 0, first.stderr
    assert "Traceback" not in first.stderr
    expected = {"run", "model.onnx", "model.parity.json", "pictures", "digits.jsonl", "seen", "benchmark", "report"}
    assert {path.name for path in out.iterdir()} == expected
    check_results(out)
    summary = first.stdout[first.stdout.rindex("Done. Everything is in") :]
    for words in (
        "93,322 parameters, best of 1 epochs",
        "test accuracy",
        " 0 flips in ",
        "p50",
        "kB",
        "MB, one page",
        f"-m {out}/model.onnx",
    ):
        assert words in summary

    before = contents(out / "run")
    second = demo("-q")
    assert second.returncode == 0, second.stderr
    assert second.stderr == ""
    assert contents(out / "run") == before
    assert "Done. Everything is in" in second.stdout


def check_results(out: Path) -> None:
    def read(name: str) -> Any:
        return json.loads((out / name).read_text("utf-8"))

    assert read("run/metrics.json")["test"]["accuracy"] > 0.97
    parity = read("model.parity.json")
    assert parity["passed"] is True
    assert parity["images"] == 10_000
    assert max(run["flips"] for run in parity["runs"]) == 0
    answers = [json.loads(line) for line in (out / "digits.jsonl").read_text("utf-8").splitlines()]
    assert [answer["status"] for answer in answers] == ["ok"] * PICTURES
    assert sum(str(answer["digit"]) == Path(answer["source"]).stem[-1] for answer in answers) >= PICTURES - 2
    seen = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in (out / "seen").iterdir()]
    assert [picture.shape for picture in seen if picture is not None] == [(28, 28)] * PICTURES
    clocks = read("benchmark/benchmark.json")["results"][0]["clocks"]
    assert [clock["clock"] for clock in clocks] == ["infer", "classify", "end_to_end"]


def test_a_step_that_fails_ends_the_demo_with_its_code_and_one_line_more(program: list[str], tmp_path: Path) -> None:
    command = [*program, "demo", "-o", tmp_path / "demo", "--data", tmp_path / "absent.npz"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    *_, reason, last = done.stderr.splitlines()
    assert reason.startswith("mnist-edge: There is no data at")
    assert last == "The demo stops here: data ended with exit code 1."
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize(("code", "expected"), [(3, 3), (130, 130), (-9, 1)])
def test_the_code_of_the_step_becomes_that_of_the_demo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: int, expected: int
) -> None:
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, code))
    with pytest.raises(click.exceptions.Exit) as caught:
        run_step(["export", "run"], Console())
    assert caught.value.exit_code == expected
    assert capsys.readouterr().err.splitlines()[-1] == f"The demo stops here: export ended with exit code {code}."


@pytest.mark.parametrize(("level", "option"), [(0, ["-q"]), (1, []), (2, ["-v"])])
def test_the_steps_are_as_quiet_as_the_demo(monkeypatch: pytest.MonkeyPatch, level: int, option: list[str]) -> None:
    commands: list[list[str]] = []

    def note(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", note)
    run_step(["data"], Console(level))
    assert commands[0][-1 - len(option) :] == ["data", *option]


def test_the_options_reach_the_steps_they_are_for() -> None:
    options = DemoOptions(Path("out"), epochs=2, benchmark_seconds=0.5, data=Path("mnist.npz"))
    steps = {step[0]: " ".join(step) for step in demo_steps(options)}
    assert list(steps) == ["data", "train", "evaluate", "export", "classify", "benchmark", "report"]
    assert "--epochs 2" in steps["train"]
    assert "--seconds 0.5" in steps["benchmark"]
    assert [name for name, step in steps.items() if "--data mnist.npz" not in step] == ["classify"]
    plain = " ".join(" ".join(step) for step in demo_steps(DemoOptions()))
    assert "--seconds" not in plain
    assert "--epochs" not in plain
