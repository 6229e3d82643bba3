"""Whether a Keras model and an ONNX file are one model: the same network, and the same weights in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import OptionError
from mnist_edge.report.models import KerasSide, Models, OnnxSide

_SAME: Final = 1e-4  # of the largest value of a layer; float32 sums in another order stay far below
_UNKNOWN: Final = "custom"  # what a card calls an architecture when the exporter was not told


@dataclass(frozen=True)
class LayerComparison:
    """What both sides make of the same pictures.

    Attributes:
        differences: Layer, largest absolute difference of Keras and ONNX, largest value of Keras; empty if no layer has the
            same name on both sides.
        same: Whether no difference is more than rounding; without common layers that of the answers counts.
        images: Pictures over which the differences were taken.
    """

    differences: tuple[tuple[str, float, float], ...]
    same: bool
    images: int


def check_same_network(models: Models) -> None:
    """Refuses two models that cannot be the same network; one model alone is always right.

    Raises:
        OptionError: If architecture or number of parameters differ.
    """
    keras, onnx = models.keras, models.onnx
    if keras is None or onnx is None:
        return
    trained, exported = keras.run.config.arch if keras.run else _UNKNOWN, onnx.card.architecture
    if _UNKNOWN not in (trained, exported) and trained != exported:
        raise _another_network(keras, onnx, f"the architecture {trained}", exported)
    if not 0 <= keras.parameters - onnx.card.parameters <= keras.foldable_parameters:
        raise _another_network(keras, onnx, f"{keras.parameters:,} parameters", f"{onnx.card.parameters:,}")


def compare_layers(models: Models, images: NDArray[np.uint8]) -> LayerComparison | None:
    """Compares all layers that both sides can tell, in the order of computation.

    Args:
        models: The models of the report.
        images: uint8 ``[n, 28, 28]``, white ink on black; n at least 1.

    Returns:
        ``None`` if there is only one side.

    Raises:
        OptionError: If a layer has another size on the other side.
    """
    from mnist_edge.export.layer_outputs import layer_differences

    keras, onnx = models.keras, models.onnx
    if keras is None or onnx is None:
        return None
    exported = set(onnx.names)
    common = [name for name in keras.names if name in exported]
    if not common:
        answers, reference = onnx.probabilities(images), keras.probabilities(images)
        return LayerComparison((), bool(np.abs(answers - reference).max() <= _SAME), len(images))
    ours, theirs = keras.outputs(images, common), onnx.outputs(images, common)
    for name in common:
        sizes = [math.prod(outputs[name].shape[1:]) for outputs in (ours, theirs)]
        if sizes[0] != sizes[1]:
            raise _another_network(keras, onnx, f"{sizes[0]:,} values in the layer {name}", f"{sizes[1]:,}")
    found = tuple((each.layer, each.largest_difference, each.largest_value) for each in layer_differences(theirs, ours))
    same = all(difference <= _SAME * max(largest, 1) for _, difference, largest in found)
    return LayerComparison(found, same, len(images))


def _another_network(keras: KerasSide, onnx: OnnxSide, expected: str, received: str) -> OptionError:
    return OptionError(
        f"{onnx.given} is another network than {keras.given}",
        expected=f"{expected}, as in {keras.given}",
        received=received,
        fix="Name the file that was exported from this model, or leave one of the two out",
    )
