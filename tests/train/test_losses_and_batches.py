"""What is minimised, and which images it is minimised on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.keras_model import import_keras
from mnist_edge.train import fit_loop
from mnist_edge.train.batches import Batches, as_py_dataset, scaled
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.evaluation.predictor import load_predictor
from mnist_edge.train.fit_loop import compiled_model
from mnist_edge.train.fitting import RunResult, train

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("smoothing", "expected"),
    # The right class has probability 0.91 and each of the nine others 0.01; smoothed, it counts 1 - s + s / 10.
    [(0.0, -np.log(0.91)), (0.2, -(0.82 * np.log(0.91) + 9 * 0.02 * np.log(0.01)))],
)
def test_label_smoothing_spreads_its_share_over_all_classes(smoothing: float, expected: float) -> None:
    model = compiled_model(import_keras("This test"), TrainConfig(label_smoothing=smoothing), steps=1)
    answer = np.full((1, 10), 0.01, np.float32)
    answer[0, 3] = 0.91
    assert float(model.loss(np.eye(10, dtype=np.float32)[[3]], answer)) == pytest.approx(expected, rel=1e-5)


def test_the_loss_that_is_reported_holds_the_penalty(data: Dataset) -> None:
    keras = import_keras("This test")
    pair = scaled(data.x_train[:50]), np.eye(10, dtype=np.float32)[data.y_train[:50]]
    plain, punished = (
        compiled_model(keras, TrainConfig(l2=l2), steps=1).evaluate(*pair, verbose=0)[0] for l2 in (0.0, 0.01)
    )
    kernels = [layer.kernel.numpy() for layer in compiled_model(keras, TrainConfig(), steps=1).layers if layer.weights]
    assert punished - plain == pytest.approx(0.01 * sum(float((kernel**2).sum()) for kernel in kernels), rel=1e-4)


def test_metrics_are_plain_cross_entropy_whatever_was_minimised(
    configs: dict[str, TrainConfig], data: Dataset, uninterrupted: Callable[[TrainConfig], RunResult]
) -> None:
    run = uninterrupted(configs["everything"]).run
    metrics = run.metrics or {}
    answers = load_predictor(run.folder)(data.x_train[540:]).astype(np.float64)
    of_the_truth = answers[np.arange(60), data.y_train[540:]]
    assert metrics["validation"]["loss"] == pytest.approx(-np.log(of_the_truth).mean(), rel=1e-5)
    best = run.history[metrics["best_epoch"] - 1]
    assert metrics["validation"]["accuracy"] == pytest.approx(best.val_accuracy, abs=1e-6)
    assert metrics["validation"]["loss"] != pytest.approx(best.val_loss, rel=1e-3)


def test_fitting_sees_changed_images_and_validation_does_not(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Batches] = []

    def noted(batches: Batches) -> Any:
        seen.append(batches)
        return as_py_dataset(batches)

    monkeypatch.setattr(fit_loop, "as_py_dataset", noted)
    config = TrainConfig(epochs=1, batch_size=540, rotation=15, seed=3)
    train(config, data, tmp_path / "changed")
    train(dataclasses.replace(config, rotation=0), data, tmp_path / "plain")
    changed, validation, plain, same_validation = (batches[0] for batches in seen)
    assert (changed[0] != plain[0]).any(axis=(1, 2, 3)).all()
    np.testing.assert_array_equal(changed[1], plain[1])
    np.testing.assert_array_equal(validation[0], scaled(data.x_train[540:]), strict=True)
    np.testing.assert_array_equal(validation[0], same_validation[0])


def test_the_history_holds_the_rate_of_the_last_step_of_each_epoch(
    configs: dict[str, TrainConfig], uninterrupted: Callable[[TrainConfig], RunResult]
) -> None:
    assert [record.learning_rate for record in uninterrupted(configs["simple"]).run.history] == [1e-3] * 3
    config = configs["everything"]  # 648 pictures, 7 steps an epoch, 4 of warm-up, 17 of cosine
    rates = [record.learning_rate for record in uninterrupted(config).run.history]
    for epoch, rate in enumerate(rates, start=1):
        share = (7 * epoch - 1 - 4) / 17
        expected = config.learning_rate * (0.99 * 0.5 * (1 + np.cos(np.pi * share)) + 0.01)
        assert rate == pytest.approx(expected, rel=1e-5)
