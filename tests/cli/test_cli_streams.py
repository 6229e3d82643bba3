"""What stdin, stdout and their encodings may do to a command."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import cv2
import pytest

from mnist_edge.runtime.sample_digits import draw_digit


@pytest.fixture
def seven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("7.png", 255 - draw_digit(7, size=80))
    return tmp_path / "7.png"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_behind_stdout_is_one_line(seven: Path, program: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*program, "classify", "7.png"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "mnist-edge: No space left on device.\n")


def test_a_closed_stdin_is_one_line(seven: Path, program: list[str]) -> None:
    closed = subprocess.run(
        [*program, "classify", "-"], capture_output=True, text=True, check=False, preexec_fn=lambda: os.close(0)
    )
    assert closed.returncode == 1
    assert len(closed.stderr.splitlines()) == 1


@pytest.mark.parametrize("descriptor", [1, 2], ids=["stdout", "stderr"])
def test_a_program_started_without_an_output_does_its_work(seven: Path, program: list[str], descriptor: int) -> None:
    command = [*program, "classify", "7.png", "-o", "out.txt"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=lambda: os.close(descriptor))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert Path("out.txt").read_text("utf-8").startswith("7.png: 7 (")


@pytest.mark.skipif(os.name == "nt", reason="file names are text there")
def test_a_file_name_that_is_no_text_comes_out_as_it_is(seven: Path, program: list[str]) -> None:
    name = b"caf\xe9.png"
    os.rename(seven, name)
    shown = subprocess.run([*program, "classify", name], capture_output=True, check=True)
    assert shown.stdout.startswith(name + b": 7 (")
    subprocess.run([*program, "classify", name, "-o", "out.txt"], check=True)
    assert Path("out.txt").read_bytes() == shown.stdout


def test_a_terminal_without_utf_8_gets_all_it_can_show(seven: Path, program: list[str]) -> None:
    seven.rename("七.png")
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    done = subprocess.run([*program, "classify", "七.png"], capture_output=True, env=environment, check=True)
    assert done.stdout.startswith(b"\\u4e03.png: 7 (")


def test_two_forms_at_once_are_wrong_usage(seven: Path, program: list[str]) -> None:
    done = subprocess.run([*program, "classify", "7.png", "--json", "--csv"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--json and --csv exclude each other" in done.stderr
