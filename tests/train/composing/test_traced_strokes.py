"""Tracing a digit finds the lines that a pen drew."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_edge.runtime.preprocess import prepare_digit
from mnist_edge.runtime.sample_digits import SAMPLE_DIGITS, draw_digit
from mnist_edge.train.composing.strokes import Strokes, trace_strokes
from mnist_edge.train.thinning import thin


def render(strokes: Strokes, size: int = 120, pen: int = 14) -> NDArray[np.uint8]:
    canvas = np.zeros((size + 60, 2 * size + 60), np.uint8)
    for points in strokes:
        cv2.polylines(canvas, [np.round((points * size + 30) * 16).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)
    return canvas


@pytest.mark.parametrize("digit", range(10))
def test_a_traced_digit_written_again_looks_as_before(digit: int) -> None:
    traced = 0
    for variant in range(len(SAMPLE_DIGITS[digit])):
        image = draw_digit(digit, variant=variant)
        strokes = trace_strokes(image)
        if not strokes:  # a form that is not sure to be traced well is left out
            continue
        again = prepare_digit(render(strokes))
        assert again is not None
        # Within a pixel: the pen is another one, and rounds sharp corners.
        near = [cv2.dilate(each, np.ones((3, 3), np.uint8)) for each in (image, again)]
        assert np.minimum(image, near[1]).sum() > 0.9 * image.sum()
        assert np.minimum(again, near[0]).sum() > 0.9 * again.sum()
        traced += 1
    assert traced >= 1


@pytest.mark.parametrize(("digit", "loops"), [(0, 1), (1, 0), (2, 0), (3, 0), (5, 0), (6, 1), (7, 0), (8, 2), (9, 1)])
def test_loops_stay(digit: int, loops: int) -> None:
    canvas = render(trace_strokes(draw_digit(digit)), pen=4)
    assert cv2.connectedComponents((canvas < 128).astype(np.uint8), connectivity=4)[0] - 2 == loops


def test_strokes_are_of_size_one_at_the_origin() -> None:
    for digit in range(10):
        every = np.vstack(trace_strokes(draw_digit(digit)))
        assert np.allclose(every.min(axis=0), 0)
        assert 0.999 <= max(every[:, 1].max(), 0.75 * every[:, 0].max()) <= 1.001


def test_no_ink_gives_no_strokes() -> None:
    assert trace_strokes(np.zeros((28, 28), np.uint8)) == ()


def test_a_loop_that_is_nearly_filled_is_not_traced() -> None:
    image = np.zeros((28, 28), np.uint8)
    cv2.circle(image, (14, 14), 5, 255, -1)
    cv2.circle(image, (14, 14), 8, 255, 2)
    image[14, 14] = image[13, 14] = 110
    assert trace_strokes(image) == ()


def test_thinning_leaves_lines_of_one_pixel_in_one_piece() -> None:
    ink = np.zeros((60, 60), np.uint8)
    cv2.line(ink, (10, 10), (50, 45), 1, 9)
    cv2.line(ink, (50, 10), (10, 45), 1, 9)
    lines = thin(ink)
    assert cv2.connectedComponents(lines, connectivity=8)[0] == 2
    assert not (lines & ~ink & 1).any()
    blocks = lines[:-1, :-1] + lines[1:, :-1] + lines[:-1, 1:] + lines[1:, 1:]
    assert int((blocks == 4).sum()) <= 1
    assert 60 <= int(lines.sum()) <= 120
