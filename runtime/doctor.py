"""Examining an installation: what works, what does not, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from mnist_edge.errors import MnistEdgeError
from mnist_edge.runtime.doctor_finding import Finding, Level
from mnist_edge.runtime.doctor_libraries import (
    examine_commands,
    examine_extras,
    examine_onnxruntime,
    examine_opencv,
    examine_versions,
)
from mnist_edge.runtime.machine import describe_machine

ESSENTIAL: Final = ("onnxruntime", "opencv", "models", "self-test")  # without these, classify does not work

Part = Callable[[], Iterator[Finding]]


def examine() -> list[Finding]:
    """Examines this installation; never raises, never uses the network, never imports TensorFlow."""
    return [finding for section, part in PARTS.items() for finding in _guarded(section, part)]


def works(findings: list[Finding]) -> bool:
    """Whether nothing essential is broken."""
    return not any(finding.level is Level.ERROR for finding in findings)


def _guarded(section: str, part: Part) -> list[Finding]:
    findings: list[Finding] = []
    try:
        findings.extend(part())
    except Exception as error:  # noqa: BLE001  # a broken native library may raise anything, and doctor is there to say so
        level = Level.ERROR if section in ESSENTIAL else Level.WARNING
        findings.append(Finding(section, "failed", _one_line(error), level, _reinstall(error)))
    return findings


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, MnistEdgeError) else f"{type(error).__name__}: {text[:200]}"


def _reinstall(error: Exception) -> str:
    if "libGL" in str(error) or "libxcb" in str(error):
        return "pip uninstall opencv-python, then pip install opencv-python-headless; or install the system's libgl1"
    return "" if isinstance(error, MnistEdgeError) else "pip install --force-reinstall mnist-edge"


def examine_machine() -> Iterator[Finding]:
    """The processor and how much of it this process may use."""
    machine, section = describe_machine(), "machine"
    yield Finding(section, "processor", f"{machine.cpu} ({machine.architecture})")
    yield Finding(section, "features", ", ".join(machine.features) or "unknown")
    yield Finding(section, "threads", machine.threads_text)
    yield Finding(section, "governor", machine.governor or "unknown")
    yield Finding(section, "system", machine.system)


def _models() -> Iterator[Finding]:
    # Imported only when it runs: without a working OpenCV or onnxruntime the other parts still have something to say.
    from mnist_edge.runtime.doctor_models import examine_models

    yield from examine_models()


def _self_test() -> Iterator[Finding]:
    from mnist_edge.runtime.doctor_models import self_test

    yield from self_test()


def _tuning() -> Iterator[Finding]:
    from mnist_edge.runtime.doctor_tuning import examine_tuning

    yield from examine_tuning()


def _data() -> Iterator[Finding]:
    from mnist_edge.runtime.doctor_models import examine_data

    yield from examine_data()


PARTS: Final[dict[str, Part]] = {
    "versions": examine_versions,
    "onnxruntime": examine_onnxruntime,
    "opencv": examine_opencv,
    "machine": examine_machine,
    "models": _models,
    "self-test": _self_test,
    "tuning": _tuning,
    "data": _data,
    "extras": examine_extras,
    "commands": examine_commands,
}


def to_dict(findings: list[Finding]) -> dict[str, Any]:
    """Plain values for JSON."""
    entries = [
        {"section": item.section, "name": item.name, "value": item.value, "level": item.level.value, "fix": item.fix}
        for item in findings
    ]
    return {"works": works(findings), "findings": entries}
