"""Small lookups and edits of ONNX graphs that the clean-up passes share. Needs the package onnx."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.errors import ExportError

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

Array = npt.NDArray[Any]


def constants(graph: GraphProto) -> dict[str, Array]:
    """Value of every initializer, by name."""
    from onnx import numpy_helper

    return {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}


def restored(graph: GraphProto) -> dict[str, Array]:
    """Like :func:`constants`, and what casts, scales and dequantization make of constants alone: weights in fewer bits.

    onnxruntime computes the same, most of it when it loads the graph.
    """
    values = constants(graph)
    for node in graph.node:
        if node.op_type in RESTORING and all(name in values for name in node.input):
            values[node.output[0]] = RESTORING[node.op_type](node, [values[name] for name in node.input])
    return values


def _cast(node: NodeProto, inputs: list[Array]) -> Array:
    from onnx import helper

    return inputs[0].astype(helper.tensor_dtype_to_np_dtype(attribute(node, "to")))


def _multiply(node: NodeProto, inputs: list[Array]) -> Array:
    return np.asarray(inputs[0] * inputs[1])


def _dequantize(node: NodeProto, inputs: list[Array]) -> Array:
    whole, scale = inputs[0].astype(np.float32), np.asarray(inputs[1])
    shape = [1] * whole.ndim
    if scale.size > 1:
        shape[attribute(node, "axis", 1)] = -1
    zero = inputs[2].astype(np.float32).reshape(shape if scale.size > 1 else ()) if len(inputs) > 2 else np.float32(0)
    return np.asarray((whole - zero) * scale.reshape(shape if scale.size > 1 else ()), np.float32)


#: What makes weights of their stored forms, from the node and its inputs.
RESTORING: Final[dict[str, Callable[[NodeProto, list[Array]], Array]]] = {
    "Cast": _cast,
    "Mul": _multiply,
    "DequantizeLinear": _dequantize,
}


def add_constant(graph: GraphProto, name: str, value: Array) -> str:
    """Adds an initializer under ``name`` or, if that is taken, ``name`` with a number; returns the name."""
    from onnx import numpy_helper

    taken = {tensor.name for tensor in graph.initializer}
    unique = name
    count = 2
    while unique in taken:
        unique = f"{name}_{count}"
        count += 1
    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), unique))
    return unique


def producers(graph: GraphProto) -> dict[str, NodeProto]:
    """The node that makes each tensor."""
    return {output: node for node in graph.node for output in node.output}


def consumers(graph: GraphProto) -> dict[str, list[NodeProto]]:
    """The nodes that read each tensor."""
    found: dict[str, list[NodeProto]] = {}
    for node in graph.node:
        for name in dict.fromkeys(node.input):
            found.setdefault(name, []).append(node)
    return found


def attribute(node: NodeProto, name: str, default: Any = None) -> Any:
    """Value of an attribute of a node."""
    from onnx import helper

    return next((helper.get_attribute_value(item) for item in node.attribute if item.name == name), default)


def tensor_type(value: Any) -> tuple[str, list[str]]:
    """Element type and shape of an input or output, as text: ``("FLOAT", ["batch", "10"])``.

    A type that this onnx does not know is ``"UNKNOWN"``, a size that the file does not tell ``"?"``.
    """
    from onnx import TensorProto

    tensor = value.type.tensor_type
    dims = [str(dim.dim_value) if dim.HasField("dim_value") else dim.dim_param or "?" for dim in tensor.shape.dim]
    known = tensor.elem_type in TensorProto.DataType.values()
    return TensorProto.DataType.Name(tensor.elem_type) if known else "UNKNOWN", dims


def infer(model: ModelProto) -> ModelProto:
    """A copy of the model with the type and shape of every tensor that strict shape inference can tell.

    Raises:
        ExportError: If the graph contradicts itself.
    """
    import onnx

    try:
        return onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as error:  # the C++ side raises whatever pybind11 makes of its own exceptions
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ExportError("The graph contradicts itself", received=reason[:300]) from error


def shapes(model: ModelProto) -> dict[str, list[int | str]]:
    """Shape of every tensor that shape inference can tell; an entry is a size or the name of a dimension.

    Raises:
        ExportError: If the graph contradicts itself.
    """
    graph = infer(model).graph
    return {
        **{tensor.name: list(tensor.dims) for tensor in graph.initializer},
        **{value.name: _dims(value) for value in (*graph.input, *graph.value_info, *graph.output) if _has_shape(value)},
    }


def _has_shape(value: Any) -> bool:
    return bool(value.type.tensor_type.HasField("shape"))


def _dims(value: Any) -> list[int | str]:
    return [dim.dim_value if dim.HasField("dim_value") else dim.dim_param for dim in value.type.tensor_type.shape.dim]


def prune(graph: GraphProto) -> None:
    """Removes nodes whose results nobody reads, and weights that no node reads."""
    while True:
        read = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
        unread = [node for node in graph.node if not any(output in read for output in node.output)]
        if not unread:
            break
        for node in unread:
            graph.node.remove(node)
    keep = [tensor for tensor in graph.initializer if tensor.name in read]
    del graph.initializer[:]
    graph.initializer.extend(keep)
