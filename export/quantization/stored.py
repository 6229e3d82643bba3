"""Weights in fewer bits, arithmetic in float: weights are stored as int8 or float16, and turned back when a file is loaded.

``Cast`` and ``Mul`` of constants are computed once by onnxruntime, when it opens a session; ``DequantizeLinear`` of them is
not, but anew for every picture (measured: three times the latency).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.errors import ExportError
from mnist_edge.export.onnx_graph import attribute, constants

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

WEIGHTED: Final = ("Conv", "Gemm", "MatMul")
_INT8_MAX: Final = 127
_OVERHEAD_BYTES: Final = 200  # of the nodes and names that turn a tensor back
_FLOAT16_MAX: Final = float(np.finfo(np.float16).max)


def store_int8(model: ModelProto, *, narrow: bool = False) -> None:
    """Stores the kernels of all layers that read float constants in 8 bits, in place: a scale for each output channel.

    Kernels that would not become smaller stay as they are.

    Args:
        model: A graph with standard names.
        narrow: Keep to 7 bits.
    """
    values = constants(model.graph)
    for node in [node for node in model.graph.node if node.op_type in WEIGHTED]:
        kernel = values.get(node.input[1])
        if kernel is None or kernel.dtype != np.float32:
            continue
        axis = channel_axis(node, kernel.ndim)
        if kernel.size * 3 <= kernel.shape[axis] * 4 + _OVERHEAD_BYTES:
            continue
        whole, scale = to_int8(kernel, axis, narrow=narrow)
        _turn_back(model, node.input[1], whole, scale)
        del values[node.input[1]]


def store_fp16(model: ModelProto) -> None:
    """Stores all large weights as float16, in place.

    Raises:
        ExportError: If a weight is too large for float16.
    """
    for name, value in constants(model.graph).items():
        if value.dtype != np.float32 or value.size * 2 <= _OVERHEAD_BYTES:
            continue
        if not np.abs(value).max() <= _FLOAT16_MAX:
            raise ExportError(
                f"The weights {name} do not fit into float16",
                expected=f"values up to {_FLOAT16_MAX:,.0f}",
                received=f"{np.abs(value).max():g}",
                fix="Export with --precision float32 or int8",
            )
        _turn_back(model, name, value.astype(np.float16), None)


def channel_axis(node: NodeProto, rank: int) -> int:
    """The axis of a kernel that counts output channels."""
    if node.op_type == "Conv" or (node.op_type == "Gemm" and attribute(node, "transB", 0)):
        return 0
    return rank - 1


def to_int8(
    kernel: npt.NDArray[np.float32], axis: int, *, narrow: bool = False
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Rounds weights to whole numbers, symmetrically about 0.

    Args:
        kernel: float32.
        axis: The output channels.
        narrow: Keep to 7 bits.

    Returns:
        int8 of the kernel's shape, and float32 scales that can be multiplied with it, of length 1 on all other axes.
    """
    largest = _INT8_MAX // 2 if narrow else _INT8_MAX
    others = tuple(other for other in range(kernel.ndim) if other != axis)
    top = np.abs(kernel).max(axis=others, keepdims=True)
    scale = np.where(top > 0, top / largest, 1).astype(np.float32)
    return np.rint(kernel / scale).astype(np.int8), scale


def _turn_back(model: ModelProto, name: str, stored: npt.NDArray[Any], scale: npt.NDArray[np.float32] | None) -> None:
    """Replaces an initializer by a smaller one and the nodes that give it its old values under its old name."""
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    place = next(index for index, tensor in enumerate(graph.initializer) if tensor.name == name)
    graph.initializer[place].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(stored), f"{name}/stored"))
    wide = name if scale is None else f"{name}/wide"
    nodes = [helper.make_node("Cast", [f"{name}/stored"], [wide], name=f"{name}/Cast", to=TensorProto.FLOAT)]
    if scale is not None:
        graph.initializer.append(numpy_helper.from_array(scale, f"{name}/scale"))
        nodes.append(helper.make_node("Mul", [wide, f"{name}/scale"], [name], name=f"{name}/Mul"))
    for index, node in enumerate(nodes):
        graph.node.insert(index, node)
