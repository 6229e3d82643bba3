"""What a run measures of its confidence, and the card takes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import RunError
from mnist_edge.export.card import read_run
from mnist_edge.keras_model import load_keras_model
from mnist_edge.runtime.scoring import digit_share, log_odds
from mnist_edge.temperature import calibration_error, fit_temperature, softmax
from mnist_edge.train.batches import split_validation
from mnist_edge.train.confidence import EXPECTED_OTHERS, measure_confidence, none_shift
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.evaluation.predictor import keras_probabilities
from mnist_edge.train.fitting import RunResult
from mnist_edge.train.none_class import keras_logits
from mnist_edge.train.operating_points import measure_rejection, real_digits

pytestmark = pytest.mark.real

CONFIG = TrainConfig(epochs=2, batch_size=100, outlier_share=0.15, drawn_share=0.1)


def test_a_run_that_learned_none_measures_both_and_on_harder_digits_too(
    uninterrupted: Callable[[TrainConfig], RunResult], data: Dataset
) -> None:
    run = uninterrupted(CONFIG).run
    metrics: dict[str, Any] = run.metrics or {}
    model = load_keras_model(run.folder)
    _, validation = split_validation(data.x_train, data.y_train, 0.1)
    logits = keras_logits(model, validation.images)
    found, calibration = fit_temperature(logits, validation.labels), metrics["calibration"]
    assert calibration["temperature"] == found.value
    assert calibration["validation"]["nll_before"] == pytest.approx(metrics["validation"]["loss"], rel=1e-4)
    assert calibration["validation"]["count"] == 60
    confidences = softmax(logits / found.value).max(axis=1) * digit_share(logits, none_shift(CONFIG))
    error = calibration_error(confidences, logits.argmax(axis=1) == validation.labels)
    assert calibration["validation"]["ece_answers"] == pytest.approx(error, abs=1e-6)
    assert set(calibration["photographed"]) == {"nll_before", "nll_after", "ece_before", "ece_after", "ece_answers"}
    record = read_run(run.folder / "model.keras")
    assert record.temperature == found.value
    assert record.rejection.none_shift == none_shift(CONFIG)
    assert json.loads(json.dumps(measure_confidence(model, validation, CONFIG)))["rejection"] == metrics["rejection"]


def test_thresholds_are_those_of_the_logits_as_the_runner_compares_them(data: Dataset) -> None:
    """Neither temperature nor shift is in them: a threshold refuses the share that it names, whatever the card says."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 4000).astype(np.uint8)
    logits = rng.normal(0, 2, (4000, 10)).astype(np.float32)
    logits[np.arange(4000), labels] += 9
    measured = [measure_rejection(logits, labels, shift) for shift in (0.0, 4.0)]
    assert measured[0]["points"] == measured[1]["points"]
    assert [each["none_shift"] for each in measured] == [0.0, 4.0]
    scores = log_odds(logits[logits.argmax(axis=1) == labels], none_logit=True)
    for point in measured[0]["points"]:
        assert (scores < point["log_odds"]).mean() == pytest.approx(point["refused"], abs=5e-4)


def test_a_run_without_outliers_has_a_temperature_alone(
    configs: dict[str, TrainConfig], uninterrupted: Callable[[TrainConfig], RunResult], data: Dataset
) -> None:
    run = uninterrupted(configs["simple"]).run
    calibration = (run.metrics or {})["calibration"]
    assert set(calibration) == {"temperature", "validation"}
    _, validation = split_validation(data.x_train, data.y_train, configs["simple"].validation_split)
    logarithms = np.log(keras_probabilities(load_keras_model(run.folder), validation.images))
    assert calibration["validation"]["fitted"] == pytest.approx(
        fit_temperature(logarithms, validation.labels).fitted, rel=1e-3
    )
    assert read_run(run.folder / "model.keras").temperature == calibration["temperature"]


def test_the_shift_turns_the_share_of_the_training_into_the_expected_one() -> None:
    config = TrainConfig(outlier_share=0.3, drawn_share=0.1, photographed_share=0.4)
    share = 0.3 / 1.8  # of the training pictures
    for trained in (share, 0.5, 0.9):  # the probability of a digit that a network gives
        expected = trained / (1 - trained) * (share / (1 - share)) * (1 - EXPECTED_OTHERS) / EXPECTED_OTHERS
        logits = np.full((1, 10), math.log(trained / (1 - trained) / 10), np.float32)
        odds = digit_share(logits, none_shift(config))[0]
        assert odds == pytest.approx(expected / (1 + expected), rel=1e-3)


def test_real_digits_keep_their_labels(data: Dataset) -> None:
    _, validation = split_validation(data.x_train, data.y_train, 0.1)
    digits = real_digits(validation, 1)
    np.testing.assert_array_equal(digits.labels, validation.labels)
    assert (digits.images != validation.images).any(axis=(1, 2)).mean() > 0.9
    np.testing.assert_array_equal(digits.images, real_digits(validation, 1).images)


@pytest.mark.parametrize("calibration", [{"temperature": 0}, {"temperature": "x"}, {}, 7, {"temperature": -2}])
def test_a_damaged_temperature_is_not_exported(
    tmp_path: Path, calibration: object, uninterrupted: Callable[[TrainConfig], RunResult], configs: dict[str, TrainConfig]
) -> None:
    folder = uninterrupted(configs["simple"]).run.folder
    for name in ("config.json", "environment.json"):
        (tmp_path / name).write_text((folder / name).read_text("utf-8"), "utf-8")
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    (tmp_path / "metrics.json").write_text(json.dumps({**metrics, "calibration": calibration}), "utf-8")
    with pytest.raises(RunError, match=r"metrics\.json is damaged"):
        read_run(tmp_path / "model.keras")
    del metrics["calibration"]
    (tmp_path / "metrics.json").write_text(json.dumps(metrics), "utf-8")
    assert read_run(tmp_path / "model.keras").temperature == 1
