"""The choice of int8 layers, with graphs whose latency is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mnist_edge.export.quantization import layer_choice
from mnist_edge.export.quantization.layer_choice import choose_layers
from mnist_edge.export.quantization.timing import Compared, compare_latency
from mnist_edge.runtime.bench_stats import LatencySummary, Ratio

LAYERS = ("a", "b", "c", "d")
IMAGES = np.zeros((3, 28, 28, 1), np.uint8)


class FakeGraph:
    """Stands for the graph of a choice."""

    def __init__(self, layers):
        self.layers = layers

    def SerializeToString(self):  # noqa: N802  # the name that protobuf has
        return ",".join(self.layers).encode()


@pytest.fixture
def choose(monkeypatch, small) -> Callable[..., layer_choice.Choice]:
    """Chooses among graphs that take ``cost(layers)`` of the float graph's time, known to within ``noise``."""

    def run(cost, *, noise=0.01, passes=lambda graph: True):
        def compare(openers, images, *, reference, rounds, seconds, batch):
            found = {}
            for name, layers in openers.items():
                value = 1.0 if name == reference else cost(layers)
                ratio = Ratio(value, value - noise, value + noise)
                found[name] = Compared(LatencySummary(1, value, value, value, value, value, value), ratio)
            return found

        monkeypatch.setattr(layer_choice, "compare_latency", compare)
        monkeypatch.setattr(layer_choice, "_opener", lambda model: getattr(model, "layers", None))
        return choose_layers(small, LAYERS, FakeGraph, passes, IMAGES)

    return run


def test_the_fastest_stretch_is_found(choose):
    choice = choose(lambda layers: 0.6 if layers == ("b", "c") else 1.1)
    assert choice.layers == ("b", "c")
    assert choice.tried[0].layers == ("b", "c")
    assert () in [tried.layers for tried in choice.tried]


def test_single_layers_are_added_to_a_stretch_and_taken_away(choose):
    assert choose(
        lambda layers: 1.0 - 0.1 * ("a" in layers) - 0.2 * ("d" in layers) + 0.05 * ("b" in layers) + 0.09 * ("c" in layers)
    ).layers == ("a", "d")


def test_of_equal_choices_the_nearest_to_float_is_taken(choose):
    assert choose(lambda layers: 0.8 if layers else 1.0, noise=0.001).layers in [("a",), ("b",), ("c",), ("d",)]
    assert choose(lambda layers: 0.99 if layers else 1.0, noise=0.02).layers == ()
    assert choose(lambda layers: 1.2 if layers else 1.0).layers == ()


def test_what_costs_too_much_accuracy_is_not_taken(choose):
    def cost(layers):
        return {("b", "c"): 0.5, ("b",): 0.7}.get(layers, 1.1)

    assert choose(cost, passes=lambda graph: graph.layers != ("b", "c")).layers == ("b",)
    assert choose(cost, passes=lambda graph: False).layers == ()


def test_latency_is_compared_in_rounds_that_open_anew():
    opened = []

    def opener(name, work):
        def open_one():
            opened.append(name)

            def run(image):
                assert image.shape == (2, 28, 28, 1)
                return np.eye(10)[[sum(range(work)) % 7] * len(image)]

            return run

        return open_one

    found = compare_latency(
        {"slow": opener("slow", 20_000), "fast": opener("fast", 100)},
        IMAGES,
        reference="slow",
        rounds=4,
        seconds=0.002,
        batch=2,
    )
    assert opened == ["slow", "fast", "fast", "slow"] * 2
    assert found["slow"].ratio.value == 1
    assert found["fast"].ratio.high < 0.5
    assert found["fast"].differs
    assert not found["slow"].differs
    assert found["fast"].latency.n >= 4 * 20
