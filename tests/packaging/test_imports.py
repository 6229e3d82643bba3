"""The arrows of dependency, and that importing loads nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import mnist_edge

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "mnist_edge": ROOT / "src" / "mnist_edge",
    "mnist_edge.cli": ROOT / "src" / "mnist_edge" / "cli",
    "mnist_edge.report": ROOT / "src" / "mnist_edge" / "report",
    "mnist_edge.train": ROOT / "train",
    "mnist_edge.train.augmentation": ROOT / "train" / "augmentation",
    "mnist_edge.train.composing": ROOT / "train" / "composing",
    "mnist_edge.train.evaluation": ROOT / "train" / "evaluation",
    "mnist_edge.train.figures": ROOT / "train" / "figures",
    "mnist_edge.train.forms": ROOT / "train" / "forms",
    "mnist_edge.train.networks": ROOT / "train" / "networks",
    "mnist_edge.train.outliers": ROOT / "train" / "outliers",
    "mnist_edge.train.photographed": ROOT / "train" / "photographed",
    "mnist_edge.export": ROOT / "export",
    "mnist_edge.export.quantization": ROOT / "export" / "quantization",
    "mnist_edge.runtime": ROOT / "runtime",
    "mnist_edge.runtime.camera": ROOT / "runtime" / "camera",
    "mnist_edge.runtime.drawing": ROOT / "runtime" / "drawing",
    "mnist_edge.runtime.scenes": ROOT / "runtime" / "scenes",
    "mnist_edge.runtime.tuning": ROOT / "runtime" / "tuning",
}
MODULES = [(package, path) for package, folder in FOLDERS.items() for path in sorted(folder.glob("*.py"))]
# __init__ names the homes of its lazy names for type checkers; __main__ starts the command line.
BORDERS = {FOLDERS["mnist_edge"] / "__init__.py", FOLDERS["mnist_edge"] / "__main__.py"}

# What each package may import of the others; the core is everything directly in mnist_edge.
LIBRARY = {name for name in FOLDERS if name not in {"mnist_edge.cli", "mnist_edge.report"}}
TRAIN = {name for name in LIBRARY if name.startswith("mnist_edge.train")}
EXPORT = {name for name in LIBRARY if name.startswith("mnist_edge.export")}
RUNTIME = {name for name in LIBRARY if name.startswith("mnist_edge.runtime")}
ALLOWED = {
    "mnist_edge": {"mnist_edge"},
    "mnist_edge.cli": set(FOLDERS),
    "mnist_edge.report": LIBRARY | {"mnist_edge.report"},
    **{name: TRAIN | RUNTIME | {"mnist_edge"} for name in TRAIN},
    **{name: EXPORT | RUNTIME | {"mnist_edge"} for name in EXPORT},
    **{name: RUNTIME | {"mnist_edge"} for name in RUNTIME},
}
RUNTIME_LIBRARIES = {"click", "numpy", "onnxruntime", "cv2"}
BUILT_IN_ELSEWHERE = {"_sha2", "_sha256"}  # parts of the standard library, each of other versions than the other
HEAVY = {"cv2", "numpy", "onnxruntime", "keras", "tensorflow", "onnx", "tf2onnx", "matplotlib", "rich", "pooch", "sklearn"}
HEAVY |= {"scipy", "jinja2"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "mnist_edge")


def home(module: str) -> str:
    """The package that a module of ours belongs to."""
    return next(
        (package for package in sorted(FOLDERS, key=len, reverse=True) if f"{module}.".startswith(f"{package}.")), ""
    )


@pytest.mark.parametrize(("package", "path"), MODULES, ids=lambda value: getattr(value, "name", str(value)))
def test_imports_follow_the_arrows(package: str, path: Path) -> None:
    ours = {home(name) for name in imported(path) if home(name)}
    assert path in BORDERS or ours <= ALLOWED[package]


@pytest.mark.parametrize("path", sorted(FOLDERS["mnist_edge.runtime"].glob("*.py")), ids=lambda path: path.name)
def test_the_runtime_needs_its_four_libraries_only(path: Path) -> None:
    foreign = {name.partition(".")[0] for name in imported(path)} - set(sys.stdlib_module_names) - {"mnist_edge"}
    assert foreign - BUILT_IN_ELSEWHERE <= RUNTIME_LIBRARIES


def test_every_folder_with_code_is_a_declared_package() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    with_code = {path.parent for folder in FOLDERS.values() for path in folder.rglob("__init__.py")}
    assert with_code == set(FOLDERS.values())
    assert set(settings["packages"]) == set(FOLDERS)
    for package, folder in settings["package-dir"].items():
        assert ROOT / folder == FOLDERS[package]


def loaded_after(statement: str) -> set[str]:
    script = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


@pytest.mark.parametrize("statement", ["import mnist_edge", "from mnist_edge.cli import run; run(['--help'])"])
def test_importing_and_asking_for_help_load_nothing_heavy(statement: str) -> None:
    assert not loaded_after(statement) & HEAVY


@pytest.mark.parametrize(
    "command",
    [
        "classify",
        "camera",
        "train",
        "evaluate",
        "report",
        "export",
        "verify",
        "inspect",
        "models",
        "benchmark",
        "doctor",
        "data",
        "demo",
    ],
)
def test_help_of_each_command_loads_nothing_heavy(command: str) -> None:
    assert not loaded_after(f"from mnist_edge.cli import run; run(['{command}', '--help'])") & HEAVY


def test_no_module_loads_a_framework_before_it_is_used() -> None:
    names = [f"{package}.{path.stem}" for package, path in MODULES if not path.stem.startswith("__")]
    # The runtime's picture code is made of these two; they are what every user has.
    assert loaded_after(f"import {', '.join(names)}") & HEAVY == {"numpy", "cv2"}


def test_classifying_loads_nothing_but_the_runtime() -> None:
    assert not loaded_after("from mnist_edge import DigitClassifier; DigitClassifier()") & (
        HEAVY - {"cv2", "numpy", "onnxruntime"}
    )


def test_public_names_are_sorted_and_exist() -> None:
    assert mnist_edge.__all__ == sorted(mnist_edge.__all__)
    for name in mnist_edge.__all__:
        assert getattr(mnist_edge, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        mnist_edge.nothing  # noqa: B018


def test_no_file_is_longer_than_it_should_be() -> None:
    long = {path.name: lines for _, path in MODULES if (lines := len(path.read_text("utf-8").splitlines())) > 260}
    assert not long
