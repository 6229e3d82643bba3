"""The int8 graph: what computes in whole numbers, what stays float, and that it is still the same network."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from small_networks import small_model

from mnist_edge.errors import OptionError
from mnist_edge.export.layers import tensor_values
from mnist_edge.export.onnx_graph import constants, producers
from mnist_edge.export.quantization.bias import correct_biases
from mnist_edge.export.quantization.int8_graph import int8_graph
from mnist_edge.export.quantization.presets import PRESETS
from mnist_edge.export.quantization.reduce import int8_layers
from mnist_edge.export.quantization.stretches import fence_pools, named_layers, weighted_layers
from mnist_edge.runtime.session import open_session

X86, ARM = PRESETS["x86"], PRESETS["arm"]


def logits(model: onnx.ModelProto, pictures: np.ndarray, *, optimize: bool = True) -> np.ndarray:
    return open_session(model.SerializeToString(), optimize=optimize).run(["logits"], {"image": pictures[..., None]})[0]


def optimized_operators(model: onnx.ModelProto, path) -> list[str]:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 4
    ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return [node.op_type for node in onnx.load(path).graph.node]


@pytest.mark.parametrize("preset", [X86, ARM])
@pytest.mark.parametrize("layers", [(), ("conv2",), ("conv1", "conv2"), ("conv1", "conv2", "output"), ("output",)])
def test_every_choice_of_layers_computes_nearly_the_same(small, pictures, ranges_of, preset, layers):
    expected = logits(small, pictures)
    made = int8_graph(small, layers, ranges_of(small), preset)
    assert int8_layers(made, weighted_layers(small.graph)) == layers
    found = logits(made, pictures)
    assert 0 < np.abs(found - expected).mean() < 0.03 * expected.std()
    as_written = logits(made, pictures, optimize=False)
    assert np.abs(found - as_written).max() < 0.1 * expected.std()
    assert {node.domain for node in made.graph.node} == {""}
    assert [value.name for value in made.graph.output] == ["logits", "probabilities"]


def test_the_float_graph_stays_as_it_was(small, ranges_of):
    before = small.SerializeToString(deterministic=True)
    ranges = ranges_of(small)
    int8_graph(small, ("conv1", "conv2", "output"), ranges, X86)
    correct_biases(small, ("conv2",), np.zeros((2, 28, 28, 1), np.uint8), lambda m: int8_graph(m, ("conv2",), ranges, X86))
    assert small.SerializeToString(deterministic=True) == before


def test_whole_number_kernels_are_used_for_what_was_chosen(small, ranges_of, tmp_path):
    ranges = ranges_of(small)
    everything = optimized_operators(int8_graph(small, ("conv1", "conv2", "output"), ranges, X86), tmp_path / "a.onnx")
    assert everything.count("QLinearConv") == 2
    assert everything.count("QGemm") == 1
    assert not {"Conv", "Gemm", "Cast", "QuantizeLinear"} & set(everything)
    part = optimized_operators(int8_graph(small, ("conv2",), ranges, X86), tmp_path / "b.onnx")
    assert part.count("QLinearConv") == 1
    assert {"QGemm", "DequantizeLinear"} & set(part) == {"DequantizeLinear"}
    nothing = optimized_operators(int8_graph(small, (), ranges, X86), tmp_path / "c.onnx")
    assert not [name for name in nothing if name.startswith(("Q", "Dequantize"))]


def test_a_float_pool_in_front_of_int8_stays_float(small, ranges_of, tmp_path):
    made = int8_graph(small, ("conv2",), ranges_of(small), X86)
    onnxruntime_makes = optimized_operators(made, tmp_path / "a.onnx")
    where = onnxruntime_makes.index
    assert where("MaxPool") < where("Max") < where("QuantizeLinear") < where("QLinearConv")
    assert "NhwcMaxPool" in onnxruntime_makes or onnxruntime_makes.count("MaxPool") == 2  # behind conv2, in int8


def test_no_fence_where_the_pool_computes_in_int8_or_no_pool_is(small):
    for layers in (("conv1", "conv2"), ("conv1",), ("conv1", "conv2", "output")):
        fenced = onnx.ModelProto()
        fenced.CopyFrom(small)
        fence_pools(fenced, layers)
        assert "Max" not in [node.op_type for node in fenced.graph.node], layers
    fence_pools(small, ("output",))  # pool2 lies behind the float conv2, with a Flatten in between
    assert [node.name for node in small.graph.node if node.op_type == "Max"] == ["flatten/Max"]


def test_a_fence_changes_no_value(small, pictures):
    expected = logits(small, pictures)
    fence_pools(small, ("conv2", "output"))
    assert sum(node.op_type == "Max" for node in small.graph.node) == 1
    assert np.array_equal(logits(small, pictures, optimize=False), expected) or np.allclose(
        logits(small, pictures), expected, atol=1e-5
    )


def test_the_picture_is_read_as_it_is(small, ranges_of):
    made = int8_graph(small, ("conv1",), ranges_of(small), X86)
    assert "Cast" not in [node.op_type for node in made.graph.node if "image" in node.input]
    first = next(node for node in made.graph.node if node.op_type == "Conv")
    dequantize = producers(made.graph)[first.input[0]]
    scale, zero = (constants(made.graph)[name] for name in dequantize.input[1:])
    assert (float(scale), int(zero)) == (1.0, 0)


def test_logits_are_not_rounded(small, ranges_of, pictures):
    made = int8_graph(small, ("conv1", "conv2", "output"), ranges_of(small), X86)
    assert len(np.unique(logits(made, pictures))) > 1000
    assert producers(made.graph)["logits"].op_type == "Gemm"


def test_a_layers_tensor_holds_its_output_with_the_activation(small, ranges_of, pictures):
    made = int8_graph(small, ("conv2",), ranges_of(small), X86)
    names = ["conv1", "conv2", "pool2"]
    found, expected = (tensor_values(model, names, pictures[:20, ..., None]) for model in (made, small))
    for name in names:
        assert found[name].min() >= 0, name
        assert np.abs(found[name] - expected[name]).max() < 0.03 * expected[name].max(), name


def test_weights_of_int8_layers_keep_to_seven_bits_on_x86_only(small, ranges_of):
    for preset, largest in ((X86, 64), (ARM, 127)):
        made = int8_graph(small, ("conv2",), ranges_of(small), preset)
        kernel = next(value for name, value in constants(made.graph).items() if name.startswith("conv2/kernel_quant"))
        assert kernel.dtype == np.int8
        assert largest - 1 <= np.abs(kernel.astype(int)).max() <= largest
    types = {
        node.op_type: constants(made.graph)[node.input[2]].dtype
        for node in made.graph.node
        if node.op_type == "QuantizeLinear"
    }
    assert types == {"QuantizeLinear": np.int8}


def test_a_skip_connection_computes_in_int8_if_both_sides_do(pictures, ranges_of, tmp_path):
    model = small_model(skip=True)
    expected = logits(model, pictures)
    for layers, joined in ((("conv2", "conv3"), True), (("conv3",), False)):
        made = int8_graph(model, layers, ranges_of(model), X86)
        assert ("QLinearAdd" in optimized_operators(made, tmp_path / "a.onnx")) == joined
        assert np.abs(logits(made, pictures) - expected).mean() < 0.03 * expected.std()


@pytest.mark.parametrize(("batch", "opset"), [(4, 17), (None, 13), (None, 18)])
def test_fixed_batches_and_other_opsets(pictures, ranges_of, batch, opset):
    model = small_model(batch=batch, opset=opset)
    made = int8_graph(model, ("conv2", "output"), ranges_of(model), X86)
    expected, found = (logits(each, pictures[:4]) for each in (model, made))
    assert np.abs(found - expected).mean() < 0.03 * expected.std()
    assert [entry.version for entry in made.opset_import] == [opset]


def test_bias_correction_takes_the_mean_error_away(small, ranges_of, pictures):
    ranges, layers = ranges_of(small), ("conv1", "conv2", "output")
    images = pictures[..., None]

    def reduce(model: onnx.ModelProto) -> onnx.ModelProto:
        return int8_graph(model, layers, ranges, X86)

    def mean_error(model: onnx.ModelProto) -> float:
        return float(np.abs((logits(reduce(model), pictures) - logits(small, pictures)).mean(axis=0)).max())

    corrected = correct_biases(small, layers, images, reduce)
    assert mean_error(corrected) < 0.2 * mean_error(small)
    same = {
        name for name, value in constants(small.graph).items() if np.array_equal(value, constants(corrected.graph)[name])
    }
    assert {"conv1/bias", "conv2/bias", "output/bias"} & same == set()
    assert {"conv1/kernel", "conv2/kernel", "output/kernel"} <= same


def test_layers_are_named_in_the_order_of_computation(small):
    known = weighted_layers(small.graph)
    assert known == ("conv1", "conv2", "output")
    assert named_layers(" output, conv1,", known) == ("conv1", "output")
    with pytest.raises(OptionError, match=r"no layer pool1 .* some of: conv1, conv2, output"):
        named_layers("conv1,pool1", known)


def test_a_bias_that_two_layers_share_is_corrected_for_each(ranges_of, pictures):
    model, layers = small_model(skip=True), ("conv1", "conv2", "conv3", "output")
    next(node for node in model.graph.node if node.name == "conv3/Conv").input.append("conv2/bias")
    ranges, images = ranges_of(model), pictures[:64, ..., None]

    def reduce(each):
        return int8_graph(each, layers, ranges, X86)

    def mean_error(each, tensor):
        exact, rounded = (tensor_values(graph, [tensor], images)[tensor] for graph in (model, reduce(each)))
        return np.abs((exact - rounded).mean(axis=(0, 2, 3))).mean()

    corrected = correct_biases(model, layers, images, reduce)
    for tensor in ("conv2", "conv3"):
        assert mean_error(corrected, tensor) < 0.5 * mean_error(model, tensor)
