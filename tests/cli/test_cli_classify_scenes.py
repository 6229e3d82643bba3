from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_edge.cli.classify_options import ClassifyOptions
from mnist_edge.cli.classify_output import CSV_HEADER, format_result, percent
from mnist_edge.cli.classify_reading import choose_result, shows_several
from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.sample_digits import draw_digit
from mnist_edge.runtime.scenes.scene import Box, Digit, Reason, RejectedRegion, Scene

RunCli = Callable[..., Any]


def write_page(name: str, lines: Sequence[str], *, size: int = 80) -> None:
    """Dark digits on light paper."""
    paper = np.full((len(lines) * size * 2, (max(map(len, lines)) + 1) * size, 3), 235, np.uint8)
    for row, line in enumerate(lines):
        for column, digit in enumerate(line):
            top, left = row * size * 2 + size // 2, column * size + size // 2
            place = paper[top : top + size, left : left + size]
            np.minimum(place, 255 - draw_digit(int(digit), size=size)[..., None], out=place)
    cv2.imwrite(name, paper)


def digit_of(digit: int, box: Box, line: int = 0, confidence: float = 0.98) -> Digit:
    return Digit(Prediction(digit, confidence), box, line)


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``page.png`` with two lines and ``seven.png`` with one digit in the working folder."""
    monkeypatch.chdir(tmp_path)
    write_page("page.png", ["203", "57"])
    write_page("seven.png", ["7"])
    return tmp_path


SCENE = Scene(
    (digit_of(2, Box(5, 6, 7, 8)), digit_of(0, Box(20, 6, 7, 8)), digit_of(7, Box(5, 50, 7, 8), 1, 0.5)),
    (RejectedRegion(Box(1, 2, 3, 4), Reason.LINE), RejectedRegion(Box(9, 9, 3, 4), Reason.UNLIKELY, Prediction(None, 0.3))),
    source="page.png",
)


def test_by_itself_it_reads_one_digit_or_a_page(run_cli: RunCli, pages: Path) -> None:
    first, second = run_cli("classify", "seven.png", "page.png").out.splitlines()
    assert first.startswith("seven.png: 7 (")
    assert second.startswith("page.png: 203 / 57 (lowest ")


def test_single_and_multi_are_obeyed(run_cli: RunCli, pages: Path) -> None:
    single = json.loads(run_cli("classify", "page.png", "--scene", "single", "--json").out)
    assert "probabilities" in single
    multi = json.loads(run_cli("classify", "seven.png", "--scene", "multi", "--json").out)
    assert (multi["text"], len(multi["digits"]), multi["source"]) == ("7", 1, "seven.png")
    assert run_cli("classify", "seven.png", "--scene", "multi").out.startswith("seven.png: 7 (")


@pytest.mark.parametrize("mode", ["auto", "single", "multi"])
def test_in_every_mode_a_bad_or_blank_picture_stops_no_other(run_cli: RunCli, pages: Path, mode: str) -> None:
    Path("bad.png").write_bytes(b"no picture")
    cv2.imwrite("blank.png", np.full((50, 80), 250, np.uint8))
    result = run_cli("classify", "bad.png", "blank.png", "missing.png", "seven.png", "--scene", mode)
    assert result.code == 1
    blank, seven = result.out.splitlines()
    assert blank == "blank.png: There is no ink in the picture."
    assert seven.startswith("seven.png: 7 (")
    assert [name in line for name, line in zip(["bad.png", "missing.png"], result.err.splitlines(), strict=True)] == [
        True
    ] * 2


def test_mnist_pictures_are_one_digit_each(run_cli: RunCli, pages: Path) -> None:
    """No second digit is looked for in a 28x28 picture: they come in thousands."""
    cv2.imwrite("mnist.png", draw_digit(3, size=28))
    assert "probabilities" in json.loads(run_cli("classify", "mnist.png", "--json").out)


def test_a_long_batch_of_both_kinds_keeps_its_order(run_cli: RunCli, pages: Path) -> None:
    names = ["seven.png", "page.png", "seven.png", "missing.png"] * 10
    lines = [json.loads(line) for line in run_cli("classify", *names, "--json").out.splitlines()]
    assert [line["source"] for line in lines] == names
    kinds = ["single", "multi", "single", "error"] * 10
    assert ["error" if line["status"] == "error" else "multi" if "digits" in line else "single" for line in lines] == kinds


def test_csv_has_one_header_and_a_row_for_each_digit(run_cli: RunCli, pages: Path) -> None:
    out = run_cli("classify", "page.png", "seven.png", "--csv").out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert out.splitlines()[0] == ",".join(CSV_HEADER)
    assert [(row["source"], row["digit"], row["line"]) for row in rows] == [
        *[("page.png", digit, "0") for digit in "203"],
        *[("page.png", digit, "1") for digit in "57"],
        ("seven.png", "7", ""),
    ]
    assert all(0 < int(row["height"]) <= 90 for row in rows[:5])
    assert [row["left"] for row in rows[5:]] == [""]
    assert all(float(row[f"p{row['digit']}"]) > 0.5 for row in rows)


def test_csv_and_text_of_a_scene() -> None:
    rows = list(csv.reader(format_result(SCENE, ClassifyOptions(form="csv"))))
    assert [[row[0], row[2], *row[15:]] for row in rows] == [
        ["page.png", "2", "0", "5", "6", "7", "8"],
        ["page.png", "0", "0", "20", "6", "7", "8"],
        ["page.png", "7", "1", "5", "50", "7", "8"],
    ]
    assert {len(row) for row in rows} == {len(CSV_HEADER)}
    assert format_result(SCENE, ClassifyOptions()) == ["page.png: 20 / 7 (lowest 50.0%)"]


def test_rejected_regions_on_request() -> None:
    options = ClassifyOptions(form="csv", show_rejected=True)
    rows = [dict(zip(CSV_HEADER, row, strict=True)) for row in csv.reader(format_result(SCENE, options))]
    assert [(row["status"], row["digit"], row["message"], row["left"], row["confidence"]) for row in rows[3:]] == [
        ("rejected", "", "line", "1", ""),
        ("rejected", "", "unlikely", "9", "0.3"),
    ]
    text = format_result(SCENE, ClassifyOptions(show_rejected=True))
    assert text == ["page.png: 20 / 7 (lowest 50.0%) [rejected: 1 line, 1 unlikely]"]


def test_a_scene_without_digits_says_why() -> None:
    nothing = Scene(status=Status.REJECTED, message="Nothing is a digit.", source="x.png")
    assert format_result(nothing, ClassifyOptions()) == ["x.png: Nothing is a digit."]
    [row] = csv.reader(format_result(nothing, ClassifyOptions(form="csv")))
    assert (row[1], row[2], row[14]) == ("rejected", "", "Nothing is a digit.")


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.998, "99.8%"), (0.9994, "99.9%"), (0.9995, ">99.9%"), (1.0, ">99.9%"), (0.0, "<0.1%"), (0.0006, "0.1%")],
)
def test_no_probability_is_printed_as_certain(share: float, text: str) -> None:
    assert percent(share) == text


def test_a_small_digit_beside_a_large_one_is_no_page() -> None:
    large, small = digit_of(7, Box(0, 0, 60, 100)), digit_of(1, Box(90, 80, 4, 20))
    assert not shows_several(Scene((large, small)))
    assert shows_several(Scene((large, small, digit_of(1, Box(70, 0, 10, 60)))))
    assert not shows_several(Scene())


SURE, UNSURE, REFUSED = Prediction(3, 0.95), Prediction(3, 0.6), Prediction(None, 0.0, Status.REJECTED)
ONE = Scene((digit_of(7, Box(0, 0, 5, 5)),))
PARTS = Scene((digit_of(1, Box(0, 0, 5, 9), confidence=0.6), digit_of(4, Box(9, 0, 5, 9), confidence=0.8)))


@pytest.mark.parametrize(
    ("whole", "scene", "chosen"),
    [
        (SURE, None, SURE),
        (REFUSED, None, REFUSED),
        (UNSURE, ONE, UNSURE),
        (REFUSED, ONE, ONE[0].prediction),  # the only digit is not what the whole picture was taken for
        (REFUSED, Scene(), REFUSED),
        (SURE, SCENE, SCENE),
        (SURE, PARTS, SURE),  # a broken digit
        (UNSURE, PARTS, PARTS),
        (REFUSED, PARTS, PARTS),
    ],
)
def test_what_a_picture_is_taken_for(whole: Prediction, scene: Scene | None, chosen: Prediction | Scene) -> None:
    assert choose_result(whole, scene) is chosen


@pytest.mark.parametrize("rate", ["-0.1", "0.6", "nan", "much"])
def test_a_rate_out_of_range_is_wrong_usage(run_cli: RunCli, pages: Path, rate: str) -> None:
    result = run_cli("classify", "seven.png", f"--reject={rate}")
    assert (result.code, result.out) == (2, "")
    assert "--reject" in result.err


def test_nothing_is_refused_at_rate_zero(run_cli: RunCli, pages: Path) -> None:
    result = run_cli("classify", "seven.png", "--reject", "0")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("seven.png: 7")
