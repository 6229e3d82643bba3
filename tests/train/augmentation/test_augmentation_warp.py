"""Rotation, shift, scale, shear and elastic bending go where geometry says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_edge.train.augmentation.elastic import SMOOTHING, elastic_displacement
from mnist_edge.train.augmentation.warp import affine_matrices, warp

CENTRE = 13.5


def _matrices(
    rotation: float = 0, shift: tuple[float, float] = (0, 0), scale: float = 1, shear: float = 0, n: int = 1
) -> np.ndarray:
    return affine_matrices(np.full(n, rotation), np.tile(shift, (n, 1)), np.full(n, scale), np.full(n, shear))


def _mark(x: float, y: float) -> np.ndarray:
    """A round blot about a point, counted in pixels from the image centre."""
    rows, columns = np.mgrid[:28, :28] - CENTRE
    return (255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 4.5)).round().astype(np.uint8)[np.newaxis]


def _where(images: np.ndarray) -> np.ndarray:
    """Centres of mass, ``[n, 2]``, x and y from the image centre."""
    along = np.arange(28) - CENTRE
    weights = images.astype(np.float64)
    mass = weights.sum(axis=(1, 2))
    return (
        np.stack([(weights * along).sum(axis=(1, 2)), (weights * along[:, None]).sum(axis=(1, 2))], axis=1) / mass[:, None]
    )


@pytest.mark.parametrize("angle", [-90, -33, 10, 45, 90, 180])
def test_rotation_turns_a_mark_counter_clockwise_about_the_centre(angle: float) -> None:
    turned = warp(_mark(6, 0), _matrices(rotation=angle))
    radians = math.radians(angle)
    np.testing.assert_allclose(_where(turned)[0], [6 * math.cos(radians), -6 * math.sin(radians)], atol=0.05)


def test_a_quarter_turn_is_exact() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    np.testing.assert_array_equal(warp(images, _matrices(rotation=90, n=3)), np.rot90(images, axes=(1, 2)))


@given(right=st.integers(-28, 28), down=st.integers(-28, 28))
def test_a_shift_by_whole_pixels_is_exact_and_black_moves_in(right: int, down: int) -> None:
    image = np.random.default_rng(0).integers(1, 256, (1, 28, 28), dtype=np.uint8)
    wide = np.pad(image[0], 28)
    expected = wide[28 - down : 56 - down, 28 - right : 56 - right]
    np.testing.assert_array_equal(warp(image, _matrices(shift=(right, down)))[0], expected)


def test_a_shift_by_parts_of_a_pixel() -> None:
    moved = warp(_mark(1, -2), _matrices(shift=(0.25, -1.5)))
    np.testing.assert_allclose(_where(moved)[0], [1.25, -3.5], atol=0.05)


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.0, 1.25, 1.5])
def test_scale_changes_both_extents_about_the_centre(factor: float) -> None:
    square = np.zeros((1, 28, 28), np.uint8)
    square[:, 8:20, 8:20] = 255
    scaled = warp(square, _matrices(scale=factor))
    np.testing.assert_allclose(np.sqrt(scaled.sum() / square.sum()), factor, rtol=0.02)
    np.testing.assert_allclose(_where(scaled)[0], [0, 0], atol=0.02)
    np.testing.assert_allclose([scaled[0, 14].sum(), scaled[0, :, 14].sum()], 12 * 255 * factor, rtol=0.03)


@pytest.mark.parametrize("angle", [-30, -10, 20])
def test_shear_leans_an_upright_stroke_and_keeps_level_ones(angle: float) -> None:
    stroke = np.zeros((1, 28, 28), np.uint8)
    stroke[:, 4:24, 13:15] = 255
    slanted = warp(stroke, _matrices(shear=angle))
    for row in (8, 13, 19):
        x = float((slanted[0, row] * (np.arange(28) - CENTRE)).sum() / slanted[0, row].sum())
        assert x == pytest.approx(-math.tan(math.radians(angle)) * (row - CENTRE), abs=0.1)
    np.testing.assert_array_equal(np.flatnonzero(slanted[0].any(axis=1)), np.arange(4, 24))


def test_scaled_then_slanted_then_turned_then_moved() -> None:
    """The mark's way, step by step."""
    x, y = 3 * 1.2, -2 * 1.2
    x -= math.tan(math.radians(15)) * y
    sin, cos = math.sin(math.radians(40)), math.cos(math.radians(40))
    x, y = cos * x + sin * y, cos * y - sin * x
    result = warp(_mark(3, -2), _matrices(40, (2.0, -1.0), 1.2, 15))
    np.testing.assert_allclose(_where(result)[0], [x + 2, y - 1], atol=0.05)


def test_each_image_follows_its_own_matrix_whatever_the_number() -> None:
    """2,000 images are more than one picture of OpenCV holds."""
    n = 2000
    angles = np.linspace(-180, 180, n)
    matrices = affine_matrices(angles, np.zeros((n, 2)), np.ones(n), np.zeros(n))
    displacement = np.zeros((n, 2, 28, 28), np.float32)
    displacement[:, 1] = np.linspace(-2, 2, n)[:, None, None]  # each comes from further below, that is, goes up
    marks = np.repeat(_mark(6, 0), n, axis=0)
    turned = warp(marks, matrices)
    expected = 6 * np.stack([np.cos(np.deg2rad(angles)), -np.sin(np.deg2rad(angles))], axis=1)
    np.testing.assert_allclose(_where(turned), expected, atol=0.08)  # OpenCV 4 rounds positions to 1/32 pixel
    bent = warp(marks, _matrices(n=n), displacement)
    np.testing.assert_allclose(_where(bent)[:, 1], np.linspace(2, -2, n), atol=0.08)


@pytest.mark.parametrize("push", [0.5, 1.5, 27.7, 29.3, 40.0, 5000.0])
def test_no_ink_comes_from_the_neighbours(push: float) -> None:
    images = np.zeros((5, 28, 28), np.uint8)
    images[2] = 255
    for x, y in [(push, 0), (-push, 0), (0, push), (0, -push), (push, push), (-push, -push)]:
        displacement = np.broadcast_to(np.float32([x, y])[None, :, None, None], (5, 2, 28, 28))
        result = warp(images, _matrices(n=5), displacement)
        assert not result[[0, 1, 3, 4]].any()
        assert result[2].any() == (push < 28)


def test_the_displacement_says_where_a_pixel_comes_from() -> None:
    displacement = np.zeros((1, 2, 28, 28), np.float32)
    displacement[0, 0, :, 14:] = 3
    image = np.random.default_rng(0).integers(0, 256, (1, 28, 28), dtype=np.uint8)
    expected = image.copy()
    expected[0, :, 14:25], expected[0, :, 25:] = image[0, :, 17:], 0
    np.testing.assert_array_equal(warp(image, _matrices(), displacement), expected)


def test_thin_strokes_stay_brighter_between_the_pixels_than_the_mean_of_two() -> None:
    stroke = np.zeros((1, 28, 28), np.uint8)
    stroke[:, 4:24, 13] = 200
    np.testing.assert_array_less(110, warp(stroke, _matrices(shift=(0.5, 0)))[0, 14, 13:15])


@pytest.mark.parametrize("rms", [0.5, 2.0])
def test_elastic_has_the_promised_size_in_both_directions(rms: float) -> None:
    field = elastic_displacement(2000, rms, np.random.default_rng(0)).astype(np.float64)
    assert math.sqrt((field**2).sum(axis=1).mean()) == pytest.approx(rms, rel=0.02)
    np.testing.assert_allclose(np.sqrt((field**2).mean(axis=(0, 2, 3))), rms / math.sqrt(2), rtol=0.03)
    assert abs(np.corrcoef(field[:, 0].ravel(), field[:, 1].ravel())[0, 1]) < 0.03


def test_elastic_does_not_move_the_digit_as_a_whole() -> None:
    field = elastic_displacement(50, 3.0, np.random.default_rng(0))
    np.testing.assert_allclose(field.mean(axis=(2, 3)), 0, atol=1e-5)


def test_elastic_is_as_strong_at_the_borders_as_inside() -> None:
    field = elastic_displacement(4000, 1.0, np.random.default_rng(0))
    power = (field**2).sum(axis=1).mean(axis=0)
    assert power.max() < 2 * power.min()


def test_elastic_is_as_smooth_as_the_gaussian_makes_it() -> None:
    """White noise under a Gaussian is correlated by exp(-d²/4σ²) at distance d, a little less without the mean."""
    field = elastic_displacement(2000, 1.0, np.random.default_rng(0)).astype(np.float64)
    for axis in (2, 3):
        one, next_one = np.delete(field, -1, axis), np.delete(field, 0, axis)
        correlation = (one * next_one).mean() / (field**2).mean()
        assert correlation == pytest.approx(math.exp(-1 / (4 * SMOOTHING**2)), abs=0.01)
        assert ((one - next_one) ** 2).max() < 0.75**2  # no pixel leaves its neighbours, none is passed by them


def test_some_images_are_bent_more_than_others() -> None:
    field = elastic_displacement(1000, 1.0, np.random.default_rng(0))
    each = np.sqrt((field**2).sum(axis=1).mean(axis=(1, 2)))
    assert 0.15 < each.std() < 0.45
