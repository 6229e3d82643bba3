"""The layer table of real Keras models: its numbers are the framework's, and its formulas give them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from mnist_edge.keras_model import import_keras
from mnist_edge.layer_arithmetic import LayerRow, total_multiply_adds
from mnist_edge.train.networks.architectures import architecture_names, build
from mnist_edge.train.networks.layer_table import layer_table

FORMULAS = ("output_formula", "parameter_formula", "multiply_adds_formula")


def check_formulas(row: LayerRow) -> None:
    """Every formula of a row, evaluated from its text, gives the number in the row."""
    for formula in row.output_formula.split("; ") if row.output_formula and "→" not in row.output_formula else []:
        assert evaluated(formula) in row.output_shape
    for formula, value in ((row.parameter_formula, row.parameters), (row.multiply_adds_formula, row.multiply_adds)):
        assert not formula or evaluated(formula) == value


def evaluated(formula: str) -> int:
    left, right = formula.replace(",", "").replace("×", "*").split(" = ")
    value = int(eval(left, {"__builtins__": {}, "floor": math.floor}))  # noqa: S307  # our own text
    assert value == int(right)
    return value


def named(rows: list[LayerRow]) -> dict[str, LayerRow]:
    return {row.name: row for row in rows}


@pytest.fixture(scope="module")
def keras() -> Any:
    return import_keras("This test")


# Multiply-adds by hand: output positions × kernel × channels of every convolution, and both dense layers.
WORK = {
    "simple_cnn": 26 * 26 * 32 * 9 + 11 * 11 * 64 * 9 * 32 + 3 * 3 * 64 * 9 * 64 + 576 * 64 + 640,
    "dropout_cnn": 26 * 26 * 32 * 9 + 11 * 11 * 64 * 9 * 32 + 1600 * 128 + 1280,
    "vgg_cnn": 9 * (784 * 24 * 25 + 196 * 48 * (24 + 48) + 49 * 96 * (48 + 96)) + 864 * 64 + 640,
    "resnet_cnn": 9 * (784 * 16 * 65 + 196 * 32 * (16 + 3 * 32) + 49 * 64 * (32 + 3 * 64))
    + 196 * 32 * 16
    + 49 * 64 * 32
    + 640,
    "accurate": 9 * 16 * (26 * 26 + 24 * 24 * 16)
    + 12 * 12 * 32 * 25 * 16
    + 9 * 48 * (10 * 10 * 32 + 8 * 8 * 48)
    + 3 * 3 * 96 * 16 * 48
    + 864 * 128
    + 1280,
    "edge": 9 * (13 * 13 * 16 + 6 * 6 * 32 * 16 + 4 * 4 * 48 * 32 + 2 * 2 * 64 * 48) + 256 * 10,
    "tiny": 8 * 8 * 16 * 25 + 9 * 16 * 16 * (6 * 6 + 4 * 4 + 2 * 2) + 64 * 10,
}


@pytest.mark.parametrize("name", WORK)
def test_sums_and_formulas_of_each_architecture(name: str) -> None:
    model = build(name, seed=1)
    rows = layer_table(model)
    assert sum(row.parameters for row in rows) == model.count_params()
    assert total_multiply_adds(rows) == WORK[name]
    for row in rows:
        check_formulas(row)
        assert bool(row.parameter_formula) == (row.parameters > 0)
        assert bool(row.multiply_adds_formula) == bool(row.multiply_adds)
        if "Conv" in row.kind or "Pool" in row.kind or row.kind == "Flatten":
            assert row.output_formula


def test_no_architecture_is_forgotten() -> None:
    assert set(architecture_names()) == set(WORK)


def test_the_tutorials_own_numbers() -> None:
    rows = named(layer_table(build("simple_cnn", seed=1)))
    assert rows["conv1"] == LayerRow(
        "conv1",
        "Conv2D",
        (26, 26, 32),
        320,
        194_688,
        "floor((28 + 2 × 0 - 3) / 1) + 1 = 26",
        "(3 × 3 × 1 + 1) × 32 = 320",
        "26 × 26 × 32 × 3 × 3 × 1 = 194,688",
    )
    assert rows["pool2"].output_formula == "floor((11 + 2 × 0 - 2) / 2) + 1 = 5"
    assert rows["flatten"].output_formula == "3 × 3 × 64 = 576"
    assert rows["fc1"].parameter_formula == "(576 + 1) × 64 = 36,928"
    assert rows["image"] == LayerRow("image", "InputLayer", (28, 28, 1), 0, 0)


def many_layers(keras: Any) -> Any:
    layers = keras.layers
    x = keras.Input((28, 20, 1), name="image")
    y = layers.ZeroPadding2D(((1, 2), (3, 3)), name="pad")(x)
    y = layers.Conv2D(8, (5, 3), strides=2, padding="same", use_bias=False, name="conv")(y)
    y = layers.BatchNormalization(scale=False, name="bn")(y)
    y = layers.ReLU(name="relu")(y)
    a = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="dw")(y)
    b = layers.Conv2D(16, 3, groups=4, padding="same", name="grouped")(y)
    c = layers.SeparableConv2D(8, 3, padding="same", depth_multiplier=3, name="sep")(y)
    y = layers.Concatenate(name="cat")([a, b, c])
    y = layers.Conv2D(6, 3, dilation_rate=2, name="dilated")(y)
    y = layers.Cropping2D(1, name="crop")(layers.UpSampling2D((2, 3), name="up")(y))
    y = layers.AveragePooling2D(3, strides=2, padding="same", name="mean")(y)
    y = layers.Add(name="add")([y, layers.Activation("tanh", name="tanh")(y)])
    y = layers.LayerNormalization(name="ln")(layers.Dense(5, name="each")(y))
    y = layers.Dropout(0.5, name="drop")(layers.GlobalMaxPooling2D(name="top")(y))
    return keras.Model(x, layers.Dense(10, name="output")(layers.Reshape((5,), name="flat")(y)))


def test_every_kind_of_layer(keras: Any) -> None:
    model = many_layers(keras)
    rows = named(layer_table(model))
    assert sum(row.parameters for row in rows.values()) == model.count_params()
    assert total_multiply_adds(rows.values()) is not None
    for row in rows.values():
        check_formulas(row)
        assert row.output_shape == (model.get_layer(row.name).output.shape[1:])
    assert rows["pad"].output_formula == "28 + 1 + 2 = 31; 20 + 3 + 3 = 26"
    assert rows["conv"].output_formula == ("floor((31 + 2 × 2 - 5) / 2) + 1 = 16; floor((26 + 0 + 1 - 3) / 2) + 1 = 13")
    assert rows["bn"].parameter_formula == "(1 + 2) × 8 = 24"
    assert rows["dw"].parameter_formula == "(3 × 3 + 1) × 8 × 2 = 160"
    assert rows["grouped"].parameter_formula == "(3 × 3 × 8 / 4 + 1) × 16 = 304"
    assert rows["sep"].parameter_formula == "3 × 3 × 8 × 3 + (8 × 3 + 1) × 8 = 416"
    assert rows["cat"].output_formula == "16 + 16 + 8 = 40"
    assert rows["up"].output_formula == "12 × 2 = 24; 9 × 3 = 27"
    assert rows["top"].output_formula.endswith("→ 5")
    for name in ("conv", "dw", "grouped", "sep", "dilated", "each", "output"):
        assert all(getattr(rows[name], formula) for formula in FORMULAS[1:]), name
    for name in ("relu", "add", "tanh", "drop", "flat"):
        assert [getattr(rows[name], formula) for formula in FORMULAS] == ["", "", ""], name


def test_multiply_adds_are_those_that_tensorflow_counts(keras: Any) -> None:
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    x = keras.Input((28, 28, 1))
    y = keras.layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)
    y = keras.layers.DepthwiseConv2D(3, use_bias=False)(y)
    y = keras.layers.Dense(10, use_bias=False)(keras.layers.Flatten()(y))
    model = keras.Model(x, y)
    graph = convert_variables_to_constants_v2(
        tf.function(model).get_concrete_function(tf.TensorSpec([1, 28, 28, 1], tf.float32))
    ).graph
    flops = tf.compat.v1.profiler.profile(
        graph=graph,
        options=tf.compat.v1.profiler.ProfileOptionBuilder(tf.compat.v1.profiler.ProfileOptionBuilder.float_operation())
        .with_empty_output()
        .build(),
    ).total_float_ops
    assert total_multiply_adds(layer_table(model)) == flops // 2


def test_an_unknown_layer_has_its_shape_and_parameters(keras: Any) -> None:
    class Scale(keras.layers.Layer):  # type: ignore[misc,name-defined,unused-ignore]
        def build(self, shape: Any) -> None:
            self.factor = self.add_weight(shape=(shape[-1],))

        def call(self, inputs: Any) -> Any:
            return inputs * self.factor

    class Tied(keras.layers.Dense):  # type: ignore[misc,name-defined,unused-ignore]
        def build(self, shape: Any) -> None:
            super().build(shape)
            self.extra = self.add_weight(shape=(3,))

    x = keras.Input((28, 28, 1))
    y = Tied(10, name="tied")(keras.layers.Flatten()(Scale(name="scale")(x)))
    rows = named(layer_table(keras.Model(x, y)))
    assert rows["scale"] == LayerRow("scale", "Scale", (28, 28, 1), 1, None)
    assert (rows["tied"].parameters, rows["tied"].parameter_formula) == (7853, "")
    assert total_multiply_adds(rows.values()) is None


def test_a_shared_layer_and_a_model_inside_count_once_and_work_each_time(keras: Any) -> None:
    layers = keras.layers
    inner = keras.Sequential([keras.Input((28, 28, 4)), layers.Conv2D(4, 3, name="inside")], name="inner")
    shared = layers.Conv2D(4, 3, padding="same", name="shared")
    x = keras.Input((28, 28, 4))
    model = keras.Model(x, inner(shared(shared(x))))
    rows = named(layer_table(model))
    once = 28 * 28 * 4 * 9 * 4
    assert (rows["shared"].multiply_adds, rows["shared"].multiply_adds_formula) == (2 * once, "")
    assert (rows["inner"].kind, rows["inner"].multiply_adds) == ("Sequential", 26 * 26 * 4 * 9 * 4)
    assert sum(row.parameters for row in rows.values()) == model.count_params()


def test_a_saved_sequential_model_has_the_same_table(keras: Any, tmp_path: Any) -> None:
    model = build("dropout_cnn", seed=1)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert layer_table(loaded)[1:] == layer_table(model)[1:]
    loaded(np.zeros((1, 28, 28, 1), np.float32))
    assert layer_table(loaded)[1:] == layer_table(model)[1:]
