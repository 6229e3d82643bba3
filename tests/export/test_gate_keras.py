"""The gate on real exports that were tampered with."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import numpy_helper

from mnist_edge.contract import CARD_KEY, ModelCard
from mnist_edge.export.card import serialize
from mnist_edge.export.comparison import GateInputs
from mnist_edge.export.keras_process import ask_keras
from mnist_edge.export.parity import run_gate
from mnist_edge.export.signature import graph_hash, parse_onnx

pytestmark = pytest.mark.real


def change(data, edit, *, name=None):
    """A copy of an exported file with one edit and a card that fits it, as a wrong converter would have made it."""
    model = parse_onnx(data, "m")
    card = ModelCard.from_json(next(entry.value for entry in model.metadata_props if entry.key == CARD_KEY))
    if name is None:
        edit(model.graph)
    else:
        tensor = next(item for item in model.graph.initializer if item.name == name)
        tensor.CopyFrom(numpy_helper.from_array(np.asarray(edit(numpy_helper.to_array(tensor).copy())), name))
    fields = {**card.__dict__, "graph_sha256": graph_hash(model)}
    return serialize(model, ModelCard(**fields))


@pytest.fixture(scope="session")
def real_gate(simple, exported, tiny_dataset):
    inputs = GateInputs.from_test_images(tiny_dataset.x_test)
    answer = ask_keras(simple, inputs.images)
    data = exported.path.read_bytes()
    return lambda edit, **where: run_gate(change(data, edit, **where), simple, inputs, answer).verdict


def bump(value):
    value.flat[np.abs(value).argmax()] *= 1.5  # the largest weight, which belongs to a unit that is alive
    return value


@pytest.mark.parametrize("layer", ["conv1", "fc1"])
def test_one_perturbed_weight_is_caught_and_its_layer_named(real_gate, layer):
    verdict = real_gate(bump, name=f"{layer}/kernel")
    assert not verdict.passed
    assert verdict.first_departing_layer == layer


def test_swapped_classes_are_caught(real_gate):
    verdict = real_gate(lambda value: value[:, [0, 7, 2, 3, 4, 5, 6, 1, 8, 9]], name="output/kernel")
    assert verdict.summary().flips > 0
    assert verdict.first_departing_layer == "output"


def test_other_preprocessing_is_caught(real_gate):
    # The scaling by 1/255 is folded into the first kernel; a scaling by 1/256 is a kernel 255/256 as large.
    verdict = real_gate(lambda value: value * np.float32(255 / 256), name="conv1/kernel")
    assert not verdict.passed
    assert verdict.first_departing_layer == "conv1"


def test_a_missing_output_and_a_wrong_batch_dimension_are_caught(real_gate):
    assert real_gate(lambda graph: graph.output.__delitem__(1)).failures == ("output 'probabilities' is missing",)

    def fix_batch(graph):
        graph.input[0].type.tensor_type.shape.dim[0].dim_value = 8

    assert "input 'image' has batch dimension '8', expected 'batch'" in real_gate(fix_batch).failures
