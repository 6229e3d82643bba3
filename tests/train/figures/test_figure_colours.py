"""The colours of what is compared: seen on their page, and told apart by colour-blind readers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from mnist_edge.train import figures
from mnist_edge.train.evaluation.scores import Evaluation
from mnist_edge.train.figures import Look
from mnist_edge.train.figures.style import COLOURS

Answers = Callable[..., Evaluation]
Contrast = Callable[[tuple[float, ...], tuple[float, ...]], float]
Written = Callable[[Figure], list[str]]

# G. M. Machado et al., "A physiologically-based model for simulation of color vision deficiency", 2009, severity 1
SEEN_BY = {
    "all": np.eye(3),
    "protanopes": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopes": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopes": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def _lab(colour: str, seen_by: str) -> np.ndarray:
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(to_xyz @ (np.array(SEEN_BY[seen_by]) @ linear).clip(0.01, 1) / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_series_stands_out_from_its_page(theme: str, contrast: Contrast) -> None:
    colours = COLOURS[theme]  # type: ignore[index]
    for series in colours.series:
        assert contrast(to_rgb(series), to_rgb(colours.page)) >= 3, series


@pytest.mark.parametrize("seen_by", SEEN_BY)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_series_differ_for_every_reader(theme: str, seen_by: str) -> None:
    for one, other in combinations(COLOURS[theme].series, 2):  # type: ignore[index]
        assert np.linalg.norm(_lab(one, seen_by) - _lab(other, seen_by)) > 18, (one, other)


def test_the_scale_of_the_confusions_starts_above_0_and_names_parts_of_a_percent(
    answers: Answers, written: Written
) -> None:
    labels, answered = [1] * 10, [1] * 9 + [7]
    texts = written(figures.confusion_heatmap(answers(labels, answered)))
    assert {">0", "2.5%", "10%"} <= set(texts)
    assert "0" not in [text for text in texts if text not in "0123456789"]
    rare = written(figures.confusion_heatmap(answers([1] * 1000, [1] * 999 + [7])))
    assert {"0.025%", "0.1%"} <= set(rare)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bins_of_few_images_are_pale_and_too_sure_differs_from_too_modest(
    theme: str, answers: Answers, contrast: Contrast, written: Written
) -> None:
    sure = [0.95] * 20 + [0.85] * 9 + [0.55] * 10
    found = answers([1] * 39, [*[1] * 15, *[2] * 5, *[1] * 9, *[1] * 10], sure)
    look = Look(theme=theme)  # type: ignore[arg-type]
    figure = figures.reliability_diagram(found, look=look)
    colours = COLOURS[look.theme]
    bars, too_sure, too_modest = figure.axes[0].containers
    strengths = [contrast(bar.get_facecolor()[:3], to_rgb(colours.page)) for bar in bars]
    assert to_hex(bars[0].get_facecolor()) == to_hex(bars[2].get_facecolor()) == colours.series[2]
    assert strengths[1] < strengths[0] / 1.5
    assert to_hex(bars[1].get_edgecolor()) == colours.series[2]  # it is seen all the same
    assert [len(too_sure), len(too_modest)] == [1, 2]
    assert too_sure[0].get_hatch() != too_modest[0].get_hatch()
    assert to_hex(too_sure[0].get_edgecolor()) != to_hex(too_modest[0].get_edgecolor())
    assert contrast(to_rgb(too_modest[0].get_edgecolor()[:3]), to_rgb(colours.series[2])) >= 3  # it lies on the bar
    keys = {patch.get_label(): patch for patch in figure.legends[0].get_patches()}
    assert [*keys] == ["accuracy", "gap: too sure", "gap: too modest"]
    assert to_hex(keys["accuracy"].get_facecolor()) == colours.series[2]
    assert "upright: images in the bin; pale: fewer than 10" in written(figure)
    many = figures.reliability_diagram(answers([1] * 10, [1] * 10), look=look)
    assert not [text for text in written(many) if "pale" in text]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_counts_can_be_read_on_every_bar(theme: str, answers: Answers, contrast: Contrast) -> None:
    look = Look(theme=theme)  # type: ignore[arg-type]
    axes = figures.reliability_diagram(answers([1] * 13, [1] * 13, [0.95] * 10 + [0.55] * 3), look=look).axes[0]
    counts = {text.get_text(): text.get_color() for text in axes.texts if text.get_text().isdigit()}
    for bar, count in zip(axes.containers[0], ("3", "10"), strict=True):
        assert contrast(to_rgb(counts[count]), bar.get_facecolor()[:3]) >= 4.5


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("image", [None, np.zeros((28, 28), np.uint8)])
@pytest.mark.parametrize("letter", ["W", "n"])
def test_a_heading_takes_as_much_of_a_name_as_it_has_room_for(lang: str, image: np.ndarray | None, letter: str) -> None:
    look = Look(lang=lang)  # type: ignore[arg-type]
    figure = figures.feature_maps(np.ones((4, 4, 2), np.float32), layer=letter * 80, image=image, look=look)
    figure.draw_without_rendering()
    right = figure.axes[-1].get_window_extent().x0 if image is not None else figure.bbox.x1
    end = figure.texts[0].get_window_extent().x1
    assert right - 0.6 * figure.dpi < end < right
    short = figures.feature_maps(np.ones((4, 4, 2), np.float32), layer="block_1_conv2d_bn_relu", look=look)
    assert "block_1_conv2d_bn_relu" in short.texts[0].get_text()
