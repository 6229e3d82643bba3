"""``mnist-edge report``: what it prints, and one line for everything that can be wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.errors import OptionError
from mnist_edge.report import ReportOptions

RunCli = Callable[..., Any]
OneLine = Callable[[Any], str]


@pytest.fixture
def report(run_cli: RunCli, data_file: Path, tmp_path: Path) -> RunCli:
    """Reports on the first digits: ``report(model, *options)``."""
    return lambda *arguments: run_cli(
        "report", "--data", data_file, "--allow-any-data", "-o", tmp_path / "out", "--num-samples", "2", *arguments
    )


def test_the_page_is_named_on_stdout(report: RunCli, tmp_path: Path) -> None:
    result = report("simple_cnn")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"{tmp_path / 'out' / 'report.html'}  ")
    assert (tmp_path / "out" / "report.html").is_file()
    assert (tmp_path / "out" / "figures" / "confusion.svg").is_file()


def test_json_says_what_was_written(report: RunCli, tmp_path: Path) -> None:
    told = json.loads(report("simple_cnn", "--json", "--layer", "conv2", "--lang", "zh").out)
    assert told["page"] == str(tmp_path / "out" / "report.html")
    assert told["size_bytes"] == Path(told["page"]).stat().st_size
    assert all(Path(figure).is_file() for figure in told["figures"])
    assert told["accuracy"] > 0.95


def test_the_defaults_are_those_of_the_options(run_cli: RunCli) -> None:
    from mnist_edge.cli.report import command

    given = command.make_context("report", ["simple_cnn", "-o", "x"]).params
    fields = ReportOptions.__dataclass_fields__
    assert ReportOptions(**{name: given[name] for name in fields}) == ReportOptions()


@pytest.mark.parametrize("model", ["absent", "absent.keras", "absent.onnx", "picture.png"])
def test_what_is_no_model_is_one_line(report: RunCli, tmp_path: Path, model: str, one_line: OneLine) -> None:
    one_line(report(tmp_path / model))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["foreign.onnx", "foreign.keras"])
def test_a_foreign_file_is_one_line(report: RunCli, tmp_path: Path, name: str, one_line: OneLine) -> None:
    (tmp_path / name).write_bytes(b"foreign")
    one_line(report(tmp_path / name))


def test_an_unfinished_run_is_one_line_that_says_how_to_go_on(report: RunCli, tmp_path: Path, one_line: OneLine) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text("{}")
    assert "--resume" in one_line(report(tmp_path / "run"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--layer", "conv9"), "conv1, pool1"),
        (("--image", "200"), "0 to 199"),
        (("--image", "absent.png"), "absent.png"),
        (("--image=",), "0 to 199, or a picture file"),
        (("--image=--5",), "--5"),
        (("--image", "9" * 5000), "0 to 199"),
        (("--onnx", "simple_cnn"), "same kind"),
        (("--onnx", "a.onnx", "--keras", "run"), "exclude each other"),
        (("--keras", "absent.keras"), "absent.keras"),
        (("--benchmark", "absent"), "benchmark.json"),
    ],
)
def test_a_wrong_option_is_one_line(
    report: RunCli, tmp_path: Path, options: tuple[str, ...], told: str, one_line: OneLine
) -> None:
    assert told in one_line(report("simple_cnn", *options))
    assert not (tmp_path / "out").exists()


def test_chinese_without_a_font_is_one_line(
    report: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_line: OneLine
) -> None:
    def refuse(look: Any) -> None:
        assert look.lang == "zh"
        raise OptionError("No installed font has the Chinese characters")

    monkeypatch.setattr("mnist_edge.train.figures.require_fonts", refuse)
    assert "font" in one_line(report("simple_cnn", "--lang", "zh"))
    assert not (tmp_path / "out").exists()


def test_a_file_as_output_is_one_line(report: RunCli, tmp_path: Path, one_line: OneLine) -> None:
    (tmp_path / "out").write_text("mine")
    one_line(report("simple_cnn"))
    assert (tmp_path / "out").read_text() == "mine"


def test_absent_data_is_one_line(run_cli: RunCli, tmp_path: Path, one_line: OneLine) -> None:
    one_line(run_cli("report", "simple_cnn", "-o", tmp_path / "out", "--data", tmp_path / "absent.npz"))


@pytest.mark.parametrize(
    "arguments", [("a",), ("-o", "x"), ("a", "-o", "x", "--num-samples", "0"), ("a", "-o", "x", "--lang", "fr")]
)
def test_wrong_usage_is_exit_code_2(run_cli: RunCli, arguments: tuple[str, ...]) -> None:
    assert run_cli("report", *arguments).code == 2


def test_ctrl_c_leaves_nothing_behind(program: list[str], data_file: Path, tmp_path: Path) -> None:
    python, option, code = program
    stop_drawing = """
import sys, time
from mnist_edge.train import figures
def wait(*arguments, **options):
    print("drawing", file=sys.stderr, flush=True)
    time.sleep(60)
figures.confidence_histogram = wait
"""
    arguments = ["report", "simple_cnn", "--data", str(data_file), "--allow-any-data", "-o", str(tmp_path / "out")]
    with subprocess.Popen(
        [python, option, stop_drawing + code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as process:
        assert process.stderr is not None
        try:
            assert process.stderr.readline() == "drawing\n"  # other figures are drawn already
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, out, err.strip()) == (130, "", "mnist-edge: interrupted.")
    assert not list(tmp_path.iterdir())
