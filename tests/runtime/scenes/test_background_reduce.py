"""Planes are averaged down in whole blocks of pixels."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mnist_edge.runtime.scenes.background import halve, reduce_by


@pytest.mark.parametrize("factor", [2, 3, 5])
@pytest.mark.parametrize("more", [0, 1])
def test_blocks_of_a_large_plane_are_averaged_and_the_rest_is_left_out(factor: int, more: int) -> None:
    rng = np.random.default_rng(factor)
    whole = rng.integers(0, 256, (120 * factor, 2500 * factor), dtype=np.uint8)
    plane = np.pad(whole, ((0, more), (0, more)), constant_values=255)
    expected = whole.reshape(120, factor, 2500, factor).mean(axis=(1, 3))
    reduced = reduce_by(plane, factor)
    assert reduced.shape == (120, 2500)
    assert np.abs(reduced - expected).max() <= 0.5


def test_a_small_plane_is_averaged_to_its_last_row() -> None:
    plane = np.random.default_rng(1).integers(0, 256, (101, 99), dtype=np.uint8)
    np.testing.assert_array_equal(halve(plane), cv2.resize(plane, (49, 50), interpolation=cv2.INTER_AREA))


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (7, 1), (1, 600_001), (600_001, 1)])
def test_a_strip_keeps_a_pixel_on_its_short_side(shape: tuple[int, int]) -> None:
    assert halve(np.full(shape, 7, np.uint8)).shape == (max(1, shape[0] // 2), max(1, shape[1] // 2))
