"""A wheel, installed into an empty environment without extras, and used as a user would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import cv2
import pytest

from mnist_edge.runtime.packaged import DEFAULT_MODEL, packaged_models
from mnist_edge.runtime.sample_digits import draw_digit

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "mnist_edge": "src/mnist_edge",
    "mnist_edge/cli": "src/mnist_edge/cli",
    "mnist_edge/report": "src/mnist_edge/report",
    "mnist_edge/train": "train",
    "mnist_edge/train/augmentation": "train/augmentation",
    "mnist_edge/train/composing": "train/composing",
    "mnist_edge/train/evaluation": "train/evaluation",
    "mnist_edge/train/figures": "train/figures",
    "mnist_edge/train/forms": "train/forms",
    "mnist_edge/train/networks": "train/networks",
    "mnist_edge/train/outliers": "train/outliers",
    "mnist_edge/train/photographed": "train/photographed",
    "mnist_edge/export": "export",
    "mnist_edge/export/quantization": "export/quantization",
    "mnist_edge/runtime": "runtime",
    "mnist_edge/runtime/camera": "runtime/camera",
    "mnist_edge/runtime/drawing": "runtime/drawing",
    "mnist_edge/runtime/scenes": "runtime/scenes",
    "mnist_edge/runtime/tuning": "runtime/tuning",
}
# Nothing of the development environment may help: no data, no cache, no path, no profile.
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("MNIST_EDGE_", "PYTHON", "VIRTUAL_ENV"))}
CLEAN["MNIST_EDGE_PROFILE"] = "off"


def run(*command: str | Path, cwd: Path, code: int = 0, cache: Path | None = None) -> str:
    environment = {**CLEAN, "MNIST_EDGE_CACHE": str(cache)} if cache else CLEAN
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution and a wheel, built from a copy of the tracked folders."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("src", "train", "export", "runtime"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, copy)
    target = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", target, copy, cwd=copy)
    return target


@pytest.fixture(scope="session")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with nothing but the wheel and its dependencies."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, with_pip=True)
    wheel = next(dist.glob("*.whl"))
    constraints = ROOT / "constraints.txt"
    run(folder / "bin" / "python", "-m", "pip", "install", "-q", "-c", constraints, wheel, cwd=folder)
    return folder / "bin"


@pytest.mark.real
def test_wheel_and_source_hold_the_whole_package(dist: Path) -> None:
    wheel = zipfile.ZipFile(next(dist.glob("*.whl"))).namelist()
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        source = ["/".join(name.split("/")[1:]) for name in archive.getnames()]
    for package, folder in PACKAGES.items():
        for path in (ROOT / folder).glob("*.py"):
            assert f"{package}/{path.name}" in wheel
            assert f"{folder}/{path.name}" in source
    assert DEFAULT_MODEL in packaged_models()
    for name in packaged_models():
        assert {f"mnist_edge/runtime/models/{name}.{kind}" for kind in ("onnx", "parity.json")} <= set(wheel)
    assert {"mnist_edge/report/page.html.j2", "mnist_edge/report/style.css"} <= set(wheel)
    assert "mnist_edge/py.typed" in wheel
    assert not [name for name in wheel if name.startswith(("train/", "export/", "runtime/", "tests/"))]


@pytest.mark.real
def test_the_runtime_install_is_light(installed: Path) -> None:
    names = {
        line.split("==")[0].lower()
        for line in run(installed / "python", "-m", "pip", "freeze", "--all", cwd=installed).split()
    }
    assert {"click", "numpy", "onnxruntime", "opencv-python"} <= names
    assert not names & {"tensorflow", "keras", "onnx", "tf2onnx", "matplotlib", "rich", "scipy"}


@pytest.mark.real
def test_a_picture_is_read_without_data_training_network_or_tensorflow(installed: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "seven.png"), 255 - draw_digit(7, size=200))
    assert run(installed / "mnist-edge", "classify", "seven.png", cwd=tmp_path).startswith("seven.png: 7 (")
    script = "from mnist_edge import DigitClassifier; print(DigitClassifier().classify('seven.png').digit)"
    assert run(installed / "python", "-c", script, cwd=tmp_path) == "7\n"


@pytest.mark.real
def test_doctor_and_benchmark_work_without_data(installed: Path, tmp_path: Path) -> None:
    assert "mnist-edge classify works here" in run(installed / "mnist-edge", "doctor", cwd=tmp_path, cache=tmp_path)
    short = ("--seconds", "0.05", "--samples", "20", "--repeats", "1")
    report = run(installed / "mnist-edge", "benchmark", *short, cwd=tmp_path, cache=tmp_path)
    assert "drawn by mnist-edge (no MNIST data at hand)" in report
    assert "accuracy not measured (no data" in report


@pytest.mark.real
@pytest.mark.parametrize(
    ("arguments", "extra"),
    [(["train", "-o", "runs/x"], "train"), (["export", "x.keras", "-o", "x.onnx"], "export"), (["data"], "evaluate")],
)
def test_a_missing_extra_is_one_line_with_the_command_to_type(
    installed: Path, tmp_path: Path, arguments: list[str], extra: str
) -> None:
    (tmp_path / "x.keras").write_bytes(b"PK")
    text = run(installed / "mnist-edge", *arguments, cwd=tmp_path, code=1)
    assert f"pip install 'mnist-edge[{extra}]'" in text
    assert len(text.strip().splitlines()) == 1
