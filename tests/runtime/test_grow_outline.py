"""Outlines moved by a few dilations are those that a distance transform of all the ground gives."""

from __future__ import annotations

import subprocess
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_edge.runtime import stroke_weight
from mnist_edge.runtime.stroke_weight import fit_stroke_weight, grow_outline


def by_transform(mask: NDArray[np.uint8], grow: float) -> NDArray[np.uint8]:
    outside = cv2.distanceTransform(1 - mask, cv2.DIST_L2, cv2.DIST_MASK_5)
    return cv2.addWeighted(outside, -255, outside, 0, 255 * (1 + grow), dtype=cv2.CV_8U)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.001, 0.6), grow=st.floats(0.0005, 4), side=st.integers(1, 30))
def test_dilations_say_what_the_transform_says(seed: int, share: float, grow: float, side: int) -> None:
    rng = np.random.default_rng(seed)
    mask = np.pad((rng.random((side, 31 - side)) < share).astype(np.uint8), 6)
    mask[6, 6] = 1
    np.testing.assert_array_equal(grow_outline(mask, grow), by_transform(mask, grow))


@pytest.mark.parametrize("grow", [0.4, 1.0, 1.0 + 1e-9, 1.3999, 1.69, 1.7, 1.71, 2.0, 6.0])
def test_the_bounds_of_the_steps(grow: float) -> None:
    mask = np.zeros((31, 31), np.uint8)
    mask[15, 14:17] = 1
    np.testing.assert_array_equal(grow_outline(mask, grow), by_transform(mask, grow))


def test_thin_strokes_have_room_to_grow_wherever_they_lie() -> None:
    ink = np.zeros((84, 20), np.uint8)
    ink[2:82, 9:11] = 255
    fitted = fit_stroke_weight(ink)
    rows, columns = np.nonzero(fitted > 127)
    assert rows.min() >= 3
    assert columns.min() >= 3
    assert rows.max() <= fitted.shape[0] - 4
    assert columns.max() <= fitted.shape[1] - 4


def test_the_near_distances_are_complete() -> None:
    distances, kernels = stroke_weight._near_distances()
    far = np.ones((15, 15), np.uint8)
    far[7, 7] = 0
    around = cv2.distanceTransform(far, cv2.DIST_L2, cv2.DIST_MASK_5)
    near = np.unique(around[(around > 0) & (around < stroke_weight._FARTHEST)])
    np.testing.assert_array_equal(distances, near)
    assert [int(kernel.sum()) for kernel in kernels] == [int((around <= distance).sum()) for distance in near]


def test_reading_thin_digits_and_ruled_pages_imports_no_masked_arrays() -> None:
    program = """
import sys, cv2, numpy as np
before = "numpy.ma" in sys.modules  # NumPy 1 loads it always
from mnist_edge import DigitClassifier
page = np.full((480, 640), 230, np.uint8)
for row in range(40, 480, 40):
    page[row : row + 2] = 170
cv2.putText(page, "2 3 5", (60, 300), cv2.FONT_HERSHEY_SIMPLEX, 4, 20, 2)
scene = DigitClassifier().read(page)
assert any(region.reason == "line" for region in scene.rejected), scene
from mnist_edge.runtime.stroke_weight import grow_outline
grow_outline(np.eye(30, dtype=np.uint8), 0.8)
print(before, "numpy.ma" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=100)
    before, after = done.stdout.split()
    assert after == before
