"""What holds for all commands."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from mnist_edge import __version__, cli
from mnist_edge.cli import COMMANDS
from mnist_edge.cli.common import Console, text_table
from mnist_edge.errors import ImageError, ParityError

RunCli = Callable[..., Any]


def test_help_lists_every_command(run_cli: RunCli) -> None:
    result = run_cli("--help")
    assert result.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in result.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(run_cli: RunCli, name: str) -> None:
    result = run_cli(name, "--help")
    assert result.code == 0
    assert "Examples:\n" in result.out
    assert f"mnist-edge {name}" in result.out


def test_the_version(run_cli: RunCli) -> None:
    assert run_cli("--version").out == f"mnist-edge, version {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [["nothing"], ["classify"], ["classify", "--nothing"], ["classify", "x", "--top", "0"], ["data", "-q", "-v"]],
)
def test_wrong_usage_ends_with_2(run_cli: RunCli, arguments: list[str]) -> None:
    result = run_cli(*arguments)
    assert result.code == 2
    assert "Error: " in result.err


@pytest.mark.parametrize(("error", "code"), [(ImageError("bad"), 1), (ParityError("bad"), 3), (KeyboardInterrupt(), 130)])
def test_errors_become_one_line_and_a_code(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setattr(cli.cli, "main", lambda **_: fail())
    result = run_cli("data")
    assert result.code == code
    assert result.err == ("mnist-edge: interrupted.\n" if code == 130 else "mnist-edge: bad.\n")


@pytest.mark.parametrize(
    ("variable", "value", "arguments"),
    [
        ("MNIST_EDGE_CLASSIFY_TOP", "11", ["classify", "x.png"]),
        ("MNIST_EDGE_BENCHMARK_BATCH", "none", ["benchmark"]),
        ("MNIST_EDGE_TRAIN_XLA", "perhaps", ["train"]),
        ("MNIST_EDGE_INSPECT_JSON", "perhaps", ["inspect", "x.onnx"]),
    ],
)
def test_every_option_is_also_a_variable_of_its_name(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, arguments: list[str]
) -> None:
    monkeypatch.setenv(variable, value)
    result = run_cli(*arguments)
    assert result.code == 2
    assert value in result.err


def test_a_reader_that_goes_away_is_no_error_message(program: list[str]) -> None:
    done = subprocess.run(
        [*program, "data", "--help"],
        stdout=open_closed_pipe(),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1)
    assert done.stderr == ""


def open_closed_pipe() -> int:
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def test_termination_unwinds_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "run", lambda: os.kill(os.getpid(), signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert caught.value.code == 143
    finally:
        signal.signal(signal.SIGTERM, before)
        gc.enable()


def test_quiet_and_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    for level, expected in ((0, ""), (1, "note\n"), (2, "note\ndetail\n")):
        console = Console(level)
        console.note("note")
        console.detail("detail")
        console.result("result")
        captured = capsys.readouterr()
        assert (captured.out, captured.err) == ("result\n", expected)


def test_tables_align() -> None:
    assert text_table(["name", "n"], [["a", 1], ["long name", 100]]) == (
        "name         n\n---------  ---\na            1\nlong name  100"
    )


def test_shell_completion_is_offered(program: list[str]) -> None:
    done = subprocess.run(
        program,
        env={**os.environ, "_MNIST_EDGE_COMPLETE": "bash_source"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "complete" in done.stdout
