"""Which nodes of a graph can compute in int8, and which follow their neighbours."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.errors import OptionError
from mnist_edge.export.onnx_graph import constants, producers
from mnist_edge.export.quantization.stored import WEIGHTED

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

# What computes the same in 8 bits and needs no numbers of its own: in int8 behind int8 layers, in float behind float ones.
FOLLOWERS: Final = frozenset(
    [
        "AveragePool",
        "Clip",
        "Flatten",
        "GlobalAveragePool",
        "MaxPool",
        "Relu",
        "Reshape",
        "Squeeze",
        "Transpose",
        "Unsqueeze",
    ]
)
JOINS: Final = frozenset(["Add", "Concat"])
_MOVES_ONLY: Final = ("Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
_LOWEST: Final = np.finfo(np.float32).min


def layer_of(node: NodeProto) -> str:
    """The Keras layer in the name that the export gave a node."""
    return str(node.name.rpartition("/")[0] or node.name)


def weighted_layers(graph: GraphProto) -> tuple[str, ...]:
    """The layers with a kernel, in the order of computation."""
    kernels = constants(graph)
    nodes = [node for node in graph.node if node.op_type in WEIGHTED and node.input[1] in kernels]
    return tuple(dict.fromkeys(layer_of(node) for node in nodes))


def weighted_nodes(graph: GraphProto, layers: Collection[str]) -> list[NodeProto]:
    """The nodes with a kernel that belong to layers."""
    kernels = constants(graph)
    return [
        node for node in graph.node if node.op_type in WEIGHTED and node.input[1] in kernels and layer_of(node) in layers
    ]


def named_layers(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Reads ``"conv2,fc1"``.

    Args:
        text: Names with commas between them.
        known: The layers that there are.

    Raises:
        OptionError: If there is no such layer.
    """
    names = {name.strip() for name in text.split(",")} - {""}
    for name in sorted(names):
        if name not in known:
            raise OptionError(
                f"The model has no layer {name} that could be computed in int8", expected=f"some of: {', '.join(known)}"
            )
    return tuple(name for name in known if name in names)


def left_in_float(graph: GraphProto, layers: Collection[str]) -> list[str]:
    """Names of all nodes that do not compute in int8 if these layers do."""
    chosen = {node.name for node in weighted_nodes(graph, layers)}
    weights = {tensor.name for tensor in graph.initializer}
    whole: set[str] = set()
    floats = []
    for node in graph.node:
        inputs = [name for name in node.input if name not in weights]
        follows = node.op_type in FOLLOWERS and inputs[:1] and inputs[0] in whole
        joins = node.op_type in JOINS and inputs == list(node.input) and whole.issuperset(inputs)
        if node.name in chosen or follows or joins:
            whole.update(node.output)
        else:
            floats.append(node.name)
    return floats


def fence_pools(model: ModelProto, layers: Collection[str]) -> None:
    """Keeps float poolings float, in place.

    onnxruntime moves the rounding to 8 bits from the input of an int8 layer up through poolings in front of it. Behind a
    float convolution that is a bad bargain: four times as many values are rounded, and its 8-bit pooling of channels-first
    data is ten times as slow as its float one. A ``Max`` with the smallest float changes no value, and nothing moves
    through it.

    Args:
        model: The float graph.
        layers: The layers that will compute in int8.
    """
    from onnx import helper, numpy_helper

    graph = model.graph
    floats = set(left_in_float(graph, layers))
    made_by = producers(graph)
    fences: dict[str, str] = {}
    for node in weighted_nodes(graph, layers):
        name = node.input[0]
        source = name
        while source in made_by and made_by[source].op_type in _MOVES_ONLY:
            source = made_by[source].input[0]
        if source not in made_by or made_by[source].op_type != "MaxPool" or made_by[source].name not in floats:
            continue
        if name not in fences:
            fences[name], lowest = f"{name}/kept", f"{name}/lowest"
            graph.initializer.append(numpy_helper.from_array(np.asarray(_LOWEST, np.float32), lowest))
            fence = helper.make_node("Max", [name, lowest], [fences[name]], name=f"{name}/Max")
            graph.node.insert(list(graph.node).index(node), fence)
        node.input[0] = fences[name]


def is_fence(node: NodeProto, values: Mapping[str, npt.NDArray[Any]]) -> bool:
    """Whether a node is one that :func:`fence_pools` set.

    Args:
        node: Of a graph.
        values: The constants of the graph.
    """
    limits = [values[name] for name in node.input if name in values]
    return node.op_type == "Max" and len(limits) == 1 and limits[0].ndim == 0 and bool(limits[0] == _LOWEST)
