"""Which ONNX tensor holds the output of which Keras layer, found by comparing values.

Names do not survive a conversion, and fused layers have no tensor of their own; values tell both. Keras has NHWC order,
ONNX NCHW, and a flattened feature map may be in either: every layout is tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import IMAGE_SIZE, INPUT_NAME
from mnist_edge.export.onnx_graph import infer, prune, shapes
from mnist_edge.runtime.session import open_session
from mnist_edge.scaling import scale_to_unit

if TYPE_CHECKING:
    from onnx import ModelProto

Float32Array = npt.NDArray[np.float32]
UInt8Array = npt.NDArray[np.uint8]

# The scaled image, where the graph still has it as a tensor (see scale_pass), and its key beside the Keras layers.
SCALED: Final = "image/scaled"

# Two different layers of a trained network never agree this well, and a faithful conversion agrees a hundred times better.
_SAME: Final = 1e-3


def encode(images: UInt8Array, input_dtype: str) -> npt.NDArray[Any]:
    """Turns uint8 pictures ``[n, 28, 28, 1]`` into what a graph of this input dtype takes."""
    return images if input_dtype == "uint8" else scale_to_unit(images)


def tensor_values(model: ModelProto, names: Sequence[str], images: npt.NDArray[Any]) -> dict[str, Float32Array]:
    """Runs a model and returns tensors from inside it.

    Args:
        model: A model with one input, ``image``.
        names: Tensors that have the batch as first dimension.
        images: ``[n, 28, 28, 1]`` in the dtype of the input.

    Raises:
        ModelFormatError: If onnxruntime refuses the model.
    """
    import onnx

    if not names:
        return {}
    exposed = onnx.ModelProto()
    exposed.CopyFrom(model)
    del exposed.graph.output[:]
    exposed.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    prune(exposed.graph)
    session = open_session(exposed.SerializeToString(), optimize=False)
    fixed = session.get_inputs()[0].shape[0]
    size = fixed if isinstance(fixed, int) else len(images)
    chunks = [session.run(list(names), {INPUT_NAME: chunk}) for chunk in _chunks(images, size)]
    return {name: np.concatenate([chunk[index] for chunk in chunks])[: len(images)] for index, name in enumerate(names)}


def _chunks(images: npt.NDArray[Any], size: int) -> Iterator[npt.NDArray[Any]]:
    for start in range(0, len(images), size):
        chunk = np.zeros((size, *images.shape[1:]), images.dtype)
        part = images[start : start + size]
        chunk[: len(part)] = part
        yield chunk


def inner_tensors(model: ModelProto) -> list[str]:
    """The float32 tensors of a graph that have the batch as first dimension, in order of computation.

    Raises:
        ExportError: If the graph contradicts itself.
    """
    import onnx

    inferred = infer(model)
    known = shapes(inferred)
    batch = known[model.graph.input[0].name][0]
    typed = {
        value.name for value in inferred.graph.value_info if value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    }
    typed |= {value.name for value in model.graph.output}
    made = [name for node in model.graph.node for name in node.output]
    return [name for name in made if name in typed and len(known.get(name, [])) >= 2 and known[name][0] == batch]


def match_layers(model: ModelProto, layers: Mapping[str, Float32Array], probe: npt.NDArray[Any]) -> dict[str, str]:
    """Finds the tensor that holds each layer's output.

    Args:
        model: A checked model whose tensors have recorded shapes.
        layers: Keras layer name to its output for ``probe``, in order of computation.
        probe: The inputs, ``[n, 28, 28, 1]`` in the model's dtype.

    Returns:
        Layer name to tensor name; layers that the graph computes only together with others are left out.
    """
    names = inner_tensors(model)
    values = tensor_values(model, names, probe)
    found: dict[str, str] = {}
    for layer, spatial, reference in with_spatial(layers):
        limit = _SAME * max(1e-6, float(np.abs(reference).max()))
        taken = set(found.values())
        # A layer that changes nothing (Dropout) has no tensor of its own and shares that of the layer before.
        for name in sorted(names, key=lambda name: (values[name].ndim != reference.ndim, name in taken)):
            if largest_difference(values[name], reference, spatial) <= limit:
                found[layer] = name
                break
    return found


def with_spatial(
    layers: Mapping[str, Float32Array],
) -> Iterator[tuple[str, tuple[int, ...] | None, Float32Array]]:
    """Yields each layer with its output and, for a flattened one, the ``(height, width, channels)`` that was flattened."""
    maps: dict[int, tuple[int, ...]] = {IMAGE_SIZE * IMAGE_SIZE: (IMAGE_SIZE, IMAGE_SIZE, 1)}
    for layer, value in layers.items():
        size = int(np.prod(value.shape[1:]))
        if value.ndim == 4:
            maps[size] = value.shape[1:]
        yield layer, maps.get(size) if value.ndim == 2 else None, value


def largest_difference(value: Float32Array, reference: Float32Array, spatial: tuple[int, ...] | None = None) -> float:
    """Largest absolute difference between an ONNX tensor and a Keras output, in the layout in which they agree best.

    Args:
        value: The ONNX tensor, first axis the batch.
        reference: The Keras output, NHWC.
        spatial: For a flattened output, the ``(height, width, channels)`` behind it.

    Returns:
        Infinity if no layout fits or a value is not a number.
    """
    differences = [float(np.abs(layout - reference).max()) for layout in _layouts(value, reference.shape, spatial)]
    return min((difference for difference in differences if np.isfinite(difference)), default=float("inf"))


def _layouts(value: Float32Array, shape: tuple[int, ...], spatial: tuple[int, ...] | None) -> Iterator[Float32Array]:
    if value.shape[0] != shape[0] or value.size != np.prod(shape):
        return
    if value.ndim == len(shape) == 4:
        if value.shape == shape:
            yield value
        if value.transpose(0, 2, 3, 1).shape == shape:
            yield value.transpose(0, 2, 3, 1)
        return
    yield value.reshape(shape)
    if value.ndim == 4:
        yield value.transpose(0, 2, 3, 1).reshape(shape)
    elif value.ndim == 2 and spatial is not None:
        height, width, channels = spatial
        yield value.reshape(-1, channels, height, width).transpose(0, 2, 3, 1).reshape(shape)
