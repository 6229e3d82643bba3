"""Writing files so that a reader sees either the old content or the new, never a part."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import stat
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from mnist_edge.errors import MnistEdgeError, OutputError

_REASONS = {
    errno.ENOSPC: ("no space is left on the device", "Free some space, or write to another folder"),
    errno.EDQUOT: ("the disk quota is used up", "Free some space, or write to another folder"),
    errno.EFBIG: ("the file would exceed the size limit", "Write to another folder, or raise the limit"),
    errno.EROFS: ("the file system is read-only", "Write to another folder"),
    errno.EACCES: ("permission was denied", "Write to a folder that you own"),
    errno.EPERM: ("permission was denied", "Write to a folder that you own"),
    errno.EISDIR: ("it is a folder", "Name a file"),
    errno.EEXIST: ("a part of the path is a file", "Name another folder"),
    errno.ENOTDIR: ("a part of the path is a file", "Name another folder"),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter name"),
}


def output_error(path: str | os.PathLike[str], error: OSError) -> OutputError:
    """Says in one sentence why ``path`` cannot be written, and what to do."""
    reason, fix = _REASONS.get(error.errno or 0, (error.strerror or str(error), "Check the path"))
    others = [str(name) for name in (error.filename, error.filename2) if name is not None]
    if others and all(_lies_elsewhere(name, path) for name in others):  # for instance an input that is read meanwhile
        reason, fix = f"{others[0]}: {error.strerror or error}", f"Check {others[0]}"
    return OutputError(f"Cannot write {os.fspath(path)}: {reason}", fix=fix)


def _lies_elsewhere(name: str, path: str | os.PathLike[str]) -> bool:
    """Whether ``name`` is neither in the folder of ``path`` nor one of the folders above it."""
    named, folder = Path(os.path.abspath(name)), Path(os.path.abspath(path)).parent
    return not (named.is_relative_to(folder) or folder.is_relative_to(named))


@contextlib.contextmanager
def output_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turns an ``OSError`` of the block into an :class:`OutputError` about ``path``; our own errors pass."""
    try:
        yield
    except MnistEdgeError:  # some of them are OSErrors as well
        raise
    except OSError as error:
        raise output_error(path, error) from error


@contextlib.contextmanager
def atomic_path(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields a temporary path beside ``target``; renames it to ``target`` when the block ends well.

    The parent folder is made if needed. On any exception, Ctrl-C included, the temporary file is removed and ``target``
    is left as it was. The temporary name keeps the suffix, because writers such as Keras look at it. A link stays a link to
    the file that is replaced, which keeps its permissions; pipes and devices are written into when the block ends well.

    Raises:
        OutputError: If the file cannot be written or renamed.
    """
    final = Path(target)
    if not final.name:  # "", "." or "/"
        raise output_error(final, IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)))
    with output_errors(final):
        if _is_special(final):
            with _fill_special(final) as temporary:
                yield temporary
            return
        final = final.resolve() if final.is_symlink() else final
    temporary = final.with_name(f".{final.stem}.{uuid.uuid4().hex[:8]}.part{final.suffix}")
    try:
        with output_errors(final):
            final.parent.mkdir(parents=True, exist_ok=True)
            if final.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            yield temporary
            if final.exists():
                shutil.copymode(final, temporary)
            flush_to_disk(temporary)
            os.replace(temporary, final)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _is_special(path: Path) -> bool:
    """Whether there is something under this name that is neither file nor folder, and must not be replaced by one."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


@contextlib.contextmanager
def _fill_special(target: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mnist-edge-") as folder:
        temporary = Path(folder) / target.name
        yield temporary
        with temporary.open("rb") as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink)


def flush_to_disk(path: Path) -> None:
    """Waits until the content of a file has reached the disk.

    Without it a power cut can leave an empty file under a name that is taken for complete.

    Raises:
        OSError: If the file cannot be opened or the disk is full.
    """
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_bytes(target: str | os.PathLike[str], data: bytes) -> None:
    """Writes ``data`` to ``target`` in one step."""
    with atomic_path(target) as temporary:
        temporary.write_bytes(data)


def write_text(target: str | os.PathLike[str], text: str) -> None:
    """Writes ``text`` as UTF-8 to ``target`` in one step."""
    write_bytes(target, text.encode("utf-8"))


def write_json(target: str | os.PathLike[str], value: object) -> None:
    """Writes ``value`` as indented JSON to ``target`` in one step."""
    write_text(target, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
