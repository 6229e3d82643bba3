"""What the layers of a Keras model make of images, and the kernels of its convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import OptionError
from mnist_edge.scaling import check_digits
from mnist_edge.train.batches import scaled
from mnist_edge.train.networks.layer_calls import LayerCall, layer_calls

_BATCH: Final = 256  # all layers of so many images fit the memory of a small machine


def layer_names(model: Any) -> tuple[str, ...]:
    """The layers whose output :func:`layer_outputs` can tell, in the order of computation.

    Left out are the input, layers that are called several times, and those with several outputs.
    """
    return tuple(name for name, calls in layer_calls(model).items() if not _refusal(calls))


def conv_layers(model: Any) -> tuple[str, ...]:
    """The 2-D convolutions of a Keras model, in the order of computation: those whose :func:`kernels` can be had."""
    return tuple(name for name, calls in layer_calls(model).items() if _is_convolution(calls[0].layer))


def layer_outputs(model: Any, images: NDArray[np.uint8], layers: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """Computes the outputs of layers inside a Keras model.

    Args:
        model: ``keras.Model``, float32 ``[batch, 28, 28, 1]`` in 0 to 1 -> ``[batch, 10]``.
        images: uint8 ``[n, 28, 28]``, 0 to 255, white ink on black; n at least 1.
        layers: Names of layers, see :func:`layer_names`.

    Returns:
        Layer to its output, float32 ``[n, ...]``; feature maps are ``[n, height, width, channels]``.

    Raises:
        OptionError: If there is no such layer, or it has no single output.
        ImageArrayError: If the images have another shape or dtype.
    """
    import keras

    check_digits(images)
    calls = layer_calls(model)
    tensors = {name: _single_output(name, calls) for name in layers}
    if not tensors:
        return {}
    inside = keras.Model(model.inputs[0], tensors)
    parts = [inside(scaled(images[start : start + _BATCH]), training=False) for start in range(0, len(images), _BATCH)]
    return {name: np.concatenate([np.asarray(part[name], np.float32) for part in parts]) for name in tensors}


def kernels(model: Any, layer: str) -> NDArray[np.float32]:
    """The kernels of a 2-D convolution.

    Args:
        model: ``keras.Model``.
        layer: One of :func:`conv_layers`.

    Returns:
        float32 ``[height, width, input channels, output channels]``; of a depthwise or separable convolution the depthwise
        kernels, ``[height, width, input channels, outputs of each]``.

    Raises:
        OptionError: If there is no such layer, or it is no 2-D convolution.
    """
    calls = layer_calls(model)
    if layer not in calls or not _is_convolution(calls[layer][0].layer):
        known = ", ".join(conv_layers(model)) or "none: this network has no convolution"
        problem = f"The layer {layer} is no 2-D convolution" if layer in calls else f"There is no layer {layer}"
        raise OptionError(problem, expected=f"one of the convolutions: {known}")
    found = calls[layer][0].layer
    return np.asarray(found.depthwise_kernel if hasattr(found, "depthwise_kernel") else found.kernel, np.float32)


def _single_output(name: str, calls: dict[str, list[LayerCall]]) -> Any:
    if name not in calls:
        known = ", ".join(known for known, each in calls.items() if not _refusal(each))
        raise OptionError(f"There is no layer {name}", expected=f"one of: {known}")
    refusal = _refusal(calls[name])
    if refusal:
        raise OptionError(f"The layer {name} {refusal}", expected="a layer with one output")
    return calls[name][0].outputs[0]


def _refusal(calls: Sequence[LayerCall]) -> str:
    if len(calls) > 1:
        return f"is called {len(calls)} times"
    outputs = len(calls[0].outputs)
    return "" if outputs == 1 else f"has {outputs} outputs"


def _is_convolution(layer: Any) -> bool:
    import keras

    layers = keras.layers
    return isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D | layers.SeparableConv2D)
