"""From what a user names — files, folders, globs, lists, stdin — to pictures one by one."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from mnist_edge.errors import SourceError
from mnist_edge.runtime.images import MAX_FILE_BYTES

IMAGE_SUFFIXES: Final = frozenset(
    f".{name}"
    for name in ("png", "jpg", "jpeg", "jpe", "bmp", "dib", "gif", "webp", "tif", "tiff", "pgm", "ppm", "pbm", "pnm")
)
_STDIN: Final = "-"
_LIST: Final = "@"
_GLOB_CHARACTERS: Final = frozenset("*?[")


class Picture(NamedTuple):
    """One picture to read.

    Attributes:
        name: What to call it in results.
        content: Its path, or its encoded bytes.
    """

    name: str
    content: Path | bytes


def expand_sources(
    sources: Iterable[str],
    *,
    recursive: bool = False,
    stdin: BinaryIO | None = None,
    hint: str = "descend into its folders with --recursive",
) -> Iterator[Picture | SourceError]:
    """Yields the pictures that the sources name, in order.

    A source is a picture file (of any name), a folder (its pictures in natural order), a glob pattern, ``@list.txt`` (one
    path a line, relative to the list; ``@-`` reads the list from stdin), or ``-`` (one encoded picture on stdin).

    Args:
        sources: What the user named.
        recursive: Descend into sub-folders.
        stdin: Where ``-`` reads from; standard input by default.
        hint: What else to do where a folder has no pictures of its own.

    Yields:
        A picture, or the error that a source ended in: one bad source does not stop the others.
    """
    for source in sources:
        try:
            yield from _expand(source, recursive, stdin, hint)
        except SourceError as error:
            error.source = source
            yield error
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            failure = SourceError(f"{source} cannot be read: {reason}", fix="Check the path")
            failure.source = source
            yield failure


def _expand(source: str, recursive: bool, stdin: BinaryIO | None, hint: str) -> Iterator[Picture]:
    if source == _STDIN:
        yield Picture(_STDIN, _read_stdin(stdin))
    elif Path(source).is_dir():
        yield from _folder(Path(source), recursive, hint)
    elif Path(source).exists():
        yield Picture(source, Path(source))
    elif source.startswith(_LIST):
        yield from _list(source[len(_LIST) :], stdin)
    elif _GLOB_CHARACTERS.intersection(source):
        yield from _glob(source)
    else:
        raise SourceError(f"There is no file or folder {source}", fix="Check the path")


def _folder(folder: Path, recursive: bool, hint: str) -> Iterator[Picture]:
    unreadable: list[OSError] = []
    walk = os.walk(folder, onerror=unreadable.append) if recursive else ()
    found = (Path(parent, name) for parent, _, names in walk for name in names) if recursive else folder.iterdir()
    paths = sorted((path for path in found if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()), key=_natural)
    if not paths and not unreadable:
        fix = "Name another folder" if recursive else f"Name another folder, or {hint}"
        raise SourceError(f"The folder {folder} holds no pictures", fix=fix)
    for path in paths:
        yield Picture(str(path), path)
    if unreadable:
        names = ", ".join(str(error.filename) for error in unreadable[:3])
        raise SourceError(f"{names} cannot be read: {unreadable[0].strerror}", fix="Check the permissions")


def _glob(pattern: str) -> Iterator[Picture]:
    import glob  # which few commands name

    paths = sorted((Path(match) for match in glob.glob(pattern, recursive=True)), key=_natural)
    paths = [path for path in paths if path.is_file()]
    if not paths:
        raise SourceError(f"Nothing matches {pattern}", fix="Check the pattern")
    for path in paths:
        yield Picture(str(path), path)


def _list(name: str, stdin: BinaryIO | None) -> Iterator[Picture]:
    if name == _STDIN:
        text, folder = _read_stdin(stdin).decode("utf-8-sig"), Path()
    else:
        text, folder = Path(name).read_text("utf-8-sig"), Path(name).parent
    lines = [line.strip() for line in text.splitlines()]
    entries = [line for line in lines if line and not line.startswith("#")]
    if not entries:
        raise SourceError(f"The list {name} names no pictures", expected="one path a line")
    for entry in entries:
        yield Picture(entry, folder / entry)


def _read_stdin(stdin: BinaryIO | None) -> bytes:
    if stdin is None:
        stdin = getattr(sys.stdin, "buffer", None)  # sys.stdin is None in a process that was started without one
    if stdin is None:
        raise SourceError("There is no standard input", fix="Name a file, or pipe the picture in")
    data = stdin.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise SourceError("Standard input holds too much", expected=f"at most {MAX_FILE_BYTES >> 20} MB")
    return data


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Sorts ``2.png`` before ``10.png``."""
    parts = re.split(r"(\d+)", str(path))
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
