"""The smaller steps towards an ink map: background, noise, polarity, colour."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.background import above, halve, local_level, noise_level, odd, stand_out
from mnist_edge.runtime.scenes.colour import mixture_of_ink
from mnist_edge.runtime.scenes.noise import noise_sigma, quieten
from mnist_edge.runtime.scenes.polarity import find_strokes, ink_is_bright, kinds_of_stroke, written_height

Plane = NDArray[np.uint8]


def noisy(level: float, sigma: float, shape: tuple[int, ...] = (200, 300)) -> Plane:
    return np.asarray(np.clip(np.random.default_rng(1).normal(level, sigma, shape), 0, 255), np.uint8)


def digits(thickness: int = 2) -> Plane:
    page = np.full((120, 160), 210, np.uint8)
    cv2.putText(page, "3581", (15, 75), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 60, thickness, cv2.LINE_AA)
    return page


def test_strokes_stand_out_and_a_shadow_edge_does_not() -> None:
    dark = np.full((60, 80), 200, np.uint8)
    dark[:, 40:] = 100
    dark[20:40, 10:13] = 50
    found = stand_out(dark, 7)
    assert (found[20:40, 10:13] == 150).all()
    assert np.count_nonzero(found) == 60


def test_light_that_falls_off_evenly_hardly_stands_out() -> None:
    ramp = np.tile(np.linspace(50, 200, 300).astype(np.uint8), (100, 1))
    assert stand_out(ramp, 21).max() <= 0.5 * 10 * 150 / 300 * 2 + 1


def test_noise_level_is_that_of_the_ground_whatever_the_ink() -> None:
    plane = noisy(40, 5)
    plane[:20] = 250
    level = noise_level(plane)
    assert level.median == pytest.approx(40, abs=2)
    assert level.spread == pytest.approx(5, abs=1)
    assert level.median + 4 * level.spread < level.cut < 100
    assert level.beyond == pytest.approx(0.1 * (250 - level.cut), rel=0.25)


def test_local_level_follows_the_ink_and_never_falls_below_the_least() -> None:
    plane = np.zeros((120, 240), np.uint8)
    plane[50:60, 20:30], plane[50:60, 200:210] = 40, 220
    level = local_level(plane, 3.0, 12.3)
    assert level.shape == plane.shape
    assert 0.75 * 40 < level[55, 25] <= 40
    assert level[55, 205] > 0.75 * 220
    assert level[110, 120] == 13


def test_small_helpers() -> None:
    assert [odd(width) for width in (0.2, 3.9, 6.0, 6.6)] == [3, 5, 7, 7]
    assert halve(np.zeros((1, 9), np.uint8)).shape == (1, 4)
    assert above(np.array([[1, 2, 3]], np.uint8), 2).tolist() == [[0, 0, 255]]


@pytest.mark.parametrize("sigma", [0.0, 3.0, 10.0, 30.0])
def test_noise_is_measured(sigma: float) -> None:
    plane = noisy(128, sigma)
    plane[50:60, 20:280] = 10
    assert noise_sigma(plane) == pytest.approx(sigma, abs=1 + 0.1 * sigma)


def test_only_much_noise_is_smoothed() -> None:
    quiet, loud = noisy(128, 2), noisy(128, 25)
    assert quieten(quiet)[0] is quiet
    smooth, blur = quieten(loud)
    assert smooth.std() < 6
    assert blur == pytest.approx(2.5, abs=0.3)


def test_a_picture_of_a_column_has_no_noise() -> None:
    assert noise_sigma(np.zeros((50, 1), np.uint8)) == 0


def test_polarity_is_that_of_the_ink_and_not_of_shadows() -> None:
    page = digits()
    assert not ink_is_bright(page)
    assert ink_is_bright(np.asarray(255 - page, np.uint8))
    page[:, 70:] //= 2
    assert not ink_is_bright(page)
    assert ink_is_bright(np.asarray(255 - page, np.uint8))


def test_stroke_widths_grow_with_the_pen_and_are_told_in_pixels_of_the_plane() -> None:
    thin, thick = find_strokes(digits(1), 1.0), find_strokes(digits(9), 1.0)
    assert thin is not None
    assert thick is not None
    assert thick.typical > 1.5 * thin.typical
    doubled = find_strokes(digits(9), 2.0)
    assert doubled is not None
    assert doubled.narrow == 2 * thick.narrow
    assert doubled.scaled(0.5) == thick


def test_height_is_that_of_what_is_written_and_not_of_rulings() -> None:
    page = digits(4)
    rows = np.flatnonzero((page < 150).any(axis=1))
    height = written_height(page, 9, is_bright=False)
    assert height == pytest.approx(np.ptp(rows) + 1, abs=4)
    assert written_height(np.asarray(255 - page, np.uint8), 9, is_bright=True) == height
    page[8::20] = 60
    assert written_height(page, 9, is_bright=False) == 0
    assert written_height(np.full((120, 160), 200, np.uint8), 9, is_bright=False) == 0


def test_plain_ground_has_no_strokes() -> None:
    assert find_strokes(np.full((120, 160), 77, np.uint8), 4.0) is None


def test_a_thick_stroke_far_wider_than_the_others_is_not_missed() -> None:
    page = np.full((120, 160), 200, np.uint8)
    for x in range(10, 150, 16):
        page[8:50, x : x + 3] = 60
    thin = find_strokes(page, 1.0)
    page[77:94, 20:140] = 60
    both = find_strokes(page, 1.0)
    assert thin is not None
    assert both is not None
    assert thin.wide == thin.narrow == both.narrow
    assert both.wide > 17


def test_thick_strokes_beyond_a_gap_are_a_kind_of_their_own() -> None:
    assert kinds_of_stroke(np.array([0.6, 0.2, 0.0, 0.2, 0.0])) == (0, 1, 3)
    assert kinds_of_stroke(np.array([0.3, 0.4, 0.3, 0.0, 0.0])) == (1, 2, 2)
    assert kinds_of_stroke(np.array([0.01, 0.02, 0.5, 0.47, 0.0])) == (2, 3, 3)


def test_gray_is_used_unless_it_hides_the_ink() -> None:
    gray = np.repeat(cv2.resize(digits(4), (640, 480))[:, :, None], 3, axis=2)
    assert mixture_of_ink(gray) is None
    red = gray.copy()
    red[:, :, 1:] = 210
    mixture = mixture_of_ink(red)
    assert mixture is not None
    assert mixture.tolist() == [1, 0, 0]


def test_ink_of_the_ground_s_brightness_is_told_by_a_difference_of_channels() -> None:
    ink = cv2.resize(digits(4), (640, 480)) < 130
    picture = np.full((480, 640, 3), (160, 110, 100), np.uint8)
    picture[ink] = (110, 110, 150)
    mixture = mixture_of_ink(picture)
    assert mixture is not None
    assert mixture[0] * mixture[2] < 0
    assert np.abs(mixture).sum() == pytest.approx(1)
