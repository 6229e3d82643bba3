from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper

from mnist_edge.errors import ModelFormatError, ParityError
from mnist_edge.export.layers import SCALED
from mnist_edge.export.parity import run_gate
from mnist_edge.export.verdict import Tolerance
from mnist_edge.runtime.session import Engine


@pytest.fixture
def gate(gate_inputs, ask_toy, with_card):
    answer = ask_toy(None, gate_inputs.images)

    def run(model, **card):
        return run_gate(with_card(model, **card), "toy.keras", gate_inputs, answer).verdict

    return run


def test_the_same_network_passes_every_run_without_a_difference_worth_naming(gate, toy, gate_inputs):
    verdict = gate(toy)
    assert verdict.passed
    assert [(run.batch, run.optimized) for run in verdict.runs] == [(b, o) for o in (True, False) for b in (1, 2, 7, 256)]
    assert verdict.images == 40
    assert verdict.corner_inputs == len(gate_inputs.images) - 40
    summary = verdict.summary()
    assert summary.flips == 0
    assert summary.max_logit_difference < 1e-5
    assert verdict.worst == verdict.layers == ()


@pytest.mark.parametrize(
    ("weight", "layer"),
    [("conv1/kernel", "conv1"), ("conv1/bias", "conv1"), ("output/kernel", "output"), ("output/bias", "output")],
)
def test_one_perturbed_weight_is_caught_and_its_layer_named(gate, toy, edit_weight, weight, layer):
    def nudge(value):
        value.flat[0] += 0.01
        return value

    edit_weight(toy, weight, nudge)
    verdict = gate(toy)
    assert not verdict.passed
    assert verdict.first_departing_layer == layer
    assert f"the first layer that departs is {layer}" in verdict.failures
    assert [entry.departs for entry in verdict.layers if entry.layer == SCALED] == [False]
    assert 1 <= len(verdict.worst) <= 8
    assert verdict.worst[0].logit_difference == max(run.max_logit_difference for run in verdict.runs)


def test_swapped_classes_are_caught_as_flips(gate, toy, edit_weight):
    swap = [1, 0, *range(2, 10)]
    edit_weight(toy, "output/kernel", lambda value: value[:, swap])
    edit_weight(toy, "output/bias", lambda value: value[swap])
    verdict = gate(toy)
    assert verdict.summary().flips > 0
    assert verdict.first_departing_layer == "output"
    assert {(miss.keras_class, miss.onnx_class) for miss in verdict.flipped} <= {(0, 1), (1, 0)}
    assert any("the top-1 class flips on" in failure for failure in verdict.failures)


@pytest.mark.parametrize(
    ("what", "scale", "offset"), [("/256", 1 / 256, 0.0), ("-1 to 1", 2 / 255, -1.0), ("inverted", -1 / 255, 1.0)]
)
def test_other_preprocessing_is_caught_at_the_scaled_image(gate, toy, edit_weight, what, scale, offset):
    edit_weight(toy, "image/constant", lambda value: np.float32(scale))
    if offset:
        mul = toy.graph.node[1]
        mul.output[0] = "image/Mul"
        toy.graph.node.insert(2, helper.make_node("Add", ["image/Mul", "image/offset"], [SCALED]))
        toy.graph.initializer.append(helper.make_tensor("image/offset", TensorProto.FLOAT, [], [offset]))
        mul_info = helper.make_tensor_value_info("image/Mul", TensorProto.FLOAT, ["batch", 28, 28, 1])
        toy.graph.value_info.append(mul_info)
    verdict = gate(toy)
    assert not verdict.passed
    assert verdict.first_departing_layer == SCALED


def test_a_missing_output_is_named(gate, toy):
    del toy.graph.output[0]
    verdict = gate(toy)
    assert verdict.failures == ("output 'logits' is missing",)
    assert verdict.runs == ()


def test_a_wrong_batch_dimension_is_named(gate, toy):
    toy.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    verdict = gate(toy)
    assert "input 'image' has batch dimension '1', expected 'batch'" in verdict.failures


def test_a_batch_dimension_that_is_a_lie_is_caught_by_the_runner(gate, toy, edit_weight):
    edit_weight(toy, "conv1/shape", lambda value: np.array([1, 1, 28, 28], np.int64))
    del toy.graph.value_info[:]
    verdict = gate(toy)
    assert verdict.failures[0].startswith("the file has another input/output signature")


def test_a_batch_size_that_cannot_be_run_is_a_miss(gate, toy, monkeypatch):
    infer = Engine.infer

    def only_singles(self, images):
        if len(images) == 7:
            raise RuntimeError("Non-zero status code returned\nwhile running Reshape")
        return infer(self, images)

    monkeypatch.setattr(Engine, "infer", only_singles)
    verdict = gate(toy)
    assert verdict.failures == ("it cannot be run at batch size 7: Non-zero status code returned",)
    assert len(verdict.runs) == 6


def test_a_card_of_another_graph_is_a_parity_miss_although_the_runner_refuses_the_file(gate, toy, with_card):
    with pytest.raises(ModelFormatError):
        Engine(with_card(toy, graph_sha256="0" * 64))
    verdict = gate(toy, graph_sha256="0" * 64)
    assert verdict.failures == (
        "the card belongs to another graph (graph_sha256 differs): the file was changed after its export",
    )
    assert verdict.error("a", "b").exit_code == 3


def test_not_a_number_is_a_miss(gate, toy, edit_weight):
    edit_weight(toy, "output/bias", lambda value: value * np.float32("nan"))
    verdict = gate(toy)
    assert not verdict.passed
    assert verdict.to_dict()["runs"][0]["max_logit_difference"] is None
    assert all(run.logit_misses == 965 for run in verdict.runs)


def test_a_fixed_batch_model_is_compared_in_full(gate, toy):
    for value in (*toy.graph.input, *toy.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 4
    del toy.graph.value_info[:]
    card_input = {"shape": ("4", "28", "28", "1")}
    from mnist_edge.contract import InputSpec

    verdict = gate(toy, input=InputSpec(**card_input))
    assert verdict.passed
    assert len(verdict.runs) == 8


def test_a_tolerance_can_be_given(gate_inputs, ask_toy, with_card, toy, edit_weight):
    edit_weight(toy, "output/bias", lambda value: value + np.float32(1e-3))
    answer, data = ask_toy(None, gate_inputs.images), with_card(toy)
    loose = Tolerance(logits_atol=1e-2, probabilities_atol=1e-2)
    assert not run_gate(data, "k", gate_inputs, answer).verdict.passed
    assert run_gate(data, "k", gate_inputs, answer, tolerance=loose).verdict.passed


def test_a_file_without_a_card_is_no_parity_miss(gate_inputs, ask_toy, toy):
    answer = ask_toy(None, gate_inputs.images)
    with pytest.raises(ModelFormatError, match="has no model card"):
        run_gate(toy.SerializeToString(), "k", gate_inputs, answer)


def test_the_error_is_one_line_that_names_both_models_and_the_first_problems(gate, toy, edit_weight):
    edit_weight(toy, "output/bias", lambda value: value + 1)
    error = gate(toy).error("a.onnx", "a.keras", fix="Look at it")
    assert isinstance(error, ParityError)
    assert error.exit_code == 3
    assert str(error).startswith("a.onnx does not compute what a.keras computes: logits differ by up to 1 ")
    assert "\n" not in str(error)


def test_a_model_of_another_tool_without_named_layers_still_fails(gate, toy, edit_weight):
    toy.producer_name = "another"
    edit_weight(toy, "output/bias", lambda value: value[::-1])
    verdict = gate(toy, layers={})
    assert not verdict.passed
    assert verdict.layers == ()
    assert verdict.first_departing_layer == ""


def test_the_inputs_are_named_for_reports(gate_inputs):
    assert gate_inputs.name(3) == "test 3"
    assert gate_inputs.name(40) == "all 0"
