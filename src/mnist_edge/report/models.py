"""The models a report is about: one, or the same network as Keras model and as ONNX file."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import ModelCard
from mnist_edge.errors import OptionError
from mnist_edge.keras_model import MODEL_FILE, load_keras_model, resolve_keras_path
from mnist_edge.layer_arithmetic import LayerRow
from mnist_edge.runtime.packaged import read_model
from mnist_edge.train.evaluation.predictor import Predictor, keras_probabilities, kind_of_model, load_predictor
from mnist_edge.train.networks import layer_outputs
from mnist_edge.train.networks.layer_table import layer_table
from mnist_edge.train.run import CONFIG_FILE, Run, exists, load_run

if TYPE_CHECKING:
    from mnist_edge.export.layer_outputs import OnnxLayers

Float32Array = NDArray[np.float32]

_PURPOSE = "A report on a Keras model"


@dataclass(frozen=True, eq=False)
class KerasSide:
    """A Keras model and the run that it comes from.

    Attributes:
        given: As the user named it.
        file: The ``.keras`` file.
        model: An uncompiled ``keras.Model``.
        run: The run folder around it; ``None`` for a file of its own.
    """

    given: Path
    file: Path
    model: Any
    run: Run | None

    @property
    def names(self) -> tuple[str, ...]:
        """Layers whose output can be told."""
        return layer_outputs.layer_names(self.model)

    @property
    def convolutions(self) -> tuple[str, ...]:
        """Layers whose kernels can be told; the output of one that is called several times cannot."""
        return layer_outputs.conv_layers(self.model)

    @property
    def parameters(self) -> int:
        """Weights, trainable or not."""
        return int(self.model.count_params())

    @property
    def foldable_parameters(self) -> int:
        """How many of them an export may do without.

        Those with one axis: batch normalisation is folded into its neighbours, and biases that are equal, as on the two
        ways around a residual block, are stored once.
        """
        return sum(math.prod(weight.shape) for weight in self.model.weights if len(weight.shape) <= 1)

    def probabilities(self, images: NDArray[np.uint8]) -> Float32Array:
        """See :func:`~mnist_edge.train.evaluation.predictor.keras_probabilities`."""
        return keras_probabilities(self.model, images)

    def outputs(self, images: NDArray[np.uint8], layers: Sequence[str]) -> dict[str, Float32Array]:
        """See :func:`~mnist_edge.train.networks.layer_outputs.layer_outputs`."""
        return layer_outputs.layer_outputs(self.model, images, layers)

    def kernels(self, layer: str) -> Float32Array:
        """See :func:`~mnist_edge.train.networks.layer_outputs.kernels`."""
        return layer_outputs.kernels(self.model, layer)

    def table(self) -> list[LayerRow]:
        """See :func:`~mnist_edge.train.networks.layer_table.layer_table`."""
        return layer_table(self.model)


@dataclass(frozen=True, eq=False)
class OnnxSide:
    """An exported model.

    Attributes:
        given: As the user named it.
        file: The ``.onnx`` file; for a packaged model that inside the package.
        data: Its bytes.
        card: Its model card.
        layers: Access to what its layers give.
    """

    given: Path
    file: Path
    data: bytes
    card: ModelCard
    layers: OnnxLayers

    @property
    def names(self) -> tuple[str, ...]:
        """Layers whose output can be told."""
        return tuple(self.layers.names)

    @property
    def convolutions(self) -> tuple[str, ...]:
        """Layers whose kernels can be told."""
        return tuple(self.layers.conv_layers)

    def probabilities(self, images: NDArray[np.uint8]) -> Float32Array:
        """What the graph gives, float32 ``[n, 10]``; the card's temperature is not applied."""
        from mnist_edge.runtime.session import Engine

        engine = Engine(self.file)
        return engine.infer(engine.encode(images))[1]

    def outputs(self, images: NDArray[np.uint8], layers: Sequence[str]) -> dict[str, Float32Array]:
        """See :meth:`~mnist_edge.export.layer_outputs.OnnxLayers.outputs`."""
        return self.layers.outputs(images, layers)

    def kernels(self, layer: str) -> Float32Array:
        """See :meth:`~mnist_edge.export.layer_outputs.OnnxLayers.kernels`."""
        return self.layers.kernels(layer)

    def table(self) -> list[LayerRow]:
        """See :meth:`~mnist_edge.export.layer_outputs.OnnxLayers.table`."""
        return self.layers.table()


@dataclass(frozen=True, eq=False)
class Models:
    """What a report is about; at least one side is there.

    Attributes:
        given: The model that is evaluated, as the user named it.
        predict: Runs that model.
        leads_with_onnx: Whether it is the ONNX side that is evaluated.
        keras: The Keras model, if there is one.
        onnx: The exported model, if there is one.
        same_weights: Whether both sides are one model; if not, the page tells only where the evaluated one comes from.
    """

    given: Path
    predict: Predictor
    leads_with_onnx: bool
    keras: KerasSide | None
    onnx: OnnxSide | None
    same_weights: bool = True

    @property
    def sides(self) -> tuple[KerasSide | OnnxSide, ...]:
        """Both sides as far as they are there, the evaluated one first."""
        found = [side for side in (self.keras, self.onnx) if side is not None]
        return tuple(reversed(found) if self.leads_with_onnx else found)

    @property
    def run(self) -> Run | None:
        """The training of the evaluated model, if there is a run folder."""
        return self.keras.run if self.keras and (self.same_weights or not self.leads_with_onnx) else None

    @property
    def card(self) -> ModelCard | None:
        """The card of the evaluated model, if it was exported."""
        return self.onnx.card if self.onnx and (self.same_weights or self.leads_with_onnx) else None

    @property
    def name(self) -> str:
        """What to call the model: the card knows best, then the run, then the file."""
        if self.card:
            return self.card.name
        if self.run:
            return self.run.config.arch
        return self.given.stem


def open_models(given: str | os.PathLike[str], counterpart: str | os.PathLike[str] | None = None) -> Models:
    """Loads the models of a report.

    Args:
        given: A run folder, a ``.keras`` file, an ``.onnx`` file, or the name of a packaged model.
        counterpart: The same network in the other form.

    Raises:
        OptionError: If a path is neither, or both are of the same kind.
        KerasModelError: If a run folder or ``.keras`` file cannot be used.
        RunError: If a file of the run is damaged.
        ModelError: If an ``.onnx`` file cannot be used.
        MissingExtraError: If a library is not installed.
    """
    paths = [Path(path) for path in (given, counterpart) if path is not None]
    exported = [kind_of_model(path) == "onnx" for path in paths]
    if len(paths) == 2 and exported[0] == exported[1]:
        raise OptionError(
            "Model and counterpart are of the same kind",
            expected="a run or .keras file, and an .onnx file",
            received=f"{paths[0]} and {paths[1]}",
        )
    onnx = next((_open_onnx(path) for path, is_onnx in zip(paths, exported, strict=True) if is_onnx), None)
    keras = next((_open_keras(path) for path, is_onnx in zip(paths, exported, strict=True) if not is_onnx), None)
    # The Keras model is asked directly, so that it is loaded only once.
    predict: Predictor = (
        partial(keras_probabilities, keras.model) if keras and not exported[0] else load_predictor(paths[0])
    )
    return Models(paths[0], predict, exported[0], keras, onnx)


def _open_keras(given: Path) -> KerasSide:
    file = resolve_keras_path(given)
    is_run = file.name == MODEL_FILE and exists(file.parent / CONFIG_FILE)
    run = load_run(file.parent) if is_run else None  # before Keras, which takes seconds to load
    return KerasSide(given, file, load_keras_model(file, purpose=_PURPOSE), run)


def _open_onnx(given: Path) -> OnnxSide:
    from mnist_edge.export.layer_outputs import OnnxLayers

    file, data = read_model(given)
    layers = OnnxLayers(file)
    return OnnxSide(given, Path(file), data, layers.card, layers)
