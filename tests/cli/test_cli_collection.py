"""When the garbage collector runs."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from mnist_edge import cli
from mnist_edge.cli.collection import hold_collection, resume_collection
from mnist_edge.runtime.sample_digits import draw_digit

CALL = "import sys; from mnist_edge.cli import main; sys.argv = ['mnist-edge', *sys.argv[1:]]; main()"


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    """Leaves the collector of the tests as it was."""
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.parametrize("name", [name for name in cli.COMMANDS if name != "classify"])
def test_a_command_that_says_nothing_of_it_has_the_collector(name: str) -> None:
    spared = gc.get_freeze_count()  # Python 3.12 has some from the start
    hold_collection()
    assert cli.cli.get_command(click.Context(cli.cli), name) is not None
    assert gc.isenabled()
    assert gc.get_freeze_count() == spared


def test_nothing_is_spared_where_the_collector_was_not_held() -> None:
    spared = gc.get_freeze_count()
    resume_collection(spare=True)
    assert gc.isenabled()
    assert gc.get_freeze_count() == spared


def run_main(before: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"{before}; {CALL}", *map(str, arguments)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    import cv2

    path = tmp_path / "one.png"
    cv2.imwrite(str(path), draw_digit(1))
    return path


def test_classify_collects_once_the_model_is_loaded_and_not_before(picture: Path) -> None:
    before = (
        "import atexit, gc, sys, mnist_edge.cli; ready = set(); "
        "gc.callbacks.append(lambda phase, info: ready.add('mnist_edge.runtime.session' in sys.modules)); "
        "atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() > 10_000, ready <= {True}))"
    )
    done = run_main(before, "classify", *[picture] * 40)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "True True True"
    assert len(done.stdout.splitlines()) == 41


def test_results_and_handlers_reach_their_end_although_nothing_is_collected(picture: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    before = f"import atexit; atexit.register(lambda: open({str(mark)!r}, 'w').write('ended'))"
    done = run_main(before, "classify", picture, "--csv", "-o", tmp_path / "out.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert mark.read_text() == "ended"
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 2


def test_an_error_before_the_model_is_loaded_ends_as_ever(picture: Path) -> None:
    done = run_main("pass", "classify", "-m", "nowhere.onnx", picture)
    assert done.returncode == 1
    assert done.stderr.startswith("mnist-edge: There is no model nowhere.onnx")
