"""The deeper networks, and what the options for dropout, L2 and batch normalisation do to every network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnist_edge.errors import OptionError
from mnist_edge.train.networks.architectures import architecture_names, build
from mnist_edge.train.networks.blocks import LayerOptions

ALL = ("simple_cnn", "dropout_cnn", "vgg_cnn", "resnet_cnn", "accurate", "edge", "tiny")
# Without and with batch normalisation: a bias less and four numbers more for every channel.
PARAMETERS = {
    "simple_cnn": (93_322, 93_322 + 3 * (32 + 64 + 64)),
    "dropout_cnn": (225_034, 225_034 + 3 * (32 + 64)),
    "vgg_cnn": (217_266, 217_266 + 3 * 2 * (24 + 48 + 96)),
    "resnet_cnn": (174_410, 174_410 + 3 * (5 * 16 + 5 * 32 + 5 * 64)),
    "accurate": (235_802, 235_802 + 3 * (16 + 16 + 32 + 48 + 48 + 96)),
    "edge": (48_954, 48_954 + 3 * (16 + 32 + 48 + 64)),
    "tiny": (8_026, 8_026 + 3 * 4 * 16),
}


def _kinds(model: Any) -> list[str]:
    return [type(layer).__name__ for layer in model.layers]


def test_all_are_known() -> None:
    assert architecture_names() == ALL


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("name", ALL)
def test_parameters_and_probabilities(name: str, batch_norm: bool) -> None:
    model = build(name, seed=1, options=LayerOptions(batch_norm=batch_norm))
    assert model.count_params() == PARAMETERS[name][batch_norm]
    outputs = model(np.random.default_rng(0).random((3, 28, 28, 1), np.float32), training=False).numpy()
    assert (outputs.shape, outputs.dtype) == ((3, 10), np.float32)
    np.testing.assert_allclose(outputs.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(("name", "own"), [*zip(ALL, (0, 0, 6, 15, 6, 4, 4), strict=True)])
def test_batch_normalisation_follows_every_convolution(name: str, own: int) -> None:
    assert _kinds(build(name, seed=1)).count("BatchNormalization") == own
    model = build(name, seed=1, options=LayerOptions(batch_norm=True))
    convolutions = [layer for layer in model.layers if type(layer).__name__ == "Conv2D"]
    for layer in convolutions:
        assert not layer.use_bias
        assert layer.activation.__name__ == "linear"
        (node,) = layer._outbound_nodes
        assert type(node.operation).__name__ == "BatchNormalization"
        block = layer.name.removesuffix("_conv")
        assert block != layer.name
        assert node.operation.name in (block, f"{block}_bn")
        assert model.get_layer(block) is not layer
    assert _kinds(model).count("BatchNormalization") == len(convolutions)
    assert "BatchNormalization" not in _kinds(build(name, seed=1, options=LayerOptions(batch_norm=False)))


def test_the_statistics_of_batch_normalisation_move_in_training_only() -> None:
    model = build("simple_cnn", seed=1, options=LayerOptions(batch_norm=True))
    layer, images = model.get_layer("conv1_bn"), np.random.default_rng(0).random((8, 28, 28, 1), np.float32)
    model(images, training=False)
    assert not layer.moving_mean.numpy().any()
    model(images, training=True)
    means = model.get_layer("conv1_conv")(images).numpy().mean(axis=(0, 1, 2))
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.1 * means, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "asked", "rate"),
    [
        ("simple_cnn", None, None),
        ("simple_cnn", 0.3, 0.3),
        ("dropout_cnn", None, 0.5),
        ("dropout_cnn", 0.2, 0.2),
        ("dropout_cnn", 0.0, None),
        ("vgg_cnn", None, 0.3),
        ("resnet_cnn", 0.1, 0.1),
        ("accurate", None, 0.4),
        ("edge", None, None),
        ("tiny", 0.1, 0.1),
    ],
)
def test_dropout_stands_before_the_classifying_layer(name: str, asked: float | None, rate: float | None) -> None:
    layers = build(name, seed=1, options=LayerOptions(dropout=asked)).layers
    dropouts = [index for index, layer in enumerate(layers) if type(layer).__name__ == "Dropout"]
    if rate is None:
        assert dropouts == []
    else:
        assert dropouts == [len(layers) - 2]
        assert layers[-2].rate == rate


@pytest.mark.parametrize("name", ALL)
def test_l2_is_the_sum_of_the_squares_of_all_kernels(name: str) -> None:
    model = build(name, seed=1, options=LayerOptions(l2=0.01))
    kernels = [layer.kernel.numpy() for layer in model.layers if hasattr(layer, "kernel")]
    assert len(kernels) == sum(kind in ("Conv2D", "Dense") for kind in _kinds(model))
    expected = 0.01 * sum(float((kernel.astype(np.float64) ** 2).sum()) for kernel in kernels)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)
    assert build(name, seed=1).losses == []


def test_l2_does_not_change_how_weights_begin() -> None:
    plain, changed = (build("simple_cnn", seed=3, options=options) for options in (None, LayerOptions(l2=0.1)))
    for one, other in zip(plain.get_weights(), changed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_residual_blocks_add_their_input() -> None:
    model = build("resnet_cnn", seed=1)
    added = {layer.name: [tensor._keras_history.operation.name for tensor in layer.input] for layer in model.layers
             if type(layer).__name__ == "Add"}  # fmt: skip
    assert added == {
        "res1_1_add": ["res1_1_conv2", "conv1"],
        "res1_2_add": ["res1_2_conv2", "res1_1_relu"],
        "res2_1_add": ["res2_1_conv2", "res2_1_skip"],
        "res2_2_add": ["res2_2_conv2", "res2_1_relu"],
        "res3_1_add": ["res3_1_conv2", "res3_1_skip"],
        "res3_2_add": ["res3_2_conv2", "res3_1_relu"],
    }
    assert model.get_layer("res3_2_relu").output.shape == (None, 7, 7, 64)


@pytest.mark.parametrize("options", [{"dropout": 1.0}, {"dropout": -0.1}, {"l2": -1.0}, {"l2": float("nan")}], ids=str)
def test_options_out_of_range_are_named(options: dict[str, float]) -> None:
    with pytest.raises(OptionError, match=f"{next(iter(options))} is out of range.*Expected.*Received"):
        LayerOptions(**options)
