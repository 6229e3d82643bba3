from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_edge.runtime.camera.tracking import (
    affinity,
    match_boxes,
    match_leaps,
    near_pairs,
    overlap,
    place_in_lines,
    shift_box,
    stand_beside,
)
from mnist_edge.runtime.scenes.scene import Box


def test_overlap_is_the_share_of_the_common_area() -> None:
    assert overlap(Box(0, 0, 10, 10), Box(0, 0, 10, 10)) == 1
    assert overlap(Box(0, 0, 10, 10), Box(5, 0, 10, 10)) == pytest.approx(50 / 150)
    assert overlap(Box(0, 0, 10, 10), Box(10, 0, 10, 10)) == 0


def test_affinity_falls_with_distance_and_is_none_for_another_size() -> None:
    box = Box(100, 100, 20, 30)
    strengths = [affinity(box, shift_box(box, step, 0)) for step in (0, 4, 8, 12, 30)]
    assert strengths[0] == 2
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[-1] == 0
    assert affinity(box, Box(100, 100, 60, 90)) == 0
    thin = Box(100, 100, 4, 30)
    assert affinity(thin, shift_box(thin, 5, 0)) > 0  # beside itself, without overlap


def test_neighbours_in_a_line_are_not_the_same_digit() -> None:
    assert affinity(Box(0, 0, 20, 30), Box(22, 0, 20, 30)) == 0


def test_boxes_are_paired_one_to_one_the_nearest_first() -> None:
    before = [Box(0, 0, 20, 30), Box(30, 0, 20, 30)]
    now = [Box(32, 1, 20, 30), Box(3, 0, 20, 30), Box(300, 0, 20, 30)]
    assert sorted(match_boxes(before, now)) == [(0, 1), (1, 0)]
    assert match_boxes([Box(0, 0, 20, 30)], [Box(5, 0, 20, 30), Box(1, 0, 20, 30)]) == [(0, 1)]
    assert match_boxes([], now) == []


def test_lines_are_ranked_from_the_top_and_none_is_empty() -> None:
    boxes = [Box(0, 100, 20, 30), Box(30, 0, 20, 30), Box(60, 104, 20, 30)]
    assert place_in_lines(boxes, [5, 2, 5]) == [1, 0, 1]


def test_a_missing_digit_joins_the_line_of_the_nearest_one_beside_it() -> None:
    boxes = [Box(0, 0, 20, 30), Box(300, 20, 20, 30), Box(270, 16, 20, 30), Box(0, 200, 20, 30)]
    assert place_in_lines(boxes, [0, 0, None, None]) == [0, 0, 0, 1]
    assert stand_beside(boxes[1], boxes[2])
    assert not stand_beside(boxes[0], boxes[3])


def test_two_missing_digits_below_each_other_have_a_line_each() -> None:
    assert place_in_lines([Box(0, 0, 20, 30), Box(0, 100, 20, 30)], [None, None]) == [0, 1]


def test_missing_digits_that_stand_side_by_side_share_a_line() -> None:
    boxes = [Box(0, 0, 20, 30), Box(30, 8, 20, 30), Box(60, 16, 20, 30), Box(90, 24, 20, 30), Box(0, 60, 20, 30)]
    assert place_in_lines(boxes, [None] * 5) == [0, 0, 0, 0, 1]
    assert place_in_lines(boxes[::-1], [None] * 5) == [1, 0, 0, 0, 0]


def test_a_leap_is_known_by_label_and_size_and_has_an_end() -> None:
    box = Box(100, 100, 20, 30)
    assert match_leaps([(7, box)], [(7, Box(180, 100, 20, 30))]) == [(0, 0)]
    assert match_leaps([(7, box)], [(1, Box(180, 100, 20, 30))]) == []
    assert match_leaps([(7, box)], [(7, Box(180, 100, 60, 90))]) == []
    assert match_leaps([(7, box)], [(7, Box(300, 100, 20, 30))]) == []
    assert match_leaps([(7, box)], [(7, Box(180, 100, 20, 30)), (7, Box(150, 100, 20, 30))]) == [(0, 1)]


boxes = st.lists(
    st.builds(Box, st.integers(0, 150), st.integers(0, 60), st.integers(1, 30), st.integers(1, 30)), max_size=14
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(before=boxes, now=boxes)
def test_no_pair_with_an_affinity_is_left_out(before: list[Box], now: list[Box]) -> None:
    expected = {(i, j) for i, one in enumerate(before) for j, other in enumerate(now) if affinity(one, other) > 0}
    assert expected <= {(first, second) for first, second in near_pairs(before, now)}


def test_far_pairs_of_a_page_are_left_out() -> None:
    page = [Box(60 * (index % 6), 60 * (index // 6), 20, 30) for index in range(30)]
    assert near_pairs(page, page) == [[index, index] for index in range(30)]
