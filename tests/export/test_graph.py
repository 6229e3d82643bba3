"""The clean-up passes on hand-made graphs: what they fold, and that the numbers stay."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mnist_edge.errors import ExportError
from mnist_edge.export.graph import check, clean, finish
from mnist_edge.export.layers import tensor_values

RNG = np.random.default_rng(5)
IMAGES = RNG.random((3, 28, 28, 1)).astype(np.float32)
TAIL = ["Flatten", "Gemm", "Softmax"]


def build(nodes, weights, *, batch="unk__7", opset=17):
    """Input → 4 channels of 28x28 in NHWC order under the name ``map`` → ``nodes`` → logits → Softmax."""
    head = [
        helper.make_node("Reshape", ["image", "nchw"], ["x"]),
        helper.make_node("Conv", ["x", "kernel"], ["c"], strides=[7, 7]),
        helper.make_node("Transpose", ["c"], ["map"], perm=[0, 2, 3, 1]),
    ]
    weights = {
        "nchw": np.array([-1, 1, 28, 28]),
        "kernel": RNG.normal(size=(3, 1, 7, 7)).astype(np.float32),
        "dense": RNG.normal(size=(48, 10)).astype(np.float32),
        "bias": RNG.normal(size=10).astype(np.float32),
        **weights,
    }
    graph = helper.make_graph(
        [*head, *nodes, helper.make_node("Softmax", ["logits"], ["probabilities"])],
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, 28, 28, 1])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, 10]) for name in ("logits", "probabilities")],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()],
    )
    return helper.make_model(
        graph, ir_version=8, opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 2)]
    )


def dense(source):
    return [
        helper.make_node("MatMul", [source, "dense"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["logits"]),
    ]


def runtime_flatten():
    """The eight nodes that tf2onnx leaves of a Keras Flatten."""
    nodes = [
        helper.make_node("Shape", ["c"], ["s0"]),
        helper.make_node("Gather", ["s0", "nhwc"], ["s1"]),
        helper.make_node("Cast", ["s1"], ["s2"], to=TensorProto.INT32),
        helper.make_node("Slice", ["s2", "zero", "one"], ["s3"]),
        helper.make_node("Concat", ["s3", "minus"], ["s4"], axis=0),
        helper.make_node("Cast", ["s4"], ["s5"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["map", "s5"], ["flat"]),
    ]
    weights = {
        "nhwc": np.array([0, 2, 3, 1]),
        "zero": np.array([0]),
        "one": np.array([1]),
        "minus": np.array([-1], np.int32),
    }
    return nodes, weights


FIXED = [helper.make_node("Reshape", ["map", "flat_shape"], ["flat"])]
FIXED_SHAPE = {"flat_shape": np.array([-1, 48])}


def cleaned(model, *, batch=None):
    """Cleans a graph and proves that the logits stayed."""
    before = tensor_values(model, ["logits"], IMAGES)["logits"]
    result = clean(model.SerializeToString(), batch=batch)
    np.testing.assert_allclose(tensor_values(result, ["logits"], IMAGES)["logits"], before, rtol=1e-4, atol=1e-4)
    return result


def operators(model):
    return [node.op_type for node in model.graph.node]


def test_the_chain_at_a_flatten_becomes_one_flatten():
    nodes, weights = runtime_flatten()
    assert operators(cleaned(build([*nodes, *dense("flat")], weights))) == ["Reshape", "Conv", *TAIL]


def test_a_fixed_reshape_is_folded_as_well():
    assert operators(cleaned(build([*FIXED, *dense("flat")], FIXED_SHAPE))) == ["Reshape", "Conv", *TAIL]


def test_elementwise_operators_between_flatten_and_dense_are_permuted_too():
    nodes = [
        *FIXED,
        helper.make_node("Mul", ["flat", "gamma"], ["scaled"]),
        helper.make_node("Add", ["scaled", "beta"], ["shifted"]),
        helper.make_node("Relu", ["shifted"], ["active"]),
        *dense("active"),
    ]
    weights = {
        **FIXED_SHAPE,
        "gamma": RNG.normal(size=48).astype(np.float32),
        "beta": RNG.normal(size=48).astype(np.float32),
    }
    assert "Transpose" not in operators(cleaned(build(nodes, weights)))


def test_a_mean_over_all_features_does_not_depend_on_their_order():
    nodes = [
        *FIXED,
        helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Neg", ["mean"], ["minus_mean"]),
        helper.make_node("Add", ["flat", "minus_mean"], ["centred"]),
        *dense("centred"),
    ]
    assert "Transpose" not in operators(cleaned(build(nodes, FIXED_SHAPE)))


def test_a_scale_for_every_feature_of_a_mean_is_permuted():
    nodes = [
        *FIXED,
        helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["mean", "gamma"], ["spread"]),
        helper.make_node("Mul", ["flat", "spread"], ["scaled"]),
        *dense("scaled"),
    ]
    weights = {**FIXED_SHAPE, "gamma": RNG.normal(size=48).astype(np.float32)}
    assert "Transpose" not in operators(cleaned(build(nodes, weights)))


@pytest.mark.parametrize("opset", [17, 18])
def test_a_mean_over_height_and_width_reads_nchw(opset):
    axes = {"axes": [1, 2]} if opset < 18 else {}
    nodes = [
        helper.make_node("ReduceMean", ["map", *([] if axes else ["axes"])], ["mean"], keepdims=0, **axes),
        helper.make_node("MatMul", ["mean", "small"], ["logits"]),
    ]
    weights = {"axes": np.array([1, 2]), "small": RNG.normal(size=(3, 10)).astype(np.float32)}
    assert "Transpose" not in operators(cleaned(build(nodes, weights, opset=opset)))


def test_two_dense_layers_on_one_flatten_share_no_damage():
    nodes = [
        *FIXED,
        helper.make_node("MatMul", ["flat", "dense"], ["left"]),
        helper.make_node("Tanh", ["flat"], ["squashed"]),
        helper.make_node("MatMul", ["squashed", "dense"], ["right"]),
        helper.make_node("Add", ["left", "right"], ["logits"]),
    ]
    assert "Transpose" not in operators(cleaned(build(nodes, FIXED_SHAPE)))


def test_what_needs_the_old_order_keeps_the_transpose():
    nodes = [
        *FIXED,
        helper.make_node("Softmax", ["flat"], ["attention"], axis=1),  # not in the list of what may be permuted
        *dense("attention"),
    ]
    assert "Transpose" in operators(cleaned(build(nodes, FIXED_SHAPE)))


def test_the_batch_dimension_is_named_everywhere_and_foreign_imports_go():
    model = cleaned(build([*FIXED, *dense("flat")], FIXED_SHAPE))
    values = (*model.graph.input, *model.graph.value_info, *model.graph.output)
    assert {value.type.tensor_type.shape.dim[0].dim_param for value in values} == {"batch"}
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 17)]
    assert model.ir_version == 8
    assert model.producer_name == "mnist-edge"


def test_a_fixed_batch_is_written_as_a_number():
    model = clean(build([*FIXED, *dense("flat")], FIXED_SHAPE, batch=3).SerializeToString(), batch=3)
    values = (*model.graph.input, *model.graph.value_info, *model.graph.output)
    assert {value.type.tensor_type.shape.dim[0].dim_value for value in values} == {3}


def test_an_add_that_is_no_bias_is_left_alone():
    nodes = [
        *FIXED,
        helper.make_node("MatMul", ["flat", "dense"], ["product"]),
        helper.make_node("Add", ["product", "rows"], ["logits"]),
    ]
    weights = {**FIXED_SHAPE, "rows": np.float32(2)}
    assert "Gemm" not in operators(cleaned(build(nodes, weights)))


def test_cleaning_twice_gives_the_same_bytes():
    raw = build([*FIXED, *dense("flat")], FIXED_SHAPE).SerializeToString()
    assert clean(raw, batch=None).SerializeToString() == clean(raw, batch=None).SerializeToString()


def test_shape_arithmetic_that_cannot_be_folded_is_an_error():
    nodes = [
        helper.make_node("Shape", ["logits_0"], ["size"]),
        helper.make_node("ConstantOfShape", ["size"], ["zeros"]),
        helper.make_node("Add", ["logits_0", "zeros"], ["logits"]),
    ]
    before = [helper.make_node("MatMul", ["flat", "dense"], ["logits_0"])]
    with pytest.raises(ExportError, match="computes shapes at run time"):
        clean(build([*FIXED, *before, *nodes], FIXED_SHAPE).SerializeToString(), batch=None)


def test_operators_of_other_domains_are_refused(toy):
    toy.graph.node[4].domain = "com.microsoft"
    with pytest.raises(ExportError, match=r"not standard. Received: com.microsoft"):
        finish(toy)


def test_unknown_operators_and_contradictions_are_refused(toy):
    toy.graph.node[4].op_type = "Erfc"
    with pytest.raises(ExportError, match=r"Erfc"):
        check(toy)


def test_weights_in_other_files_are_refused(toy):
    toy.graph.initializer[2].data_location = onnx.TensorProto.EXTERNAL
    with pytest.raises(ExportError, match="lie outside the model file"):
        check(toy)
