"""Cutting off the border of the image that no answer depends on.

A pool of 2 leaves out the last row of a feature map with an odd number of rows, and whatever was computed for it was
computed in vain. In the tutorial CNN that reaches back to the image: without its last two rows and columns the first
convolution makes 24x24 instead of 26x26 values of each kind, the second 10x10 instead of 11x11, and every value that is
left is the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from mnist_edge.errors import ExportError
from mnist_edge.export.onnx_graph import add_constant, attribute, constants, consumers, infer, prune, shapes

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

Shape = list[int | str]

_LEAST_SAVED: Final = 0.05  # of the multiply-adds; cutting takes a node more, a hundredth of the tutorial CNN's time
_SLIDING: Final = ("AveragePool", "Conv", "MaxPool")
_PLACE_BY_PLACE: Final = frozenset(
    ("BatchNormalization", "Clip", "Elu", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "Relu", "Selu", "Sigmoid")
)


def crop_unread(model: ModelProto) -> None:
    """Cuts the image to the rows and columns that the answers depend on, if that saves work, in place.

    Understood are convolutions and pools without padding, and what works place by place between them; behind anything else
    all is taken for read. The outputs are the same to the last bit, up to the order in which a kernel adds.

    Args:
        model: A cleaned graph.
    """
    if any(item.HasField("g") for node in model.graph.node for item in node.attribute):
        return  # the body of a loop may read anything
    reshape, known = _first_reshape(model.graph), shapes(model)
    image = known[model.graph.input[0].name]
    if reshape is None or known.get(reshape.output[0]) != [image[0], image[3], image[1], image[2]]:
        return
    needed = _needed(model.graph, known)[reshape.output[0]]
    cut = _cut(model, *needed) if needed != (image[1], image[2]) else None
    if cut is not None and _work(cut) <= (1 - _LEAST_SAVED) * _work(model):
        model.CopyFrom(cut)


def without_crop(model: ModelProto) -> ModelProto:
    """The graph as it was before :func:`crop_unread`, every layer in Keras's shape; the model itself if nothing was cut."""
    image = model.graph.input[0]
    if not any(node.name == _node_name(image.name) for node in model.graph.node):
        return model
    whole = type(model)()
    whole.CopyFrom(model)
    _rename_input(whole.graph, _node_name(image.name), image.name)
    prune(whole.graph)
    reshape = _first_reshape(whole.graph)
    if reshape is not None:
        _set_area(whole.graph, reshape, [size.dim_value for size in image.type.tensor_type.shape.dim[1:3]])
    del whole.graph.value_info[:]
    return infer(whole)


def _node_name(image: str) -> str:
    """Of the node that cuts, and of what it makes."""
    return f"{image}/Slice"


def _first_reshape(graph: GraphProto) -> NodeProto | None:
    """What makes ``[batch, 1, height, width]`` of the image, if nothing but a change of dtype comes before it."""
    readers = consumers(graph)
    name = graph.input[0].name
    while True:
        following = readers.get(name, [])
        if len(following) != 1 or following[0].op_type not in ("Cast", "Reshape"):
            return None
        if following[0].op_type == "Reshape":
            return following[0] if following[0].input[1] in constants(graph) else None
        name = following[0].output[0]


def _needed(graph: GraphProto, known: Mapping[str, Shape]) -> dict[str, tuple[int, int]]:
    """Rows and columns of each feature map, from the top left, that something depends on."""
    needed = {value.name: area for value in graph.output if (area := _area(known[value.name]))}
    for node in reversed(graph.node):
        output = needed.get(node.output[0], _area(known.get(node.output[0], [])))
        for position, name in enumerate(node.input):
            whole = _area(known.get(name, []))
            if whole is None:
                continue
            read = _read(node, output, whole) if position == 0 and output is not None else whole
            needed[name] = _larger(needed[name], read) if name in needed else read
    return needed


def _area(shape: Shape) -> tuple[int, int] | None:
    if len(shape) != 4 or not (isinstance(shape[2], int) and isinstance(shape[3], int)):
        return None
    return shape[2], shape[3]


def _read(node: NodeProto, output: tuple[int, int], whole: tuple[int, int]) -> tuple[int, int]:
    if node.op_type in _PLACE_BY_PLACE:
        return output
    if node.op_type not in _SLIDING or not _is_plain(node):
        return whole
    kernel = attribute(node, "kernel_shape") or []
    strides, dilations = attribute(node, "strides", [1, 1]), attribute(node, "dilations", [1, 1])
    if not len(kernel) == len(strides) == len(dilations) == 2:
        return whole
    rows, columns = (
        min(size, (count - 1) * stride + (width - 1) * dilation + 1)
        for size, count, stride, width, dilation in zip(whole, output, strides, kernel, dilations, strict=True)
    )
    return rows, columns


def _is_plain(node: NodeProto) -> bool:
    padded = any(attribute(node, "pads", [])) or attribute(node, "auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID")
    return not padded and not attribute(node, "ceil_mode", 0) and len(node.output) == 1


def _larger(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return max(one[0], other[0]), max(one[1], other[1])


def _cut(model: ModelProto, rows: int, columns: int) -> ModelProto | None:
    """A copy that reads so much of the image; ``None`` if its shapes do not fit any more."""
    from onnx import helper

    cut = type(model)()
    cut.CopyFrom(model)
    reshape = _first_reshape(cut.graph)
    if reshape is None:
        return None
    _set_area(cut.graph, reshape, [rows, columns])
    image = cut.graph.input[0].name
    name = _node_name(image)
    bounds = {"starts": [0, 0], "ends": [rows, columns], "axes": [1, 2]}
    names = [add_constant(cut.graph, f"{image}/{key}", np.array(value, np.int64)) for key, value in bounds.items()]
    _rename_input(cut.graph, image, name)
    cut.graph.node.insert(0, helper.make_node("Slice", [image, *names], [name], name=name))
    del cut.graph.value_info[:]
    try:
        return infer(cut)
    except ExportError:
        return None


def _rename_input(graph: GraphProto, old: str, new: str) -> None:
    for node in graph.node:
        node.input[:] = [new if name == old else name for name in node.input]


def _set_area(graph: GraphProto, reshape: NodeProto, area: list[int]) -> None:
    """Writes the height and width that a Reshape makes."""
    from onnx import numpy_helper

    name = reshape.input[1]
    target = constants(graph)[name].copy()
    target[2:4] = area
    if len(consumers(graph)[name]) > 1:
        reshape.input[1] = add_constant(graph, name, target)
    else:
        next(tensor for tensor in graph.initializer if tensor.name == name).CopyFrom(numpy_helper.from_array(target, name))


def _work(model: ModelProto) -> int:
    """Multiply-adds of the convolutions; all else is the same with and without the border."""
    known = shapes(model)
    areas = [(node, _area(known.get(node.output[0], []))) for node in model.graph.node if node.op_type == "Conv"]
    return sum(math.prod(area) * math.prod(_whole_numbers(known[node.input[1]])) for node, area in areas if area)


def _whole_numbers(shape: Shape) -> list[int]:
    return [size for size in shape if isinstance(size, int)]
