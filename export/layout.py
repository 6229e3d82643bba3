"""In which order the axes of each tensor of a graph lie: NHWC, as Keras has them, NCHW, or flattened from either.

The order follows from the operators and is never guessed from sizes: the input is NHWC by contract, convolutions and
poolings compute in NCHW by their definition, a Transpose says what it does, and everything else keeps the order of what it
reads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import INPUT_NAME
from mnist_edge.export.onnx_graph import attribute

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto

Shape = list[int | str]

NHWC: Final = "NHWC"
NCHW: Final = "NCHW"

# Operators whose specification names the axes of a 4-D input N, C, H, W.
CHANNELS_FIRST: Final = frozenset(
    (
        *(
            "Conv",
            "ConvTranspose",
            "MaxPool",
            "AveragePool",
            "LpPool",
            "GlobalAveragePool",
            "GlobalMaxPool",
            "GlobalLpPool",
        ),
        *("BatchNormalization", "InstanceNormalization", "GroupNormalization", "LRN", "DepthToSpace", "SpaceToDepth"),
    )
)
_RESHAPES: Final = ("Reshape", "Flatten", "Squeeze", "Unsqueeze")
_PRODUCTS: Final = ("Gemm", "MatMul")


@dataclass(frozen=True)
class Layout:
    """Order of the axes of one tensor.

    Attributes:
        axes: A permutation of ``"NHWC"``; empty if the tensor is neither a picture nor flattened from one.
        flattened: Of a 2-D tensor, the sizes behind N of the feature map, in the order of ``axes``; empty otherwise.
    """

    axes: str = ""
    flattened: tuple[int, ...] = ()

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """A shape without the batch as height, width, channels."""
        if len(shape) != len(self.axes) - 1 or self.axes[0] != "N":
            return shape
        return tuple(shape[self.axes.index(axis) - 1] for axis in NHWC[1:])

    def to_nhwc(self, value: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A tensor in the order that Keras has; a flattened one stays flattened."""
        order = [self.axes.index(axis) for axis in NHWC] if self.axes else []
        if self.flattened:
            maps = value.reshape(len(value), *self.flattened)
            return np.ascontiguousarray(maps.transpose(order)).reshape(value.shape)
        return np.ascontiguousarray(value.transpose(order)) if value.ndim == len(order) else value


def layouts(graph: GraphProto, known: Mapping[str, Shape]) -> dict[str, Layout]:
    """The layout of every tensor.

    Args:
        graph: A graph with the input ``image``, NHWC.
        known: Shape of every tensor, see :func:`~mnist_edge.export.onnx_graph.shapes`.

    Returns:
        Tensor to layout; tensors without one are left out. Where a feature map arises from a reshape of something else, its
        readers decide, and without any it is NHWC, as everything in Keras.
    """
    found = {INPUT_NAME: Layout(NHWC)}
    for node in graph.node:
        for output in node.output:
            layout = _made(node, output, found, known)
            if layout is None and len(known.get(output, ())) == 4:
                layout = Layout(NCHW if _read_channels_first(graph, output, known) else NHWC)
            if layout is not None:
                found[output] = layout
    return found


def _made(node: NodeProto, output: str, found: Mapping[str, Layout], known: Mapping[str, Shape]) -> Layout | None:
    shape = known.get(output, [])
    read = [name for name in node.input if name in found]
    if node.op_type in CHANNELS_FIRST and len(shape) == 4:
        return Layout(NCHW)
    if node.op_type == "Transpose":
        order = attribute(node, "perm", list(reversed(range(len(shape)))))
        axes = found[read[0]].axes if read and not found[read[0]].flattened else ""
        return Layout("".join(axes[position] for position in order)) if len(axes) == len(order) else None
    if node.op_type in _RESHAPES:
        return _reshaped(found[read[0]], known.get(read[0], []), shape) if read else None
    if node.op_type in _PRODUCTS and len(shape) == 2:
        return None
    alike = [name for name in read if known.get(name) == shape] + [name for name in read if len(shape) == 4]
    fitting = [found[name] for name in alike if len(known.get(name, [])) == len(shape)]
    return next(iter(fitting), None)


def _reshaped(layout: Layout, before: Shape, after: Shape) -> Layout | None:
    sizes = tuple(size for size in before[1:] if isinstance(size, int))
    if layout.flattened or len(before) != 4 or len(sizes) != 3 or not layout.axes.startswith("N"):
        return layout if before == after else None
    if len(after) == 2 and after[1] == math.prod(sizes):
        return Layout(layout.axes, sizes)
    if len(after) == 4 and sorted(map(str, after[1:])) == sorted(map(str, sizes)):
        return _with_ones_moved(layout.axes, before, after)
    return None


def _with_ones_moved(axes: str, before: Shape, after: Shape) -> Layout | None:
    """A reshape that only puts axes of size 1 elsewhere, as ``[n, 28, 28, 1]`` to ``[n, 1, 28, 28]`` does."""
    long = [axis for axis, size in zip(axes[1:], before[1:], strict=True) if size != 1]
    ones = [axis for axis, size in zip(axes[1:], before[1:], strict=True) if size == 1]
    if [size for size in before[1:] if size != 1] != [size for size in after[1:] if size != 1]:
        return None
    if len(ones) > 1:  # which of them went where cannot be told
        return Layout(axes) if before == after else None
    return Layout("N" + "".join((ones if size == 1 else long).pop(0) for size in after[1:]))


def _read_channels_first(graph: GraphProto, name: str, known: Mapping[str, Shape]) -> bool:
    """Whether what reads a tensor, directly or through operators that keep its axes, computes in NCHW."""
    wanted = {name}
    for node in graph.node:
        if node.input and node.input[0] in wanted and node.op_type in CHANNELS_FIRST:
            return True
        if wanted.intersection(node.input) and node.op_type not in (*_RESHAPES, *_PRODUCTS, "Transpose"):
            wanted.update(output for output in node.output if known.get(output) == known.get(name))
    return False
