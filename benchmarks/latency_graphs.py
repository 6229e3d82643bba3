"""Graphs cut short, and runs of them between bound buffers, for ``latency.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, helper

from mnist_edge.export.onnx_graph import infer, prune, shapes
from mnist_edge.runtime.sample_digits import draw_digit
from mnist_edge.runtime.session import open_session

_FUSED = ("Add", "Relu")
PICTURE = draw_digit(3)[None, ..., None]


def one_node() -> ModelProto:
    """The least that onnxruntime can be asked for with this input: the change of dtype."""
    picture, batch = helper.make_tensor_value_info, ["batch", 28, 28, 1]
    graph = helper.make_graph(
        [helper.make_node("Cast", ["image"], ["floats"], to=TensorProto.FLOAT)],
        "one_node",
        [picture("image", TensorProto.UINT8, batch)],
        [picture("floats", TensorProto.FLOAT, batch)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def cuts(model: ModelProto) -> list[tuple[str, str]]:
    """Where a model can be cut off: the operators since the cut before, and the tensor, in the order of computation.

    Not between operators that onnxruntime fuses, for there is no such tensor when it runs, and not in the arithmetic of
    shapes. The last cut is behind the last node.
    """
    graph, known = model.graph, shapes(model)
    found: list[tuple[str, str]] = []
    operators: list[str] = []
    for node in graph.node:
        tensor = node.output[0]
        shape = known.get(tensor, [])
        operators.append(node.op_type)
        fused = any(tensor in other.input and other.op_type in _FUSED for other in graph.node)
        if not fused and node.op_type != "Slice" and len(shape) > 1 and isinstance(shape[0], str):
            found.append((" + ".join(operators), tensor))
            operators = []
    return found


def until(model: ModelProto, tensor: str) -> ModelProto:
    """The part of a model that makes a tensor."""
    inferred = infer(model)
    known = {value.name: value for value in (*inferred.graph.value_info, *inferred.graph.output)}
    short = onnx.ModelProto()
    short.CopyFrom(model)
    del short.graph.output[:]
    short.graph.output.append(known[tensor])
    prune(short.graph)
    return short


def bound(model: ModelProto) -> Callable[[], None]:
    """A run of one picture, nothing copied in or out."""
    session = open_session(model.SerializeToString())
    binding = session.io_binding()
    outputs = []
    source = session.get_inputs()[0]
    binding.bind_input(source.name, "cpu", 0, np.uint8, PICTURE.shape, PICTURE.ctypes.data)
    for target in session.get_outputs():
        outputs.append(np.zeros([size if isinstance(size, int) else 1 for size in target.shape], np.float32))
        binding.bind_output(target.name, "cpu", 0, np.float32, outputs[-1].shape, outputs[-1].ctypes.data)
    run: Any = session.run_with_iobinding

    def call(outputs: list[Any] = outputs) -> None:  # keeps the buffers alive
        run(binding)

    return call
