"""Feature maps and kernels: the numbers they are given, on one scale."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure

from mnist_edge.errors import OptionError
from mnist_edge.train import figures
from mnist_edge.train.figures.style import COLOURS

Written = Callable[[Figure], list[str]]
CheckInside = Callable[[Figure], None]

LIGHT = COLOURS["light"]
IMAGES = np.random.default_rng(1).integers(0, 256, (60, 28, 28), np.uint8)


def test_feature_maps_share_one_scale_and_are_counted(written: Written, check_inside: CheckInside) -> None:
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
def test_feature_maps_of_any_shape_stay_inside_the_figure(shape: tuple[int, int, int], check_inside: CheckInside) -> None:
    for values in (np.zeros(shape), np.ones(shape), -np.ones(shape)):
        check_inside(figures.feature_maps(values.astype(np.float32), layer="a_layer_with_a_long_name"))


def test_kernels_have_a_scale_around_zero(written: Written, check_inside: CheckInside) -> None:
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


def test_kernels_of_several_input_channels_have_one_row_for_each(written: Written, check_inside: CheckInside) -> None:
    kernels = np.random.default_rng(0).normal(size=(3, 3, 2, 5)).astype(np.float32)
    figure = figures.kernel_grid(kernels, layer="conv2")
    pixels = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(pixels[-12::4, -12::4], kernels[:, :, 1, 4])
    np.testing.assert_array_equal(pixels[:12:4, -12::4], kernels[:, :, 0, 4])
    assert {"input channel", "output channel", "kernels: 10, each 3×3"} <= set(written(figure))
    check_inside(figure)
    zero = figures.kernel_grid(np.zeros((3, 3, 1, 2), np.float32), layer="conv1").axes[0].images[0]
    assert near(zero.cmap(zero.norm(0.0)), LIGHT.line)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: figures.feature_maps(np.zeros((3, 3), "f"), layer="fc"), r"shape \[3, 3\]"),
        (lambda: figures.feature_maps(np.zeros((3, 3, 0), "f"), layer="x"), r"shape \[3, 3, 0\]"),
        (lambda: figures.feature_maps(np.full((3, 3, 1), np.nan), layer="x"), "not finite"),
        (lambda: figures.feature_maps(np.zeros((3, 3, 1)), layer="x", image=IMAGES), "A picture"),
        (lambda: figures.kernel_grid(np.zeros((3, 3, 1), "f"), layer="x"), "input channels"),
        (lambda: figures.kernel_grid(np.full((3, 3, 1, 2), np.inf), layer="x"), "not finite"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_line(call: Callable[[], Figure], match: str) -> None:
    with pytest.raises(OptionError, match=match) as caught:
        call()
    assert "\n" not in str(caught.value)
