from __future__ import annotations

import importlib.metadata

import pytest

from mnist_edge.runtime import installation
from mnist_edge.runtime.installation import Installed, Requirement

LINES = [
    "numpy>=1.26.4",
    "opencv-python>=4.9.0.80",
    'keras>=3.12; extra == "train"',
    'mnist-edge[train]; extra == "export"',
    "onnx>=1.18 ; python_version >= '3.11' and extra == 'export'",
    'mnist-edge[export]; extra == "bench"',
]


def install(monkeypatch: pytest.MonkeyPatch, versions: dict[str, str]) -> None:
    def version(name: str) -> str:
        if name not in versions:
            raise importlib.metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(importlib.metadata, "version", version)


def test_requirements_are_read() -> None:
    assert installation.parse_requirements(LINES)[:3] == [
        Requirement("numpy", ">=1.26.4", (), ""),
        Requirement("opencv-python", ">=4.9.0.80", (), ""),
        Requirement("keras", ">=3.12", (), "train"),
    ]


@pytest.mark.parametrize(
    ("extra", "names"),
    [("", ["numpy", "opencv-python"]), ("train", ["keras"]), ("export", ["keras", "onnx"]), ("bench", ["keras", "onnx"])],
)
def test_an_extra_includes_those_it_builds_on(extra: str, names: list[str]) -> None:
    requirements = installation.parse_requirements(LINES)
    assert [found.name for found in installation.requirements_of(extra, requirements)] == names


@pytest.mark.parametrize(
    ("version", "bounds", "satisfied"),
    [
        ("1.26.4", ">=1.26.4", True),
        ("1.26", ">=1.26.4", False),
        ("1.100", ">=1.26.4", True),
        ("2.0.0rc1", ">=2", True),
        ("0.9", "", True),
        (None, "", False),
        ("4.9.0.80", ">=4.9.0.80,<6", True),
    ],
)
def test_lower_bounds_are_compared_as_numbers(version: str | None, bounds: str, satisfied: bool) -> None:
    assert Installed("package", bounds, version).satisfied is satisfied


def test_a_headless_opencv_counts_as_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, {"numpy": "2.0", "opencv-python-headless": "4.10.0.84"})
    found = installation.check_installed(installation.requirements_of("", installation.parse_requirements(LINES)))
    assert [(item.name, item.version) for item in found] == [("numpy", "2.0"), ("opencv-python", "4.10.0.84")]


def test_a_double_install_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, {"opencv-python": "5.0", "opencv-contrib-python-headless": "4.9"})
    assert installation.installed_rivals("cv2") == ["opencv-python 5.0", "opencv-contrib-python-headless 4.9"]


def test_without_metadata_there_are_no_requirements(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> list[str]:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", nothing)
    assert installation.own_requirements() == []


def test_our_own_requirements_name_the_four_of_the_runtime() -> None:
    names = {requirement.name for requirement in installation.own_requirements() if not requirement.extra}
    assert names == {"click", "numpy", "onnxruntime", "opencv-python"}
