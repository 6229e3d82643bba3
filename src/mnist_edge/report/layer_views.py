"""What the layers of a model make of one picture, and how far Keras and ONNX are apart in each of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.dataset import Dataset
from mnist_edge.errors import ImageError, OptionError
from mnist_edge.report.belonging import LayerComparison, compare_layers
from mnist_edge.report.models import KerasSide, Models, OnnxSide
from mnist_edge.runtime.images import load_image
from mnist_edge.runtime.preprocess import prepare_digit

MAX_BY_DEFAULT: Final = 6
_COMPARED: Final = 64  # pictures; a wrong weight shows in every one of them
_INDEX: Final = re.compile(r"-?\d+", re.ASCII)
_LONGEST_INDEX: Final = 18  # digits; Python refuses to read numbers of thousands

Float32Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ChosenPicture:
    """The picture whose feature maps are shown.

    Attributes:
        pixels: uint8 ``[28, 28]``, white ink on black.
        index: Its place in the test data; ``None`` for a file.
        file: Name of its file; empty for a test digit.
        label: Its digit; ``None`` for a file.
    """

    pixels: NDArray[np.uint8]
    index: int | None = None
    file: str = ""
    label: int | None = None


@dataclass(frozen=True, eq=False)
class LayerViews:
    """What was seen inside.

    Attributes:
        picture: The picture that was shown to the model.
        answer: What the model answers to it.
        confidence: How sure it is, 0 to 1.
        maps: Layer to its output, float32 ``[h, w, c]``.
        kernels: Name and weights, float32 ``[kh, kw, cin, cout]``, of the first convolution; ``None`` without one.
        comparison: Keras beside ONNX; ``None`` if only one is there.
        convolutions: The convolutions whose feature maps can be shown.
    """

    picture: ChosenPicture
    answer: int
    confidence: float
    maps: dict[str, Float32Array]
    kernels: tuple[str, Float32Array] | None
    comparison: LayerComparison | None
    convolutions: tuple[str, ...]


def choose_picture(image: str, dataset: Dataset) -> ChosenPicture:
    """The picture that ``image`` means.

    Args:
        image: Index of a test digit, or a picture file, which is brought to MNIST's form.
        dataset: The data that the index counts in.

    Raises:
        OptionError: If there is no test digit of that index, or ``image`` is empty.
        ImageError: If the file is no picture, or no ink is found on it.
    """
    last = len(dataset.x_test) - 1
    if not image:
        raise OptionError("No picture is named", expected=f"0 to {last}, or a picture file")
    if not _INDEX.fullmatch(image):
        pixels = prepare_digit(load_image(image))
        if pixels is None:
            raise ImageError(f"{image} shows no digit", expected="a picture of one digit", fix="Name another picture")
        return ChosenPicture(pixels, file=image)
    index = int(image) if len(image) <= _LONGEST_INDEX else -1
    if not 0 <= index <= last:
        received = image if len(image) <= _LONGEST_INDEX else f"a number of {len(image):,} characters"
        raise OptionError("There is no test digit of this index", expected=f"0 to {last}", received=received)
    return ChosenPicture(dataset.x_test[index], index=index, label=int(dataset.y_test[index]))


def look_inside(models: Models, layers: Sequence[str], picture: ChosenPicture, dataset: Dataset) -> LayerViews:
    """Runs both sides up to the layers.

    Args:
        models: The models of the report.
        layers: Names of Keras layers; empty takes convolutions, at most six.
        picture: What to show them.
        dataset: Its first test digits are used for the comparison of Keras and ONNX.

    Raises:
        OptionError: If a layer does not exist (the message lists those that do), or has another size on the other side.
    """
    leading = models.sides[0]
    told = set(leading.names)  # a layer that is called several times has no output to show
    convolutions = tuple(name for name in leading.convolutions if name in told)
    names = tuple(dict.fromkeys(layers)) or spread(convolutions)
    images = np.concatenate([picture.pixels[None], dataset.x_test[: _COMPARED - 1]])
    maps = leading.outputs(images[:1], names) if names else {}
    probabilities = models.predict(images[:1])[0]
    return LayerViews(
        picture=picture,
        answer=int(probabilities.argmax()),
        confidence=float(probabilities.max()),
        maps={name: _as_map(maps[name][0]) for name in names},
        kernels=_first_kernels(leading),
        comparison=compare_layers(models, images),
        convolutions=convolutions,
    )


def spread(layers: Sequence[str]) -> tuple[str, ...]:
    """Some layers from the first to the last, as many as a reader looks at; all of them if there are no more."""
    wanted = min(len(layers), MAX_BY_DEFAULT)
    return tuple(layers[round(place)] for place in np.linspace(0, len(layers) - 1, wanted))


def _as_map(values: Float32Array) -> Float32Array:
    """One picture's output as ``[h, w, c]``; a vector becomes maps of one field."""
    return values if values.ndim == 3 else values.reshape(1, 1, -1)


def _first_kernels(side: KerasSide | OnnxSide) -> tuple[str, Float32Array] | None:
    names = side.convolutions
    return (names[0], side.kernels(names[0])) if names else None
