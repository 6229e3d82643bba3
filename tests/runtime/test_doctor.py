from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
import pytest

from mnist_edge.cli import COMMANDS
from mnist_edge.runtime import doctor, doctor_libraries, doctor_models, installation, packaged
from mnist_edge.runtime.doctor_finding import Finding, Level
from mnist_edge.runtime.doctor_libraries import COMMAND_EXTRAS, build_facts
from mnist_edge.runtime.onnx_file import read_header
from mnist_edge.runtime.packaged import DEFAULT_MODEL


def named(findings: list[Finding], name: str) -> Finding:
    return next(finding for finding in findings if finding.name == name)


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where only the runtime's packages are installed."""
    real = installation.installed_version
    present = {"click", "numpy", "onnxruntime", "opencv-python"}
    monkeypatch.setattr(installation, "installed_version", lambda name: real(name) if name in present else None)


def test_a_runtime_only_install_works_and_says_what_is_missing(only: None) -> None:
    train = named(list(doctor_libraries.examine_extras()), "train")
    assert train.level is Level.NOTE
    assert train.value.startswith("missing: jinja2, matplotlib")  # what it builds on comes first
    assert "keras, tensorflow" in train.value
    assert train.fix == "pip install 'mnist-edge[train]'"
    commands = list(doctor_libraries.examine_commands())
    assert named(commands, "verify").fix == "pip install 'mnist-edge[export]'"
    assert named(commands, "make bench").fix == "pip install 'mnist-edge[bench]'"
    assert not any(finding.level is Level.ERROR for finding in commands)


def test_every_command_with_an_extra_exists() -> None:
    words = {command.split()[0] for command in COMMAND_EXTRAS} - {"make"}
    assert words <= set(COMMANDS)


def test_a_missing_runtime_package_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "installed_version", lambda name: None)
    numpy = named(list(doctor_libraries.examine_versions()), "numpy")
    assert numpy.level is Level.ERROR
    assert numpy.fix.startswith("pip install 'numpy>=")


def test_an_old_runtime_package_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "installed_version", lambda name: "0.1")
    numpy = named(list(doctor_libraries.examine_versions()), "numpy")
    assert numpy.level is Level.WARNING
    assert numpy.value.startswith("0.1, needs >=")


def test_two_opencvs_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"opencv-python": "5.0", "opencv-python-headless": "4.9"}
    monkeypatch.setattr(installation, "installed_version", versions.get)
    twice = named(list(doctor_libraries.examine_opencv()), "installed twice")
    assert twice.level is Level.WARNING
    assert twice.value == "opencv-python 5.0, opencv-python-headless 4.9 overwrite each other"
    assert twice.fix == "pip uninstall opencv-python opencv-python-headless, then pip install opencv-python"


def test_an_onnxruntime_without_the_cpu_provider_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["StrangeProvider"])
    assert named(list(doctor_libraries.examine_onnxruntime()), "providers").level is Level.ERROR


def test_an_opencv_that_cannot_be_imported_is_an_error_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise ImportError("libGL.so.1: cannot open shared object file")

    monkeypatch.setattr(cv2, "getBuildInformation", broken)
    findings = doctor.examine()
    failed = next(finding for finding in findings if (finding.section, finding.name) == ("opencv", "failed"))
    assert failed.level is Level.ERROR
    assert "opencv-python-headless" in failed.fix
    assert {finding.section for finding in findings} == set(doctor.PARTS)
    assert not doctor.works(findings)


def test_a_fault_beside_classify_is_only_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(doctor, "describe_machine", broken)
    findings = doctor.examine()
    failed = next(finding for finding in findings if (finding.section, finding.name) == ("machine", "failed"))
    assert (failed.level, failed.value) == (Level.WARNING, "RuntimeError: no such luck")


def test_the_build_of_opencv_is_read_from_its_report() -> None:
    report = "  GUI:                  NONE\n  Video I/O:\n    FFMPEG:      YES\n      avcodec:  YES\n    GStreamer:   NO\n"
    assert build_facts(report) == {"windows": "NONE", "video files (ffmpeg)": "YES", "gstreamer": "NO"}
    assert "jpeg" in build_facts(cv2.getBuildInformation())


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(packaged, "MODELS_FOLDER", tmp_path)
    return tmp_path


def test_a_missing_packaged_model_is_an_error(models: Path) -> None:
    assert named(list(doctor_models.examine_models()), DEFAULT_MODEL).level is Level.ERROR


def test_a_damaged_packaged_model_is_an_error(models: Path, shipped_model: Path) -> None:
    good = shipped_model.read_bytes()
    (models / f"{DEFAULT_MODEL}.onnx").write_bytes(good[: len(good) // 2])
    assert named(list(doctor_models.examine_models()), DEFAULT_MODEL).level is Level.ERROR


def test_a_model_with_another_card_is_noticed(models: Path, any_model: Path) -> None:
    digest = hashlib.sha256(read_header(any_model.read_bytes()).graph_bytes).hexdigest()
    (models / f"{DEFAULT_MODEL}.onnx").write_bytes(any_model.read_bytes().replace(digest.encode(), b"0" * 64))
    finding = named(list(doctor_models.examine_models()), DEFAULT_MODEL)
    assert finding.level is Level.ERROR
    assert "not the one its card was made for" in finding.value


def test_a_model_that_misreads_the_drawn_digits_fails_the_self_test(models: Path, any_model: Path) -> None:
    (models / f"{DEFAULT_MODEL}.onnx").write_bytes(any_model.read_bytes())
    (finding,) = doctor_models.self_test()
    assert finding.level is Level.ERROR
    assert " as " in finding.value


def test_the_packaged_model_reads_the_drawn_digits() -> None:
    assert [finding.value for finding in doctor_models.self_test()] == ["10 of 10 drawn digits read"]
    assert all(finding.level is Level.OK for finding in doctor_models.examine_models())


def test_absent_data_is_a_note_and_is_not_fetched(no_local_data: Path) -> None:
    data = named(list(doctor_models.examine_data()), "MNIST")
    assert (data.level, data.value, data.fix) == (Level.NOTE, "not on this machine", "mnist-edge data")
    assert not no_local_data.exists()


def test_bad_data_is_a_warning(no_local_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MNIST_EDGE_DATA", str(tmp_path / "absent.npz"))
    assert named(list(doctor_models.examine_data()), "MNIST").level is Level.WARNING


def test_own_data_is_named_so(
    no_local_data: Path, monkeypatch: pytest.MonkeyPatch, small_arrays: dict[str, np.ndarray]
) -> None:
    path = no_local_data.parent / "own.npz"
    np.savez(path, **small_arrays)  # type: ignore[arg-type]
    monkeypatch.setenv("MNIST_EDGE_DATA", str(path))
    assert "custom data" in named(list(doctor_models.examine_data()), "MNIST").value


def test_without_platformdirs_there_is_no_cache_and_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MNIST_EDGE_CACHE", raising=False)
    monkeypatch.delenv("MNIST_EDGE_DATA", raising=False)
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    cache, data = doctor_models.examine_data()
    assert cache.level is Level.NOTE
    assert cache.fix == "set MNIST_EDGE_CACHE, or pip install 'mnist-edge[evaluate]'"
    assert data.level is Level.NOTE


def test_the_findings_are_plain_values() -> None:
    report = json.loads(json.dumps(doctor.to_dict([Finding("a", "b", "c"), Finding("a", "d", "e", Level.ERROR, "f")])))
    assert report["works"] is False
    assert report["findings"][1] == {"section": "a", "name": "d", "value": "e", "level": "error", "fix": "f"}


def test_tensorflow_is_not_imported(no_local_data: Path) -> None:
    source = "import sys; from mnist_edge.runtime.doctor import examine; examine(); print(sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout
    for heavy in ("tensorflow", "keras", "onnx", "tf2onnx", "matplotlib", "ai_edge_litert"):
        assert f"'{heavy}'" not in modules
