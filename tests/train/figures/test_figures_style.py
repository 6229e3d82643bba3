"""Figures: languages, fonts, themes, files, and that nothing is left behind in matplotlib."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Formatter

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from mnist_edge.errors import MissingExtraError, OptionError, OutputError
from mnist_edge.train import figures
from mnist_edge.train.evaluation.scores import Evaluation, score
from mnist_edge.train.figures import Look, fonts, page_colours, save_figure, svg_text
from mnist_edge.train.figures.style import COLOURS
from mnist_edge.train.figures.texts import TEXTS, needed_characters, words
from mnist_edge.train.run import EpochRecord

RNG = np.random.default_rng(1)
IMAGES = RNG.integers(0, 256, (40, 28, 28), np.uint8)
LABELS = (np.arange(40) % 10).astype(np.uint8)
HISTORY = (EpochRecord(1, 0.5, 0.8, 0.4, 0.9, 1.0, 1e-3), EpochRecord(2, 0.3, 0.9, 0.5, 0.85, 1.0, 1e-3))


def evaluation() -> Evaluation:
    probabilities = np.random.default_rng(2).dirichlet(np.full(10, 0.2), 40).astype(np.float32)
    probabilities[np.arange(30), LABELS[:30]] += 3
    return score(probabilities / probabilities.sum(axis=1, keepdims=True), LABELS)


DRAW: dict[str, Callable[[Look], Figure]] = {
    "sample_images": lambda look: figures.sample_images(IMAGES, LABELS, look=look),
    "training_curves": lambda look: figures.training_curves(HISTORY, look=look),
    "prediction_grid": lambda look: figures.prediction_grid(IMAGES, evaluation(), look=look),
    "confusion_heatmap": lambda look: figures.confusion_heatmap(evaluation(), look=look),
    "class_bars": lambda look: figures.class_bars(evaluation(), look=look),
    "reliability_diagram": lambda look: figures.reliability_diagram(evaluation(), look=look),
    "confidence_histogram": lambda look: figures.confidence_histogram(evaluation(), look=look),
    "feature_maps": lambda look: figures.feature_maps(IMAGES[:9].T.astype(np.float32), layer="conv1", look=look),
    "kernel_grid": lambda look: figures.kernel_grid(
        np.linspace(-1, 2, 72, dtype=np.float32).reshape(3, 3, 1, 8), layer="conv1", look=look
    ),
}
every_figure = pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)


def texts(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


@pytest.fixture
def no_chinese_font(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "pylopdf_fonts_zh_cn", None)
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    fonts.chinese_font.cache_clear()
    yield
    fonts.chinese_font.cache_clear()


def test_all_figures_are_tried_here_and_names_are_sorted() -> None:
    assert figures.__all__ == sorted(figures.__all__)
    helpers = {"Look", "page_colours", "png_bytes", "require_fonts", "save_figure", "svg_text"}
    assert set(figures.__all__) == set(DRAW) | helpers


def test_both_languages_have_the_same_placeholders() -> None:
    for english, chinese in TEXTS.values():
        fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (english, chinese)]
        assert fields[0] == fields[1]
        assert chinese
    assert words("zh", "predictions.wrong", wrong=1234, total=10_000) == "预测错误：1,234 / 10,000"


def test_every_text_is_used() -> None:
    sources = "".join(path.read_text("utf-8") for path in Path(figures.__file__ or "").parent.glob("*.py"))
    for key in TEXTS:
        group, _, name = key.partition(".")
        assert f'"{key}"' in sources.replace(f'"{key}": (', "") or (f'f"{group}.{{' in sources and f'"{name}"' in sources)


@every_figure
def test_chinese_is_drawn_with_a_font_that_has_it(draw: Callable[[Look], Figure], tmp_path: Path) -> None:
    figure = draw(Look(lang="zh"))
    chinese = [text for text in texts(figure) if any(character > "\u2fff" for character in text.get_text())]
    assert chinese
    assert all(text.get_fontproperties().get_file() == fonts.chinese_font() for text in chinese)
    save_figure(figure, tmp_path / "figure.png")  # a glyph that is missing is a warning, which is an error here
    assert svg_text(figure)


@every_figure
def test_english_has_no_chinese_and_needs_no_font_of_the_machine(
    draw: Callable[[Look], Figure], no_chinese_font: None, tmp_path: Path
) -> None:
    figure = draw(Look())
    assert not [
        text
        for text in texts(figure)
        if not text.get_text().replace("×", "").replace("·", "").isascii() and text.get_text() not in "✓✗"
    ]
    save_figure(figure, tmp_path / "figure.png")


@every_figure
def test_without_a_chinese_font_nothing_is_drawn(draw: Callable[[Look], Figure], no_chinese_font: None) -> None:
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
def test_names_that_no_font_has_or_that_are_formulas_are_drawn_as_text(lang: str, tmp_path: Path) -> None:
    maps, look = np.ones((4, 4, 2), np.float32), Look(lang=lang)  # type: ignore[arg-type]
    figure = figures.feature_maps(maps, layer="$x^2$ \U00013000\n_", look=look)
    assert any("$x^2$ ??_" in text.get_text() for text in texts(figure))
    assert not any(text.get_parse_math() for text in texts(figure))
    save_figure(figure, tmp_path / "figure.png")
    long = figures.feature_maps(maps, layer="block1/" + "very_" * 20 + "end", look=look)
    assert any("block1/v..._very_end" in text.get_text() for text in texts(long))


@pytest.mark.parametrize("lang", ["en", "zh"])
@every_figure
def test_no_text_covers_another_or_the_edge(draw: Callable[[Look], Figure], lang: str) -> None:
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


@pytest.mark.parametrize("field", [{"theme": "blue"}, {"lang": "de"}])
def test_a_look_that_does_not_exist(field: dict[str, str]) -> None:
    with pytest.raises(OptionError, match="There is no such"):
        Look(**field)  # type: ignore[arg-type]


@every_figure
def test_a_dark_figure_is_dark_and_all_its_text_readable(draw: Callable[[Look], Figure]) -> None:
    figure = draw(Look(theme="dark"))
    assert to_hex(figure.get_facecolor()) == page_colours("dark")["page"]
    marginal = [text for text in texts(figure) if not (text.axes and text in text.axes.texts)]
    assert marginal
    for text in marginal:  # what stands on cells and bars is tested with them
        assert contrast(to_rgb(text.get_color()), to_rgb(page_colours("dark")["page"])) >= 4.5, text


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Of two colours, by WCAG 2."""
    luminances = []
    for colour in (one, other):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        luminances.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
    return max(luminances) / min(luminances)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_stand_out_from_the_page(theme: str) -> None:
    colours = COLOURS[theme]  # type: ignore[index]
    for name in ("ink", "muted", "accent", "right_text", "wrong_text"):
        for ground in (colours.page, colours.panel):
            assert contrast(to_rgb(getattr(colours, name)), to_rgb(ground)) >= 4.5, name
    for area in (colours.right, colours.wrong, colours.positive, colours.negative, *colours.series[:1]):
        assert contrast(to_rgb(area), to_rgb(colours.page)) >= 3


@every_figure
def test_settings_of_the_reader_are_kept_and_do_not_matter(draw: Callable[[Look], Figure]) -> None:
    plain = svg_text(draw(Look()))
    with mpl.rc_context({"text.usetex": True, "font.size": 30, "axes.facecolor": "red", "svg.fonttype": "none"}):
        before = dict(mpl.rcParams)
        assert svg_text(draw(Look())) == plain
        assert dict(mpl.rcParams) == before


@every_figure
def test_the_same_figure_gives_the_same_bytes(draw: Callable[[Look], Figure], tmp_path: Path) -> None:
    for suffix in (".svg", ".png"):
        figure, files = draw(Look()), [tmp_path / f"{name}{suffix}" for name in "abc"]
        save_figure(figure, files[0])
        save_figure(figure, files[1])
        save_figure(draw(Look()), files[2])
        assert files[0].read_bytes() == files[1].read_bytes() == files[2].read_bytes()


@every_figure
def test_svg_is_whole_small_and_asks_nothing_of_the_network(draw: Callable[[Look], Figure]) -> None:
    text = svg_text(draw(Look()))
    root = ET.fromstring(text)  # noqa: S314
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(text) < 200_000  # the pictures here are noise, which does not compress
    ids = {element.get("id") for element in root.iter()} - {None}
    for element in root.iter():
        for name, value in element.attrib.items():
            if name.endswith("href"):
                assert value.startswith("data:image/png;base64,") or value.removeprefix("#") in ids
            if "url(" in value:
                assert value.split("url(#")[1].split(")")[0] in ids
    assert re.search(r"translate\(\d+\.\d\d? ", text)  # rounded, but not to whole points
    assert not re.search(r'\s(?:x|y|d|transform)="[^"]*[1-9]\.\d{3}', text)
    assert not any(needless in text for needless in ("<!", "<?", "metadata"))
    assert "font-family" not in text


def test_svg_embeds_the_pixels_as_they_are() -> None:
    text = svg_text(figures.feature_maps(np.ones((20, 20, 3), np.float32), layer="conv1"))
    data = base64.b64decode(text.split("base64,")[1].split('"')[0])
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))  # in the header of a PNG
    assert (width, height) == (20 * 3 + 2 * 3, 20)


def test_files_of_other_kinds_and_folders_that_cannot_be_written(tmp_path: Path) -> None:
    figure = figures.training_curves(HISTORY)
    with pytest.raises(OptionError, match=r"\.png or \.svg"):
        save_figure(figure, tmp_path / "figure.jpg")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="a part of the path is a file"):
        save_figure(figure, tmp_path / "file" / "figure.png")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for call in (lambda: figures.training_curves(HISTORY), lambda: figures.require_fonts(Look())):
        with pytest.raises(MissingExtraError, match=r"matplotlib.*pip install 'mnist-edge\[evaluate\]'"):
            call()


def test_importing_is_cheap_and_drawing_uses_no_pyplot() -> None:
    script = """
import sys
from mnist_edge.train.figures import *
assert "matplotlib" not in sys.modules
from mnist_edge.train.run import EpochRecord
svg_text(training_curves([EpochRecord(1, 0.5, 0.8, 0.4, 0.9, 1.0, 1e-3)]))
print([name for name in ("matplotlib.pyplot", "tensorflow", "keras", "sklearn") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
