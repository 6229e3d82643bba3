"""What is installed, read from package metadata: nothing is imported, so a broken or heavy package costs nothing."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

DISTRIBUTION: Final = "mnist-edge"
# Each of these brings the same module; installed together they overwrite each other's files.
RIVALS: Final = {
    "cv2": (
        "opencv-python",
        "opencv-python-headless",
        "opencv-contrib-python",
        "opencv-contrib-python-headless",
    ),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino", "onnxruntime-directml"),
}
_REQUIREMENT: Final = re.compile(
    r"""(?P<name>[\w.-]+) \s* (?:\[(?P<extras>[^\]]*)\])? \s* (?P<bounds>[^;]*)
        (?:;.*?\bextra\s*==\s*['"](?P<extra>[\w-]+)['"])?""",
    re.VERBOSE,
)
_LOWER_BOUND: Final = re.compile(r">=\s*([\d.]+)")


@dataclass(frozen=True)
class Requirement:
    """One line of a package's requirements.

    Attributes:
        name: The package.
        bounds: Its version bounds, for instance ``>=1.17``.
        extras: Extras of the package that are asked for.
        extra: The extra of ours that asks for it; empty for what is always needed.
    """

    name: str
    bounds: str
    extras: tuple[str, ...]
    extra: str


@dataclass(frozen=True)
class Installed:
    """A requirement and what is there.

    Attributes:
        name: The package.
        bounds: What is asked for.
        version: What is installed; ``None`` if nothing is.
    """

    name: str
    bounds: str
    version: str | None

    @property
    def satisfied(self) -> bool:
        """Whether it is installed and not below its lower bound."""
        bound = _LOWER_BOUND.search(self.bounds)
        if self.version is None or bound is None:
            return self.version is not None
        return release(self.version) >= release(bound[1])


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version, without trailing zeros: ``"1.10.0rc1"`` is ``(1, 10)``."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    parts = [int(part) for part in numbers[0].split(".")] if numbers else []
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def parse_requirements(lines: Iterable[str]) -> list[Requirement]:
    """Reads the lines of ``importlib.metadata.requires``."""
    found = [_REQUIREMENT.match(line) for line in lines]
    return [
        Requirement(
            match["name"],
            match["bounds"].strip(" ()"),
            tuple(part.strip() for part in (match["extras"] or "").split(",") if part.strip()),
            match["extra"] or "",
        )
        for match in found
        if match
    ]


def requirements_of(extra: str, requirements: list[Requirement]) -> list[Requirement]:
    """What an extra needs, including the extras that it builds on; ``""`` is what is always needed."""
    collected: list[Requirement] = []
    for requirement in requirements:
        if requirement.extra != extra:
            continue
        if requirement.name == DISTRIBUTION:
            for inner in requirement.extras:
                collected += requirements_of(inner, requirements)
        else:
            collected.append(requirement)
    return collected


def own_requirements() -> list[Requirement]:
    """Our own requirements; empty if mnist-edge runs without being installed."""
    try:
        return parse_requirements(importlib.metadata.requires(DISTRIBUTION) or [])
    except importlib.metadata.PackageNotFoundError:
        return []


def check_installed(requirements: Iterable[Requirement]) -> list[Installed]:
    """Looks up each requirement; a rival that brings the same module counts."""
    return [Installed(item.name, item.bounds, _version_of_any(item.name)) for item in requirements]


def _version_of_any(name: str) -> str | None:
    rivals = next((names for names in RIVALS.values() if name in names), ())
    versions = (installed_version(candidate) for candidate in (name, *rivals))
    return next((version for version in versions if version is not None), None)


def installed_version(name: str) -> str | None:
    """Version of a package, or ``None`` if it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def installed_rivals(module: str) -> list[str]:
    """The installed packages that bring ``module``, with their versions; more than one is a double install."""
    versions = {name: installed_version(name) for name in RIVALS[module]}
    return [f"{name} {version}" for name, version in versions.items() if version is not None]
