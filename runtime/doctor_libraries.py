"""What doctor finds out about packages: versions, extras, onnxruntime, OpenCV."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mnist_edge import __version__
from mnist_edge.runtime.doctor_finding import Finding, Level
from mnist_edge.runtime.installation import (
    DISTRIBUTION,
    check_installed,
    installed_rivals,
    own_requirements,
    requirements_of,
)
from mnist_edge.runtime.session import import_onnxruntime

# Which extra a command needs; classify, camera, models, benchmark and doctor need none.
COMMAND_EXTRAS: Final = {
    "data (download)": "evaluate",
    "evaluate (.onnx)": "evaluate",
    "report (.onnx)": "evaluate",
    "inspect": "evaluate",
    "train": "train",
    "train --tensorboard": "tensorboard",
    "evaluate (.keras)": "train",
    "report (.keras)": "train",
    "export": "export",
    "verify": "export",
    "demo": "export",
    "make bench": "bench",
}
EXTRAS: Final = ("evaluate", "train", "tensorboard", "export", "bench")
BUILD_FACTS: Final = {
    "GUI": "windows",
    "JPEG": "jpeg",
    "PNG": "png",
    "FFMPEG": "video files (ffmpeg)",
    "GStreamer": "gstreamer",
    "v4l/v4l2": "cameras (v4l2)",
    "Parallel framework": "threads",
    "Baseline": "cpu baseline",
    "Dispatched code generation": "cpu dispatch",
}


def examine_versions() -> Iterator[Finding]:
    """Versions of mnist-edge, Python and what the runtime always needs."""
    section = "versions"
    yield Finding(section, "mnist-edge", f"{__version__} ({Path(sys.modules['mnist_edge'].__file__ or '').parent})")
    yield Finding(section, "python", f"{platform.python_version()} ({sys.executable})")
    requirements = own_requirements()
    if not requirements:
        fix = "pip install mnist-edge"
        yield Finding(section, "package metadata", "mnist-edge runs without being installed", Level.WARNING, fix)
    for found in check_installed(requirements_of("", requirements)):
        if found.satisfied:
            yield Finding(section, found.name, found.version or "")
        else:
            wrong = f"{found.version or 'not installed'}, needs {found.bounds}"
            # An old release may do; whether classify works is for the self-test to say.
            level = Level.ERROR if found.version is None else Level.WARNING
            yield Finding(section, found.name, wrong, level, f"pip install '{found.name}{found.bounds}'")


def examine_extras() -> Iterator[Finding]:
    """What each extra has brought, or lacks."""
    for extra in EXTRAS:
        own = [item for item in own_requirements() if item.extra == extra and item.name != DISTRIBUTION]
        versions = ", ".join(f"{found.name} {found.version}" for found in check_installed(own) if found.version)
        yield _optional("extras", extra, extra, versions)


def examine_commands() -> Iterator[Finding]:
    """Which command can run, and what the others lack."""
    yield Finding("commands", "classify, camera, models, benchmark, doctor", "see the self-test")
    for command, extra in COMMAND_EXTRAS.items():
        yield _optional("commands", command, extra, "can run")


def _optional(section: str, name: str, extra: str, value: str) -> Finding:
    if not own_requirements():
        return Finding(section, name, "unknown without package metadata", Level.NOTE)
    missing = missing_for(extra)
    if not missing:
        return Finding(section, name, value)
    return Finding(section, name, f"missing: {', '.join(missing)}", Level.NOTE, f"pip install 'mnist-edge[{extra}]'")


def missing_for(extra: str) -> list[str]:
    """Packages of an extra, and of those it builds on, that are absent or too old."""
    found = check_installed(requirements_of(extra, own_requirements()))
    return [item.name if item.version is None else f"{item.name}{item.bounds}" for item in found if not item.satisfied]


def examine_onnxruntime() -> Iterator[Finding]:
    """Double installs and the execution providers of onnxruntime."""
    ort = import_onnxruntime()
    section = "onnxruntime"
    yield from _double_install(section, "onnxruntime")
    providers = ort.get_available_providers()
    if "CPUExecutionProvider" in providers:
        yield Finding(section, "providers", f"{', '.join(providers)} (mnist-edge uses CPUExecutionProvider)")
    else:
        yield Finding(section, "providers", ", ".join(providers) or "none", Level.ERROR, "pip install onnxruntime")


def examine_opencv() -> Iterator[Finding]:
    """Double installs and the build of OpenCV."""
    import cv2

    section = "opencv"
    yield from _double_install(section, "cv2")
    yield Finding(section, "module", f"{cv2.__version__} ({Path(cv2.__file__).parent})")
    facts = build_facts(cv2.getBuildInformation())
    for name, value in facts.items():
        yield Finding(section, name, value)


def build_facts(information: str) -> dict[str, str]:
    """What of ``cv2.getBuildInformation()`` decides what this build can do."""
    facts: dict[str, str] = {}
    for line in information.splitlines():
        key, separator, value = line.strip().partition(":")
        if separator and key in BUILD_FACTS:
            facts.setdefault(BUILD_FACTS[key], value.strip() or "NO")
    return facts


def _double_install(section: str, module: str) -> Iterator[Finding]:
    rivals = installed_rivals(module)
    if len(rivals) > 1:
        names = [rival.split()[0] for rival in rivals]
        fix = f"pip uninstall {' '.join(names)}, then pip install {names[0]}"
        yield Finding(section, "installed twice", f"{', '.join(rivals)} overwrite each other", Level.WARNING, fix)
    else:
        yield Finding(section, "package", ", ".join(rivals) or "unknown")
