import numpy as np
import pytest

from mnist_edge.runtime.scenes.grouping import contour_gap, group_pieces, typical_height, usual_heights
from mnist_edge.runtime.scenes.outlines import trace_pieces


def pieces_of(*bars: tuple[int, int, int, int]) -> list:
    """Pieces from filled boxes ``(left, top, width, height)``."""
    mask = np.zeros((200, 400), np.uint8)
    for left, top, width, height in bars:
        mask[top : top + height, left : left + width] = 1
    return trace_pieces(mask)


def grouped(*bars: tuple[int, int, int, int]) -> tuple[list[int], int]:
    """Sizes of the groups, and how many pieces are left over."""
    pieces = pieces_of(*bars)
    groups, dots = group_pieces(pieces, typical_height(pieces))
    return sorted(len(group) for group in groups), len(dots)


DIGITS = ((20, 40, 8, 60), (60, 40, 8, 60), (100, 40, 8, 60))


def test_dots_and_lines_do_not_count_for_the_typical_height():
    assert typical_height(pieces_of(*DIGITS, (300, 10, 4, 4), (310, 20, 4, 4), (10, 150, 300, 5))) == 60


def test_neighbours_stay_apart():
    assert grouped(*DIGITS) == ([1, 1, 1], 0)
    assert grouped((20, 40, 10, 60), (32, 40, 10, 60), (44, 40, 10, 60)) == ([1, 1, 1], 0)


def test_the_bar_of_a_five_joins_its_body():
    body, bar = (150, 52, 30, 48), (160, 38, 26, 7)
    assert grouped(*DIGITS, body, bar) == ([1, 1, 1, 2], 0)


def test_two_halves_of_a_stroke_join():
    assert grouped(*DIGITS, (150, 40, 8, 28), (151, 71, 8, 29)) == ([1, 1, 1, 2], 0)


def test_digits_of_two_close_lines_stay_apart():
    below = tuple((left, top + 68, width, height) for left, top, width, height in DIGITS)
    assert grouped(*DIGITS, *below) == ([1] * 6, 0)


def test_a_dot_is_left_over_but_a_crumb_of_a_stroke_is_not():
    assert grouped(*DIGITS, (200, 90, 6, 6)) == ([1, 1, 1], 1)
    assert grouped(*DIGITS, (102, 34, 4, 4)) == ([1, 1, 2], 0)


def test_a_lone_broken_digit_joins():
    assert grouped((100, 40, 8, 40), (100, 84, 8, 40)) == ([2], 0)


def test_usual_heights_look_along_the_line():
    boxes = np.array([(0, 0, 10, 40), (20, 0, 10, 40), (40, 20, 10, 20), (0, 200, 10, 12)], np.int32)
    assert usual_heights(boxes).tolist() == [40, 40, 40, 12]


def test_contour_gap():
    first, second = pieces_of((10, 10, 5, 20), (25, 10, 5, 20))
    assert contour_gap(first, second) == pytest.approx(11)


def test_pieces_of_one_height_are_left_alone_unless_they_are_dots():
    bars = tuple((20 + 30 * index, 40, 9, 10) for index in range(5))
    pieces = pieces_of(*bars)
    groups, dots = group_pieces(pieces, 10.0)
    assert [len(group) for group in groups] == [1] * 5
    assert not dots
    assert len(group_pieces(pieces, 60.0)[1]) == 5
