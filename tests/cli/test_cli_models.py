"""``mnist-edge models``: the list, and its names as models of the other commands."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

from mnist_edge.export.inspection import inspect_model
from mnist_edge.runtime import packaged
from mnist_edge.runtime.packaged import DEFAULT_MODEL, MODELS_FOLDER, packaged_models
from mnist_edge.runtime.sample_digits import draw_digit
from mnist_edge.runtime.session import Engine

RunCli = Callable[..., Any]


@pytest.fixture
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with the default model under two more names."""
    folder = tmp_path / "package"
    folder.mkdir()
    for name in ("another", DEFAULT_MODEL, "tiny-one"):
        shutil.copy(MODELS_FOLDER / f"{DEFAULT_MODEL}.onnx", folder / f"{name}.onnx")
    monkeypatch.setattr(packaged, "MODELS_FOLDER", folder)
    return folder


def test_every_model_has_a_line_in_every_table(run_cli: RunCli, three: Path) -> None:
    result = run_cli("models")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    card = Engine(DEFAULT_MODEL).card
    for name in (f"{DEFAULT_MODEL} *", "another", "tiny-one"):
        assert sum(line.startswith(f"{name} ") for line in lines) == 3
    row = next(line for line in lines if line.startswith("another "))
    assert card.test is not None
    for figure in (
        card.architecture,
        f"{card.parameters:,}",
        f"{card.test.accuracy:.2%}",
        f"{card.test.correct:,} of 10,000",
    ):
        assert figure in row
    assert f"{inspect_model(DEFAULT_MODEL).multiply_adds:,}" in row
    assert f"files: {three}" in lines
    assert f"* the default: {DEFAULT_MODEL}" in lines
    assert max(len(line) for line in lines if not line.startswith("files: ")) <= 100


def test_without_measuring_nothing_is_timed(run_cli: RunCli, three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_edge.runtime.model_speed.measure_models", None)
    result = run_cli("models", "--no-measure", "--verbose")
    assert result.code == 0
    assert "latency" not in result.out
    for name in packaged_models():
        assert str(three / f"{name}.onnx") in result.out
    assert Engine(DEFAULT_MODEL).card.created in result.out


def test_json_has_the_cards_and_the_latencies(run_cli: RunCli, three: Path) -> None:
    report = json.loads(run_cli("models", "--json").out)
    assert report["folder"] == str(three)
    assert [model["name"] for model in report["models"]] == [DEFAULT_MODEL, "another", "tiny-one"]
    assert [model["default"] for model in report["models"]] == [True, False, False]
    first = report["models"][0]
    assert first["card"]["graph_sha256"] == Engine(DEFAULT_MODEL).card.graph_sha256
    assert first["size_bytes"] == (three / f"{DEFAULT_MODEL}.onnx").stat().st_size
    assert first["multiply_adds"] == inspect_model(DEFAULT_MODEL).multiply_adds
    assert 0 < first["latency"]["latency"]["p50_us"] <= first["latency"]["latency"]["p99_us"]
    assert report["machine"]["usable_threads"] >= 1
    quick = json.loads(run_cli("models", "--json", "--no-measure").out)
    assert (quick["machine"], quick["models"][0]["latency"]) == (None, None)


def test_the_models_of_the_package_are_timed_and_not_a_file_of_that_name(
    run_cli: RunCli, three: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("another").write_bytes(b"no model")
    result = run_cli("models")
    assert (result.code, result.err) == (0, "")
    assert sum(line.startswith("another ") for line in result.out.splitlines()) == 3


def test_a_package_without_models_is_one_line(
    run_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_line: Callable[[Any], str]
) -> None:
    monkeypatch.setattr(packaged, "MODELS_FOLDER", tmp_path)
    assert "There is no model in the package" in one_line(run_cli("models"))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "seven.png"
    path.write_bytes(cv2.imencode(".png", 255 - draw_digit(7, size=120))[1].tobytes())
    return path


def test_a_name_is_a_model_for_the_commands(
    run_cli: RunCli, three: Path, picture: Path, data_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ("--data", data_file, "--allow-any-data")
    assert run_cli("classify", picture, "-m", "another").out.startswith(f"{picture}: 7 (")
    assert run_cli("inspect", "another").code == 0
    assert run_cli("evaluate", "another", "--against", "tiny-one", *data).code == 0
    short = ("--samples", "1", "--seconds", "0", "--repeats", "1", "--warmup", "0", "--batch", "1")
    assert f"another: {three / 'another.onnx'}" in run_cli("benchmark", "another", *short, *data).out
    monkeypatch.setenv("MNIST_EDGE_CLASSIFY_MODEL", "another")
    assert run_cli("classify", picture).out.startswith(f"{picture}: 7 (")
    monkeypatch.setenv("MNIST_EDGE_CLASSIFY_MODEL", "anohter")
    assert "anohter (did you mean another?)" in run_cli("classify", picture).err


@pytest.mark.parametrize(
    "command",
    [
        *(("classify", "x.png", "-m"), ("camera", "x.png", "--headless", "-m"), ("benchmark",), ("inspect",)),
        *(("evaluate",), ("report", "-o", "out")),
    ],
)
def test_a_name_that_is_nearly_right_is_asked_back(
    command: tuple[str, ...],
    run_cli: RunCli,
    picture: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    one_line: Callable[[Any], str],
) -> None:
    monkeypatch.chdir(tmp_path)
    picture.rename("x.png")
    message = one_line(run_cli(*command, f"{DEFAULT_MODEL}n"))
    assert f"There is no model {DEFAULT_MODEL}n (did you mean {DEFAULT_MODEL}?)" in message
    assert all(name in message for name in packaged_models())
