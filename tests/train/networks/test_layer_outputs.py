"""Looking into a Keras model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnist_edge.errors import ImageArrayError, OptionError
from mnist_edge.keras_model import import_keras
from mnist_edge.train.networks.architectures import build
from mnist_edge.train.networks.layer_outputs import conv_layers, kernels, layer_names, layer_outputs

IMAGES = np.random.default_rng(0).integers(0, 256, (300, 28, 28), np.uint8)  # more than one batch


@pytest.fixture(scope="module")
def keras() -> Any:
    return import_keras("This test")


@pytest.fixture(scope="module")
def simple() -> Any:
    return build("simple_cnn", seed=1)


@pytest.fixture(scope="module")
def odd(keras: Any) -> Any:
    """A shared layer, one with two outputs, one with two inputs, and a model inside."""
    layers = keras.layers
    inner = keras.Sequential([keras.Input((28, 28, 2)), layers.Conv2D(2, 3, name="inside")], name="inner")
    shared = layers.Conv2D(2, 3, padding="same", name="shared")
    x = keras.Input((28, 28, 1), name="image")
    y = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="depthwise")(x)
    y = layers.SeparableConv2D(2, 3, padding="same", name="separable")(shared(shared(y)))
    first, second = layers.Lambda(lambda t: (t, t * 2), name="two")(y)
    y = inner(layers.Add(name="add")([first, second]))
    return keras.Model(x, layers.Dense(10, activation="softmax", name="output")(layers.Flatten(name="flatten")(y)))


def test_the_last_layer_gives_the_models_answer_and_the_others_follow_from_it(simple: Any) -> None:
    names = layer_names(simple)
    assert names == ("conv1", "pool1", "conv2", "pool2", "conv3", "flatten", "fc1", "output")
    outputs = layer_outputs(simple, IMAGES, names)
    assert list(outputs) == list(names)
    assert {name: value.shape[1:] for name, value in outputs.items()} == {
        layer.name: layer.output.shape[1:] for layer in simple.layers
    }
    assert {value.dtype for value in outputs.values()} == {np.dtype(np.float32)}
    answers = simple(IMAGES[..., None] / np.float32(255), training=False).numpy()
    np.testing.assert_allclose(outputs["output"], answers, atol=1e-6)
    maximum = outputs["conv1"].reshape(300, 13, 2, 13, 2, 32).max((2, 4))
    np.testing.assert_array_equal(outputs["pool1"], maximum)


def test_a_convolution_by_hand(simple: Any) -> None:
    kernel, bias = kernels(simple, "conv1"), simple.get_layer("conv1").bias.numpy()
    assert (kernel.shape, kernel.dtype) == ((3, 3, 1, 32), np.float32)
    patch = IMAGES[7, 4:7, 9:12] / np.float32(255)
    expected = np.maximum((patch[..., None] * kernel[:, :, 0]).sum((0, 1)) + bias, 0)
    np.testing.assert_allclose(layer_outputs(simple, IMAGES, ["conv1"])["conv1"][7, 4, 9], expected, atol=1e-6)


def test_dropout_is_off(keras: Any) -> None:
    outputs = layer_outputs(build("dropout_cnn", seed=1), IMAGES[:3], ["fc1", "dropout"])
    np.testing.assert_array_equal(outputs["fc1"], outputs["dropout"])


def test_a_residual_network_and_a_reloaded_one(keras: Any, simple: Any, tmp_path: Any) -> None:
    model = build("resnet_cnn", seed=1)
    adds = [name for name in layer_names(model) if name.endswith("_add")]
    assert layer_outputs(model, IMAGES[:2], adds)[adds[-1]].shape == (2, 7, 7, 64)
    simple.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    for name, value in layer_outputs(loaded, IMAGES[:2], layer_names(simple)).items():
        np.testing.assert_array_equal(value, layer_outputs(simple, IMAGES[:2], [name])[name])
    assert conv_layers(loaded) == ("conv1", "conv2", "conv3")


def test_repeated_names_and_no_name(simple: Any) -> None:
    assert list(layer_outputs(simple, IMAGES[:1], ["conv1", "conv1"])) == ["conv1"]
    assert layer_outputs(simple, IMAGES[:1], []) == {}


def test_what_an_odd_model_offers(odd: Any) -> None:
    assert layer_names(odd) == ("depthwise", "separable", "add", "inner", "flatten", "output")
    outputs = layer_outputs(odd, IMAGES[:2], layer_names(odd))
    np.testing.assert_allclose(outputs["add"], 3 * outputs["separable"], rtol=1e-6)
    assert outputs["inner"].shape == (2, 26, 26, 2)
    assert conv_layers(odd) == ("depthwise", "shared", "separable")
    shapes = {name: kernels(odd, name).shape for name in conv_layers(odd)}
    assert shapes == {"depthwise": (3, 3, 1, 2), "shared": (3, 3, 2, 2), "separable": (3, 3, 2, 1)}


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("conv9", "There is no layer conv9. Expected: one of: depthwise, separable, add, inner, flatten, output."),
        ("image", "There is no layer image. Expected: one of: depthwise, separable, add, inner, flatten, output."),
        ("inside", "There is no layer inside. Expected: one of: depthwise, separable, add, inner, flatten, output."),
        ("shared", "The layer shared is called 2 times. Expected: a layer with one output."),
        ("two", "The layer two has 2 outputs. Expected: a layer with one output."),
    ],
)
def test_a_layer_that_cannot_be_shown_is_one_line(odd: Any, layer: str, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        layer_outputs(odd, IMAGES[:1], ["add", layer])
    assert str(caught.value) == message


def test_kernels_of_what_has_none(odd: Any, keras: Any) -> None:
    convolutions = "Expected: one of the convolutions: depthwise, shared, separable."
    for layer, problem in (("add", "The layer add is no 2-D convolution"), ("conv9", "There is no layer conv9")):
        with pytest.raises(OptionError) as caught:
            kernels(odd, layer)
        assert str(caught.value) == f"{problem}. {convolutions}"
    x = keras.Input((28, 28, 1))
    with pytest.raises(OptionError, match="none: this network has no convolution"):
        kernels(keras.Model(x, keras.layers.Flatten(name="flatten")(x)), "flatten")


@pytest.mark.parametrize(
    "images", [IMAGES[:0], IMAGES[0], IMAGES[:2].astype(np.float32), IMAGES[:2, :27], IMAGES[:2, ..., None]]
)
def test_other_arrays_are_refused(simple: Any, images: np.ndarray) -> None:
    with pytest.raises(ImageArrayError, match=r"uint8 \[n, 28, 28\]"):
        layer_outputs(simple, images, ["conv1"])
