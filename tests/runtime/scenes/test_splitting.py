import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnist_edge.runtime.scenes.glyphs import Glyph
from mnist_edge.runtime.scenes.scene import Box
from mnist_edge.runtime.scenes.splitting import beside_corners, crop_glyph, cut_places, seams, split_glyph, without_crumbs


def rings(lean: int = 0) -> np.ndarray:
    """Two rings that touch, the join leaning by so many pixels."""
    mask = np.zeros((60, 98), np.uint8)
    cv2.ellipse(mask, (25, 30), (21, 25), 0, 0, 360, 1, 5)
    cv2.ellipse(mask, (72, 30), (21, 25), 0, 0, 360, 1, 5)
    shear = np.array([[1, lean / 60, -lean / 2], [0, 1, 0]], np.float32)
    mask[28:33, 44:54] = 1
    return cv2.warpAffine(mask, shear, (98, 60), flags=cv2.INTER_NEAREST)


def glyph(mask: np.ndarray, left: int = 0, top: int = 0) -> Glyph:
    return crop_glyph(mask, Box(left, top, mask.shape[1], mask.shape[0]), 5.0)


def test_seam_of_free_ground_costs_nothing():
    mask = np.zeros((20, 30), np.uint8)
    mask[:, 5:10] = mask[:, 20:25] = 1
    cost, path = seams(mask, 5.0)
    assert cost[15] == 0
    assert set(path[:, 15].tolist()) == {15}
    assert cost[22] > 1  # it may lean out of the stroke, but not for nothing


def test_seam_goes_round_ink():
    mask = np.zeros((21, 31), np.uint8)
    mask[8:13, 11:20] = 1
    cost, path = seams(mask, 5.0)
    assert cost[10] < 1
    assert not mask[np.arange(21), path[:, 10]].any()
    assert not mask[np.arange(21), path[:, 13]][:7].any()
    assert all(abs(a - b) <= 1 for a, b in zip(path[:, 10], path[1:, 10], strict=False))


def test_seam_follows_a_slanted_gap():
    rows = np.arange(40)
    mask = np.ones((40, 60), np.uint8)
    for shift in range(3):
        mask[rows, 15 + rows // 2 + shift] = 0
    cost, path = seams(mask, 5.0)
    through = 15 + 20 // 2 + 1
    assert cost[through] < 3
    assert not mask[rows, path[:, through]].any()


def test_corners_are_where_strokes_meet():
    mask = np.zeros((40, 60), np.uint8)
    mask[18:23, 5:55] = 1
    assert not beside_corners(mask, 5.0).any()
    mask[23:, 28:33] = 1  # a T
    rows, columns = np.nonzero(beside_corners(mask, 5.0))
    assert len(rows) > 0
    assert np.abs(rows - 23).max() <= 6
    assert np.abs(columns - 30).max() <= 8


def test_of_equal_cuts_the_one_through_a_corner_is_cheapest():
    mask = np.zeros((41, 60), np.uint8)
    mask[:5, 5:55] = 1
    mask[:, 5:10] = 1  # a bar that begins at an upright stroke
    cost, _ = seams(mask, 5.0)
    assert cost[11] <= cost[30] - 0.5


@pytest.mark.parametrize("lean", [0, 16, -16])
def test_touching_rings_are_cut_at_the_join(lean):
    whole = glyph(rings(lean), 100, 200)
    parts, crossed = split_glyph(whole)
    assert len(parts) == len(crossed) + 1
    assert sum(part.ink for part in parts) == whole.ink
    left = np.cumsum([part.ink for part in parts])[:-1] / whole.ink
    assert np.abs(left - 0.5).min() < 0.08
    assert parts[0].box.left == whole.box.left
    assert parts[-1].box.right == whole.box.right
    cuts, _ = cut_places(whole.mask, whole.stroke)
    rows, columns = np.nonzero(parts[0].mask)
    assert (columns < cuts[0][rows + parts[0].box.top - whole.box.top]).all()


def test_ink_crossed_is_counted_in_strokes():
    _, crossed = cut_places(rings(), 5.0)
    assert 1 < min(crossed) < 3.5
    mask = np.zeros((50, 80), np.uint8)
    mask[22:27] = 1
    _, crossed = cut_places(mask, 5.0)
    assert crossed == pytest.approx([1.0] * len(crossed), abs=0.35)


def test_a_narrow_stroke_is_not_cut():
    mask = np.zeros((60, 8), np.uint8)
    mask[:, 1:7] = 1
    parts, crossed = split_glyph(glyph(mask))
    assert len(parts) == 1
    assert crossed == []


def test_crumbs_are_dropped():
    mask = np.zeros((40, 40), np.uint8)
    mask[:, 5:11] = 1
    mask[3:6, 20:23] = 1
    clean = without_crumbs(glyph(mask, 7, 9))
    assert clean.box == Box(12, 9, 6, 40)
    dust = np.zeros((60, 60), np.uint8)
    dust[::3, ::3] = 1
    assert without_crumbs(glyph(dust)).ink == 400
    mask[:20, 20:26] = 1
    assert without_crumbs(glyph(mask)).ink == mask.sum()


def test_crumbs_are_dropped_from_a_large_glyph():
    mask = np.zeros((600, 600), np.uint8)  # too large for labels of 16 bits
    mask[100:500, 100:160] = 1
    mask[20:40, 400:420] = 1
    assert without_crumbs(glyph(mask)).box == Box(100, 100, 60, 400)


def test_of_two_pieces_alike_both_stay():
    mask = np.zeros((40, 40), np.uint8)
    mask[:, 5:11] = mask[:, 25:31] = 1
    whole = glyph(mask)
    assert without_crumbs(whole).ink == whole.ink


@given(arrays(np.uint8, st.tuples(st.integers(1, 70), st.integers(1, 90)), elements=st.integers(0, 1)))
@settings(deadline=None, max_examples=60)
def test_parts_are_the_glyph_whatever_its_shape(mask):
    mask[0, 0] = 1
    whole = glyph(mask)
    parts, crossed = split_glyph(whole)
    assert len(parts) == len(crossed) + 1
    together = np.zeros((whole.box.height, whole.box.width), int)
    for part in parts:
        box = part.box
        together[box.top : box.bottom, box.left : box.right] += part.mask
    np.testing.assert_array_equal(together, whole.mask)
