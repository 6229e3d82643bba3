"""Cleaning a converted graph until it holds nothing but the network. Needs the extra ``export``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from mnist_edge import __version__
from mnist_edge.contract import BATCH_DIM, DEFAULT_IR_VERSION
from mnist_edge.errors import ExportError
from mnist_edge.export.flatten_pass import fold_flatten_order, reduce_in_nchw
from mnist_edge.export.onnx_graph import add_constant, constants, consumers, infer, prune, shapes
from mnist_edge.export.scale_pass import fold_scale

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

PRODUCER: Final = "mnist-edge"
STANDARD_DOMAINS: Final = ("", "ai.onnx")
# What a Keras Flatten leaves behind when its shape is computed at run time instead of at export.
_RUNTIME_SHAPES: Final = frozenset(["Shape", "Gather", "Slice", "Size", "ConstantOfShape", "Unsqueeze"])


def clean(raw: bytes, *, batch: int | None) -> ModelProto:
    """Turns a raw tf2onnx conversion into the graph that ships.

    Shape arithmetic is folded, the NHWC order of a Flatten and the scaling of the image go into the weights, MatMul and Add
    become Gemm, the batch dimension is named at both ends, and unused imports and weights go.

    Args:
        raw: The serialized conversion.
        batch: The fixed batch size, or ``None``.

    Returns:
        A checked model without a card; the names of its tensors are still the converter's.

    Raises:
        ExportError: If the graph is invalid, or run-time shape arithmetic is left.
    """
    import onnx
    import onnxslim

    model: ModelProto = onnxslim.slim(onnx.load_model_from_string(raw))
    name_batch(model, batch)
    keep_batch_in_reshapes(model)
    reduce_in_nchw(model)
    fold_flatten_order(model)
    fuse_gemm(model)
    fold_scale(model)
    prune(model.graph)
    finish(model)
    left = Counter(node.op_type for node in model.graph.node if node.op_type in _RUNTIME_SHAPES)
    if left:
        raise ExportError(
            "The graph computes shapes at run time",
            expected="fixed shapes behind the batch dimension",
            received=", ".join(f"{count} {name}" for name, count in left.items()),
            fix="Give every layer of the Keras model a fixed input shape",
        )
    return model


def name_batch(model: ModelProto, batch: int | None) -> None:
    """Writes the batch size, or the name ``batch``, into the first dimension of every input and output, in place."""
    for value in (*model.graph.input, *model.graph.output):
        dim = value.type.tensor_type.shape.dim[0]
        if batch is None:
            dim.dim_param = BATCH_DIM
        else:
            dim.dim_value = batch
    del model.graph.value_info[:]


def keep_batch_in_reshapes(model: ModelProto) -> None:
    """Writes Reshape targets ``[-1, ...]`` as ``[0, ...]`` where the first dimension stays, so that its name survives."""
    known, values = shapes(model), constants(model.graph)
    for node in model.graph.node:
        target = values.get(node.input[1]) if node.op_type == "Reshape" else None
        before = known.get(node.input[0])
        if target is None or before is None or len(target) < 2 or target[0] != -1 or (target[1:] <= 0).any():
            continue
        rest = [size for size in before[1:] if isinstance(size, int)]
        if len(rest) == len(before) - 1 and np.prod(rest) == np.prod(target[1:]):
            kept = target.copy()
            kept[0] = 0
            node.input[1] = add_constant(model.graph, f"{node.input[1]}_batch", kept)


def fuse_gemm(model: ModelProto) -> None:
    """Joins ``MatMul`` with a weight matrix and the ``Add`` of its bias to one ``Gemm``, in place.

    Only for 2-D inputs, where both compute the same.
    """
    known, values, readers = shapes(model), constants(model.graph), consumers(model.graph)
    outputs = {value.name for value in model.graph.output}
    for product in [node for node in model.graph.node if node.op_type == "MatMul"]:
        following = readers.get(product.output[0], [])
        weight = values.get(product.input[1])
        if weight is None or weight.ndim != 2 or len(known.get(product.input[0], [])) != 2 or len(following) != 1:
            continue
        add = following[0]
        bias_name = next((name for name in add.input if name != product.output[0]), "")
        bias = values.get(bias_name)
        if (
            add.op_type != "Add"
            or product.output[0] in outputs
            or bias is None
            or bias.shape not in _bias_shapes(weight.shape[1])
        ):
            continue
        add.op_type = "Gemm"
        del add.input[:]
        add.input.extend([product.input[0], product.input[1], bias_name])
        model.graph.node.remove(product)


def _bias_shapes(size: int) -> tuple[tuple[int, ...], ...]:
    return ((size,), (1, size))


def finish(model: ModelProto) -> None:
    """Sets what does not depend on the network, orders the weights, and records every shape, in place."""
    import onnx

    version = next(entry.version for entry in model.opset_import if entry.domain in STANDARD_DOMAINS)
    used = {node.domain for node in model.graph.node}
    foreign = sorted(used.difference(STANDARD_DOMAINS))
    if foreign:
        raise ExportError("The graph uses operators that are not standard", received=", ".join(foreign))
    del model.opset_import[:]
    model.opset_import.append(onnx.helper.make_opsetid("", version))
    model.ir_version = DEFAULT_IR_VERSION
    model.producer_name, model.producer_version = PRODUCER, __version__
    model.graph.name, model.graph.doc_string = "mnist_edge", ""
    order_weights(model.graph)
    record_shapes(model)
    check(model)


def order_weights(graph: GraphProto) -> None:
    """Puts the initializers into the order in which the nodes read them, so that equal exports are equal files."""
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    names = dict.fromkeys(name for node in graph.node for name in node.input if name in tensors)
    ordered = [tensors[name] for name in names]
    del graph.initializer[:]
    graph.initializer.extend(ordered)


def record_shapes(model: ModelProto) -> None:
    """Writes the inferred shape of every tensor into the graph, in place.

    Raises:
        ExportError: If the graph contradicts itself.
    """
    del model.graph.value_info[:]
    model.graph.value_info.extend(sorted(infer(model).graph.value_info, key=lambda value: value.name))


def check(model: ModelProto) -> None:
    """Checks a model as far as that is possible without running it.

    Raises:
        ExportError: If the checker refuses it, shapes contradict, an operator is not standard, or weights lie outside.
    """
    import onnx

    shapes(model)
    outside = [tensor.name for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]
    if outside:
        raise ExportError("Weights lie outside the model file", received=", ".join(outside[:3]))
    try:
        onnx.checker.check_model(model, full_check=True)
    except onnx.checker.ValidationError as error:
        raise ExportError("The ONNX checker refuses the graph", received=str(error).splitlines()[0][:300]) from error
