import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mnist_edge.runtime.scenes.glyphs import Glyph
from mnist_edge.runtime.scenes.lattice import Choice, best_path, runs
from mnist_edge.runtime.scenes.scene import Box


def part(left: int, width: int = 20, height: int = 40) -> Glyph:
    return Glyph(Box(left, 0, width, height), np.ones((height, width), np.uint8), 4.0)


def choices(values: dict[tuple[int, int], float]) -> list[Choice]:
    return [Choice(run[0], run, value) for run, value in values.items()]


def test_runs_are_neighbours_up_to_a_width():
    assert list(runs([part(0), part(20), part(40)], 40)) == [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
    assert list(runs([part(0, 100)], 40)) == [(0, 1)]
    many = runs([part(0)] * 100_000, 40)
    assert [next(many) for _ in range(3)] == [(0, 1), (0, 2), (0, 3)]  # the other 5,000,000,000 are not made


def test_best_path_takes_the_dearest_cover():
    values = {(0, 1): 1.0, (1, 2): 1.0, (2, 3): 1.0, (0, 2): 3.0, (0, 3): 2.0}
    value, path = best_path(choices(values), 3)
    assert value == 4.0
    assert [choice.run for choice in path] == [(0, 2), (2, 3)]
    _, path = best_path(choices(values | {(0, 3): 4.5}), 3)
    assert [choice.run for choice in path] == [(0, 3)]


def test_two_digits_may_share_a_part():
    shared = Choice(2, (1, 3), 3.0)  # it counts from part 2 on, the first one has part 1 as well
    value, path = best_path([*choices({(0, 1): -2.0, (0, 2): 3.0, (2, 3): -2.0, (0, 3): 1.0}), shared], 3)
    assert value == 6.0
    assert [choice.run for choice in path] == [(0, 2), (1, 3)]


def test_no_cover_no_path():
    assert best_path(choices({(0, 1): 1.0}), 2) == (-np.inf, [])


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=6), st.data())
def test_best_path_covers_all_parts_once_and_is_no_worse_than_single_parts(singles, data):
    count = len(singles)
    values = {(index, index + 1): value for index, value in enumerate(singles)}
    for first in range(count):
        for last in range(first + 2, count + 1):
            if data.draw(st.booleans()):
                values[first, last] = data.draw(st.floats(-20, 20))
    value, path = best_path(choices(values), count)
    assert [choice.run[0] for choice in path] == [0, *(choice.run[1] for choice in path[:-1])]
    assert path[-1].run[1] == count
    assert value >= sum(singles) - 1e-9
