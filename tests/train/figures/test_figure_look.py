"""Themes, settings and layout that all figures have in common."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib as mpl
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from mnist_edge.errors import OptionError
from mnist_edge.train.figures import Look, page_colours, svg_text
from mnist_edge.train.figures.style import COLOURS

Contrast = Callable[[tuple[float, ...], tuple[float, ...]], float]
Texts = Callable[[Figure], list[Text]]
Draw = Callable[[Look], Figure]


@pytest.mark.parametrize("field", [{"theme": "blue"}, {"lang": "de"}])
def test_a_look_that_does_not_exist(field: dict[str, str]) -> None:
    with pytest.raises(OptionError, match="There is no such"):
        Look(**field)  # type: ignore[arg-type]


def test_a_dark_figure_is_dark_and_all_its_text_readable(draw: Draw, contrast: Contrast, texts: Texts) -> None:
    figure = draw(Look(theme="dark"))
    assert to_hex(figure.get_facecolor()) == page_colours("dark")["page"]
    marginal = [text for text in texts(figure) if not (text.axes and text in text.axes.texts)]
    assert marginal
    for text in marginal:  # what stands on cells and bars is tested with them
        assert contrast(to_rgb(text.get_color()), to_rgb(page_colours("dark")["page"])) >= 4.5, text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_stand_out_from_the_page(theme: str, contrast: Contrast) -> None:
    colours = COLOURS[theme]  # type: ignore[index]
    for name in ("ink", "muted", "accent", "right_text", "wrong_text"):
        for ground in (colours.page, colours.panel):
            assert contrast(to_rgb(getattr(colours, name)), to_rgb(ground)) >= 4.5, name
    for area in (colours.right, colours.wrong, colours.positive, colours.negative, *colours.series[:1]):
        assert contrast(to_rgb(area), to_rgb(colours.page)) >= 3


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_text_covers_another_or_the_edge(draw: Draw, lang: str, texts: Texts) -> None:
    figure = draw(Look(lang=lang))  # type: ignore[arg-type]
    figure.draw_without_rendering()
    ticks = {text for axes in figure.axes for text in (*axes.get_xticklabels(), *axes.get_yticklabels())}
    boxes = [(text, text.get_window_extent()) for text in texts(figure) if text not in ticks]
    assert boxes
    for place, (text, box) in enumerate(boxes):
        assert 0 <= box.x0 < box.x1 <= figure.bbox.x1, text
        assert 0 <= box.y0 < box.y1 <= figure.bbox.y1, text
        for other, its_box in boxes[place + 1 :]:
            across = min(box.x1, its_box.x1) - max(box.x0, its_box.x0)
            down = min(box.y1, its_box.y1) - max(box.y0, its_box.y0)
            assert across < 0.5 or down < 3, (text, other)  # boxes have room for letters that are not in the text


def test_settings_of_the_reader_are_kept_and_do_not_matter(draw: Draw) -> None:
    plain = svg_text(draw(Look()))
    with mpl.rc_context({"text.usetex": True, "font.size": 30, "axes.facecolor": "red", "svg.fonttype": "none"}):
        before = dict(mpl.rcParams)
        assert svg_text(draw(Look())) == plain
        assert dict(mpl.rcParams) == before
