from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_edge.errors import ModelNotFoundError, OutputError
from mnist_edge.files import atomic_path, output_errors, write_bytes, write_json


def test_writes_and_makes_the_folder(tmp_path: Path) -> None:
    write_json(tmp_path / "new" / "x.json", {"ä": 1})
    assert (tmp_path / "new" / "x.json").read_text("utf-8") == '{\n  "ä": 1\n}\n'


def test_the_temporary_name_keeps_the_suffix_and_folder(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "model.keras") as temporary:
        assert temporary.suffix == ".keras"
        assert temporary.parent == tmp_path
        temporary.write_bytes(b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, interruption: type[BaseException]
) -> None:
    target = tmp_path / "x.txt"
    target.write_text("old")
    with pytest.raises(interruption), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise interruption
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "no space is left"), (errno.EROFS, "read-only"), (errno.EACCES, "permission"), (errno.EIO, "error")],
)
def test_the_reason_is_said_in_words(tmp_path: Path, number: int, words: str) -> None:
    with pytest.raises(OutputError, match=words), atomic_path(tmp_path / "x") as temporary:
        temporary.write_text("half")
        raise OSError(number, os.strerror(number))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="it is a folder"):
        write_bytes(tmp_path, b"x")


@pytest.mark.parametrize("target", ["", ".", "..", "/"])
def test_a_target_without_a_name_is_a_folder(target: str) -> None:
    with pytest.raises(OutputError, match="it is a folder"):
        write_bytes(target, b"x")


def test_errors_of_our_own_are_not_rewritten(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="no such model"), output_errors(tmp_path):
        raise ModelNotFoundError("no such model")


def test_an_input_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    absent = tmp_path / "inputs" / "absent.bin"
    with pytest.raises(OutputError, match=r"inputs.absent\.bin: No such file"), atomic_path(tmp_path / "out" / "x"):
        absent.read_bytes()


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="part of the path is a file"):
        write_bytes(tmp_path / "file" / "x", b"x")


def test_a_really_full_disk(tmp_path: Path) -> None:
    """A limit on the file size fails in the same system call as a full disk."""
    pytest.importorskip("resource", reason="POSIX only")
    script = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "from mnist_edge.errors import OutputError\n"
        "from mnist_edge.files import write_bytes\n"
        "try:\n"
        "    write_bytes(sys.argv[1], bytes(100_000))\n"
        "except OutputError as error:\n"
        "    print(error)\n"
    )
    target = tmp_path / "big.bin"
    done = subprocess.run([sys.executable, "-c", script, str(target)], capture_output=True, text=True, check=True)
    assert "Cannot write" in done.stdout
    assert "size limit" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    write_bytes(tmp_path / "link.txt", b"new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "private.txt"
    target.write_text("old")
    target.chmod(0o600)
    write_bytes(target, b"new")
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        write_bytes(pipe, b"through")
        assert reader.communicate(timeout=20)[0] == b"through"
    assert pipe.is_fifo()
