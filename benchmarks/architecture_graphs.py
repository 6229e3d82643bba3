"""The designs of ``architectures.py`` as ONNX graphs with random weights, in the form that the exporter gives them.

How long a network takes does not depend on its weights, and a graph built here is there in a millisecond. A test compares
the operators with those of exported networks.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from architecture_designs import NOTATION, parse
from numpy.typing import NDArray

from mnist_edge.contract import BATCH_DIM, DEFAULT_OPSET, IMAGE_SIZE, INPUT_NAME, LOGITS, NUM_CLASSES, PROBABILITIES
from mnist_edge.layer_arithmetic import same_padding

_IR_VERSION: Final = 8


def onnx_design(design: str) -> bytes:
    """A network in the notation of ``architecture_designs``, or a name of :data:`~architecture_designs.NOTATION`.

    Raises:
        OptionError: If a step of the notation is not understood.
    """
    graph = _Graph()
    for step in parse(NOTATION.get(design, design)):
        if step.filters or step.depthwise:
            graph.convolution(step.filters or graph.channels, step.size, step.stride, step.same, depthwise=step.depthwise)
        elif step.pool:
            graph.pool(step.pool)
        elif step.units:
            graph.dense(step.units)
            graph.add("Relu", graph.last)
        else:
            graph.vector(mean=step.mean)
    return graph.finished()


class _Graph:
    """A graph that grows at its end."""

    def __init__(self) -> None:
        from onnx import TensorProto

        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.channels, self.size, self.features = 1, IMAGE_SIZE, 0
        self._rng = np.random.default_rng(0)
        self.last = INPUT_NAME
        self.add("Cast", self.last, to=TensorProto.FLOAT)
        self.add("Reshape", self.last, self._constant(np.array([-1, 1, IMAGE_SIZE, IMAGE_SIZE], np.int64)))

    def add(self, operator: str, *inputs: str, **attributes: Any) -> None:
        from onnx import helper

        self.last = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [self.last], **attributes))

    def convolution(self, filters: int, size: int, stride: int, same: bool, *, depthwise: bool) -> None:
        before, after = same_padding(self.size, size, stride, 1) if same else (0, 0)
        groups = self.channels if depthwise else 1
        kernel = self._random(filters, self.channels // groups, size, size)
        window = {"kernel_shape": [size] * 2, "strides": [stride] * 2, "pads": [before, before, after, after]}
        self.add("Conv", self.last, kernel, self._random(filters), group=groups, **window)
        self.add("Relu", self.last)
        self.channels, self.size = filters, (self.size + before + after - size) // stride + 1

    def pool(self, size: int) -> None:
        self.add("MaxPool", self.last, kernel_shape=[size] * 2, strides=[size] * 2)
        self.size //= size

    def vector(self, *, mean: bool) -> None:
        self.features = self.channels * (1 if mean else self.size**2)
        if mean:
            self.add("GlobalAveragePool", self.last)
            self.add("Squeeze", self.last, self._constant(np.array([2, 3], np.int64)))
        else:
            self.add("Flatten", self.last)

    def dense(self, units: int) -> None:
        self.add("Gemm", self.last, self._random(self.features, units), self._random(units))
        self.features = units

    def finished(self) -> bytes:
        from onnx import TensorProto, helper

        self.dense(NUM_CLASSES)
        self.nodes[-1].output[0] = LOGITS
        self.nodes.append(helper.make_node("Softmax", [LOGITS], [PROBABILITIES], axis=-1))
        image = helper.make_tensor_value_info(INPUT_NAME, TensorProto.UINT8, [BATCH_DIM, IMAGE_SIZE, IMAGE_SIZE, 1])
        answers = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [BATCH_DIM, NUM_CLASSES])
            for name in (LOGITS, PROBABILITIES)
        ]
        graph = helper.make_graph(self.nodes, "design", [image], answers, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", DEFAULT_OPSET)], ir_version=_IR_VERSION)
        serialized: bytes = model.SerializeToString()
        return serialized

    def _random(self, *shape: int) -> str:
        scale = np.sqrt(2 / max(np.prod(shape[1:]), 1)) / (255 if len(self.nodes) == 2 else 1)
        return self._constant((self._rng.standard_normal(shape) * scale).astype(np.float32))

    def _constant(self, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"weights{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values, name))
        return name
