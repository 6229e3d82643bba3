"""Folding the NHWC order of a flattened feature map into the weights behind it.

Keras flattens in NHWC order, ONNX computes in NCHW, so a converted Flatten is a Transpose and a Reshape that copy the
feature map at every inference. Permuting the rows of the Dense kernel once, at export, gives the same sums; only the order
in which a dot product is added up changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mnist_edge.export.onnx_graph import (
    Array,
    add_constant,
    attribute,
    constants,
    producers,
    prune,
    shapes,
)

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

_TO_NHWC: Final = [0, 2, 3, 1]
_ACTIVATIONS: Final = (
    "Clip",
    "Elu",
    "HardSigmoid",
    "HardSwish",
    "LeakyRelu",
    "PRelu",
    "Relu",
    "Selu",
    "Sigmoid",
    "Softplus",
)
_ARITHMETIC: Final = ("Abs", "Add", "Div", "Erf", "Exp", "Log", "Mul", "Neg", "Pow", "Reciprocal", "Sqrt", "Sub", "Tanh")
_ELEMENTWISE: Final = frozenset((*_ACTIVATIONS, *_ARITHMETIC, "Cast", "Identity", "Softsign"))
_REDUCTIONS: Final = frozenset(["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin"])


def fold_flatten_order(model: ModelProto) -> None:
    """Replaces every ``Transpose(0,2,3,1) → Reshape`` to 2-D by ``Flatten`` where what follows allows it, in place.

    Allowed are element-wise operators and reductions over all features, up to the matrix products that end the flattened
    part; their constants are permuted. Where something else follows, the graph stays as it is.
    """
    known = shapes(model)
    graph = model.graph
    for reshape in [node for node in graph.node if node.op_type == "Reshape"]:
        transpose = producers(graph).get(reshape.input[0])
        if transpose is None or transpose.op_type != "Transpose" or attribute(transpose, "perm") != _TO_NHWC:
            continue
        source, flat = known.get(transpose.input[0]), known.get(reshape.output[0])
        if source is None or flat is None or len(source) != 4 or len(flat) != 2:
            continue
        channels, height, width = source[1:]
        if not (isinstance(channels, int) and isinstance(height, int) and isinstance(width, int)):
            continue
        # order[i] is the NHWC position of the feature that lies at position i in NCHW.
        order = np.arange(channels * height * width).reshape(height, width, channels).transpose(2, 0, 1).ravel()
        if flat[1] == len(order):
            _fold_one(graph, transpose, reshape, order)
    prune(graph)


def reduce_in_nchw(model: ModelProto) -> None:
    """Lets a mean, sum or maximum over height and width read NCHW instead of a transposed copy, in place.

    From opset 18 on tf2onnx writes a Keras GlobalAveragePooling2D as ``Transpose(0,2,3,1) → ReduceMean(1, 2)``.
    """
    graph = model.graph
    makers, values = producers(graph), constants(graph)
    for node in graph.node:
        transpose = makers.get(node.input[0]) if node.op_type in _REDUCTIONS else None
        if transpose is None or transpose.op_type != "Transpose" or attribute(transpose, "perm") != _TO_NHWC:
            continue
        if sorted(_axes(node, values) or []) != [1, 2] or attribute(node, "keepdims", 1):
            continue
        node.input[0] = transpose.input[0]
        if len(node.input) > 1:
            node.input[1] = add_constant(graph, f"{node.input[1]}_nchw", np.array([2, 3], np.int64))
        else:
            next(item for item in node.attribute if item.name == "axes").ints[:] = [2, 3]
    prune(graph)


def _fold_one(graph: GraphProto, transpose: NodeProto, reshape: NodeProto, order: Array) -> None:
    edits = _constants_to_permute(graph, reshape.output[0], order)
    if edits is None:
        return
    values = constants(graph)
    for node, position in edits:
        value = values[node.input[position]]
        permuted = value[order] if node.op_type in ("MatMul", "Gemm") else value[..., order]
        node.input[position] = add_constant(graph, f"{node.input[position]}_nchw", permuted)
    source, target = transpose.input[0], reshape.output[0]
    reshape.ClearField("attribute")
    reshape.op_type = "Flatten"
    del reshape.input[:]
    reshape.input.append(source)
    reshape.output[0] = target


def _constants_to_permute(graph: GraphProto, start: str, order: Array) -> list[tuple[NodeProto, int]] | None:
    """Follows the permuted features through the graph; ``None`` if a node on the way needs them in their old order."""
    values = constants(graph)
    outputs = {value.name for value in graph.output}
    permuted, reduced = {start}, set[str]()
    edits: list[tuple[NodeProto, int]] = []
    for node in graph.node:  # topological, so every input has been classified
        ordered = any(name in permuted for name in node.input)
        if not ordered and not (node.op_type in _ELEMENTWISE and any(name in reduced for name in node.input)):
            continue
        if node.op_type in _REDUCTIONS and _reduces_all_features(node, values):
            reduced.update(node.output)
            continue
        found = _edits_at(node, permuted | reduced, values, len(order))
        if found is None:
            return None
        edits += found
        if node.op_type not in ("MatMul", "Gemm"):
            # A reduced value times a constant of one entry a feature has the features' order again.
            (permuted if ordered or found else reduced).update(node.output)
    return None if permuted & outputs else edits


def _reduces_all_features(node: NodeProto, values: dict[str, Array]) -> bool:
    return bool(attribute(node, "keepdims", 1)) and _axes(node, values) in ([1], [-1])


def _axes(node: NodeProto, values: dict[str, Array]) -> list[int] | None:
    given = values.get(node.input[1]) if len(node.input) > 1 else None
    axes = attribute(node, "axes") if given is None else given.tolist()
    return None if axes is None else list(axes)


def _edits_at(
    node: NodeProto, features: set[str], values: dict[str, Array], size: int
) -> list[tuple[NodeProto, int]] | None:
    if node.op_type in ("MatMul", "Gemm"):
        weight = values.get(node.input[1])
        plain = node.op_type == "MatMul" or not (attribute(node, "transA", 0) or attribute(node, "transB", 0))
        right = node.input[0] in features and weight is not None and weight.ndim == 2 and len(weight) == size and plain
        return [(node, 1)] if right else None
    if node.op_type not in _ELEMENTWISE:
        return None
    edits = []
    for position, name in enumerate(node.input):
        value = values.get(name)
        if name in features or not name or (value is not None and value.size == 1):
            continue
        if value is None or value.shape[-1] != size or value.size != size:
            return None
        edits.append((node, position))
    return edits
