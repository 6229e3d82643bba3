import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scenes.glyphs import Glyph
from mnist_edge.runtime.scenes.lattice import best_path, runs, value_of
from mnist_edge.runtime.scenes.scene import Box


def part(left: int, width: int = 20, height: int = 40) -> Glyph:
    return Glyph(Box(left, 0, width, height), np.ones((height, width), np.uint8), 4.0)


def said(log_odds: float, digit: int | None = 8) -> Prediction:
    return Prediction(digit, 0.9, Status.OK if digit is not None else Status.REJECTED, log_odds=log_odds)


def test_runs_are_neighbours_up_to_a_width():
    assert runs([part(0), part(20), part(40)], 40) == [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
    assert runs([part(0, 100)], 40) == [(0, 1)]


def test_best_path_takes_the_dearest_cover():
    values = {(0, 1): 1.0, (1, 2): 1.0, (2, 3): 1.0, (0, 2): 3.0, (0, 3): 2.0}
    assert best_path(values, [0.0, 0.0]) == [(0, 2), (2, 3)]
    assert best_path(values, [0.0, 2.5]) == [(0, 3)]


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=6), st.data())
def test_best_path_covers_all_parts_once(singles, data):
    count = len(singles)
    values = {(index, index + 1): value for index, value in enumerate(singles)}
    for first in range(count):
        for last in range(first + 2, count + 1):
            if data.draw(st.booleans()):
                values[first, last] = data.draw(st.floats(-20, 20))
    path = best_path(values, [0.5] * (count - 1))
    assert [first for first, _ in path] == [0, *(last for _, last in path[:-1])]
    assert path[-1][1] == count


def test_sure_digits_are_worth_more_than_doubtful_ones_and_refused_ones_least():
    whole = part(0)
    ordered = [said(-4, None), said(-4), said(3), said(9)]
    values = [value_of(whole, each, 40, whole.ink) for each in ordered]
    assert values == sorted(values)
    assert len(set(values)) == 4


def test_two_sure_halves_beat_a_wide_doubtful_whole_but_not_a_sure_digit():
    halves = 2 * value_of(part(0, 28), said(9), 40, 2 * 28 * 40) - 1.5
    assert halves > value_of(part(0, 56), said(2), 40, 56 * 40)
    assert halves < value_of(part(0, 34), said(11), 40, 34 * 40)


@pytest.mark.parametrize("odd", [part(0, 20, 20), part(0, 20, 60)])
def test_parts_of_another_height_are_unlikely(odd):
    assert value_of(odd, said(9), 40, odd.ink) < value_of(part(0), said(9), 40, part(0).ink)


def test_a_part_read_as_one_is_worth_less():
    assert value_of(part(0), said(9, 1), 40, 1600) < value_of(part(0), said(9, 7), 40, 1600)
    assert value_of(part(0), said(9, 1), 40, 800) == value_of(part(0), said(9, 7), 40, 800)
