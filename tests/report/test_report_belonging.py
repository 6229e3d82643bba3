"""Which Keras model and ONNX file are taken for one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mnist_edge.errors import OptionError
from mnist_edge.report.belonging import check_same_network, compare_layers

IMAGES = np.zeros((3, 28, 28), np.uint8)


def models(arch: str | None = None, of_card: str = "custom", parameters: int = 100, foldable: int = 0) -> Any:
    run = SimpleNamespace(config=SimpleNamespace(arch=arch)) if arch else None
    card = SimpleNamespace(architecture=of_card, parameters=parameters)
    keras = SimpleNamespace(given=Path("run"), run=run, parameters=100, foldable_parameters=foldable)
    return SimpleNamespace(keras=keras, onnx=SimpleNamespace(given=Path("m.onnx"), card=card))


def pair(keras: dict[str, Any], onnx: dict[str, Any], answers: float = 0.1) -> Any:
    """Two models whose layers are told as the outputs that they have."""
    found = models()
    for side, layers, answer in ((found.keras, keras, 0.1), (found.onnx, onnx, answers)):
        side.names = tuple(layers)
        side.outputs = lambda images, names, layers=layers: {name: layers[name] for name in names}
        side.probabilities = lambda images, answer=answer: np.full((3, 10), answer, np.float32)
    return found


@pytest.mark.parametrize(("arch", "of_card"), [(None, "simple_cnn"), ("simple_cnn", "custom"), ("mlp", "mlp")])
def test_what_is_not_known_is_not_held_against_a_model(arch: str | None, of_card: str) -> None:
    check_same_network(models(arch, of_card))


def test_other_architectures_and_sizes_are_refused_in_one_line() -> None:
    with pytest.raises(OptionError, match=r"^m\.onnx is another network than run\. Expected: the architecture mlp") as told:
        check_same_network(models("mlp", "simple_cnn"))
    assert "\n" not in str(told.value)
    with pytest.raises(OptionError, match=r"100 parameters, as in run\. Received: 101"):
        check_same_network(models(parameters=101))


@pytest.mark.parametrize("parameters", [88, 91, 100])
def test_normalisation_may_have_been_folded_away_and_equal_biases_merged(parameters: int) -> None:
    check_same_network(models(parameters=parameters, foldable=12))
    for too_few_or_many in (87, 101):
        with pytest.raises(OptionError, match="another network"):
            check_same_network(models(parameters=too_few_or_many, foldable=12))


def test_one_model_alone_is_never_refused() -> None:
    alone = models("mlp", "simple_cnn")
    alone.onnx = None
    check_same_network(alone)
    assert compare_layers(alone, IMAGES) is None


def test_rounding_is_told_from_other_weights() -> None:
    layer = np.full((3, 4), 2.0, np.float32)
    for step, same in ((0.0, True), (1e-5, True), (0.01, False)):
        found = compare_layers(pair({"a": layer, "b": layer}, {"a": layer, "b": layer + step}), IMAGES)
        assert found is not None
        assert (found.same, found.images) == (same, 3)
        assert [name for name, _, _ in found.differences] == ["a", "b"]


def test_a_layer_of_another_size_is_another_network() -> None:
    with pytest.raises(OptionError, match=r"4 values in the layer a, as in run\. Received: 5"):
        compare_layers(pair({"a": np.zeros((3, 4))}, {"a": np.zeros((3, 5))}), IMAGES)


@pytest.mark.parametrize(("answers", "same"), [(0.1, True), (0.2, False)])
def test_without_common_layers_the_answers_are_compared(answers: float, same: bool) -> None:
    layer = np.zeros((3, 4), np.float32)
    found = compare_layers(pair({"a": layer}, {"b": layer}, answers), IMAGES)
    assert found is not None
    assert (found.same, found.differences) == (same, ())
