"""Figures: that they show the numbers they are given, and refuse what cannot be shown."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from mnist_edge.errors import DatasetFormatError, MnistEdgeError, OptionError, RunError
from mnist_edge.train import figures
from mnist_edge.train.evaluation.scores import Evaluation, score
from mnist_edge.train.figures.style import COLOURS
from mnist_edge.train.run import EpochRecord

LIGHT = COLOURS["light"]
IMAGES = np.random.default_rng(1).integers(0, 256, (60, 28, 28), np.uint8)


def answers(labels: list[int], answered: list[int], confidence: float | list[float] = 0.8) -> Evaluation:
    """An evaluation in which each answer has a confidence and the other digits share the rest."""
    sure = np.broadcast_to(confidence, len(labels)).astype(np.float32)
    probabilities = np.repeat((1 - sure)[:, None] / 9, 10, axis=1)
    probabilities[np.arange(len(labels)), answered] = sure
    return score(probabilities.astype(np.float32), np.array(labels, np.uint8))


def written(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_visible() and text.get_text()]


def epochs(*rows: tuple[float, float, float, float]) -> list[EpochRecord]:
    return [EpochRecord(place, *row, 1.0, 1e-3) for place, row in enumerate(rows, 1)]


HISTORY = epochs((0.5, 0.8, 0.4, 0.9), (0.3, 0.9, 0.3, 0.95), (0.2, 0.93, 0.35, 0.94))


# Grids of digits


def test_samples_show_the_chosen_images_over_their_labels() -> None:
    labels = (np.arange(60) % 10).astype(np.uint8)
    figure = figures.sample_images(IMAGES, labels, count=7, seed=3)
    chosen = np.sort(np.random.default_rng(3).choice(60, 7, replace=False))
    assert sorted(written(figure)) == sorted(["Sample images", *(f"label {label}" for label in labels[chosen])])
    assert [text.get_text() for text in figure.axes[0].texts] == [f"label {label}" for label in labels[chosen]]
    pixels = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(pixels[:28, :28], IMAGES[chosen[0]])
    below = pixels.shape[0] - 28
    np.testing.assert_array_equal(pixels[below:, :28], IMAGES[chosen[5]])
    assert figures.svg_text(figure) == figures.svg_text(figures.sample_images(IMAGES, labels, count=7, seed=3))
    assert figures.svg_text(figure) != figures.svg_text(figures.sample_images(IMAGES, labels, count=7, seed=4))


@pytest.mark.parametrize("count", [1, 2, 25, 60, 61, 400])
def test_samples_of_any_number_stay_inside_the_figure(count: int) -> None:
    figure = figures.sample_images(IMAGES, np.zeros(60, np.uint8), count=count)
    assert sum("0" in text for text in written(figure)) == min(count, 60)
    check_inside(figure)


def check_inside(figure: Figure) -> None:
    """Nothing reaches over the edge."""
    figure.draw_without_rendering()
    for part in (*figure.axes, *figure.texts, *figure.legends):
        box = part.get_tightbbox()
        assert box is not None
        assert box.x0 >= 0, part
        assert box.y0 >= 0, part
        assert box.x1 <= figure.bbox.x1, part
        assert box.y1 <= figure.bbox.y1, part


def frames(figure: Figure) -> list[tuple[str, float]]:
    return [(to_hex(patch.get_edgecolor()), patch.get_linewidth()) for patch in figure.axes[0].patches]


def test_wrong_answers_come_first_and_differ_by_more_than_colour() -> None:
    labels, answered = [1, 2, 3, 4, 5], [1, 7, 3, 9, 5]
    figure = figures.prediction_grid(IMAGES[:5], answers(labels, answered, [0.9, 0.6, 0.8, 0.7, 0.99999]), count=5)
    right, wrong = (LIGHT.right, 1.2), (LIGHT.wrong, 3.0)
    assert frames(figure) == [wrong, wrong, right, right, right]
    texts = written(figure)
    lines = [texts[at : at + 3] for at in range(0, 15, 3)]
    assert lines == [
        ["✗", "predicted 9", "true 4, 70.0%"],
        ["✗", "predicted 7", "true 2, 60.0%"],
        ["✓", "predicted 1", "true 1, 90.0%"],
        ["✓", "predicted 3", "true 3, 80.0%"],
        ["✓", "predicted 5", "true 5, >99.9%"],
    ]
    assert {"Predictions", "wrong: 2 of 5"} <= set(texts)
    pixels = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(pixels[:28, :28], IMAGES[3])
    check_inside(figure)


@pytest.mark.parametrize(
    ("wrong", "right", "count", "shown_wrong", "shown_right"),
    [(40, 10, 25, 15, 10), (40, 2, 25, 23, 2), (3, 50, 25, 3, 22), (0, 50, 25, 0, 25), (50, 0, 25, 25, 0), (9, 9, 1, 1, 0)],
)
def test_there_is_room_for_right_answers(wrong: int, right: int, count: int, shown_wrong: int, shown_right: int) -> None:
    found = answers([0] * (wrong + right), [1] * wrong + [0] * right)
    figure = figures.prediction_grid(IMAGES[: wrong + right], found, count=count)
    assert frames(figure) == [(LIGHT.wrong, 3.0)] * shown_wrong + [(LIGHT.right, 1.2)] * shown_right
    check_inside(figure)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: figures.sample_images(IMAGES, np.zeros(60), count=0), OptionError, "1 to 400"),
        (lambda: figures.sample_images(IMAGES, np.zeros(60), count=401), OptionError, "1 to 400"),
        (lambda: figures.sample_images(IMAGES, np.zeros(60), seed=-1), OptionError, "seed"),
        (lambda: figures.sample_images(IMAGES[:0], np.zeros(0)), DatasetFormatError, r"shape \[0, 28, 28\]"),
        (lambda: figures.sample_images(IMAGES[0], np.zeros(28)), DatasetFormatError, r"shape \[28, 28\]"),
        (lambda: figures.sample_images(IMAGES, np.zeros(59)), DatasetFormatError, "60 pictures and 59 labels"),
        (lambda: figures.prediction_grid(IMAGES, answers([1], [1])), DatasetFormatError, "60 pictures and 1 labels"),
        (lambda: figures.prediction_grid(IMAGES[:1], answers([1], [1]), count=-3), OptionError, "1 to 400"),
        (lambda: figures.training_curves([]), RunError, "no finished epoch"),
        (lambda: figures.feature_maps(np.zeros((3, 3), "f"), layer="fc"), OptionError, r"shape \[3, 3\]"),
        (lambda: figures.feature_maps(np.zeros((3, 3, 0), "f"), layer="x"), OptionError, r"shape \[3, 3, 0\]"),
        (lambda: figures.feature_maps(np.full((3, 3, 1), np.nan), layer="x"), OptionError, "not finite"),
        (lambda: figures.feature_maps(np.zeros((3, 3, 1)), layer="x", image=IMAGES), OptionError, "A picture"),
        (lambda: figures.kernel_grid(np.zeros((3, 3, 1), "f"), layer="x"), OptionError, "input channels"),
        (lambda: figures.kernel_grid(np.full((3, 3, 1, 2), np.inf), layer="x"), OptionError, "not finite"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_line(
    call: Callable[[], Figure], error: type[MnistEdgeError], match: str
) -> None:
    with pytest.raises(error, match=match) as caught:
        call()
    assert "\n" not in str(caught.value)


# Training


def test_curves_hold_the_history_and_mark_the_best_epoch() -> None:
    figure = figures.training_curves(HISTORY)
    for axes, field in zip(figure.axes, ("accuracy", "loss"), strict=True):
        curves = {str(line.get_label()): line for line in axes.lines}
        assert [*curves["training"].get_xdata()] == [1, 2, 3]
        assert [*curves["training"].get_ydata()] == [getattr(record, field) for record in HISTORY]
        assert [*curves["validation"].get_ydata()] == [getattr(record, f"val_{field}") for record in HISTORY]
        best = curves["best epoch: 2"]
        assert (best.get_xdata()[0], best.get_ydata()[0]) == (2, getattr(HISTORY[1], f"val_{field}"))
        assert curves["training"].get_linestyle() != curves["validation"].get_linestyle()
        assert curves["training"].get_marker() != curves["validation"].get_marker()
    assert {"Training and validation accuracy", "Training and validation loss", "epoch"} <= set(written(figure))
    check_inside(figure)


@pytest.mark.parametrize(
    "history", [HISTORY[:1], epochs((0, 1, 0, 1), (0, 1, 0, 1)), epochs(*[(1 / n, 0.9, 1 / n, 0.9) for n in range(1, 99)])]
)
def test_curves_of_one_epoch_of_perfection_and_of_many_epochs(history: list[EpochRecord]) -> None:
    figure = figures.training_curves(history)
    check_inside(figure)
    for axes in figure.axes:
        ticks = [tick for tick in axes.get_xticks() if axes.get_xlim()[0] <= tick <= axes.get_xlim()[1]]
        assert ticks
        assert all(tick == round(tick) for tick in ticks)
    assert figure.axes[1].get_ylim()[0] <= 0
    percentages = [tick for tick in figure.axes[0].get_yticks() if tick <= figure.axes[0].get_ylim()[1]]
    assert max(percentages) <= 1


# Answers


def cells(figure: Figure) -> dict[tuple[float, float], Text]:
    return {text.get_position(): text for text in figure.axes[0].texts}


def test_the_heat_map_has_every_count_in_its_place() -> None:
    labels = [*range(10), 4, 4, 4, 9]
    answered = [*range(10), 9, 9, 1, 4]
    figure = figures.confusion_heatmap(answers(labels, answered))
    texts = cells(figure)
    assert len(texts) == 100
    for (column, row), expected in {(4, 4): "1", (9, 4): "2", (1, 4): "1", (4, 9): "1", (0, 9): "·"}.items():
        assert texts[column, row].get_text() == expected
    colours = figure.axes[0].images[0].get_array()
    assert to_hex(colours[9, 4]) == to_hex(LIGHT.wrong)  # half of the nines, the largest share
    assert to_hex(colours[0, 1]) == to_hex(LIGHT.panel)
    assert to_hex(colours[3, 3]) == to_hex(colours[4, 4])  # the diagonal is not on the scale of the mistakes
    assert colours[3, 3][1] - colours[3, 3][0] > 0.05  # but green
    strength = [abs(colours[cell] - np.array(to_rgba(LIGHT.panel)[:3])).sum() for cell in ((4, 1), (4, 9), (9, 4))]
    assert strength == sorted(strength)
    assert strength[0] > 0.1
    assert "50%" in written(figure)
    check_inside(figure)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_counts_can_be_read_on_any_colour(theme: str) -> None:
    rng = np.random.default_rng(0)
    found = answers(rng.integers(0, 10, 999).tolist(), rng.choice(10, 999, p=np.arange(10) / 45).tolist())
    figure = figures.confusion_heatmap(found, look=figures.Look(theme=theme))  # type: ignore[arg-type]
    colours = figure.axes[0].images[0].get_array()
    for (column, row), text in cells(figure).items():
        if text.get_text().isdigit():
            assert contrast(to_rgba(text.get_color())[:3], colours[int(row), int(column)]) >= 4.5


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    luminances = []
    for colour in (one, other):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        luminances.append(float(np.dot(linear, [0.2126, 0.7152, 0.0722])) + 0.05)
    return max(luminances) / min(luminances)


def test_heat_maps_without_mistakes_without_a_digit_and_of_one_answer() -> None:
    perfect = figures.confusion_heatmap(answers([*range(10)], [*range(10)]))
    assert len(perfect.axes) == 1  # no scale, as there is nothing on it
    absent = figures.confusion_heatmap(answers([0, 1], [0, 5]))
    assert written(absent).count("no images") == 8
    single = figures.confusion_heatmap(answers([*range(10)], [7] * 10))
    assert "100%" in written(single)
    for figure in (perfect, absent, single):
        check_inside(figure)


def bars(axes: Axes, label: str) -> dict[int, float]:
    container = next(each for each in axes.containers if each.get_label() == label)
    return {round(bar.get_x() + bar.get_width() / 2): bar.get_height() for bar in container}


def test_bars_are_as_high_as_the_scores_and_the_axis_says_where_it_starts() -> None:
    labels = [*range(10)] * 20
    answered = [*labels[:-1], 8]
    found = answers(labels, answered)
    figure = figures.class_bars(found)
    axes = figure.axes[0]
    for field, label in (("precision", "precision"), ("recall", "recall"), ("f1", "F1")):
        assert bars(axes, label) == pytest.approx({place: getattr(each, field) for place, each in enumerate(found.classes)})
    start = axes.get_ylim()[0]
    assert start == pytest.approx(0.9)
    assert min(each.recall or 0 for each in found.classes) == 0.95
    assert axes.get_ylabel() == "score (axis starts at 90%)"
    assert len({bar.get_facecolor() for bar in axes.patches if isinstance(bar, Rectangle)}) == 3
    check_inside(figure)


def test_bars_of_bad_models_start_at_zero_and_absent_digits_are_named() -> None:
    single = figures.class_bars(answers([*range(10)], [7] * 10))
    assert single.axes[0].get_ylim()[0] == 0
    assert single.axes[0].get_ylabel() == "score"
    assert bars(single.axes[0], "precision") == {7: pytest.approx(0.1)}  # undefined for those that are never answered
    absent = figures.class_bars(answers([0, 1] * 30, [0, 1] * 29 + [0, 5]))
    assert written(absent).count("no images") == 8
    assert absent.axes[0].get_ylim()[0] > 0.9  # the 5, which does not occur, has a precision of 0
    for figure in (single, absent):
        check_inside(figure)


def test_the_reliability_diagram_shows_the_bins_of_the_calibration() -> None:
    found = answers([1] * 9, [1, 1, 1, 1, 1, 1, 2, 2, 2], [0.95] * 6 + [0.55, 0.95, 0.15])
    figure = figures.reliability_diagram(found)
    axes, bins = figure.axes[0], [each for each in found.calibration.bins if each.count]
    heights, gaps = (
        next(each for each in axes.containers if each.get_label() == label) for label in ("accuracy", "gap to confidence")
    )
    assert [bar.get_x() for bar in heights] == pytest.approx([each.low for each in bins])
    assert [bar.get_height() for bar in heights] == pytest.approx([each.accuracy for each in bins])
    assert [bar.get_y() + bar.get_height() for bar in gaps] == pytest.approx([each.confidence for each in bins])
    texts = written(figure)
    assert f"ECE {found.calibration.ece:.2%}" in texts
    assert {"1", "7"} <= set(texts)
    assert [*next(line for line in axes.lines if line.get_label() == "perfect").get_ydata()] == [0, 1]
    check_inside(figure)


def test_the_histogram_counts_right_and_wrong_answers_apart() -> None:
    found = answers([1] * 6, [1, 1, 1, 2, 2, 1], [0.97, 0.98, 0.62, 0.97, 0.3, 1.0])
    figure = figures.confidence_histogram(found)
    axes = figure.axes[0]
    right, wrong = (
        {round(bar.get_x() + bar.get_width() / 2, 3): bar.get_y() + bar.get_height() for bar in container}
        for container in axes.containers
    )
    assert right == pytest.approx({0.625: 1, 0.975: 3})
    assert wrong == pytest.approx({0.325: 1, 0.975: 1})
    assert axes.get_yscale() == "log"
    assert {"right: 4", "wrong: 2"} <= set(written(figure))
    check_inside(figure)


def test_diagrams_of_a_perfect_model_and_of_one_image() -> None:
    for found in (answers([*range(10)] * 3, [*range(10)] * 3, 1.0), answers([3], [3], 0.5), answers([3], [4], 0.5)):
        for draw in (figures.reliability_diagram, figures.confidence_histogram, figures.class_bars):
            check_inside(draw(found))
    key = figures.confidence_histogram(answers([3], [3])).legends[0]
    assert [to_hex(patch.get_facecolor()) for patch in key.get_patches()] == [LIGHT.right, LIGHT.wrong]


# Layers


def test_feature_maps_share_one_scale_and_are_counted() -> None:
    maps = np.random.default_rng(0).normal(size=(20, 24, 40)).astype(np.float32)
    maps[:, :, 5] = 0
    figure = figures.feature_maps(maps, layer="conv1", image=IMAGES[0])
    picture = figure.axes[0].images[0]
    pixels = picture.get_array()
    np.testing.assert_array_equal(pixels[:20, :24], maps[:, :, 0])
    np.testing.assert_array_equal(pixels[-20:, -24:], maps[:, :, 39])
    assert picture.get_clim() == (pytest.approx(maps.min()), pytest.approx(maps.max()))
    texts = written(figure)
    assert {"Feature maps of conv1", "maps: 40, each 20×24; zero everywhere: 1", "activation"} <= set(texts)
    assert {"0", "8", "16", "24", "32"} <= set(texts)
    assert any(axes.images and axes.images[0].get_array().shape == (28, 28) for axes in figure.axes)
    check_inside(figure)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 10), (3, 3, 64), (1, 1, 600), (26, 26, 32), (5, 40, 3)])
def test_feature_maps_of_any_shape_stay_inside_the_figure(shape: tuple[int, int, int]) -> None:
    for values in (np.zeros(shape), np.ones(shape), -np.ones(shape)):
        check_inside(figures.feature_maps(values.astype(np.float32), layer="a_layer_with_a_long_name"))


def test_kernels_have_a_scale_around_zero() -> None:
    kernels = np.random.default_rng(0).normal(size=(3, 3, 1, 12)).astype(np.float32)
    figure = figures.kernel_grid(kernels, layer="conv1")
    picture = figure.axes[0].images[0]
    low, high = picture.get_clim()
    assert -low == high == pytest.approx(np.abs(kernels).max())
    assert near(picture.cmap(0.5), LIGHT.line)
    assert to_hex(picture.cmap(0.0)) == LIGHT.negative
    assert to_hex(picture.cmap(1.0)) == LIGHT.positive
    enlarged = picture.get_array()[:12, :12]
    np.testing.assert_array_equal(enlarged[::4, ::4], kernels[:, :, 0, 0])
    assert {"Kernels of conv1", "kernels: 12, each 3×3", "weight"} <= set(written(figure))
    check_inside(figure)


def near(colour: tuple[float, ...], name: str) -> bool:
    return bool(np.allclose(colour, to_rgba(name), atol=0.02))


def test_kernels_of_several_input_channels_have_one_row_for_each() -> None:
    kernels = np.random.default_rng(0).normal(size=(3, 3, 2, 5)).astype(np.float32)
    figure = figures.kernel_grid(kernels, layer="conv2")
    pixels = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(pixels[-12::4, -12::4], kernels[:, :, 1, 4])
    np.testing.assert_array_equal(pixels[:12:4, -12::4], kernels[:, :, 0, 4])
    assert {"input channel", "output channel", "kernels: 10, each 3×3"} <= set(written(figure))
    check_inside(figure)
    zero = figures.kernel_grid(np.zeros((3, 3, 1, 2), np.float32), layer="conv1").axes[0].images[0]
    assert near(zero.cmap(zero.norm(0.0)), LIGHT.line)
