"""Bias correction: the mean error that rounding leaves in each channel is taken out of its bias.

Nagel, van Baalen, Blankevoort and Welling, "Data-Free Quantization Through Weight Equalization and Bias Correction",
ICCV 2019, the empirical form: layer by layer, each measured with the ones before it corrected.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mnist_edge.export.layers import tensor_values
from mnist_edge.export.onnx_graph import add_constant, constants
from mnist_edge.export.quantization.stretches import weighted_nodes

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto


def correct_biases(
    model: ModelProto, layers: Collection[str], images: npt.NDArray[np.generic], reduce: Callable[[ModelProto], ModelProto]
) -> ModelProto:
    """A copy of a float graph whose biases make up for what rounding to int8 does on average.

    Args:
        model: The float graph.
        layers: The layers whose weights or inputs are rounded.
        images: ``[n, 28, 28, 1]``, in the dtype of the graph.
        reduce: Makes the int8 graph of a float graph.
    """
    import onnx

    corrected = onnx.ModelProto()
    corrected.CopyFrom(model)
    for node in weighted_nodes(model.graph, layers):
        if len(node.input) < 3:
            continue
        error = _means(model, node.name, images) - _means(reduce(corrected), node.name, images)
        _set_bias(corrected.graph, node, constants(corrected.graph)[node.input[2]] + error.astype(np.float32))
    return corrected


def _set_bias(graph: GraphProto, node: NodeProto, bias: npt.NDArray[np.float32]) -> None:
    """Gives a node a bias of its own: equal ones are stored once, as those on the two ways around a residual block."""
    from onnx import numpy_helper

    name = node.input[2]
    readers = [each for each in graph.node if name in each.input]
    if len(readers) > 1:
        next(each for each in readers if each.name == node.name).input[2] = add_constant(graph, name, bias)
        return
    place = next(place for place, each in enumerate(graph.initializer) if each.name == name)
    graph.initializer[place].CopyFrom(numpy_helper.from_array(bias, name))


def _means(model: ModelProto, node_name: str, images: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """Mean output of a node for each channel."""
    output = next(node.output[0] for node in model.graph.node if node.name == node_name)
    value = tensor_values(model, [output], images)[output].astype(np.float64)
    means: npt.NDArray[np.float64] = value.mean(axis=(0, 2, 3) if value.ndim == 4 else 0)
    return means
