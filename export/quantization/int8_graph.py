"""From a float graph to one that computes some layers in int8: QuantizeLinear and DequantizeLinear around them.

onnxruntime's own quantizer sets the pairs, so that they stand where its optimizer looks for them. Around it is what it does
not do: ranges come from outside, the picture's own bytes are read without rounding them, the logits stay float, and layers
left in float store their weights in 8 bits all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mnist_edge.contract import INPUT_NAME
from mnist_edge.errors import ExportError
from mnist_edge.export.graph import finish
from mnist_edge.export.onnx_graph import constants, consumers, infer, producers, prune
from mnist_edge.export.quantization.calibration import Range
from mnist_edge.export.quantization.presets import Preset
from mnist_edge.export.quantization.stored import WEIGHTED, store_int8
from mnist_edge.export.quantization.stretches import FOLLOWERS, JOINS, fence_pools, left_in_float
from mnist_edge.runtime.session import import_onnxruntime

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

_KEPT: Final = "/kept"  # a fence changes no value, so its range is that of what it keeps
_BYTES: Final = (0.0, 255.0)


def int8_graph(model: ModelProto, layers: Collection[str], ranges: Mapping[str, Range], preset: Preset) -> ModelProto:
    """Makes the graph in which some layers compute in int8.

    Args:
        model: The float graph, as it is exported.
        layers: Names of the layers; without any, only the weights are stored in 8 bits.
        ranges: Lowest and highest value of every inner tensor of ``model``.
        preset: The number types.

    Returns:
        A checked graph without a card.

    Raises:
        ExportError: If the result is not valid, or the installed onnxruntime cannot quantize.
    """
    import onnx

    made = onnx.ModelProto()
    made.CopyFrom(model)
    if layers:
        fence_pools(made, layers)
        made = _quantize(infer(made), layers, ranges, preset)
        _leave_outputs_float(made.graph)
        _read_bytes(made.graph)
        _name_dequantized(made.graph)
    store_int8(made)
    prune(made.graph)
    _sort(made.graph)
    del made.metadata_props[:]
    finish(made)
    return made


def _quantize(model: ModelProto, layers: Collection[str], ranges: Mapping[str, Range], preset: Preset) -> ModelProto:
    ort = import_onnxruntime()
    try:
        from onnxruntime.quantization import CalibrationMethod, QDQQuantizer, QuantType, TensorData, TensorsData
    except (ImportError, AttributeError) as error:  # old releases use what new ones of onnx no longer have
        raise ExportError(
            f"The quantizer of onnxruntime {ort.__version__} does not go with the installed onnx",
            received=str(error),
            fix="Upgrade it with: pip install --upgrade onnxruntime",
        ) from error
    known = {**{f"{name}{_KEPT}": border for name, border in ranges.items()}, **ranges, **_picture_ranges(model.graph)}
    data = {
        name: TensorData(lowest=np.float32(low), highest=np.float32(high)) for name, (low, high) in sorted(known.items())
    }
    quantizer = QDQQuantizer(
        model,
        True,  # a scale for each output channel
        preset.narrow_weights,
        QuantType.QInt8,
        QuantType.QUInt8 if preset.activations == "uint8" else QuantType.QInt8,
        TensorsData(CalibrationMethod.MinMax, data),
        [],
        left_in_float(model.graph, layers),
        sorted({*WEIGHTED, *FOLLOWERS, *JOINS}),
        {},
    )
    quantizer.quantize_model()
    made: ModelProto = quantizer.model.model
    return made


def _picture_ranges(graph: GraphProto) -> dict[str, Range]:
    """A picture of bytes, before any arithmetic, has a number for each of its values."""
    found, ranges = {INPUT_NAME}, {}
    for node in graph.node:
        if node.op_type in ("Cast", "Reshape", "Squeeze", "Transpose", "Unsqueeze") and node.input[0] in found:
            found.update(node.output)
            ranges[node.output[0]] = _BYTES
    is_bytes = next(value for value in graph.input if value.name == INPUT_NAME).type.tensor_type.elem_type == 2
    return ranges if is_bytes else {}


def _leave_outputs_float(graph: GraphProto) -> None:
    """Takes away the rounding of what leaves the graph: nothing follows that could gain from it."""
    outputs = {value.name for value in graph.output}
    made_by = producers(graph)
    for node in [node for node in graph.node if node.op_type == "DequantizeLinear" and node.output[0] in outputs]:
        rounding = made_by.get(node.input[0])
        if rounding is None or rounding.op_type != "QuantizeLinear":
            continue
        name, exact = node.output[0], rounding.input[0]
        graph.node.remove(node)
        if not any(rounding.output[0] in other.input for other in graph.node):
            graph.node.remove(rounding)
        for other in graph.node:
            other.input[:] = [name if each == exact else each for each in other.input]
            other.output[:] = [name if each == exact else each for each in other.output]


def _read_bytes(graph: GraphProto) -> None:
    """Hands the picture's bytes to the first int8 layer as they are, where they would be cast to float and rounded back."""
    values, made_by = constants(graph), producers(graph)
    for rounding in [node for node in graph.node if node.op_type == "QuantizeLinear"]:
        way: list[NodeProto] = []
        name = rounding.input[0]
        while name in made_by and made_by[name].op_type in ("Cast", "Reshape", "Squeeze", "Transpose", "Unsqueeze"):
            way.append(made_by[name])
            name = made_by[name].input[0]
        scale, zero = values[rounding.input[1]], values[rounding.input[2]]
        exact = scale == 1 and zero == 0 and zero.dtype == np.uint8
        alone = all(len(consumers(graph)[node.output[0]]) == 1 for node in way)
        casts = [node for node in way if node.op_type == "Cast"]
        if name != INPUT_NAME or not exact or not alone or len(casts) != 1:
            continue
        _skip(graph, casts[0])
        _skip(graph, rounding)


def _skip(graph: GraphProto, node: NodeProto) -> None:
    for other in graph.node:
        other.input[:] = [node.input[0] if name == node.output[0] else name for name in other.input]
    graph.node.remove(node)


def _name_dequantized(graph: GraphProto) -> None:
    """Gives a layer's name to its output after rounding, which does the activation's work; the one before is ``/exact``."""
    made_by = producers(graph)
    names: dict[str, str] = {}
    for node in graph.node:
        rounding = made_by.get(node.input[0]) if node.op_type == "DequantizeLinear" else None
        if rounding is not None and rounding.op_type == "QuantizeLinear" and rounding.input[0] not in names:
            tensor = rounding.input[0]
            names |= {tensor: f"{tensor}/exact", rounding.output[0]: f"{tensor}/int8", node.output[0]: tensor}
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]


def _sort(graph: GraphProto) -> None:
    """Puts every node behind those it reads from, and otherwise keeps their order."""
    ready = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer} | {""}
    waiting: list[Any] = list(graph.node)
    ordered = []
    while waiting:
        node = next(node for node in waiting if ready.issuperset(node.input))
        waiting.remove(node)
        ordered.append(node)
        ready.update(node.output)
    del graph.node[:]
    graph.node.extend(ordered)
