import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_edge.runtime.scenes.reading_order import line_slant, order_lines
from mnist_edge.runtime.scenes.scene import Box

boxes = st.builds(Box, st.integers(-50, 900), st.integers(-50, 900), st.integers(1, 400), st.integers(1, 400))


@given(st.lists(boxes, max_size=30))
def test_every_box_is_on_one_line(found):
    lines = order_lines(found)
    assert sorted(index for line in lines for index in line) == list(range(len(found)))
    assert all(lines)
    for line in lines:
        assert [found[index].left for index in line] == sorted(found[index].left for index in line)


def page(lengths, rise=0.0, pitch=60.0, heights=(40, 30, 36), step=38):
    """Boxes of lines of digits, and the lines as indices."""
    found, lines = [], []
    for number, length in enumerate(lengths):
        line = []
        for place in range(length):
            height = heights[(place + number) % len(heights)]
            left = 30 + step * place
            line.append(len(found))
            found.append(Box(left, int(100 + pitch * number + rise * left + (40 - height) / 2), 18, height))
        lines.append(line)
    return found, lines


@pytest.mark.parametrize(
    ("lengths", "rise", "pitch"),
    [
        ([1], 0, 60),
        ([5, 3, 7], 0, 60),
        ([8, 8, 8], 0.2, 60),
        ([8, 2, 8, 1], -0.2, 62),
        ([6, 6, 6, 6, 6], 0.05, 46),
        ([10], 0.3, 60),
    ],
)
def test_lines_whatever_their_slant_and_length(lengths, rise, pitch):
    found, lines = page(lengths, rise, pitch)
    shuffled = np.random.default_rng(1).permutation(len(found))
    place = np.argsort(shuffled)
    expected = [[int(place[index]) for index in line] for line in lines]
    assert order_lines([found[index] for index in shuffled]) == expected


def test_small_digits_beside_large_ones_are_on_their_line():
    assert order_lines([Box(0, 0, 40, 80), Box(60, 50, 15, 30), Box(90, 0, 40, 80)]) == [[0, 1, 2]]


def test_slant_of_a_page():
    found, _ = page([8, 8], rise=0.2)
    assert line_slant(found) == pytest.approx(0.2, abs=0.04)
    assert line_slant([Box(0, 0, 10, 20)]) == 0


def test_a_slanted_line_goes_on_after_a_wide_gap():
    places = (0, 1, 2, 6)
    found = [Box(30 + 38 * x, round(100 + 56 * y + 0.2 * 38 * x), 18, 36) for y in range(3) for x in places]
    assert order_lines(found) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
