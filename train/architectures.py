"""The networks that can be trained, by name.

Adding one is adding one function to this module, or to any module that is imported before training::

    @register
    def my_cnn(keras):
        return keras.Sequential([image_input(keras), ..., digit_output(keras)], name="my_cnn")

Every network takes float32 ``[batch, 28, 28, 1]``, 0 (ground) to 1 (ink), under the name ``image``, and gives the
probabilities of the ten digits, float32 ``[batch, 10]``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from mnist_edge.contract import IMAGE_SIZE, INPUT_NAME, NUM_CLASSES
from mnist_edge.errors import OptionError
from mnist_edge.keras_model import import_keras

DEFAULT_ARCHITECTURE: Final = "simple_cnn"

Builder = Callable[[Any], Any]
"""Takes the module ``keras`` (so that importing this module stays cheap) and returns an uncompiled ``keras.Model``."""

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


def build(name: str, *, seed: int) -> Any:
    """Builds a network with fresh weights.

    Seeds Python, NumPy and TensorFlow (``keras.utils.set_random_seed``): the same seed gives the same weights and dropout.

    Args:
        name: One of :func:`architecture_names`.
        seed: 0 to 2**32 - 1.

    Returns:
        An uncompiled ``keras.Model``.

    Raises:
        OptionError: If the name is unknown.
        MissingExtraError: If Keras is not installed.
    """
    check_architecture(name)
    keras = import_keras("Training")
    keras.utils.set_random_seed(seed)
    return _BUILDERS[name](keras)


def image_input(keras: Any) -> Any:
    """The input that every architecture shares."""
    return keras.Input((IMAGE_SIZE, IMAGE_SIZE, 1), name=INPUT_NAME)


def digit_output(keras: Any) -> Any:
    """The classifying layer that every architecture shares."""
    return keras.layers.Dense(NUM_CLASSES, activation="softmax", name="output")


@register
def simple_cnn(keras: Any) -> Any:
    """Three convolutions and one hidden layer: the first tutorial's network, 93,322 parameters."""
    layers = keras.layers
    return keras.Sequential(
        [
            image_input(keras),
            layers.Conv2D(32, 3, activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(64, 3, activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Conv2D(64, 3, activation="relu", name="conv3"),
            layers.Flatten(name="flatten"),
            layers.Dense(64, activation="relu", name="fc1"),
            digit_output(keras),
        ],
        name="simple_cnn",
    )


@register
def dropout_cnn(keras: Any) -> Any:
    """Two convolutions, a wider hidden layer and dropout: the second tutorial's network, 225,034 parameters."""
    layers = keras.layers
    return keras.Sequential(
        [
            image_input(keras),
            layers.Conv2D(32, 3, activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(64, 3, activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Flatten(name="flatten"),
            layers.Dense(128, activation="relu", name="fc1"),
            layers.Dropout(0.5, name="dropout"),
            digit_output(keras),
        ],
        name="dropout_cnn",
    )


@dataclass(frozen=True)
class LayerRow:
    """One line of the layer table.

    Attributes:
        kind: Class of the layer.
        output_shape: For instance ``"batch x 26 x 26 x 32"``.
        parameters: Trainable and fixed weights.
    """

    name: str
    kind: str
    output_shape: str
    parameters: int


def layer_table(model: Any) -> list[LayerRow]:
    """The layers of a built Keras model with their output shapes and parameters, input first."""
    tensor = model.inputs[0]
    rows = [LayerRow(tensor.name, "InputLayer", _shape_text(tensor.shape), 0)]
    return rows + [
        LayerRow(layer.name, type(layer).__name__, _shape_text(layer.output.shape), layer.count_params())
        for layer in model.layers
        if type(layer).__name__ != "InputLayer"  # functional models list it among their layers, sequential ones do not
    ]


def _shape_text(shape: tuple[int | None, ...]) -> str:
    return " x ".join("batch" if size is None else str(size) for size in shape)
