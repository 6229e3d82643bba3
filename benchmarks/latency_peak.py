"""What one core can do at best: multiply-adds of large products and convolutions in onnxruntime."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from latency_turns import Case
from onnx import TensorProto, helper, numpy_helper

from mnist_edge.runtime.session import open_session

SIDES: Final = (192, 384, 768)
CHANNELS: Final = (32, 64, 128)
_AREA: Final = 32


@dataclass(frozen=True)
class Peak:
    """Work that should run at full speed."""

    title: str
    multiply_adds: int
    timed: Case


def peak_cases() -> list[Peak]:
    """Square matrix products and 3x3 convolutions of several sizes; the fastest of them is taken for the peak."""
    return [*(_product(side) for side in SIDES), *(_convolution(channels) for channels in CHANNELS)]


def _product(side: int) -> Peak:
    return _peak(f"product of {side}x{side} matrices", "MatMul", [side, side], [side, side], [side, side], side**3)


def _convolution(channels: int) -> Peak:
    work = 9 * channels**2 * _AREA**2
    shape, kernel = [1, channels, _AREA, _AREA], [channels, channels, 3, 3]
    return _peak(f"3x3 convolution of {channels} channels", "Conv", shape, kernel, shape, work)


def _peak(title: str, operator: str, read: list[int], weight: list[int], made: list[int], work: int) -> Peak:
    attributes = {"pads": [1, 1, 1, 1]} if operator == "Conv" else {}
    values = np.random.default_rng(0).normal(0, 1, weight).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node(operator, ["x", "w"], ["y"], **attributes)],
        "peak",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, read)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, made)],
        [numpy_helper.from_array(values, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session, x = open_session(model.SerializeToString()), np.ones(read, np.float32)
    return Peak(title, work, Case(f"peak: {title}", title, lambda: session.run(None, {"x": x})))
