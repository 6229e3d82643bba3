from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_edge.runtime.sample_digits import draw_digit

RunCli = Callable[..., Any]


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten readable pictures 0.png to 9.png in the working folder."""
    monkeypatch.chdir(tmp_path)
    for digit in range(10):
        cv2.imwrite(f"{digit}.png", 255 - draw_digit(digit, size=100))
    return tmp_path


def test_a_folder_is_read_in_order(run_cli: RunCli, pictures: Path) -> None:
    result = run_cli("classify", ".")
    assert (result.code, result.err) == (0, "")
    assert [line[:9] for line in result.out.splitlines()] == [f"{digit}.png: {digit} " for digit in range(10)]


def test_the_runners_up_on_request(run_cli: RunCli, pictures: Path) -> None:
    line = run_cli("classify", "7.png", "--top", "3").out
    assert line.startswith("7.png: 7 (")
    assert line.count("%)") == 3


def test_json_is_one_object_a_line(run_cli: RunCli, pictures: Path) -> None:
    lines = run_cli("classify", "1.png", "2.png", "--json").out.splitlines()
    assert [json.loads(line)["digit"] for line in lines] == [1, 2]


def test_csv_in_a_file(run_cli: RunCli, pictures: Path) -> None:
    (pictures / "broken, really.png").write_bytes(b"no picture")
    result = run_cli("classify", "1.png", "broken, really.png", "--csv", "-o", "out/digits.csv")
    assert (result.code, result.out) == (1, "")
    rows = list(csv.DictReader(io.StringIO((pictures / "out" / "digits.csv").read_text("utf-8"))))
    assert [(row["source"], row["status"], row["digit"]) for row in rows] == [
        ("1.png", "ok", "1"),
        ("broken, really.png", "error", ""),
    ]
    assert float(rows[0]["p1"]) >= float(rows[0]["confidence"]) > 0.9  # the one is among digits, the other knows "none"


def test_what_the_model_saw_is_written(run_cli: RunCli, pictures: Path) -> None:
    (pictures / "sub").mkdir()
    cv2.imwrite("sub/3.png", 255 - draw_digit(3, size=60))
    assert run_cli("classify", "3.png", "sub/3.png", "--show-input", "seen").code == 0
    assert sorted(path.name for path in (pictures / "seen").iterdir()) == ["3-2.png", "3.png"]
    seen = cv2.imread("seen/3.png", cv2.IMREAD_UNCHANGED)
    assert seen is not None
    assert (seen.shape, seen.dtype) == ((28, 28), np.uint8)
    assert run_cli("classify", "seen/3.png").out.startswith("seen/3.png: 3 (")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.png", b"", "empty"),
        ("text.png", b"hello", "picture"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "."),
    ],
)
def test_a_bad_picture_is_one_line_and_the_others_are_read(
    run_cli: RunCli, pictures: Path, name: str, content: bytes, words: str
) -> None:
    (pictures / name).write_bytes(content)
    result = run_cli("classify", "1.png", name, "2.png")
    assert result.code == 1
    assert [line[:8] for line in result.out.splitlines()] == ["1.png: 1", "2.png: 2"]
    assert result.err.count("\n") == 1
    assert words in result.err
    assert name in result.err


def test_a_blank_page_is_no_error(run_cli: RunCli, pictures: Path) -> None:
    cv2.imwrite("blank.png", np.full((50, 80), 250, np.uint8))
    result = run_cli("classify", "blank.png")
    assert (result.code, result.out) == (0, "blank.png: There is no ink in the picture.\n")


def test_a_missing_file_and_an_empty_folder(run_cli: RunCli, pictures: Path) -> None:
    (pictures / "empty").mkdir()
    result = run_cli("classify", "missing.png", "empty", "5.png")
    assert result.code == 1
    assert result.out.startswith("5.png: 5")
    assert len(result.err.splitlines()) == 2


def test_stdin_as_picture_and_as_list(pictures: Path, program: list[str]) -> None:
    command = [*program, "classify"]
    picture = subprocess.run([*command, "-"], input=(pictures / "6.png").read_bytes(), capture_output=True, check=True)
    assert picture.stdout.startswith(b"-: 6 (")
    names = subprocess.run([*command, "@-"], input=b"4.png\n8.png\n", capture_output=True, check=True)
    assert [line[:8] for line in names.stdout.decode().splitlines()] == ["4.png: 4", "8.png: 8"]


@pytest.mark.parametrize("model", ["missing.onnx", "1.png", "."])
def test_a_bad_model_is_one_line(run_cli: RunCli, pictures: Path, model: str) -> None:
    result = run_cli("classify", "1.png", "-m", model)
    assert (result.code, result.out) == (1, "")
    assert len(result.err.splitlines()) == 1


def test_an_output_that_cannot_be_written(run_cli: RunCli, pictures: Path) -> None:
    result = run_cli("classify", "1.png", "-o", "2.png/x.txt")
    assert result.code == 1
    assert "Cannot write" in result.err


def test_ctrl_c_leaves_no_half_written_file(pictures: Path, program: list[str]) -> None:
    (pictures / "many.txt").write_text("1.png\n" * 200_000)
    command = [*program, "classify", "@many.txt", "-o", "out.txt"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            while not list(pictures.glob(".out.*.part.txt")):  # the timeout of the test ends it otherwise
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert err.strip() == "mnist-edge: interrupted."
    assert not list(pictures.glob("*out*"))
    assert not list(pictures.glob(".out*"))


@pytest.mark.parametrize("arguments", [["-o", "7.png"], ["--show-input", "."]])
def test_a_picture_is_never_overwritten_by_what_is_said_of_it(
    run_cli: RunCli, pictures: Path, arguments: list[str]
) -> None:
    before = (pictures / "7.png").read_bytes()
    result = run_cli("classify", "7.png", *arguments)
    assert result.code == 1
    assert "7.png is to be read and would be overwritten" in result.err
    assert (pictures / "7.png").read_bytes() == before


def test_an_output_inside_the_folder_that_is_read_replaces_no_picture(run_cli: RunCli, pictures: Path) -> None:
    before = (pictures / "7.png").read_bytes()
    result = run_cli("classify", ".", "-o", "7.png")
    assert result.code == 1
    assert (pictures / "7.png").read_bytes() == before


def test_what_the_model_saw_replaces_no_picture_of_another_source(run_cli: RunCli, pictures: Path) -> None:
    (pictures / "sub").mkdir()
    cv2.imwrite("sub/7.png", 255 - draw_digit(1, size=60))
    before = (pictures / "7.png").read_bytes()
    result = run_cli("classify", "sub/7.png", "7.png", "--show-input", ".")
    assert result.code == 1
    assert "7.png is to be read and would be overwritten" in result.err
    assert (pictures / "7.png").read_bytes() == before


def test_what_the_model_saw_replaces_no_picture_that_lies_there(run_cli: RunCli, pictures: Path) -> None:
    (pictures / "sub").mkdir()
    cv2.imwrite("sub/7.png", 255 - draw_digit(1, size=60))
    before = (pictures / "7.png").read_bytes()
    result = run_cli("classify", "sub/7.png", "--show-input", ".")
    assert result.code == 1
    assert "7.png is a picture of yours" in result.err
    assert (pictures / "7.png").read_bytes() == before


def test_what_the_model_saw_before_is_replaced(run_cli: RunCli, pictures: Path) -> None:
    for _ in range(2):
        assert run_cli("classify", "7.png", "--show-input", "seen").code == 0
