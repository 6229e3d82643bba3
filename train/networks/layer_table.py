"""The layers of a Keras model, with the arithmetic behind their numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mnist_edge.layer_arithmetic import (
    Count,
    LayerRow,
    Window,
    convolution,
    dense,
    each,
    explained_row,
    flatten_formula,
    normalization,
    same_padding,
    separable_convolution,
    times,
    total_multiply_adds,
    window_formula,
)
from mnist_edge.train.networks.layer_calls import LayerCall, layer_calls

Sizes = tuple[int, ...]

# Layers that multiply nothing by a weight matrix: their work is 0, not unknown.
_WITHOUT_PRODUCTS = (
    *("Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax", "Identity", "Rescaling"),
    *("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"),
    *("Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise"),
    *("ActivityRegularization", "Flatten", "Reshape", "Permute", "RepeatVector"),
    *("ZeroPadding1D", "ZeroPadding2D", "Cropping1D", "Cropping2D", "UpSampling1D", "UpSampling2D"),
    *("BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization"),
    *("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D"),
    *("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D"),
)
_CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D")
_DEPTHWISE = ("DepthwiseConv1D", "DepthwiseConv2D")
_SEPARABLE = ("SeparableConv1D", "SeparableConv2D")
_POOLS = ("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D")
_GLOBAL_POOLS = ("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D")


def layer_table(model: Any) -> list[LayerRow]:
    """The layers of a built Keras model, input first, in the order of computation.

    A layer of a class that is not known here has its shape and its parameters, without formulas and multiply-adds. A model
    inside the model is one row; a layer that is called several times has one row, its parameters once and the
    multiply-adds of all calls.

    Args:
        model: A functional or sequential ``keras.Model``.
    """
    tensor = model.inputs[0]
    rows = [LayerRow(tensor.name, "InputLayer", _sizes(tensor), 0, 0)]
    return rows + [_row(name, calls) for name, calls in layer_calls(model).items()]


def _row(name: str, calls: Sequence[LayerCall]) -> LayerRow:
    call = calls[0]
    kind, shape = type(call.layer).__name__, _sizes(call.outputs[0])
    counted, work, output_formula = _explain(call)
    if len(calls) > 1:
        several = [_explain(other)[1] for other in calls]
        values = [other.value if isinstance(other, Count) else other for other in several]
        work = None if None in values else sum(value for value in values if value is not None)
    return explained_row(
        name, kind, shape, call.layer.count_params(), counted=counted, work=work, output_formula=output_formula
    )


def _explain(call: LayerCall) -> tuple[Count | None, Count | int | None, str]:
    """Parameters, multiply-adds and output formula; ``None`` and empty for what is not known."""
    import keras

    layer = call.layer
    before, after = [_sizes(tensor) for tensor in call.inputs], _sizes(call.outputs[0])
    if isinstance(layer, keras.Model):
        return None, total_multiply_adds(layer_table(layer)), ""
    if not after or not all(before):
        return None, None, ""
    if _is(layer, *_CONVOLUTIONS, *_DEPTHWISE, *_SEPARABLE):
        return (*_convolution(layer, before[0], after), _sliding(layer, layer.kernel_size, before[0], after))
    if _is(layer, "Dense"):
        return (*dense(before[0][-1], after, bias=layer.use_bias), "")
    if _is(layer, "BatchNormalization", "LayerNormalization", "GroupNormalization"):
        return _normalization(layer, before[0]), 0, ""
    if _is(layer, *_WITHOUT_PRODUCTS):
        return None, 0, _reshaping(layer, before, after)
    return None, None, ""


def _convolution(layer: Any, before: Sizes, after: Sizes) -> tuple[Count, Count]:
    inputs, (area, channels) = _split(layer, before)[1], _split(layer, after)
    size, output, bias = tuple(layer.kernel_size), (*area, channels), layer.use_bias
    if _is(layer, *_SEPARABLE):
        return separable_convolution(size, inputs, output, multiplier=layer.depth_multiplier, bias=bias)
    groups = inputs if _is(layer, *_DEPTHWISE) else layer.groups
    return convolution(size, inputs, output, groups=groups, bias=bias)


def _normalization(layer: Any, before: Sizes) -> Count | None:
    batch = _is(layer, "BatchNormalization")
    axes = [layer.axis] if isinstance(layer.axis, int) else list(layer.axis)
    # Keras counts axes from the batch on, or from the end.
    channels = math.prod(before[axis if axis < 0 else axis - 1] for axis in axes)
    return normalization(channels, trained=bool(layer.scale) + bool(layer.center), counted=2 if batch else 0)


def _reshaping(layer: Any, before: Sequence[Sizes], after: Sizes) -> str:
    """What happens to the shape in a layer without products."""
    if _is(layer, *_POOLS):
        return _sliding(layer, layer.pool_size, before[0], after)
    if _is(layer, *_GLOBAL_POOLS):
        return f"{times(*before[0])} → {times(*after)}"
    if _is(layer, "Flatten") or (_is(layer, "Reshape") and len(after) == 1):
        return flatten_formula(before[0])
    if _is(layer, "Concatenate"):
        axis = layer.axis if layer.axis < 0 else layer.axis - 1
        return f"{' + '.join(f'{sizes[axis]:,}' for sizes in before)} = {after[axis]:,}"
    area, result = _split(layer, before[0])[0], _split(layer, after)[0]
    if _is(layer, "ZeroPadding2D"):
        return each(f"{a} + {x} + {y} = {b}" for a, (x, y), b in zip(area, layer.padding, result, strict=True))
    if _is(layer, "Cropping2D"):
        return each(f"{a} - {x} - {y} = {b}" for a, (x, y), b in zip(area, layer.cropping, result, strict=True))
    if _is(layer, "UpSampling2D"):
        return each(f"{a} × {factor} = {b}" for a, factor, b in zip(area, layer.size, result, strict=True))
    return ""


def _sliding(layer: Any, size: Sequence[int], before: Sizes, after: Sizes) -> str:
    area, result = _split(layer, before)[0], _split(layer, after)[0]
    strides = tuple(layer.strides)
    dilation = tuple(getattr(layer, "dilation_rate", (1,) * len(area)))
    paddings = {"valid": [(0, 0)] * len(area), "causal": [(d * (k - 1), 0) for d, k in zip(dilation, size, strict=True)]}
    paddings["same"] = [same_padding(*numbers) for numbers in zip(area, size, strides, dilation, strict=True)]
    window = Window(tuple(size), strides, tuple(paddings[layer.padding]), dilation)
    return window_formula(area, window, result)


def _split(layer: Any, shape: Sizes) -> tuple[Sizes, int]:
    """Spatial sizes and channels."""
    if getattr(layer, "data_format", None) == "channels_first":
        return shape[1:], shape[0]
    return shape[:-1], shape[-1]


def _sizes(tensor: Any) -> Sizes:
    """Shape without the batch; empty if an entry is not known."""
    shape = tuple(tensor.shape[1:])
    return shape if None not in shape else ()


def _is(layer: Any, *names: str) -> bool:
    import keras

    return isinstance(layer, tuple(getattr(keras.layers, name) for name in names))
