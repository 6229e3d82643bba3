"""The two tutorial networks, layer by layer, and the registry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnist_edge.errors import OptionError
from mnist_edge.train.networks import architectures
from mnist_edge.train.networks.architectures import architecture_names, build, register
from mnist_edge.train.networks.blocks import LayerOptions, digit_output, image_input
from mnist_edge.train.networks.layer_table import layer_table

TABLES = {
    "simple_cnn": [
        ("image", "InputLayer", (28, 28, 1), 0),
        ("conv1", "Conv2D", (26, 26, 32), 320),
        ("pool1", "MaxPooling2D", (13, 13, 32), 0),
        ("conv2", "Conv2D", (11, 11, 64), 18496),
        ("pool2", "MaxPooling2D", (5, 5, 64), 0),
        ("conv3", "Conv2D", (3, 3, 64), 36928),
        ("flatten", "Flatten", (576,), 0),
        ("fc1", "Dense", (64,), 36928),
        ("output", "Dense", (10,), 650),
    ],
    "dropout_cnn": [
        ("image", "InputLayer", (28, 28, 1), 0),
        ("conv1", "Conv2D", (26, 26, 32), 320),
        ("pool1", "MaxPooling2D", (13, 13, 32), 0),
        ("conv2", "Conv2D", (11, 11, 64), 18496),
        ("pool2", "MaxPooling2D", (5, 5, 64), 0),
        ("flatten", "Flatten", (1600,), 0),
        ("fc1", "Dense", (128,), 204928),
        ("dropout", "Dropout", (128,), 0),
        ("output", "Dense", (10,), 1290),
    ],
}
PARAMETERS = {"simple_cnn": 93_322, "dropout_cnn": 225_034}


def _flat(model: Any) -> np.ndarray:
    return np.concatenate([weights.ravel() for weights in model.get_weights()])


def test_the_tutorial_networks_are_known() -> None:
    assert architecture_names()[:2] == ("simple_cnn", "dropout_cnn")


@pytest.mark.parametrize("name", TABLES)
def test_layers_shapes_and_parameters_are_those_of_the_tutorial(name: str) -> None:
    model = build(name, seed=1)
    assert [(row.name, row.kind, row.output_shape, row.parameters) for row in layer_table(model)] == TABLES[name]
    assert model.count_params() == PARAMETERS[name]


@pytest.mark.parametrize("name", TABLES)
def test_outputs_are_probabilities(name: str) -> None:
    outputs = build(name, seed=1)(np.random.default_rng(0).random((5, 28, 28, 1), np.float32)).numpy()
    assert outputs.shape == (5, 10)
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs.sum(axis=1), 1, atol=1e-6)


def test_the_seed_decides_the_weights() -> None:
    first, again, other = (_flat(build("simple_cnn", seed=seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(OptionError, match=r"Expected: simple_cnn, dropout_cnn.*Received: lenet"):
        build("lenet", seed=1)


def test_one_function_adds_an_architecture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(architectures, "_BUILDERS", dict(architectures._BUILDERS))

    @register
    def linear(keras: Any, options: LayerOptions) -> Any:
        image = image_input(keras)
        return keras.Model(image, digit_output(keras)(keras.layers.Flatten(name="flatten")(image)))

    assert "linear" in architecture_names()
    model = build("linear", seed=1)
    assert [row.name for row in layer_table(model)] == ["image", "flatten", "output"]
    with pytest.raises(OptionError, match="registered already"):
        register(linear)
