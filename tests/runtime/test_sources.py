from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from mnist_edge.errors import SourceError
from mnist_edge.runtime import sources as sources_module
from mnist_edge.runtime.sources import Picture, expand_sources


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("10.png", "2.PNG", "1.jpg", "notes.txt", "sub/3.bmp", "empty/readme.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*sources: str, stdin: bytes = b"", recursive: bool = False) -> list[str]:
    items = list(expand_sources(sources, recursive=recursive, stdin=io.BytesIO(stdin)))
    assert all(isinstance(item, Picture) for item in items), items
    return [item.name for item in items if isinstance(item, Picture)]


def test_a_folder_in_natural_order(folder: Path) -> None:
    assert names(str(folder)) == [str(folder / name) for name in ("1.jpg", "2.PNG", "10.png")]


def test_a_folder_with_its_folders(folder: Path) -> None:
    assert names(".", recursive=True) == ["1.jpg", "2.PNG", "10.png", "sub/3.bmp"]


def test_a_file_of_any_name(folder: Path) -> None:
    assert names("notes.txt") == ["notes.txt"]


def test_a_glob(folder: Path) -> None:
    assert names("*.png", "**/*.bmp") == ["10.png", "sub/3.bmp"]


def test_a_file_whose_name_looks_like_a_glob_is_itself(folder: Path) -> None:
    (folder / "a[1].png").write_bytes(b"x")
    assert names("a[1].png") == ["a[1].png"]


def test_a_list_is_relative_to_itself(folder: Path) -> None:
    (folder / "sub" / "list.txt").write_text("# mine\n3.bmp\n\n  ../1.jpg  \n")
    items = list(expand_sources(["@sub/list.txt"]))
    assert [(item.name, item.content) for item in items if isinstance(item, Picture)] == [
        ("3.bmp", Path("sub/3.bmp")),
        ("../1.jpg", Path("sub/../1.jpg")),
    ]


def test_a_list_on_stdin(folder: Path) -> None:
    assert names("@-", stdin=b"1.jpg\n10.png\n") == ["1.jpg", "10.png"]


def test_a_picture_on_stdin(folder: Path) -> None:
    assert list(expand_sources(["-"], stdin=io.BytesIO(b"picture"))) == [Picture("-", b"picture")]


def test_a_list_saved_by_notepad(folder: Path) -> None:
    Path("list.txt").write_bytes(b"\xef\xbb\xbf1.jpg\r\n10.png\r\n")
    assert names("@list.txt") == names("@-", stdin=Path("list.txt").read_bytes()) == ["1.jpg", "10.png"]


def test_without_standard_input_only_its_own_sources_fail(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    picture, first, second = expand_sources(["1.jpg", "-", "@-"])
    assert isinstance(picture, Picture)
    assert str(first) == str(second) == "There is no standard input. Name a file, or pipe the picture in."


def test_an_endless_standard_input_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources_module, "MAX_FILE_BYTES", 1000)
    with Path("/dev/zero").open("rb") as endless:
        first, second = expand_sources(["-", "@-"], stdin=endless)
    assert "Standard input holds too much" in str(first)
    assert "Standard input holds too much" in str(second)


def test_a_folder_that_cannot_be_read_does_not_hide(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refuse(path: str | Path) -> object:
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    *pictures, error = expand_sources(["."], recursive=True)
    assert [item.name for item in pictures if isinstance(item, Picture)] == ["1.jpg", "2.PNG", "10.png"]
    assert str(error) == "./sub cannot be read: Permission denied. Check the permissions."


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("missing.png", "There is no file or folder missing.png"),
        ("empty", "folder empty holds no pictures.*--recursive"),
        ("*.gif", r"Nothing matches \*\.gif"),
        ("@missing.txt", "@missing.txt cannot be read: No such file"),
        ("@blank.txt", "blank.txt names no pictures"),
        ("@binary.txt", "@binary.txt cannot be read: .*utf-8"),
    ],
)
def test_a_bad_source_is_reported_and_the_rest_goes_on(folder: Path, source: str, words: str) -> None:
    (folder / "blank.txt").write_text("\n# nothing\n")
    (folder / "binary.txt").write_bytes(b"\xff\xfe\x00")
    first, second = expand_sources([source, "1.jpg"])
    assert isinstance(first, SourceError)
    assert first.source == source
    with pytest.raises(SourceError, match=words):
        raise first
    assert isinstance(second, Picture)
