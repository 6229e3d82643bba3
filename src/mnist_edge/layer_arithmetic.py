"""How output size, parameters and multiply-adds of a layer come about, as numbers and as the formulas behind them.

Every formula has the form ``expression = result`` and can be checked with a pocket calculator; only pooling over the whole
map is written ``7 × 7 × 64 → 64``. A formula is left out rather than wrong. Multiply-adds are those of convolutions and
matrix products for one picture, biases not counted, as papers on small networks count them; normalisation, pooling and
activations count as 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Sizes = tuple[int, ...]


@dataclass(frozen=True)
class LayerRow:
    """One line of a layer table.

    Attributes:
        name: Name of the layer, or of the node of a graph.
        kind: Class of the layer, or operator of the node.
        output_shape: Shape of the output without the batch, height × width × channels; empty where it is not known.
        parameters: Trainable and fixed weights.
        multiply_adds: For one picture; ``None`` where they cannot be told.
        output_formula: For instance ``"floor((28 + 2 × 0 - 3) / 1) + 1 = 26"``; where height and width differ, one formula
            for each, separated by ``"; "``. Empty if there is nothing to explain, like the other two.
        parameter_formula: For instance ``"(3 × 3 × 1 + 1) × 32 = 320"``.
        multiply_adds_formula: For instance ``"26 × 26 × 32 × 3 × 3 × 1 = 194,688"``.
    """

    name: str
    kind: str
    output_shape: Sizes
    parameters: int
    multiply_adds: int | None
    output_formula: str = ""
    parameter_formula: str = ""
    multiply_adds_formula: str = ""

    @property
    def shape_text(self) -> str:
        """For instance ``"26 × 26 × 32"``."""
        return times(*self.output_shape)


@dataclass(frozen=True)
class Count:
    """A number and the formula that gives it."""

    value: int
    formula: str


@dataclass(frozen=True)
class Window:
    """How a convolution or pooling moves over its input; one entry for each spatial axis.

    Attributes:
        size: Extent of kernel or pool.
        strides: Step between two outputs.
        padding: Pixels added ``(before, after)`` the input.
        dilation: Distance of two inputs under the kernel.
        rounds_up: Whether an incomplete last window counts.
    """

    size: Sizes
    strides: Sizes
    padding: tuple[tuple[int, int], ...]
    dilation: Sizes
    rounds_up: bool = False


def explained_row(
    name: str,
    kind: str,
    output_shape: Sizes,
    parameters: int,
    *,
    counted: Count | None = None,
    work: Count | int | None = None,
    output_formula: str = "",
) -> LayerRow:
    """Builds a row; a parameter formula that does not give the layer's real count is dropped.

    Args:
        name: See :class:`LayerRow`, like the next three.
        kind: Class or operator.
        output_shape: Without the batch.
        parameters: What the layer really holds.
        counted: What the parameters should be.
        work: Multiply-adds; ``None`` if they are not known.
        output_formula: Of the output size.
    """
    return LayerRow(
        name,
        kind,
        output_shape,
        parameters,
        work.value if isinstance(work, Count) else work,
        output_formula,
        counted.formula if counted is not None and counted.value == parameters else "",
        work.formula if isinstance(work, Count) else "",
    )


def total_multiply_adds(rows: Iterable[LayerRow]) -> int | None:
    """Sum over a table; ``None`` if one of them is not known."""
    counts = [row.multiply_adds for row in rows]
    return None if None in counts else sum(count for count in counts if count is not None)


def times(*sizes: int) -> str:
    """Sizes with a multiplication sign between: ``"3 × 3 × 1"``."""
    return " × ".join(f"{size:,}" for size in sizes)


def same_padding(size: int, extent: int, stride: int, dilation: int) -> tuple[int, int]:
    """Zeros before and after an axis for padding ``same`` as TensorFlow and ONNX's ``SAME_UPPER`` place them.

    Source: TensorFlow's ``tf.nn.convolution``: the output has ``ceil(size / stride)`` entries, and an odd zero goes behind.
    """
    total = max((math.ceil(size / stride) - 1) * stride + dilation * (extent - 1) + 1 - size, 0)
    return total // 2, total - total // 2


def window_formula(before: Sequence[int], window: Window, after: Sequence[int]) -> str:
    """Output size of a convolution or pooling: ``"floor((28 + 2 × 0 - 3) / 1) + 1 = 26"``.

    Args:
        before: Spatial sizes of the input.
        window: What moves over it; its tuples have the same length.
        after: Spatial sizes of the output.

    Returns:
        One formula, or one for each axis; empty if the formula does not give ``after``.
    """
    texts = []
    rounding = math.ceil if window.rounds_up else math.floor
    for size, extent, stride, (front, back), dilation, result in zip(
        before, window.size, window.strides, window.padding, window.dilation, after, strict=True
    ):
        if rounding((size + front + back - dilation * (extent - 1) - 1) / stride) + 1 != result:
            return ""
        padding = f"2 × {front}" if front == back else f"{front} + {back}"
        covered = f"{extent}" if dilation == 1 else f"({dilation} × ({extent} - 1) + 1)"
        texts.append(f"{rounding.__name__}(({size} + {padding} - {covered}) / {stride}) + 1 = {result}")
    return each(texts)


def each(texts: Iterable[str]) -> str:
    """Formulas of several axes; those that say the same are said once."""
    return "; ".join(dict.fromkeys(texts))


def flatten_formula(before: Sequence[int]) -> str:
    """Length of a flattened feature map: ``"3 × 3 × 64 = 576"``; empty for what is flat already."""
    return _product(before).formula if len(before) > 1 else ""


def convolution(size: Sizes, inputs: int, output: Sizes, *, groups: int = 1, bias: bool = True) -> tuple[Count, Count]:
    """Parameters and multiply-adds of a convolution.

    Args:
        size: Extent of the kernel along each spatial axis.
        inputs: Channels of the input.
        output: Spatial sizes and channels of the output.
        groups: Parts into which the channels are divided; as many as ``inputs`` make it depthwise.
        bias: Whether each output channel has one.
    """
    outputs = output[-1]
    if groups == 1:
        seen, filters = times(*size, inputs), times(outputs)
    elif groups == inputs:
        seen, filters = times(*size), times(inputs, *_unless_one(outputs // inputs))
    else:
        seen, filters = f"{times(*size, inputs)} / {groups}", times(outputs)
    weights = math.prod(size) * inputs // groups
    parameters = (weights + bias) * outputs
    work = math.prod(output) * weights
    kernel = f"({seen} + 1)" if bias else seen
    return _count(f"{kernel} × {filters}", parameters), _count(f"{times(*output)} × {seen}", work)


def separable_convolution(
    size: Sizes, inputs: int, output: Sizes, *, multiplier: int = 1, bias: bool = True
) -> tuple[Count, Count]:
    """Parameters and multiply-adds of a depthwise convolution followed by a 1×1 convolution.

    Args:
        size: Extent of the depthwise kernel along each spatial axis.
        inputs: Channels of the input.
        output: Spatial sizes and channels of the output.
        multiplier: Depthwise outputs of each input channel.
        bias: Whether each output channel has one.
    """
    between, area = (inputs, *_unless_one(multiplier)), output[:-1]
    mixed = inputs * multiplier
    pointwise = f"({times(*between)} + 1)" if bias else times(*between)
    return (
        _count(
            f"{times(*size, *between)} + {pointwise} × {times(output[-1])}",
            math.prod(size) * mixed + (mixed + bias) * output[-1],
        ),
        _count(
            f"{times(*area, *between, *size)} + {times(*output, *between)}",
            math.prod(area) * mixed * math.prod(size) + math.prod(output) * mixed,
        ),
    )


def dense(inputs: int, output: Sizes, *, bias: bool = True) -> tuple[Count, Count]:
    """Parameters and multiply-adds of a dense layer.

    Args:
        inputs: Features that are summed for each output.
        output: Shape of the output; the last entry is the number of units.
        bias: Whether each unit has one.
    """
    weights = f"({times(inputs)} + 1)" if bias else times(inputs)
    parameters = _count(f"{weights} × {times(output[-1])}", (inputs + bias) * output[-1])
    return parameters, _product((*output[:-1], inputs, output[-1]))


def normalization(channels: int, *, trained: int, counted: int = 0) -> Count:
    """Parameters of a normalisation: ``"(2 + 2) × 32 = 128"``.

    Args:
        channels: Values that are scaled, each with its own parameters.
        trained: Those of gamma and beta that the layer has.
        counted: Running mean and variance, which batch normalisation counts instead of training.
    """
    kinds = f"({trained} + {counted})" if counted else f"{trained}"
    return _count(f"{kinds} × {times(channels)}", (trained + counted) * channels)


def _unless_one(size: int) -> Sizes:
    return () if size == 1 else (size,)


def _product(sizes: Sequence[int]) -> Count:
    return _count(times(*sizes), math.prod(sizes))


def _count(expression: str, value: int) -> Count:
    return Count(value, f"{expression} = {value:,}")
