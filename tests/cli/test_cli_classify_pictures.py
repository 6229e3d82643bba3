from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_edge.runtime.drawing.style import SURE
from mnist_edge.runtime.sample_digits import draw_digit

RunCli = Callable[..., Any]


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``seven.png``, ``page.jpg`` with 1 2 3 and ``sub/seven.png`` in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    cv2.imwrite("seven.png", 255 - draw_digit(7, size=600))
    cv2.imwrite("sub/seven.png", draw_digit(7, size=28))
    page = np.hstack([255 - draw_digit(digit, size=200) for digit in (1, 2, 3)])
    cv2.imwrite("page.jpg", cv2.copyMakeBorder(page, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=255))
    return tmp_path


def read(path: str | Path) -> np.ndarray:
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture


def blue(picture: np.ndarray) -> int:
    """How many pixels have about the colour of the frames; JPEG changes it a little."""
    return int((np.abs(picture.astype(int) - SURE).max(axis=-1) < 40).sum())


def names(folder: str) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())


def test_one_annotated_picture(run_cli: RunCli, pictures: Path) -> None:
    result = run_cli("classify", "page.jpg", "--annotate", "out/read.png")
    assert (result.code, result.err) == (0, "")
    assert names("out") == ["read.png"]
    drawn, before = read("out/read.png"), read("page.jpg")
    assert drawn.shape == before.shape
    assert blue(drawn) > 1000
    assert blue(before) == 0


def test_a_folder_of_annotated_pictures(run_cli: RunCli, pictures: Path) -> None:
    Path("bad.png").write_bytes(b"no picture")
    result = run_cli("classify", "seven.png", "sub/seven.png", "page.jpg", "bad.png", "--annotate", "out")
    assert result.code == 1
    assert names("out") == ["page-annotated.jpg", "seven-2-annotated.png", "seven-annotated.png"]
    assert all(blue(read(Path("out", name))) > 100 for name in names("out"))
    assert read("out/seven-2-annotated.png").shape == (504, 504, 3)  # 28 px have no room for a label


def test_a_digit_read_as_one_is_framed_where_it_is(run_cli: RunCli, pictures: Path) -> None:
    paper = np.full((400, 800), 255, np.uint8)
    paper[100:300, 500:700] = 255 - draw_digit(7, size=200)
    cv2.imwrite("aside.png", paper)
    assert run_cli("classify", "aside.png", "--scene", "single", "--annotate", "a.png").out.startswith("aside.png: 7")
    drawn = read("a.png")
    assert blue(drawn[:, :480]) == 0
    assert blue(drawn[:, 480:]) > 200


def test_a_blank_picture_is_annotated_with_nothing(run_cli: RunCli, pictures: Path) -> None:
    cv2.imwrite("blank.png", np.full((500, 500), 250, np.uint8))
    assert run_cli("classify", "blank.png", "--annotate", "b.png").code == 0
    assert np.array_equal(read("b.png"), read("blank.png"))


@pytest.mark.parametrize(
    ("sources", "target", "words"),
    [
        (["seven.png", "page.jpg"], "one.png", "Name a folder"),
        (["seven.png"], "seven.png", "would be overwritten"),
        (["seven.png"], "read.txt", ".png"),
    ],
)
def test_an_annotated_picture_that_has_no_place(
    run_cli: RunCli, pictures: Path, sources: list[str], target: str, words: str
) -> None:
    before = Path("seven.png").read_bytes()
    result = run_cli("classify", *sources, "--annotate", target)
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert words in result.err
    assert Path("seven.png").read_bytes() == before
    assert not Path("one.png").exists()


def test_a_picture_that_is_too_large_for_the_format(run_cli: RunCli, pictures: Path) -> None:
    cv2.imwrite("long.png", np.full((30, 17000), 255, np.uint8))
    result = run_cli("classify", "long.png", "--annotate", "long.webp")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "17000x30" in result.err
    assert not Path("long.webp").exists()


def test_a_picture_that_is_read_later_is_not_overwritten(run_cli: RunCli, pictures: Path) -> None:
    cv2.imwrite("sub/page-annotated.jpg", read("page.jpg"))
    before = Path("sub/page-annotated.jpg").read_bytes()
    result = run_cli("classify", "page.jpg", "sub/page-annotated.jpg", "--annotate", "sub")
    assert result.code == 1
    assert "would be overwritten" in result.err
    assert Path("sub/page-annotated.jpg").read_bytes() == before


def test_what_the_model_saw_of_a_page(run_cli: RunCli, pictures: Path) -> None:
    assert run_cli("classify", "page.jpg", "--show-input", "seen").out.startswith("page.jpg: 123 (")
    assert names("seen") == [f"page-digit-{number:02}.png" for number in (1, 2, 3)]
    assert run_cli("classify", "seen/page-digit-02.png").out.startswith("seen/page-digit-02.png: 2 (")


def test_every_stage_is_written_in_order(run_cli: RunCli, pictures: Path) -> None:
    assert run_cli("classify", "page.jpg", "seven.png", "--debug", "stages").code == 0
    page, seven = ([name for name in names("stages") if name.startswith(f"{part}/")] for part in ("page", "seven"))
    for stages in (page, seven):
        numbers = [int(Path(name).name[:2]) for name in stages]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(stages) >= 3
    assert all("-scene-" in name for name in page)
    assert page[-1].endswith("-scene-result.png")
    assert blue(read(Path("stages", page[-1]))) > 100
    assert any("-scene-" in name for name in seven)
    assert seven[-1].endswith("-digit-result.png")
    assert read(Path("stages", seven[-1])).shape == (28, 28, 3)
    assert all(read(Path("stages", name)).max() > 1 for name in seven)  # masks of 0 and 1 would look black


def test_stages_of_an_earlier_run_do_not_stay(run_cli: RunCli, pictures: Path) -> None:
    folder = Path("stages/seven")
    folder.mkdir(parents=True)
    for name in ("77-scene-old.png", "mine.png"):
        (folder / name).write_bytes(b"x")
    assert run_cli("classify", "seven.png", "--debug", "stages").code == 0
    assert not (folder / "77-scene-old.png").exists()
    assert (folder / "mine.png").exists()


@pytest.mark.parametrize(("mode", "part"), [("single", "digit"), ("multi", "scene")])
def test_only_the_way_that_was_asked_for_is_debugged(run_cli: RunCli, pictures: Path, mode: str, part: str) -> None:
    assert run_cli("classify", "seven.png", "--scene", mode, "--debug", "stages").code == 0
    assert {name[9:14] for name in names("stages")} == {part}


def test_all_pictures_at_once_from_a_pipe(pictures: Path, program: list[str]) -> None:
    command = [*program, "classify", "-", "--annotate", "a.png", "--show-input", "seen", "--debug", "stages"]
    result = subprocess.run(command, input=Path("seven.png").read_bytes(), capture_output=True, check=True)
    assert result.stdout.startswith(b"-: 7 (")
    assert blue(read("a.png")) > 100
    assert names("seen") == ["stdin.png"]
    assert Path("stages/stdin").is_dir()
