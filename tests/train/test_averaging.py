"""Averaged weights: the right means, in the right place, and nothing lost on the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.keras_model import import_keras
from mnist_edge.train.averaging import averaging_callback, estimate_statistics, swap_averages
from mnist_edge.train.batches import Batches, Split, as_py_dataset, seed_dropout
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.fit_loop import compiled_model
from mnist_edge.train.fitting import RunResult, train

pytestmark = pytest.mark.real

Configs = dict[str, TrainConfig]
Reference = Callable[[TrainConfig], RunResult]

NORMED = TrainConfig(arch="dropout_cnn", batch_size=50, ema=0.7, batch_norm=True)


@pytest.fixture(scope="module")
def training(data: Dataset) -> Split:
    return Split(data.x_train[:200], data.y_train[:200])


def _weights(model: Any) -> list[np.ndarray]:
    return [variable.numpy().copy() for variable in model.trainable_variables]


def _places(model: Any) -> list[np.ndarray]:
    return [variable.numpy().copy() for variable in model.optimizer._model_variables_moving_average]


def _same(ours: list[np.ndarray], theirs: list[np.ndarray]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))


def test_the_means_are_those_of_the_weights_after_every_step(training: Split) -> None:
    keras = import_keras("This test")
    model, batches = compiled_model(keras, NORMED, steps=4), Batches(training, 50, seed=1)
    raw: list[list[np.ndarray]] = []
    ends: list[tuple[list[np.ndarray], list[np.ndarray]]] = []
    model.fit(
        as_py_dataset(batches),
        validation_data=as_py_dataset(Batches(training, 200)),
        epochs=2,
        shuffle=False,
        verbose=0,
        callbacks=[
            averaging_callback(keras, batches),
            keras.callbacks.LambdaCallback(
                on_train_batch_end=lambda batch, logs: raw.append(_weights(model)),
                on_epoch_end=lambda epoch, logs: ends.append((_weights(model), _places(model))),
            ),
        ],
    )
    means = raw[0]
    for index, weights in enumerate(raw):
        if index:
            means = [0.7 * mean + 0.3 * weight for mean, weight in zip(means, weights, strict=True)]
        if index in (3, 7):
            in_model, in_optimizer = ends[index // 4]
            for ours, theirs in zip(in_model, means, strict=True):
                np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)
            assert _same(in_optimizer, weights)


def test_exchanging_loses_no_bit(training: Split) -> None:
    model = compiled_model(import_keras("This test"), NORMED, steps=4)
    model.fit(as_py_dataset(Batches(training, 50)), verbose=0)
    for factor, variable in zip((1e8, 1e-8), model.trainable_variables, strict=False):
        variable.assign(variable * factor)  # sums of such numbers round
    weights, places = _weights(model), _places(model)
    assert not _same(weights, places)
    swap_averages(model)
    assert _same(_weights(model), places)
    assert _same(_places(model), weights)
    swap_averages(model)
    assert _same(_weights(model), weights)


def test_averaging_does_not_touch_what_is_trained(
    configs: Configs, data: Dataset, uninterrupted: Reference, tmp_path: Path
) -> None:
    """The raw weights take the same way, to the bit; only what is validated differs."""
    plain = uninterrupted(configs["simple"]).run.history
    averaged = train(dataclasses.replace(configs["simple"], ema=0.9), data, tmp_path).run.history
    assert [(record.loss, record.accuracy) for record in averaged] == [(record.loss, record.accuracy) for record in plain]
    assert all(one.val_loss != other.val_loss for one, other in zip(averaged, plain, strict=True))


def test_what_is_published_is_what_was_validated(configs: Configs, data: Dataset, uninterrupted: Reference) -> None:
    """With all options on: the file gives the recorded validation loss and accuracy again, to the bit."""
    run = uninterrupted(configs["everything"]).run
    model = import_keras("This test").saving.load_model(run.folder / "last.keras")
    validation = Batches(Split(data.x_train[540:], data.y_train[540:]), run.config.batch_size)
    loss, accuracy = model.evaluate(as_py_dataset(validation), verbose=0)
    assert (loss, accuracy) == (run.history[-1].val_loss, run.history[-1].val_accuracy)


@pytest.mark.parametrize("size", [50, 80])  # 80: the last batch has 40 and counts half
def test_statistics_are_the_mean_over_the_batches_weighted_with_their_images(training: Split, size: int) -> None:
    model = compiled_model(import_keras("This test"), NORMED, steps=4)
    batches = Batches(training, size, seed=1)
    layer = model.get_layer("conv1_bn")
    layer.moving_mean.assign(layer.moving_mean + 5.0)
    estimate_statistics(model, batches)
    outputs = [model.get_layer("conv1_conv")(batches[index][0]).numpy().astype(np.float64) for index in range(len(batches))]
    images = [len(output) for output in outputs]
    means = np.average([output.mean(axis=(0, 1, 2)) for output in outputs], axis=0, weights=images)
    variances = np.average([output.var(axis=(0, 1, 2)) for output in outputs], axis=0, weights=images)
    np.testing.assert_allclose(layer.moving_mean.numpy(), means, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(layer.moving_variance.numpy(), variances, rtol=1e-3, atol=1e-6)
    assert layer.momentum == 0.9


def test_batch_normalisation_and_means_are_not_taken_for_states_of_dropout(training: Split) -> None:
    model = compiled_model(import_keras("This test"), NORMED, steps=4)
    model.fit(as_py_dataset(Batches(training, 50)), verbose=0)
    before = [variable.numpy().copy() for variable in [*model.weights, *model.optimizer.variables]]
    seed_dropout(model, 1, 2)
    assert _same([variable.numpy() for variable in [*model.weights, *model.optimizer.variables]], before)
