"""What the layers inside an exported ONNX model make of images, its kernels, and its layer table.

Needs the package onnx and the runtime; neither Keras nor TensorFlow.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_edge.errors import ExportError, ModelFormatError, OptionError
from mnist_edge.export.crop_pass import without_crop
from mnist_edge.export.graph_table import graph_table
from mnist_edge.export.layers import SCALED, encode, inner_tensors, tensor_values
from mnist_edge.export.layout import CHANNELS_FIRST, layouts
from mnist_edge.export.onnx_graph import attribute, producers, restored, shapes, tensor_type
from mnist_edge.export.quantization.stretches import is_fence
from mnist_edge.export.signature import read_onnx
from mnist_edge.extras import require
from mnist_edge.layer_arithmetic import LayerRow
from mnist_edge.scaling import check_digits

if TYPE_CHECKING:
    from onnx import NodeProto

Float32Array = npt.NDArray[np.float32]

_BATCH: Final = 256  # all layers of so many images fit the memory of a small machine
_WHITE: Final = np.float32(255)
# Nodes that only hand on what they read, in another form; a layer table has nothing to tell about them.
_PLUMBING: Final = frozenset(
    ["Cast", "Constant", "DequantizeLinear", "Dropout", "Identity", "QuantizeLinear", "Squeeze", "Transpose", "Unsqueeze"]
)
# What may lie between the image and the convolution into whose kernel its scaling was folded.
_HANDS_ON: Final = (_PLUMBING - {"Constant", "Dropout"}) | {"Flatten", "Pad", "Reshape"}


class LayerDifference(NamedTuple):
    """How far two models are apart in one layer.

    Attributes:
        layer: Name of the Keras layer.
        largest_difference: Largest absolute difference; infinite if the shapes do not fit, or a value is not a number.
        largest_value: Largest absolute value of the Keras output, for scale.
    """

    layer: str
    largest_difference: float
    largest_value: float


class OnnxLayers:
    """The layers of a model that ``mnist-edge export`` made, by their Keras names.

    Which tensor holds which layer is told by the model card. Layers that the export fused into others (a convolution into
    the batch normalisation behind it) have no tensor; the fused one bears the name of the last.

    Args:
        path: An ONNX file, or the name of a packaged model.

    Raises:
        ModelNotFoundError: If there is no such file.
        ModelFormatError: If it is no ONNX model of the contract, or has no card or another graph's.
        MissingExtraError: If the package onnx is not installed.

    Attributes:
        card: The model card.
        names: The Keras layers whose output can be had, in the order of computation.
        conv_layers: Those of them that are convolutions: their :meth:`kernels` can be had.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        from mnist_edge.runtime.session import Engine

        require("Looking into an ONNX model", "onnx", extra="evaluate")
        self.card = Engine(path).card
        _, self._shipped = read_onnx(path)
        try:
            self._model = without_crop(self._shipped)
            self._shapes = shapes(self._model)
            inner = set(inner_tensors(self._model))
        except ExportError as error:
            raise ModelFormatError(f"The layers of {os.fspath(path)} cannot be told", received=str(error)) from error
        layers = self.card.layers.items()
        self._tensors = {layer: tensor for layer, tensor in layers if layer != SCALED and tensor in inner}
        self._layouts = layouts(self._model.graph, self._shapes)
        self._convolutions = self._find_convolutions()
        self.names = tuple(self._tensors)
        self.conv_layers = tuple(self._convolutions)

    def outputs(self, images: npt.NDArray[np.uint8], layers: Sequence[str]) -> dict[str, Float32Array]:
        """Computes the outputs of layers.

        Args:
            images: uint8 ``[n, 28, 28]``, 0 to 255, white ink on black; n at least 1.
            layers: Some of ``names``.

        Returns:
            Layer to its output, float32 ``[n, ...]``, in Keras's order and size: feature maps are
            ``[n, height, width, channels]``, and flattened ones are flattened from that. A border that the export cut off
            (see :mod:`~mnist_edge.export.crop_pass`) is computed, too.

        Raises:
            OptionError: If there is no such layer.
            ImageArrayError: If the images have another shape or dtype.
        """
        check_digits(images)
        for layer in layers:
            if layer not in self._tensors:
                known = ", ".join(self.names) or "none: the card names no layer"
                raise OptionError(f"The ONNX model has no layer {layer}", expected=f"one of: {known}")
        wanted = list(dict.fromkeys(self._tensors[layer] for layer in layers))
        chunks = [images[start : start + _BATCH, ..., np.newaxis] for start in range(0, len(images), _BATCH)]
        parts = [tensor_values(self._model, wanted, encode(chunk, self.card.input.dtype)) for chunk in chunks]
        values = {name: np.concatenate([part[name] for part in parts]) for name in wanted}
        return {layer: self._in_keras_order(self._tensors[layer], values) for layer in layers}

    def kernels(self, layer: str) -> Float32Array:
        """The kernels of a convolution, as they act on images of 0 to 1.

        Where the export folded the scaling of the pixels into the first kernel, it is taken out again; a batch
        normalisation that was folded into a kernel stays in it.

        Args:
            layer: One of ``conv_layers``.

        Returns:
            float32 ``[height, width, input channels, output channels]`` (HWIO); of a depthwise convolution
            ``[height, width, input channels, outputs of each]``, as in Keras; of a separable one the 1×1 kernels.

        Raises:
            OptionError: If there is no such layer, or it is no convolution.
        """
        if layer not in self._convolutions:
            known = ", ".join(self.conv_layers) or "none: this network has no convolution"
            problem = f"The layer {layer} is no convolution" if layer in self._tensors else f"There is no layer {layer}"
            raise OptionError(f"{problem} in the ONNX model", expected=f"one of the convolutions: {known}")
        node = self._convolutions[layer]
        hwio = restored(self._model.graph)[node.input[1]].astype(np.float32).transpose(2, 3, 1, 0)
        groups = attribute(node, "group", 1)
        if groups > 1 and hwio.shape[2] == 1:
            hwio = hwio.reshape(*hwio.shape[:2], groups, -1)
        return np.ascontiguousarray(hwio * _WHITE if self._reads_bytes(node) else hwio)

    def table(self) -> list[LayerRow]:
        """One row for every node that computes something, input first.

        A row is named after the Keras layer that its node belongs to, so that several rows may share a name: a convolution
        and its activation are two nodes.
        """
        nodes, weights, known = self._shipped.graph.node, restored(self._shipped.graph), shapes(self._shipped)
        image = self.card.input
        rows = [LayerRow(image.name, "Input", tuple(int(size) for size in image.shape[1:]), 0, 0)]
        for node, row in zip(nodes, graph_table(self._shipped, known), strict=True):
            before = known.get(next(iter(node.input), ""), [])
            moves_axes = node.op_type == "Reshape" and len(before) == len(row.output_shape) + 1
            if node.op_type in _PLUMBING or node.output[0] in weights or is_fence(node, weights):
                continue
            if row.output_shape and not moves_axes:
                rows.append(dataclasses.replace(row, name=self._layer_of(node)))
        return rows

    def _in_keras_order(self, tensor: str, values: Mapping[str, Float32Array]) -> Float32Array:
        layout = self._layouts.get(tensor)
        return values[tensor] if layout is None else layout.to_nhwc(values[tensor])

    def _layer_of(self, node: NodeProto) -> str:
        """The layer whose output the node makes, or else the one in its name, which the export gave it."""
        own = next((layer for layer, tensor in self._tensors.items() if tensor in node.output), "")
        name = node.name or node.output[0]
        return own or name.rpartition("/")[0] or name

    def _find_convolutions(self) -> dict[str, NodeProto]:
        """The Conv node behind each layer that is a convolution, with or without an activation.

        An activation that is a layer of its own has the same node behind it, but comes later.
        """
        weights = restored(self._model.graph)
        found: dict[str, NodeProto] = {}
        for layer, tensor in self._tensors.items():
            nodes = self._convolutions_behind(tensor)
            if len(nodes) == 1 and nodes[0].input[1] in weights and nodes[0] not in found.values():
                found[layer] = nodes[0]
        return found

    def _convolutions_behind(self, tensor: str) -> list[NodeProto]:
        """The 2-D Conv nodes whose result a tensor is, or is an element-wise function of."""
        makers = producers(self._model.graph)
        shape = self._shapes.get(tensor, [])
        found: list[NodeProto] = []
        stack, seen = [tensor], set[str]()
        while stack:
            name = stack.pop()
            if name in seen or name not in makers or self._shapes.get(name) != shape or len(shape) != 4:
                continue
            seen.add(name)
            if makers[name].op_type == "Conv":
                found.append(makers[name])
            elif makers[name].op_type not in CHANNELS_FIRST:
                stack += makers[name].input
        return found

    def _reads_bytes(self, node: NodeProto) -> bool:
        """Whether a node sees pixels of 0 to 255."""
        makers = producers(self._model.graph)
        name = node.input[0]
        while name in makers and makers[name].op_type in _HANDS_ON:
            name = makers[name].input[0]
        image = self._model.graph.input[0]
        return name == image.name and tensor_type(image)[0] == "UINT8"


def layer_differences(
    onnx_outputs: Mapping[str, Float32Array], keras_outputs: Mapping[str, Float32Array]
) -> list[LayerDifference]:
    """Compares the layers that both models have.

    Args:
        onnx_outputs: What :meth:`OnnxLayers.outputs` gave.
        keras_outputs: The same layers of the Keras model for the same images, NHWC, in the order of computation.

    Returns:
        One entry a layer, in the order of ``keras_outputs``. Values are compared place by place, as both are in Keras's
        order; axes of length 1 may be missing in one of them.
    """
    return [
        LayerDifference(layer, _difference(onnx_outputs[layer], reference), float(np.abs(reference).max(initial=0)))
        for layer, reference in keras_outputs.items()
        if layer in onnx_outputs
    ]


def _difference(value: Float32Array, reference: Float32Array) -> float:
    if _without_ones(value.shape) != _without_ones(reference.shape):
        return math.inf
    with np.errstate(invalid="ignore"):  # the difference of two infinities is no number, and told as one
        largest = float(np.abs(value.reshape(reference.shape) - reference).max(initial=0))
    return largest if math.isfinite(largest) else math.inf


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[0], *(size for size in shape[1:] if size != 1))
