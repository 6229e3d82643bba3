"""What ``mnist-edge classify one.png`` loads: every module costs time at each start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from mnist_edge.runtime.sample_digits import draw_digit

LIBRARIES = "import numpy, cv2, onnxruntime, click"
CLASSIFY = "from mnist_edge.cli import run; assert run(['classify', sys.argv[1]]) == 0"

# Each was loaded once, or is one import away, for something that reading one framed digit does not do.
UNNEEDED = {
    *("argparse", "asyncio", "concurrent", "csv", "difflib", "email", "hashlib", "http", "importlib.metadata"),
    *(
        "logging",
        "multiprocessing",
        "numpy.ma",
        "numpy.random",
        "random",
        "secrets",
        "shutil",
        "socket",
        "ssl",
        "subprocess",
    ),
    *("tempfile", "urllib.request", "zipfile"),
    *("mnist_edge.dataset", "mnist_edge.files", "mnist_edge.keras_model", "mnist_edge.temperature"),
    *("mnist_edge.cli.classify_pictures", "mnist_edge.cli.progress", "mnist_edge.export", "mnist_edge.train"),
    *("mnist_edge.runtime.camera", "mnist_edge.runtime.components", "mnist_edge.runtime.drawing", "mnist_edge.runtime.ink"),
    *("mnist_edge.runtime.ink_search", "mnist_edge.runtime.machine", "mnist_edge.runtime.scenes"),
}


def loaded(statement: str, *arguments: Path) -> set[str]:
    script = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.fixture(scope="module")
def bare() -> set[str]:
    return loaded(LIBRARIES)


@pytest.fixture(scope="module")
def framed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("start") / "one.png"
    cv2.imwrite(str(path), draw_digit(1))
    return path


def test_one_framed_digit_loads_nothing_that_it_does_not_need(bare: set[str], framed: Path) -> None:
    more = loaded(CLASSIFY, framed) - bare
    assert "mnist_edge.runtime.session" in more
    assert not {name for name in more if any(f"{name}.".startswith(f"{other}.") for other in UNNEEDED)}


def test_what_the_list_names_is_loaded_where_it_is_needed(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), 255 - cv2.resize(draw_digit(7), (112, 112)))
    found = loaded("from mnist_edge.cli import run; assert run(['classify', '--csv', sys.argv[1]]) == 0", photo)
    assert {"csv", "mnist_edge.runtime.scenes", "mnist_edge.runtime.ink"} <= found & UNNEEDED


@pytest.mark.parametrize("command", ["classify", "camera"])
@pytest.mark.parametrize(("before", "after"), [(None, "1"), ("2", "2")])
def test_the_linear_algebra_starts_no_threads_unless_it_is_told_to(
    command: str, before: str | None, after: str, framed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    if before:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", before)
    # The variable is looked at when NumPy is imported.
    script = (
        "import os, sys; from mnist_edge.cli import run\n"
        "class Watch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'numpy': print(os.environ.get('OPENBLAS_NUM_THREADS'))\n"
        "sys.meta_path.insert(0, Watch()); run(sys.argv[1:])"
    )
    arguments = [command, str(framed), *(["--headless"] if command == "camera" else [])]
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == after
