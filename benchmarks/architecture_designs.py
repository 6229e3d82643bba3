"""The designs that ``architectures.py`` compares, in a short notation, and the Keras models that it stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from mnist_edge.errors import OptionError
from mnist_edge.layer_arithmetic import total_multiply_adds
from mnist_edge.train.networks.architectures import architecture_names, build
from mnist_edge.train.networks.blocks import BATCH_NORM_MOMENTUM, Blocks, LayerOptions, image_input
from mnist_edge.train.networks.layer_table import layer_table

REFERENCE: Final = "simple_cnn"
# "16c5/2" is a convolution of 16 filters of 5x5 pixels and stride 2, an "s" behind it padding "same"; "dw3/2" a depthwise
# one; "pool2" a maximum over 2x2, "flat" all values, "mean" the mean of each map, "fc64" a hidden layer of 64. The
# classifying layer follows by itself.
NOTATION: Final = {
    "simple_cnn": "32c3 pool2 64c3 pool2 64c3 flat fc64",
    "accurate": "16c3 16c3 32c5/2s 48c3 48c3 96c4/2 flat fc128",
    "edge": "16c3/2 32c3/2 48c3 64c3 flat",
    "tiny": "16c5/3 16c3 16c3 16c3 flat",
}
DESIGNS: Final[dict[str, tuple[str, ...]]] = {
    "edge": (
        "16c5/2 32c3/2 flat",
        "16c5/2 32c3/2 64c3 flat",
        "16c5/3 32c3 64c3/3 flat",
        "16c5/3 32c3 64c3/3 flat fc64",
        "32c5/3 32c3 64c3/3 flat",
        "16c5/3 32c3 32c3 64c3 flat",
        "16c5/3 16c3 32c3 64c3 flat",
        "16c3/2 32c3/2 48c3 64c3 flat",
        "16c5/2 32c3/2 64c3 flat fc64",
        "16c7/3 16c3 32c3 64c3 flat",
    ),
    "tiny": (
        "16c5/3 16c3 16c3 flat",
        "16c5/3 16c3 32c3 mean",
        "16c5/3 16c3 16c3 16c3 flat",
        "16c7/3 16c3 16c3 16c3 flat",
        "32c5/3 dw3 32c1 dw3 32c1 flat",
        "16c5/2 16c3 pool2 16c3 flat",
        "16c3 pool2 16c3 pool2 16c3 flat",
    ),
    "reference": (REFERENCE, "accurate"),
}
# What one operator costs: each pair differs in it alone.
OPERATORS: Final[dict[str, tuple[str, str]]] = {
    "nothing but Cast, Reshape, Flatten, Gemm, Softmax": ("flat", "flat"),
    "first convolution, 5x5, stride 2 instead of 1": ("16c5/2 mean", "16c5 mean"),
    "first convolution, stride 2 instead of a pool": ("16c3/2 mean", "16c3 pool2 mean"),
    "first convolution, stride 3 instead of 2": ("16c5/3 mean", "16c5/2 mean"),
    "first convolution, 7x7 instead of 5x5": ("16c7/2 mean", "16c5/2 mean"),
    "first convolution, 8 filters instead of 16": ("8c5/2 mean", "16c5/2 mean"),
    "first convolution, 24 filters instead of 32": ("24c5/2 mean", "32c5/2 mean"),
    "padding same instead of none": ("16c5/2s mean", "16c5/2 mean"),
    "a 1x1 convolution more on 12x12x16": ("16c5/2 16c1 mean", "16c5/2 mean"),
    "second convolution, stride 2 instead of 1": ("16c5/2 32c3/2 mean", "16c5/2 32c3 mean"),
    "second convolution, maps 6 wide instead of 5": ("16c4/2 32c3/2 mean", "16c5/2 32c3/2 mean"),
    "depthwise and 1x1 instead of a convolution": ("16c5/2 dw3/2 32c1 mean", "16c5/2 32c3/2 mean"),
    "mean instead of flat": ("16c5/2 32c3/2 mean", "16c5/2 32c3/2 flat"),
    "a hidden layer of 64 more": ("16c5/2 32c3/2 flat fc64", "16c5/2 32c3/2 flat"),
}
_STEP: Final = re.compile(
    r"(?:(?P<filters>\d+)c|(?P<depthwise>dw))(?P<size>\d+)(?:/(?P<stride>\d+))?(?P<same>s?)"
    r"|pool(?P<pool>\d+)|fc(?P<units>\d+)|(?P<mean>mean)|flat"
)


@dataclass(frozen=True)
class Step:
    """A layer of a design; if all numbers are 0 and it is not depthwise, the one that makes a vector of the maps.

    Attributes:
        filters: Of a convolution.
        depthwise: Whether it is a depthwise convolution.
        size: Height and width of the kernel.
        stride: Of the kernel.
        same: Whether it is padded to keep the size.
        pool: Height, width and stride of a maximum.
        units: Of a hidden layer.
        mean: Whether the vector is that of the means.
    """

    filters: int
    depthwise: bool
    size: int
    stride: int
    same: bool
    pool: int
    units: int
    mean: bool


def parse(design: str) -> list[Step]:
    """Reads the notation.

    Raises:
        OptionError: If a step is not understood.
    """
    steps = []
    for text in design.split():
        found = _STEP.fullmatch(text)
        if found is None:
            raise OptionError("This step of a design is not known", expected="16c5/2, dw3, pool2, fc64, …", received=text)
        filters, size, stride, pool, units = (
            int(found[key] or 0) for key in ("filters", "size", "stride", "pool", "units")
        )
        marks = bool(found["depthwise"]), bool(found["same"]), bool(found["mean"])
        steps.append(Step(filters, marks[0], size, stride or 1, marks[1], pool, units, marks[2]))
    return steps


def build_design(keras: Any, design: str, *, seed: int, batch_norm: bool = True) -> Any:
    """Builds a network with fresh weights.

    Args:
        keras: The module.
        design: In the notation above, or a name of the registry.
        seed: Of the weights.
        batch_norm: Whether each convolution is followed by batch normalisation.

    Returns:
        An uncompiled ``keras.Model``.

    Raises:
        OptionError: If a step of the notation is not understood.
    """
    options = LayerOptions(batch_norm=batch_norm)
    if design in architecture_names():
        return build(design, seed=seed, options=options)
    keras.utils.set_random_seed(seed)
    blocks = Blocks(keras, options, initializer="he_normal")
    layers = [image_input(keras)]
    for number, step in enumerate(parse(design), start=1):
        layers += _layers(keras, blocks, f"step{number}", step, batch_norm)
    return keras.Sequential([*layers, *blocks.head()], name="design")


def _layers(keras: Any, blocks: Blocks, name: str, step: Step, batch_norm: bool) -> list[Any]:
    layers, padding = keras.layers, "same" if step.same else "valid"
    if step.filters:
        return blocks.convolution(name, step.filters, size=step.size, strides=step.stride, padding=padding)
    if step.depthwise:
        first = layers.DepthwiseConv2D(step.size, step.stride, padding, use_bias=not batch_norm, name=name)
        normalisation = [layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, name=f"{name}_bn")] if batch_norm else []
        return [first, *normalisation, layers.ReLU(name=f"{name}_relu")]
    if step.pool or step.units:
        return [layers.MaxPooling2D(step.pool, name=name) if step.pool else blocks.dense(name, step.units)]
    return [layers.GlobalAveragePooling2D(name=name) if step.mean else layers.Flatten(name=name)]


def count(keras: Any, design: str) -> tuple[int, int]:
    """Parameters and multiply-adds, batch normalisation folded into the convolutions."""
    folded = build_design(keras, design, seed=0, batch_norm=False)
    return folded.count_params(), total_multiply_adds(layer_table(folded)) or 0
