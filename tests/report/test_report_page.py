"""The page is whole, stands alone, and is in the language that was asked for."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_edge.report import ReportResult

SECTIONS = [
    *("summary", "samples", "training", "predictions", "confusion", "classes", "mistakes", "calibration", "layers"),
    *("architecture", "parity", "latency", "card", "reproduce"),
]
FIGURES = {"samples", "predictions", "confusion", "classes", "reliability", "confidence", "kernels"}

ReadPage = Callable[[str], Any]


@pytest.fixture(params=["english", "chinese"])
def report(request: pytest.FixtureRequest) -> ReportResult:
    result: ReportResult = request.getfixturevalue(request.param)
    return result


@pytest.fixture
def page(report: ReportResult, read_page: ReadPage) -> Any:
    return read_page(report.page.read_text("utf-8"))


def test_every_section_is_there_and_in_the_contents(page: Any) -> None:
    assert [attributes["id"] for attributes in page.all("section")] == SECTIONS
    assert [attributes["href"] for attributes in page.all("a")] == [f"#{name}" for name in SECTIONS]


def test_nothing_leads_outside_of_the_page(page: Any, report: ReportResult) -> None:
    assert not page.all("script")
    for tag, attributes in page.elements:
        for name in attributes.keys() & {"src", "srcset", "href", "data", "action", "poster", "style"}:
            assert attributes[name].startswith(("#", "data:")), (tag, name)
        assert not [name for name in attributes if name.startswith("on")]
    style = report.page.read_text("utf-8").partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy


def test_all_pictures_decode_in_both_themes(page: Any, decode_uri: Callable[[str], bytes]) -> None:
    assert len(page.all("img")) == len(page.all("source")) >= len(FIGURES)
    for uri in page.pictures:
        root = ET.fromstring(decode_uri(uri))  # noqa: S314  # our own file
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        links = [value for element in root.iter() for name, value in element.attrib.items() if name.endswith("href")]
        assert all(link.startswith(("#", "data:")) for link in links)
    light, dark = page.all("img")[0]["src"], page.all("source")[0]["srcset"]
    assert light != dark
    assert all("prefers-color-scheme: dark" in source["media"] for source in page.all("source"))


def test_every_picture_says_what_it_shows_and_how_large_it_is(page: Any) -> None:
    for image in page.all("img"):
        assert len(image["alt"]) > 5
        assert int(image["width"]) > 100
        assert int(image["height"]) > 50


def test_figures_lie_beside_the_page(report: ReportResult) -> None:
    assert {file.stem for file in report.figures} >= FIGURES
    assert {file.suffix for file in report.figures} == {".svg", ".png"}
    assert set(report.page.parent.rglob("*.*")) == {report.page, *report.figures}
    for file in report.figures:
        if file.suffix == ".png":
            image = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
            assert image is not None
            assert image.std() > 1
        else:
            ET.fromstring(file.read_bytes())  # noqa: S314


def test_rows_have_as_many_cells_as_the_head(report: ReportResult) -> None:
    html = report.page.read_text("utf-8")
    for table in re.findall(r"<table>.*?</table>", html, re.DOTALL):
        widths = {len(re.findall(r"<t[hd]", row)) for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)}
        assert len(widths) == 1


def test_the_size_is_that_of_the_file(report: ReportResult) -> None:
    assert report.size_bytes == report.page.stat().st_size
    assert report.size_bytes < 4_000_000


def test_english(english: ReportResult, read_page: ReadPage) -> None:
    page = read_page(english.page.read_text("utf-8"))
    assert page.all("html")[0]["lang"] == "en"
    assert "Classification report" in page.text
    assert not re.search(r"[\u4e00-\u9fff]", page.text)
    assert f"an accuracy of {english.accuracy:.2%}" in page.text
    assert "{" not in page.text


def test_chinese(chinese: ReportResult, read_page: ReadPage) -> None:
    page = read_page(chinese.page.read_text("utf-8"))
    assert page.all("html")[0]["lang"] == "zh-CN"
    for title in ("混淆矩阵", "分类报告", "特征图", "训练过程", "总结"):
        assert title in page.text
    assert "{" not in page.text


def test_named_layers_are_shown_and_no_others(chinese: ReportResult) -> None:
    maps = {file.stem for file in chinese.figures if file.stem.startswith("feature_maps_")}
    assert maps == {"feature_maps_conv1", "feature_maps_fc1"}


def test_by_default_the_convolutions_are_shown(english: ReportResult) -> None:
    maps = {file.stem for file in english.figures if file.stem.startswith("feature_maps_")}
    assert maps == {"feature_maps_conv1_bn", "feature_maps_conv2_bn", "feature_maps_conv3_bn"}  # folded into it


def test_formulas_parity_and_card_are_told(english: ReportResult, read_page: ReadPage) -> None:
    text = read_page(english.page.read_text("utf-8")).text
    assert "(3 × 3 × 1 + 1) × 32" in text
    assert "No answer differs on 10,000 test images" in text
    assert "256 off" in text
    assert "Seed 42" in text


def test_what_is_missing_comes_with_its_command(english: ReportResult, read_page: ReadPage) -> None:
    text = read_page(english.page.read_text("utf-8")).text
    assert "An ONNX file keeps no history of its training" in text
    assert "--keras RUN" in text
    assert "No benchmark was given" in text
    assert "mnist-edge benchmark" in text
