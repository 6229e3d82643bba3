"""What networks are made of: the shared input and output, and layers with dropout, L2 and batch normalisation by option."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from mnist_edge.contract import IMAGE_SIZE, INPUT_NAME, NUM_CLASSES
from mnist_edge.errors import OptionError

# Share of the old moving mean and variance that a step keeps. Keras's own 0.99 needs some 500 steps to forget where it
# began, which is more than the first epoch of a small data set has.
BATCH_NORM_MOMENTUM: Final = 0.9


@dataclass(frozen=True)
class LayerOptions:
    """What can be changed in any network.

    Attributes:
        dropout: Share of the units dropped before the classifying layer, 0 to below 1; ``None`` is the network's own.
        l2: Factor of the penalty on the squares of the kernels of all convolutions and dense layers; 0 or more.
        batch_norm: Whether every convolution is followed by batch normalisation; ``None`` is the network's own.

    Raises:
        OptionError: If a number is out of range.
    """

    dropout: float | None = None
    l2: float = 0.0
    batch_norm: bool | None = None

    def __post_init__(self) -> None:
        if self.dropout is not None and not 0 <= self.dropout < 1:
            raise OptionError("--dropout is out of range", expected="0 (off) to below 1", received=str(self.dropout))
        if not (math.isfinite(self.l2) and self.l2 >= 0):
            raise OptionError("--l2 is out of range", expected="0 (off) or a finite number above", received=str(self.l2))


class Blocks:
    """Makes the layers of one network.

    Args:
        keras: The module.
        options: What was asked for.
        dropout: The network's own rate of dropout, taken if the options leave it open.
        batch_norm: Whether the network has batch normalisation of its own, taken if the options leave it open.
        initializer: How kernels of hidden layers begin.
    """

    def __init__(
        self,
        keras: Any,
        options: LayerOptions,
        *,
        dropout: float = 0.0,
        batch_norm: bool = False,
        initializer: str = "glorot_uniform",
    ) -> None:
        self._keras = keras
        self._dropout = dropout if options.dropout is None else options.dropout
        self._batch_norm = batch_norm if options.batch_norm is None else options.batch_norm
        self._l2 = options.l2
        self._initializer = initializer

    def convolution(
        self, name: str, filters: int, *, size: int = 3, strides: int = 1, padding: str = "valid", relu: bool = True
    ) -> list[Any]:
        """A convolution with ReLU; with batch normalisation: convolution without bias, normalisation, ReLU.

        What comes out bears the name, with batch normalisation and without.
        """
        layers = self._keras.layers
        first = layers.Conv2D(
            filters,
            size,
            strides=strides,
            padding=padding,
            activation="relu" if relu and not self._batch_norm else None,
            use_bias=not self._batch_norm,
            kernel_initializer=self._initializer,
            kernel_regularizer=self._penalty(),
            name=f"{name}_conv" if self._batch_norm else name,
        )
        if not self._batch_norm:
            return [first]
        normalisation = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, name=f"{name}_bn" if relu else name)
        return [first, normalisation, *([layers.ReLU(name=name)] if relu else [])]

    def dense(self, name: str, units: int) -> Any:
        """A hidden dense layer with ReLU."""
        return self._keras.layers.Dense(
            units,
            activation="relu",
            kernel_initializer=self._initializer,
            kernel_regularizer=self._penalty(),
            name=name,
        )

    def head(self) -> list[Any]:
        """Dropout, if there is any, and the classifying layer."""
        dropout = [self._keras.layers.Dropout(self._dropout, name="dropout")] if self._dropout else []
        return [*dropout, digit_output(self._keras, l2=self._l2)]

    def _penalty(self) -> Any | None:
        return _penalty(self._keras, self._l2)


def image_input(keras: Any) -> Any:
    """The input that every network shares: float32 ``[batch, 28, 28, 1]``."""
    return keras.Input((IMAGE_SIZE, IMAGE_SIZE, 1), name=INPUT_NAME)


def digit_output(keras: Any, *, l2: float = 0.0) -> Any:
    """The classifying layer that every network shares: probabilities float32 ``[batch, 10]``."""
    return keras.layers.Dense(NUM_CLASSES, activation="softmax", kernel_regularizer=_penalty(keras, l2), name="output")


def through(layers: list[Any], tensor: Any) -> Any:
    """Leads a symbolic tensor through layers, one after the other."""
    for layer in layers:
        tensor = layer(tensor)
    return tensor


def _penalty(keras: Any, l2: float) -> Any | None:
    return keras.regularizers.L2(l2) if l2 else None
