"""The networks that can be trained, by name.

Adding one is adding one function to this module, or to any module that is imported before training::

    @register
    def my_cnn(keras, options):
        blocks = Blocks(keras, options)
        return keras.Sequential([image_input(keras), *blocks.convolution("conv1", 16), ..., *blocks.head()], name="my_cnn")

Every network takes float32 ``[batch, 28, 28, 1]``, 0 (ground) to 1 (ink), under the name ``image``, and gives the
probabilities of the ten digits, float32 ``[batch, 10]``. What ``Blocks`` makes follows the options for dropout, L2 and
batch normalisation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from mnist_edge.errors import OptionError
from mnist_edge.keras_model import import_keras
from mnist_edge.train.networks.accurate import accurate
from mnist_edge.train.networks.blocks import Blocks, LayerOptions, image_input
from mnist_edge.train.networks.deep import resnet_cnn, vgg_cnn
from mnist_edge.train.networks.edge import edge, tiny

DEFAULT_ARCHITECTURE: Final = "simple_cnn"

Builder = Callable[[Any, LayerOptions], Any]
"""Takes the module ``keras`` (so that importing this module stays cheap) and gives an uncompiled ``keras.Model``."""

_BUILDERS: dict[str, Builder] = {}


def register(builder: Builder) -> Builder:
    """Makes ``builder`` available under the name of the function.

    Raises:
        OptionError: If the name is taken.
    """
    if builder.__name__ in _BUILDERS:
        raise OptionError(f"An architecture {builder.__name__} is registered already", fix="Choose another name")
    _BUILDERS[builder.__name__] = builder
    return builder


def architecture_names() -> tuple[str, ...]:
    """The names that :func:`build` knows, in the order of registration."""
    return tuple(_BUILDERS)


def check_architecture(name: str) -> None:
    """Refuses a name that is not registered.

    Raises:
        OptionError: If no architecture has that name.
    """
    if name not in _BUILDERS:
        raise OptionError("Unknown architecture", expected=", ".join(_BUILDERS), received=name)


def build(name: str, *, seed: int, options: LayerOptions | None = None) -> Any:
    """Builds a network with fresh weights.

    Seeds Python, NumPy and TensorFlow (``keras.utils.set_random_seed``): the same seed gives the same weights and dropout.

    Args:
        name: One of :func:`architecture_names`.
        seed: 0 to 2**32 - 1.
        options: What to change in the network; ``None`` leaves it as it is.

    Returns:
        An uncompiled ``keras.Model``.

    Raises:
        OptionError: If the name is unknown.
        MissingExtraError: If Keras is not installed.
    """
    check_architecture(name)
    keras = import_keras("Training")
    keras.utils.set_random_seed(seed)
    return _BUILDERS[name](keras, options or LayerOptions())


@register
def simple_cnn(keras: Any, options: LayerOptions) -> Any:
    """Three convolutions and one hidden layer: the first tutorial's network, 93,322 parameters."""
    layers, blocks = keras.layers, Blocks(keras, options)
    return keras.Sequential(
        [
            image_input(keras),
            *blocks.convolution("conv1", 32),
            layers.MaxPooling2D(2, name="pool1"),
            *blocks.convolution("conv2", 64),
            layers.MaxPooling2D(2, name="pool2"),
            *blocks.convolution("conv3", 64),
            layers.Flatten(name="flatten"),
            blocks.dense("fc1", 64),
            *blocks.head(),
        ],
        name="simple_cnn",
    )


@register
def dropout_cnn(keras: Any, options: LayerOptions) -> Any:
    """Two convolutions, a wider hidden layer and dropout: the second tutorial's network, 225,034 parameters."""
    layers, blocks = keras.layers, Blocks(keras, options, dropout=0.5)
    return keras.Sequential(
        [
            image_input(keras),
            *blocks.convolution("conv1", 32),
            layers.MaxPooling2D(2, name="pool1"),
            *blocks.convolution("conv2", 64),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Flatten(name="flatten"),
            blocks.dense("fc1", 128),
            *blocks.head(),
        ],
        name="dropout_cnn",
    )


register(vgg_cnn)
register(resnet_cnn)
register(accurate)
register(edge)
register(tiny)
