"""Finding the first layer at which an ONNX model departs from its Keras model."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import ModelCard
from mnist_edge.errors import ExportError, ModelFormatError
from mnist_edge.export.crop_pass import without_crop
from mnist_edge.export.graph import PRODUCER
from mnist_edge.export.keras_process import ask_keras
from mnist_edge.export.layers import SCALED, encode, inner_tensors, largest_difference, tensor_values, with_spatial
from mnist_edge.export.verdict import LayerVerdict

if TYPE_CHECKING:
    from onnx import ModelProto

# Float32 sums in another order stay a hundred times below this, relative to the largest value of the layer.
_DEPARTS: Final = 1e-4


def compare_layers(
    model: ModelProto, card: ModelCard, keras: str | os.PathLike[str], images: npt.NDArray[np.uint8]
) -> tuple[tuple[LayerVerdict, ...], str]:
    """Compares the layers that the card names, on a few inputs.

    Args:
        model: The ONNX model.
        card: Its card, whose ``layers`` say which tensor holds which layer.
        keras: The Keras model.
        images: uint8 ``[k, 28, 28, 1]``.

    Returns:
        One verdict a layer, in order of computation, and the name of the first layer that departs; both are empty if the
        card of a file that another tool wrote names no tensor of the graph.
    """
    try:
        model = without_crop(model)
        known = set(inner_tensors(model))
        tensors = {layer: tensor for layer, tensor in card.layers.items() if tensor in known}
        if not tensors and model.producer_name != PRODUCER:
            return (), ""
        values = tensor_values(model, list(dict.fromkeys(tensors.values())), encode(images, card.input.dtype))
    except (ExportError, ModelFormatError):  # the verdict is that the models differ; where cannot be told of such a graph
        return (), ""
    answer = ask_keras(keras, images, probe=images)
    layers = {SCALED: encode(images, "float32"), **answer.layers}
    verdicts = judge_layers(layers, {layer: values[tensor] for layer, tensor in tensors.items()}, tensors)
    return verdicts, first_departure(verdicts, [layer for layer in layers if layer != SCALED or layer in tensors])


def judge_layers(
    layers: Mapping[str, npt.NDArray[np.float32]],
    values: Mapping[str, npt.NDArray[np.float32]],
    tensors: Mapping[str, str],
) -> tuple[LayerVerdict, ...]:
    """Compares values layer by layer.

    Args:
        layers: Keras layer to its output, in order of computation.
        values: Layer to the ONNX value, for some of the layers.
        tensors: Layer to the name of its tensor.
    """
    verdicts = []
    for layer, spatial, reference in with_spatial(layers):
        if layer in values:
            difference = largest_difference(values[layer], reference, spatial)
            limit = _DEPARTS * max(1e-3, float(np.abs(reference).max()))
            verdicts.append(LayerVerdict(layer, tensors[layer], difference, not difference <= limit))
    return tuple(verdicts)


def first_departure(verdicts: Sequence[LayerVerdict], layers: Sequence[str]) -> str:
    """Names the first layer that departs.

    A conversion that goes wrong at a layer leaves no tensor that could be recognised as its output; then it is the layer
    after the last one that agrees, or the very first one.

    Args:
        verdicts: Layers that were compared, in order of computation.
        layers: All layers, in the same order.

    Returns:
        The layer, or empty if the last layer agrees.
    """
    departing = next((verdict.layer for verdict in verdicts if verdict.departs), "")
    if departing:
        return departing
    after = layers.index(verdicts[-1].layer) + 1 if verdicts else 0
    return layers[after] if after < len(layers) else ""
