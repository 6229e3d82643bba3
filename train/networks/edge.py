"""The networks for small CPUs: designed by what layers cost in onnxruntime, see ``benchmarks/architectures.py``.

A node costs about a third of a microsecond whatever it does, so there are few. Convolutions have 16, 32, 48 or 64 filters,
which fill the vectors of the CPU, and strides take the place of pools: a pool of 2 throws away three quarters of what the
convolution before it has computed.
"""

from __future__ import annotations

from typing import Any, Final

from mnist_edge.train.networks.blocks import Blocks, LayerOptions, image_input

#: Filters, size and stride of each convolution.
Plan = tuple[tuple[int, int, int], ...]
EDGE: Final[Plan] = ((16, 3, 2), (32, 3, 2), (48, 3, 1), (64, 3, 1))
TINY: Final[Plan] = ((16, 5, 3), (16, 3, 1), (16, 3, 1), (16, 3, 1))


def edge(keras: Any, options: LayerOptions) -> Any:
    """Four convolutions, two of them of stride 2, and no pool: 48,954 parameters, 524,560 multiply-adds.

    The maps are 13, 6, 4 and 2 pixels wide. Batch normalisation is on unless the options say otherwise; the counts are
    those after folding.
    """
    return _stack(keras, options, "edge", EDGE)


def tiny(keras: Any, options: LayerOptions) -> Any:
    """Four convolutions of 16 filters, the first of stride 3: 8,026 parameters, 155,264 multiply-adds.

    The maps are 8, 6, 4 and 2 pixels wide. Batch normalisation is on unless the options say otherwise; the counts are those
    after folding.
    """
    return _stack(keras, options, "tiny", TINY)


def _stack(keras: Any, options: LayerOptions, name: str, plan: Plan) -> Any:
    """Convolutions without padding, all values of the last one, and the classifying layer."""
    blocks = Blocks(keras, options, batch_norm=True, initializer="he_normal")
    layers = [image_input(keras)]
    for number, (filters, size, strides) in enumerate(plan, start=1):
        layers += blocks.convolution(f"conv{number}", filters, size=size, strides=strides)
    return keras.Sequential([*layers, keras.layers.Flatten(name="flatten"), *blocks.head()], name=name)
