from __future__ import annotations

import numpy as np

from mnist_edge.export.departure import first_departure, judge_layers
from mnist_edge.export.verdict import LayerVerdict

LAYERS = {name: np.full((2, 5), value, np.float32) for name, value in (("a", 1), ("b", 100), ("c", 1))}


def judged(**values):
    verdicts = judge_layers(LAYERS, {k: np.full((2, 5), v, np.float32) for k, v in values.items()}, {k: k for k in values})
    return [(verdict.layer, verdict.departs) for verdict in verdicts]


def test_differences_count_relative_to_the_largest_value_of_the_layer():
    assert judged(a=1.00005, b=100.005, c=1.001) == [("a", False), ("b", False), ("c", True)]


def test_not_a_number_departs():
    assert judged(a=float("nan")) == [("a", True)]


def verdict(layer, departs):
    return LayerVerdict(layer, layer, 0.0, departs)


def test_the_first_departing_layer_is_named():
    assert first_departure([verdict("a", False), verdict("b", True), verdict("c", True)], ["a", "b", "c"]) == "b"


def test_a_layer_that_was_not_recognised_is_named_after_the_last_that_agrees():
    assert first_departure([verdict("a", False)], ["a", "b", "c"]) == "b"


def test_if_no_layer_was_recognised_the_first_departs():
    assert first_departure([], ["a", "b"]) == "a"


def test_nothing_is_named_if_all_agree():
    assert first_departure([verdict("c", False)], ["a", "b", "c"]) == ""
