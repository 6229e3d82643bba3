from __future__ import annotations

import json
import math

import pytest
from onnx import TensorProto, helper

from mnist_edge.errors import ModelFormatError
from mnist_edge.export.inspection import inspect_model
from mnist_edge.export.signature import signature_failures


@pytest.fixture
def saved(tmp_path):
    def save(data):
        path = tmp_path / "m.onnx"
        path.write_bytes(data)
        return path

    return save


def test_the_toy_network_by_hand(toy, with_card, saved):
    found = inspect_model(saved(with_card(toy)))
    assert found.operators == {
        "Cast": 1,
        "Mul": 1,
        "Reshape": 1,
        "Conv": 1,
        "Relu": 1,
        "Flatten": 1,
        "Gemm": 1,
        "Softmax": 1,
    }
    assert found.parameters == 4 * 25 + 4 + 144 * 10 + 10
    assert [(row.kind, row.multiply_adds) for row in found.work] == [("Conv", 6 * 6 * 4 * 25), ("Gemm", 144 * 10)]
    assert found.multiply_adds == 6 * 6 * 4 * 25 + 144 * 10
    assert (found.opset, found.ir_version, found.oldest_onnxruntime) == (17, 8, "1.15")
    assert [tensor.shape for tensor in (*found.inputs, *found.outputs)] == [
        ("batch", "28", "28", "1"),
        ("batch", "10"),
        ("batch", "10"),
    ]
    assert found.card.name == "toy"
    assert found.card_fits is True
    assert found.runs_on("1.17.3") is True
    assert found.runs_on("1.2") is None
    work = json.loads(json.dumps(found.to_dict(), allow_nan=False))["work"][1]
    assert {key: work[key] for key in ("node", "operator", "multiply_adds", "parameters")} == {
        "node": "logits",
        "operator": "Gemm",
        "multiply_adds": 1440,
        "parameters": 1450,
    }
    assert work["parameter_formula"] == "(144 + 1) × 10 = 1,450"


def test_a_model_without_a_card_is_described_too(toy, saved):
    found = inspect_model(saved(toy.SerializeToString()))
    assert found.card is None
    assert found.card_fits is None


def test_a_card_of_another_graph_is_noticed(toy, with_card, saved):
    assert inspect_model(saved(with_card(toy, graph_sha256="0"))).card_fits is False


def test_a_newer_file_format_needs_a_newer_onnxruntime(toy, saved):
    toy.ir_version = 10
    found = inspect_model(saved(toy.SerializeToString()))
    assert found.oldest_onnxruntime == "1.18"
    assert found.runs_on("1.17.3") is False


@pytest.mark.parametrize(
    ("node", "weight", "expected"),
    [
        (helper.make_node("Conv", ["x", "w"], ["y"], group=8, pads=[1, 1, 1, 1]), [8, 1, 3, 3], 8 * 14 * 14 * 9),
        (helper.make_node("Conv", ["x", "w"], ["y"], strides=[2, 2]), [16, 8, 1, 1], 16 * 7 * 7 * 8),
        (helper.make_node("MatMul", ["x", "w"], ["y"]), [14, 5], 8 * 14 * 5 * 14),
    ],
)
def test_depthwise_strided_and_batched_work(saved, node, weight, expected):
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 8, 14, 14])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [helper.make_tensor("w", TensorProto.FLOAT, weight, [0.0] * math.prod(weight))],
    )
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    assert inspect_model(saved(model.SerializeToString())).multiply_adds == expected


def test_transposed_gemm(saved):
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 3])],
        [helper.make_tensor("w", TensorProto.FLOAT, [3, 8], [0.0] * 24)],
    )
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    assert inspect_model(saved(model.SerializeToString())).multiply_adds == 24


def test_a_contradictory_graph_is_described_without_its_work(toy, saved):
    toy.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 11
    found = inspect_model(saved(toy.SerializeToString()))
    assert found.multiply_adds is None
    assert found.operators["Conv"] == 1


@pytest.mark.parametrize(
    "edit",
    [
        lambda graph: graph.node[6].input.__delitem__(slice(1, None)),
        lambda graph: graph.node[6].ClearField("output"),
        lambda graph: graph.node[3].ClearField("input"),
        lambda graph: setattr(graph.output[0].type.tensor_type, "elem_type", 999),
        lambda graph: setattr(graph.initializer[0], "data_type", 999),
        lambda graph: graph.output[0].ClearField("type"),
        lambda graph: graph.initializer[2].ClearField("dims"),
        lambda graph: graph.initializer[2].dims.append(-1),
        lambda graph: graph.ClearField("node"),
    ],
)
def test_any_odd_graph_is_described_and_compared_with_the_contract(toy, with_card, saved, edit):
    edit(toy.graph)
    found = inspect_model(saved(with_card(toy)))
    json.dumps(found.to_dict(), allow_nan=False)
    assert signature_failures(toy, found.card) is not None


def test_an_unknown_element_type_is_named_so(toy, saved):
    toy.graph.output[0].type.tensor_type.elem_type = 999
    assert inspect_model(saved(toy.SerializeToString())).outputs[0].dtype == "unknown"


def test_garbage_is_refused(saved):
    with pytest.raises(ModelFormatError, match="is not an ONNX model"):
        inspect_model(saved(b"\x00garbage"))
