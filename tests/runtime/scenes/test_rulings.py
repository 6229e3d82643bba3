"""Finding long lines and cutting them out of a mask."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.lines import Line, find_lines, median, sampling_step, thin_runs
from mnist_edge.runtime.scenes.rulings import erase_lines, remove_remains, remove_rulings

Mask = NDArray[np.uint8]


def ruled(slant: float = 0.0, *, thickness: int = 2, spacing: int = 40) -> Mask:
    mask = np.zeros((480, 640), np.uint8)
    for row in range(-200, 700, spacing):
        cv2.line(mask, (0, row), (640, round(row + slant * 640)), 255, thickness)
    return mask


def lines_of(mask: Mask) -> list[Line]:
    return find_lines(np.ascontiguousarray(mask[:, :: sampling_step(640)].T), 640, shortest=0.4)


def test_thin_runs_are_told_by_column_middle_and_length() -> None:
    sampled = np.zeros((3, 20), np.uint8)
    sampled[0, 4:7] = sampled[2, 0:2] = 255
    sampled[1, 5:18] = 255  # too long
    sampled[2, 19] = 255
    columns, rows, lengths = thin_runs(sampled, 4)
    assert columns.tolist() == [0, 2, 2]
    assert rows.tolist() == [5, 0.5, 19]
    assert lengths.tolist() == [3, 2, 1]


@pytest.mark.parametrize("slant", [0.0, 0.05, -0.2])
def test_lines_are_followed_at_any_small_slant(slant: float) -> None:
    found = [line for line in lines_of(ruled(slant)) if line.right - line.left > 600]
    assert len(found) >= 7
    for line in found:
        assert line.slope == pytest.approx(slant, abs=0.005)
        assert 1 <= line.thickness <= 3


def test_a_curved_line_is_followed() -> None:
    mask = np.zeros((480, 640), np.uint8)
    x = np.arange(640)
    mask[np.rint(200 + 20 * ((x - 320) / 320) ** 2).astype(int), x] = 255
    (line,) = lines_of(mask)
    assert np.abs(line.rows(x) - 200 - 20 * ((x - 320) / 320) ** 2).max() < 1.6


def test_written_rows_are_no_lines() -> None:
    mask = np.zeros((480, 640), np.uint8)
    cv2.putText(mask, "77777457", (40, 200), cv2.FONT_HERSHEY_SIMPLEX, 3, 255, 5)
    assert lines_of(mask) == []


def test_a_single_stroke_that_does_not_cross_the_picture_is_no_ruling() -> None:
    mask = np.zeros((480, 640), np.uint8)
    mask[30:450, 300:305] = 255
    cleaned, boxes = remove_rulings(mask, mask, mask)
    assert cleaned is mask
    assert boxes == ()


def test_three_tall_ones_are_no_rulings() -> None:
    mask = np.zeros((480, 640), np.uint8)
    for column in (150, 300, 450):
        mask[100:400, column : column + 5] = 255
    assert remove_rulings(mask, mask, mask)[1] == ()


def test_where_a_stroke_crosses_a_line_it_stays_whole() -> None:
    lines = ruled()
    mask = lines.copy()
    cv2.line(mask, (200, 90), (240, 330), 255, 8)
    cleaned, boxes = remove_rulings(mask, mask, mask)
    assert len(boxes) >= 10
    _, _, stats, _ = cv2.connectedComponentsWithStats(cleaned)
    stroke = stats[1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())]
    assert stroke[cv2.CC_STAT_HEIGHT] > 235
    assert stroke[cv2.CC_STAT_WIDTH] < 65
    assert stroke[cv2.CC_STAT_AREA] > 0.97 * (cleaned > 0).sum()


def test_ink_that_is_darker_than_the_line_stays_where_it_runs_along_it() -> None:
    mask = ruled()
    strength = np.where(mask > 0, 60, 0).astype(np.uint8)
    mask[40:42, 100:180] = 255
    strength[40:42, 100:180] = 200
    cleaned, _ = remove_rulings(mask, mask, strength)
    assert (cleaned[40:42, 105:175] > 0).all()
    assert cleaned[40:42, 200:].sum() == 0


@pytest.mark.parametrize(("ink", "is_told"), [(200, True), (70, False)])
def test_remains_as_pale_as_the_lines_go_if_the_ink_is_far_darker(ink: int, is_told: bool) -> None:
    found, difference = np.zeros((60, 200), np.uint8), np.zeros((60, 200), np.uint8)
    difference[10], difference[30, 100:140], difference[40:50, 20:60] = 60, 60, ink
    found[difference > 0] = 255
    mask = found.copy()
    mask[10] = 0
    cleaned = remove_remains(mask, found, difference)
    assert (cleaned[40:50, 20:60] == 255).all()
    assert bool(cleaned[30].any()) != is_told


def test_small_pictures_are_left_alone() -> None:
    mask = np.zeros((90, 400), np.uint8)
    mask[::20] = 255
    assert remove_rulings(mask, mask, mask) == (mask, ())


def test_erasing_does_not_change_its_input() -> None:
    mask = ruled()
    before = mask.copy()
    assert erase_lines(mask, mask, lines_of(mask)).sum() < 0.1 * mask.sum()
    assert np.array_equal(mask, before)


@given(st.integers(0, 2**31), st.sampled_from([0.001, 0.02, 0.2, 0.6, 1.0]))
def test_random_masks_give_boxes_inside_the_picture(seed: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in rng.integers(1, 260, 2))
    mask = np.asarray((rng.random((height, width)) < density) * 255, np.uint8)
    cleaned, boxes = remove_rulings(mask, mask, mask)
    assert cleaned.shape == mask.shape
    assert not np.any((cleaned > 0) & (mask == 0))
    assert all(box.left >= 0 and box.right <= width and box.top >= 0 and box.width > 0 for box in boxes)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.integers(0, 255), min_size=1, max_size=9))
def test_the_median_is_that_of_numpy(values: list[int]) -> None:
    assert median(np.array(values, np.uint8)) == np.median(values)
