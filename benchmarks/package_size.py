"""What an installed package takes on the disk, with all that it brings along."""

from __future__ import annotations

import importlib.metadata as metadata
import importlib.util
from pathlib import Path
from typing import Final

OWN: Final = "mnist-edge"
_OWN_PARTS: Final = ("mnist_edge", "mnist_edge.train", "mnist_edge.export", "mnist_edge.runtime")


def installed_size(distribution: str) -> tuple[int, list[str]] | None:
    """Bytes of a package and of everything it requires, and their names; ``None`` if it is not installed.

    Sizes are those of each package's own record of its files, compiled caches included. Extras are not followed.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    waiting, sizes = [distribution], dict[str, int]()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in sizes:
            continue
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            if not sizes:
                return None
            continue  # a requirement that this installation does without
        sizes[name] = _own_bytes() if name == OWN else _bytes_of(found)
        for line in found.requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return sum(sizes.values()), sorted(sizes)


def _bytes_of(distribution: metadata.Distribution) -> int:
    files = {Path(str(file.locate())) for file in distribution.files or ()}
    return sum(file.stat().st_size for file in files if file.is_file())


def _own_bytes() -> int:
    """This project's files, wherever they lie: an editable installation records none of them."""
    folders = set()
    for part in _OWN_PARTS:
        spec = importlib.util.find_spec(part)
        folders |= {Path(place).resolve() for place in (spec.submodule_search_locations if spec else None) or ()}
    files = {file for folder in folders for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts}
    return sum(file.stat().st_size for file in files)
