"""MNIST's form: 20x20 box, centre of mass, stroke weight."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_edge.runtime.framed import is_framed
from mnist_edge.runtime.framing import frame_ink, frame_inks, local_cut
from mnist_edge.runtime.sample_digits import draw_digit
from mnist_edge.runtime.stroke_weight import STROKE_WIDTHS, fit_stroke_weight, has_usual_strokes

fixed = settings(derandomize=True, deadline=None, max_examples=60)


def bar(width: int, height: int) -> np.ndarray:
    ink = np.zeros((height + 8, width + 8), np.uint8)
    ink[4:-4, 4:-4] = 255
    return ink


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Mean difference in grey levels, but for a shift of a pixel: centring by whole pixels may round either way."""
    shifts = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return min(float(np.abs(a.astype(int) - np.roll(b, shift, (0, 1))).mean()) for shift in shifts)


def test_the_box_is_twenty_pixels_and_the_mass_is_in_the_middle() -> None:
    framed = frame_ink(draw_digit(2, size=200))
    _, _, width, height = cv2.boundingRect(framed)
    moments = cv2.moments(framed)
    assert max(width, height) == 20
    assert moments["m10"] / moments["m00"] == pytest.approx(14, abs=0.51)
    assert moments["m01"] / moments["m00"] == pytest.approx(14, abs=0.51)


@pytest.mark.parametrize("thickness", [0.02, 0.05, 0.2, 0.3])
def test_thin_strokes_are_thickened_and_thick_ones_thinned(thickness: float) -> None:
    framed = frame_ink(draw_digit(1, size=400, thickness=thickness))
    row = framed[14].astype(np.float64)
    low, high = STROKE_WIDTHS
    assert low - 0.4 <= row.sum() / 255 <= high + 0.4


def test_ordinary_strokes_keep_their_width() -> None:
    mask = cv2.threshold(draw_digit(1, size=112, thickness=0.12), 127, 255, cv2.THRESH_BINARY)[1]
    fitted = fit_stroke_weight(mask)
    assert fitted is mask


@pytest.mark.parametrize(("width", "usual"), [(1.2, False), (2.5, True), (3.1, True), (4.5, False)])
@pytest.mark.parametrize("angle", [0, 30, 45, 90])
def test_usual_strokes_are_told_whatever_their_direction(width: float, usual: bool, angle: int) -> None:
    stroke = np.zeros((400, 400), np.uint8)
    reach = 150 * np.exp(1j * np.deg2rad(angle))
    ends = [(round(200 + sign * reach.real), round(200 + sign * reach.imag)) for sign in (-1, 1)]
    cv2.line(stroke, *ends, 255, round(width * 300 / 20))
    small = np.asarray(cv2.resize(stroke, (80, 80), interpolation=cv2.INTER_AREA), np.uint8)
    assert has_usual_strokes(small, 60) is usual


def test_several_are_framed_as_each_alone() -> None:
    inks = [draw_digit(digit, size=20 + 9 * digit, thickness=0.03 + 0.02 * digit) for digit in range(10)]
    assert np.array_equal(frame_inks(inks), [frame_ink(ink) for ink in inks])
    assert frame_inks([]).shape == (0, 28, 28)


@fixed
@given(width=st.integers(1, 300), height=st.integers(1, 300))
def test_any_box_is_framed_and_stays_so(width: int, height: int) -> None:
    framed = frame_ink(bar(width, height))
    assert framed.shape == (28, 28)
    assert framed.dtype == np.uint8
    assert framed.any()
    assert is_framed(framed)


@pytest.mark.parametrize("height", [12, 16, 24, 60, 200, 1000])
@pytest.mark.parametrize("digit", [0, 3, 8])
def test_the_size_of_the_picture_hardly_matters(digit: int, height: int) -> None:
    large = draw_digit(digit, size=1400, thickness=0.09)
    x, y, width, tall = cv2.boundingRect(large)
    scale = height / tall
    small = cv2.resize(large[y : y + tall, x : x + width], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    assert distance(frame_ink(large), frame_ink(np.asarray(small, np.uint8))) < (10 if height > 12 else 12)


def test_ink_on_the_very_edge_of_the_picture_is_framed_as_if_there_were_ground_around_it() -> None:
    digit = draw_digit(5, size=60)
    x, y, width, height = cv2.boundingRect(digit)
    tight = digit[y : y + height, x : x + width]
    np.testing.assert_array_equal(frame_ink(tight), frame_ink(np.pad(tight, 9)))


@pytest.mark.parametrize("slope", [0.05, 0.2, 0.5])
def test_a_thin_soft_stroke_does_not_break(slope: float) -> None:
    """A line 0.6 px wide and 14 px high: between two pixels it gives each of them less than a third of full ink."""
    large = np.zeros((16 * 20, 16 * 20), np.uint8)
    cv2.line(large, (100, 20), (round(100 + slope * 280), 300), 255, 12)
    large[280:, 100:300] = 255  # a foot at full strength
    framed = frame_ink(cv2.resize(large, (16, 16), interpolation=cv2.INTER_AREA))
    assert cv2.connectedComponents((framed > 100).astype(np.uint8))[0] == 2
    assert (framed.max(axis=1) > 100).sum() >= 19


def test_the_cut_follows_the_strength_of_the_stroke_and_stops_at_a_quarter() -> None:
    ink = np.zeros((9, 30), np.uint8)
    ink[4, 2:9], ink[4, 12:19], ink[4, 22:29] = 200, 120, 20
    cut = local_cut(ink)
    assert cut[4, [5, 15, 25]].tolist() == [100, 60, 50]
