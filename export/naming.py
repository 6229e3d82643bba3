"""Readable names for nodes, tensors and weights, taken from the Keras layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from mnist_edge.contract import INPUT_NAME
from mnist_edge.export.layers import SCALED
from mnist_edge.export.onnx_graph import consumers

if TYPE_CHECKING:
    from onnx import GraphProto

_WEIGHTS: Final = {
    "Conv": ("", "kernel", "bias"),
    "Gemm": ("", "kernel", "bias"),
    "MatMul": ("kernel", "kernel"),
    "BatchNormalization": ("", "gamma", "beta", "mean", "variance"),
    "Reshape": ("", "shape"),
}


def name_after_layers(graph: GraphProto, layers: Mapping[str, str]) -> dict[str, str]:
    """Gives every tensor, node and weight a name that starts with its Keras layer, in place.

    The output of layer ``conv1`` becomes the tensor ``conv1``, the node that makes it ``conv1/Relu``, a weight
    ``conv1/kernel``. Inputs and outputs of the graph keep their names.

    Args:
        graph: The graph.
        layers: Keras layer to the tensor with its output, as :func:`~mnist_edge.export.layers.match_layers` finds it.

    Returns:
        The same mapping with the new names.
    """
    fixed = {value.name for value in (*graph.input, *graph.output)}
    names = {name: name for name in fixed}
    for layer, tensor in layers.items():
        if tensor not in names and layer not in fixed:
            names[tensor] = layer
    owners = _owners(graph, {tensor: layer for layer, tensor in reversed(list(layers.items()))})
    taken = set(names.values())
    for node in graph.node:
        node.name = _unique(f"{owners[node.output[0]]}/{node.op_type}", taken)
        for output in node.output:
            if output not in names:
                names[output] = node.name
    _name_weights(graph, owners, names, taken)
    _rename(graph, names)
    return {layer: names[tensor] for layer, tensor in layers.items()}


def _owners(graph: GraphProto, layer_of: Mapping[str, str]) -> dict[str, str]:
    """First output of every node to the prefix of its names: its own layer, or the layer that its result goes into."""
    readers = consumers(graph)
    owners: dict[str, str] = {}
    for node in reversed(graph.node):
        own = next((layer_of[output] for output in node.output if output in layer_of), None)
        later = (owners[reader.output[0]] for output in node.output for reader in readers.get(output, []))
        owner = own if own is not None else next(later, node.output[0])
        reads_image = node.op_type == "Cast" and INPUT_NAME in node.input
        owners[node.output[0]] = INPUT_NAME if owner == SCALED or reads_image else owner
    return owners


def _name_weights(graph: GraphProto, owners: Mapping[str, str], names: dict[str, str], taken: set[str]) -> None:
    weights = {tensor.name for tensor in graph.initializer}
    for node in graph.node:
        kinds = _WEIGHTS.get(node.op_type, ())
        for position, name in enumerate(node.input):
            if name in weights and name not in names:
                kind = kinds[position] if position < len(kinds) else "constant"
                names[name] = _unique(f"{owners[node.output[0]]}/{kind}", taken)


def _rename(graph: GraphProto, names: Mapping[str, str]) -> None:
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for entry in (*graph.initializer, *graph.value_info):
        entry.name = names.get(entry.name, entry.name)


def _unique(name: str, taken: set[str]) -> str:
    unique, count = name, 2
    while unique in taken:
        unique, count = f"{name}_{count}", count + 1
    taken.add(unique)
    return unique
