"""Fonts: Chinese with one that has it, English without any of the machine."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

from mnist_edge.errors import OptionError
from mnist_edge.train import figures
from mnist_edge.train.figures import Look, fonts, save_figure, svg_text
from mnist_edge.train.figures.texts import needed_characters

Texts = Callable[[Figure], list[Text]]
Draw = Callable[[Look], Figure]


@pytest.fixture
def no_chinese_font(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "pylopdf_fonts_zh_cn", None)
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    fonts.chinese_font.cache_clear()
    yield
    fonts.chinese_font.cache_clear()


def test_chinese_is_drawn_with_a_font_that_has_it(draw: Draw, tmp_path: Path, texts: Texts) -> None:
    figure = draw(Look(lang="zh"))
    chinese = [text for text in texts(figure) if any(character > "\u2fff" for character in text.get_text())]
    assert chinese
    assert all(text.get_fontproperties().get_file() == fonts.chinese_font() for text in chinese)
    save_figure(figure, tmp_path / "figure.png")  # a glyph that is missing is a warning, which is an error here
    assert svg_text(figure)


def test_english_has_no_chinese_and_needs_no_font_of_the_machine(
    draw: Draw, no_chinese_font: None, tmp_path: Path, texts: Texts
) -> None:
    figure = draw(Look())
    assert not [
        text
        for text in texts(figure)
        if not text.get_text().replace("×", "").replace("·", "").isascii() and text.get_text() not in "✓✗"
    ]
    save_figure(figure, tmp_path / "figure.png")


def test_without_a_chinese_font_nothing_is_drawn(draw: Draw, no_chinese_font: None) -> None:
    with pytest.raises(OptionError, match=r"No installed font has the Chinese .* pip install 'mnist-edge\[zh\]'"):
        draw(Look(lang="zh"))


def test_require_fonts(no_chinese_font: None) -> None:
    figures.require_fonts(Look())
    with pytest.raises(OptionError, match="fonts-noto-cjk"):
        figures.require_fonts(Look(lang="zh"))


def test_the_font_of_the_extra_has_all_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    fonts.chinese_font.cache_clear()
    font = font_manager.get_font(fonts.chinese_font())
    assert Path(fonts.chinese_font()).name == "NotoSansSC-Regular.otf"
    assert {ord(character) for character in needed_characters()} <= set(font.get_charmap())
    fonts.chinese_font.cache_clear()


def test_fonts_without_the_characters_or_without_content_are_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_chinese_font: None
) -> None:
    damaged, named = tmp_path / "NotoSansCJKsc-Regular.otf", tmp_path / "simhei.ttf"
    damaged.write_bytes(b"no font")
    named.write_bytes(Path(font_manager.findfont("DejaVu Sans")).read_bytes())  # by its name it would do
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(damaged), str(named)])
    with pytest.raises(OptionError, match="No installed font"):
        fonts.chinese_font()


def test_fonts_made_for_the_screen_in_simplified_chinese_come_first() -> None:
    names = ["simhei.ttf", "NotoSansCJK-Bold.ttc", "A.ttf", "NotoSansCJKtc-Regular.otf", "NotoSansCJKsc-Regular.otf",
             "NotoSansCJK-Regular.ttc"]  # fmt: skip
    assert sorted(names, key=fonts._rank) == [
        "NotoSansCJKsc-Regular.otf",
        "NotoSansCJK-Regular.ttc",
        "NotoSansCJK-Bold.ttc",
        "NotoSansCJKtc-Regular.otf",
        "simhei.ttf",
        "A.ttf",
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_names_that_no_font_has_or_that_are_formulas_are_drawn_as_text(lang: str, tmp_path: Path, texts: Texts) -> None:
    maps, look = np.ones((4, 4, 2), np.float32), Look(lang=lang)  # type: ignore[arg-type]
    figure = figures.feature_maps(maps, layer="$x^2$ \U00013000\n_", look=look)
    assert any("$x^2$ ??_" in text.get_text() for text in texts(figure))
    assert not any(text.get_parse_math() for text in texts(figure))
    save_figure(figure, tmp_path / "figure.png")
    long = figures.feature_maps(maps, layer="block1/" + "very_" * 20 + "end", look=look)
    assert any(re.search(r"block1/v\w*\.\.\.\w*_very_end", text.get_text()) for text in texts(long))
