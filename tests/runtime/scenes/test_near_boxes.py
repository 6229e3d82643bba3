"""What lies near what, against the plain definition, box by box."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.grouping import edges_of, neighbours, usual_heights

boxes = st.lists(
    st.tuples(st.integers(0, 120), st.integers(0, 60), st.integers(1, 30), st.integers(1, 30)), min_size=1, max_size=12
)
fixed = settings(derandomize=True, deadline=None, max_examples=300)


def apart(first: tuple[int, int], second: tuple[int, int]) -> int:
    """Distance of two (start, extent), negative if they overlap."""
    return max(first[0] - sum(second), second[0] - sum(first))


def array(given: list[tuple[int, int, int, int]]) -> NDArray[np.int32]:
    return np.array(given, np.int32)


@fixed
@given(boxes)
def test_neighbours_are_within_four_heights(given: list[tuple[int, int, int, int]]) -> None:
    expected = [
        [
            i != j and max(apart((a[0], a[2]), (b[0], b[2])), apart((a[1], a[3]), (b[1], b[3]))) <= 4 * a[3]
            for j, b in enumerate(given)
        ]
        for i, a in enumerate(given)
    ]
    np.testing.assert_array_equal(neighbours(array(given)), np.array(expected))


@fixed
@given(boxes)
def test_the_usual_height_is_the_median_of_what_stands_beside(given: list[tuple[int, int, int, int]]) -> None:
    expected = []
    for a in given:
        near = sorted(
            b[3]
            for b in given
            if apart((a[1], a[3]), (b[1], b[3])) < 0 and apart((a[0], a[2]), (b[0], b[2])) < 4 * max(a[3], b[3])
        )
        expected.append(max(near[len(near) // 2], a[3]))
    np.testing.assert_array_equal(usual_heights(array(given)), np.array(expected, np.float64))


def test_edges_are_a_copy() -> None:
    given = array([(1, 2, 3, 4)])
    assert edges_of(given).ravel().tolist() == [1, 2, 4, 6]
    assert given.tolist() == [[1, 2, 3, 4]]
