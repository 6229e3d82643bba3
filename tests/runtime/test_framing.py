"""MNIST's form: 20x20 box, centre of mass, stroke weight."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_edge.runtime.framing import STROKE_WIDTHS, fit_stroke_weight, frame_digit, is_framed
from mnist_edge.runtime.sample_digits import draw_digit

fixed = settings(derandomize=True, deadline=None, max_examples=60)


def bar(width: int, height: int) -> np.ndarray:
    ink = np.zeros((height + 8, width + 8), np.float32)
    ink[4:-4, 4:-4] = 1
    return ink


def test_the_box_is_twenty_pixels_and_the_mass_is_in_the_middle() -> None:
    framed = frame_digit(draw_digit(2, size=200).astype(np.float32) / 255)
    _, _, width, height = cv2.boundingRect(framed)
    moments = cv2.moments(framed)
    assert max(width, height) == 20
    assert moments["m10"] / moments["m00"] == pytest.approx(14, abs=0.51)
    assert moments["m01"] / moments["m00"] == pytest.approx(14, abs=0.51)


@pytest.mark.parametrize("thickness", [0.02, 0.05, 0.2, 0.3])
def test_thin_strokes_are_thickened_and_thick_ones_thinned(thickness: float) -> None:
    framed = frame_digit(draw_digit(1, size=400, thickness=thickness).astype(np.float32) / 255)
    row = framed[14].astype(np.float64)
    low, high = STROKE_WIDTHS
    assert low - 0.4 <= row.sum() / 255 <= high + 0.4


def test_ordinary_strokes_keep_their_width() -> None:
    mask = (draw_digit(1, size=224, thickness=0.12) > 127).astype(np.uint8)
    fitted = fit_stroke_weight(mask)
    assert fitted.sum() == pytest.approx(mask.sum(), rel=0.1)


@fixed
@given(width=st.integers(1, 300), height=st.integers(1, 300))
def test_any_box_is_framed_and_stays_so(width: int, height: int) -> None:
    framed = frame_digit(bar(width, height))
    assert framed.shape == (28, 28)
    assert framed.dtype == np.uint8
    assert framed.any()
    assert is_framed(framed)


def test_what_is_not_in_mnist_form_is_recognised() -> None:
    digit = draw_digit(3)
    assert is_framed(digit)
    assert not is_framed(255 - digit)
    assert not is_framed(np.roll(digit, 3, axis=1))
    assert not is_framed(np.zeros((28, 28), np.uint8))
    assert not is_framed(draw_digit(3, size=20).repeat(2, 0).repeat(2, 1)[6:34, 6:34])
