"""Differences between the layers of two models are those of the same places: a wrong layout shows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mnist_edge.export.layer_outputs import layer_differences

MAPS = np.arange(2 * 3 * 3 * 5, dtype=np.float32).reshape(2, 3, 3, 5)


@pytest.mark.parametrize("flat", [False, True])
def test_values_in_another_order_differ(flat: bool) -> None:
    turned, reference = MAPS.transpose(0, 2, 1, 3), MAPS
    if flat:  # as channels come first
        turned, reference = MAPS.transpose(0, 3, 1, 2).reshape(2, -1), MAPS.reshape(2, -1)
    (found,) = layer_differences({"x": turned}, {"maps": MAPS, "x": reference})
    assert found.largest_difference == np.abs(turned - reference).max() > 5


def test_channels_before_height_and_width_do_not_fit() -> None:
    (found,) = layer_differences({"x": MAPS.transpose(0, 3, 1, 2)}, {"x": MAPS})
    assert found.largest_difference == math.inf


def test_axes_of_length_1_do_not_matter_except_for_the_batch() -> None:
    vector = np.ones((1, 4), np.float32)
    (found,) = layer_differences({"x": vector.reshape(1, 1, 1, 4)}, {"x": vector})
    assert found.largest_difference == 0
    (found,) = layer_differences({"x": np.ones((4, 1), np.float32)}, {"x": vector})
    assert found.largest_difference == math.inf


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_is_infinitely_far(bad: float) -> None:
    value = MAPS.copy()
    value[0, 0, 0, 0] = bad
    for ours, theirs in ((value, MAPS), (MAPS, value), (value, value)):
        assert layer_differences({"x": ours}, {"x": theirs})[0].largest_difference == math.inf
