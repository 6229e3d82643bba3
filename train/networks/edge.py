"""The networks for small CPUs: designed by what layers cost in onnxruntime, see ``benchmarks/architectures.py``.

A node costs about a third of a microsecond whatever it does, so there are few. Convolutions have 16, 32 or 64 filters,
which fill the vectors of the CPU, and strides take the place of pools: a pool of 2 throws away three quarters of what the
convolution before it has computed.
"""

from __future__ import annotations

from typing import Any

from mnist_edge.train.networks.blocks import Blocks, LayerOptions, image_input


def edge(keras: Any, options: LayerOptions) -> Any:
    """Four convolutions, the first of stride 3, and no pool: 28,442 parameters, 258,560 multiply-adds.

    Batch normalisation is on unless the options say otherwise; the counts are those after folding.
    """
    return _stack(keras, options, "edge", (16, 16, 32, 64))


def tiny(keras: Any, options: LayerOptions) -> Any:
    """The plan of :func:`edge` with 16 filters throughout: 8,026 parameters, 155,264 multiply-adds.

    Batch normalisation is on unless the options say otherwise; the counts are those after folding.
    """
    return _stack(keras, options, "tiny", (16, 16, 16, 16))


def _stack(keras: Any, options: LayerOptions, name: str, filters: tuple[int, ...]) -> Any:
    """A 5x5 convolution of stride 3, then 3x3 ones on maps of 8, 6 and 4 pixels."""
    blocks = Blocks(keras, options, batch_norm=True, initializer="he_normal")
    layers = [image_input(keras), *blocks.convolution("conv1", filters[0], size=5, strides=3)]
    for number, width in enumerate(filters[1:], start=2):
        layers += blocks.convolution(f"conv{number}", width)
    return keras.Sequential([*layers, keras.layers.Flatten(name="flatten"), *blocks.head()], name=name)
