"""The nodes of an ONNX graph as a layer table: shapes, weights, multiply-adds, and how they come about."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from mnist_edge.export.layout import CHANNELS_FIRST, Layout, layouts
from mnist_edge.export.onnx_graph import RESTORING, attribute
from mnist_edge.layer_arithmetic import (
    Count,
    LayerRow,
    Window,
    convolution,
    dense,
    explained_row,
    flatten_formula,
    normalization,
    same_padding,
    times,
    window_formula,
)

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

Shape = list[int | str]
Sizes = tuple[int, ...]
Explanation = tuple[Count | None, Count | int | None, str]

_POOLS: Final = ("MaxPool", "AveragePool", "LpPool")
_GLOBAL_POOLS: Final = ("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
_REDUCTIONS: Final = ("ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum")
_WITHOUT_PRODUCTS: Final = frozenset(
    (
        *(
            "Abs",
            "Add",
            "Cast",
            "Clip",
            "Concat",
            "DequantizeLinear",
            "Div",
            "Elu",
            "Erf",
            "Exp",
            "Flatten",
            "Gelu",
            "HardSigmoid",
            "HardSwish",
        ),
        *("Identity", "InstanceNormalization", "LayerNormalization", "LeakyRelu", "Log", "LogSoftmax", "Max", "Min", "Mul"),
        *(
            "Neg",
            "Pad",
            "Pow",
            "PRelu",
            "QuantizeLinear",
            "Reciprocal",
            "Relu",
            "Reshape",
            "Resize",
            "Selu",
            "Sigmoid",
            "Softmax",
            "Softplus",
            "Slice",
        ),
        *("Softsign", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "Transpose", "Unsqueeze", *_REDUCTIONS),
    )
)


def graph_table(model: ModelProto, known: Mapping[str, Shape]) -> list[LayerRow]:
    """One row for every node of a graph, in its order.

    Args:
        model: An ONNX model; a graph that is not ours will do.
        known: Shapes of its tensors, see :func:`~mnist_edge.export.onnx_graph.shapes`; empty if they cannot be told.

    Returns:
        Rows with the node's name and operator. Output shapes have height and width before channels, whatever the graph
        has; a weight that several nodes read is counted at the first of them.
    """
    weights = weight_sizes(model.graph)
    order = layouts(model.graph, known)
    rows = []
    for node in model.graph.node:
        parameters = sum(weights.pop(name, 0) for name in node.input)
        output = next(iter(node.output), "")
        shape = _output_shape(node, known.get(output), order.get(output, Layout()))
        counted, work, formula = _explain(node, known, order, shape)
        rows.append(
            explained_row(
                node.name or output,
                node.op_type,
                shape,
                parameters,
                counted=counted,
                work=work,
                output_formula=formula,
            )
        )
    return rows


def weight_sizes(graph: GraphProto) -> dict[str, int]:
    """Name to size of the trained weights of a graph; scalars are constants of the computation, and left out.

    Weights that are stored in fewer bits count under the name of what is made of them, and their scales do not count.
    """
    import onnx

    types = onnx.TensorProto
    floats = (types.FLOAT, types.FLOAT16, types.DOUBLE, types.INT8)
    sizes = {tensor.name: math.prod(tensor.dims) for tensor in graph.initializer}
    trained = {tensor.name for tensor in graph.initializer if tensor.data_type in floats and tensor.dims}
    read: set[str] = set()
    for node in graph.node:
        if node.op_type in RESTORING and node.input and node.output and all(name in sizes for name in node.input):
            size = max(sizes[name] for name in node.input)
            sizes[node.output[0]] = size
            trained.update(node.output if size > 1 else ())
        else:
            read.update(node.input)
    return {name: size for name, size in sizes.items() if name in trained and name in read}


def parameter_count(graph: GraphProto) -> int:
    """Trained weights of a graph: what a device has to hold, without the normalisation that was folded into others."""
    return sum(weight_sizes(graph).values())


def _output_shape(node: NodeProto, shape: Shape | None, layout: Layout) -> Sizes:
    sizes = _sizes(shape)
    if node.op_type in CHANNELS_FIRST and len(sizes) > 1:
        return (*sizes[1:], sizes[0])
    return layout.shape(sizes)


def _sizes(shape: Shape | None) -> Sizes:
    """Sizes behind the batch; empty if one of them is not known."""
    sizes = tuple(size for size in shape[1:] if isinstance(size, int) and size > 0) if shape else ()
    return sizes if shape and len(sizes) == len(shape) - 1 else ()


def _explain(node: NodeProto, known: Mapping[str, Shape], order: Mapping[str, Layout], after: Sizes) -> Explanation:
    """Parameters, multiply-adds and output formula; ``None`` and empty for what cannot be told."""
    kind = node.op_type
    first = next(iter(node.input), "")
    before = _sizes(known.get(first))
    weight = [size for size in known.get(node.input[1], []) if isinstance(size, int)] if len(node.input) > 1 else []
    if kind == "Conv":
        return _convolution(node, before, weight, after)
    if kind in ("Gemm", "MatMul"):
        return _product(node, weight, after)
    if kind == "BatchNormalization":
        return (normalization(before[0], trained=2, counted=2) if before else None), 0, ""
    if kind in _POOLS:
        return None, 0, _sliding(node, before, attribute(node, "kernel_shape", []), after)
    if kind in _GLOBAL_POOLS or (kind in _REDUCTIONS and len(before) == 3 and len(after) == 1):
        whole = (*before[1:], before[0]) if kind in _GLOBAL_POOLS else order.get(first, Layout()).shape(before)
        return None, 0, f"{times(*whole)} → {times(*after)}" if before and after else ""
    if kind in _WITHOUT_PRODUCTS:
        flat = kind in ("Flatten", "Reshape") and len(after) == 1 and math.prod(before) == after[0]
        return None, 0, flatten_formula(order.get(first, Layout()).shape(before)) if flat else ""
    return None, None, ""


def _convolution(node: NodeProto, before: Sizes, weight: list[int], after: Sizes) -> Explanation:
    """``weight`` is ``[output channels, input channels / groups, *kernel]``."""
    if not after or len(weight) != len(after) + 1 or len(before) != len(after):
        return None, None, ""
    groups = attribute(node, "group", 1)
    size = tuple(weight[2:])
    counts = convolution(size, weight[1] * groups, after, groups=groups, bias=_has_bias(node))
    return (*counts, _sliding(node, before, size, after))


def _product(node: NodeProto, weight: list[int], after: Sizes) -> Explanation:
    if not after or len(weight) < 2:
        return None, None, ""
    turned = node.op_type == "Gemm" and attribute(node, "transB", 0)
    return (*dense(weight[-1] if turned else weight[-2], after, bias=_has_bias(node)), "")


def _has_bias(node: NodeProto) -> bool:
    return len(node.input) > 2 and bool(node.input[2])


def _sliding(node: NodeProto, before: Sizes, size: Sizes | list[int], after: Sizes) -> str:
    """``before`` has the channels first, ``after`` last."""
    area, count = before[1:], len(size)
    if not count or len(area) != count or len(after) != count + 1:
        return ""
    strides = tuple(attribute(node, "strides", [1] * count))
    dilation = tuple(attribute(node, "dilations", [1] * count))
    pads = attribute(node, "pads", [0] * (2 * count))
    padding = list(zip(pads[:count], pads[count:], strict=True))
    automatic = attribute(node, "auto_pad", b"NOTSET").decode()
    if automatic.startswith("SAME"):
        padding = [same_padding(*numbers) for numbers in zip(area, size, strides, dilation, strict=True)]
    if automatic == "SAME_LOWER":
        padding = [(back, front) for front, back in padding]
    window = Window(tuple(size), strides, tuple(padding), dilation, rounds_up=bool(attribute(node, "ceil_mode", 0)))
    return window_formula(area, window, after[:-1])
