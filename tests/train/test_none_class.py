"""An eleventh answer for ten outputs: the loss, what is saved, what resuming makes of it, and what the card is told."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import KerasModelError
from mnist_edge.export.card import read_run
from mnist_edge.keras_model import import_keras, load_keras_model
from mnist_edge.rejection import Rejection
from mnist_edge.runtime.scoring import log_odds
from mnist_edge.train.batches import Batches, Split, scaled, split_validation
from mnist_edge.train.confidence import none_shift
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.evaluation.predictor import keras_probabilities
from mnist_edge.train.fit_loop import compiled_model
from mnist_edge.train.fitting import RunResult, train
from mnist_edge.train.none_class import NONE_LABEL, keras_logits, logits_of
from mnist_edge.train.operating_points import DEFAULT_SHARE, SHARES, measure_rejection, real_digits
from mnist_edge.train.progress import Listener
from mnist_edge.train.run import EpochRecord, Run

pytestmark = pytest.mark.real

CONFIG = TrainConfig(
    epochs=3, batch_size=100, outlier_share=0.15, drawn_share=0.1, ema=0.8, label_smoothing=0.1, rotation=5
)


@pytest.fixture(scope="module")
def run(uninterrupted: Callable[[TrainConfig], RunResult]) -> Run:
    return uninterrupted(CONFIG).run


@pytest.fixture(scope="module")
def some(data: Dataset) -> Split:
    """Forty digits and ten pictures that are called none."""
    return Split(data.x_train[:50], np.where(np.arange(50) < 40, data.y_train[:50], NONE_LABEL).astype(np.uint8))


def test_the_row_of_what_is_no_digit_holds_zeros(some: Split) -> None:
    _, rows = Batches(some, 50)[0]
    assert rows.shape == (50, 10)
    np.testing.assert_array_equal(rows.sum(axis=1), [1.0] * 40 + [0.0] * 10)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_loss_is_the_cross_entropy_of_eleven_answers(smoothing: float, some: Split) -> None:
    model = compiled_model(import_keras("This test"), TrainConfig(outlier_share=0.1, label_smoothing=smoothing), steps=1)
    images, rows = Batches(some, 50)[0]
    loss, accuracy = model.evaluate(images, rows, batch_size=50, verbose=0)
    eleven = np.concatenate([keras_logits(model, some.images), np.zeros((50, 1), np.float32)], axis=1).astype(np.float64)
    log_shares = eleven - np.log(np.exp(eleven).sum(axis=1, keepdims=True))
    truth = np.eye(11)[some.labels] * (1 - smoothing) + smoothing / 11
    assert loss == pytest.approx(-(truth * log_shares).sum(axis=1).mean(), rel=1e-5)
    right = np.where(some.labels < 10, eleven[:, :10].argmax(axis=1) == some.labels, eleven[:, :10].max(axis=1) < 0)
    assert accuracy == pytest.approx(right.mean(), abs=1e-6)


def test_logits_are_those_of_the_softmax(some: Split) -> None:
    model = compiled_model(import_keras("This test"), TrainConfig(), steps=1)
    powers = np.exp(keras_logits(model, some.images).astype(np.float64))
    np.testing.assert_allclose(powers / powers.sum(axis=1, keepdims=True), model(scaled(some.images)).numpy(), rtol=1e-4)
    with pytest.raises(KerasModelError, match=r"out of reach.*ends in a softmax"):
        logits_of(np.zeros((1, 10)))


def test_a_saved_model_is_an_ordinary_one(run: Run, data: Dataset) -> None:
    """Plain Keras loads it without this project's code and measures what the run measured."""
    with _Zipped(run.folder / "model.keras") as stored:
        assert "mnist_edge" not in stored
        assert "NoneCrossentropy" not in stored
    model = import_keras("This test").saving.load_model(run.folder / "last.keras")
    assert model.count_params() == 93_322
    assert model.output_shape == (None, 10)
    rows = np.eye(10, dtype=np.float32)[data.y_train[540:]]
    _, accuracy = model.evaluate(scaled(data.x_train[540:]), rows, verbose=0)
    assert accuracy == pytest.approx(run.history[-1].val_accuracy, abs=1e-6)


class _Zipped:
    """The JSON inside a .keras file, as text."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> str:
        import zipfile

        with zipfile.ZipFile(self._file) as archive:
            return archive.read("config.json").decode()

    def __exit__(self, *error: object) -> None:
        pass


class Killed(BaseException):
    pass


class DieInSecondEpoch(Listener):
    wants_batches = True
    epochs = 0

    def epoch_ended(self, record: EpochRecord) -> None:
        self.epochs += 1

    def batch_ended(self, step: int, loss: float, accuracy: float) -> None:
        if self.epochs == 1 and step == 3:
            raise Killed


def test_a_killed_run_ends_with_the_same_bits(
    run: Run, data: Dataset, tmp_path: Path, same_run: Callable[[Run, Run], None]
) -> None:
    with pytest.raises(Killed):
        train(CONFIG, data, tmp_path / "run", listener=DieInSecondEpoch())
    resumed = train(CONFIG, data, tmp_path / "run", resume=True)
    assert resumed.resumed_after == 1
    same_run(resumed.run, run)


def test_outliers_are_trained_on_and_said_but_not_measured(run: Run, data: Dataset, tmp_path: Path) -> None:
    class Heard(Listener):
        steps, notices = 0, ""

        def fit_began(self, config: TrainConfig, *, epochs_done: int, steps: int) -> None:
            Heard.steps = steps

        def notice(self, text: str) -> None:
            Heard.notices += text

    train(dataclasses.replace(CONFIG, epochs=1, drawn_share=0, ema=0), data, tmp_path, listener=Heard())
    assert Heard.steps == 7  # of 100 images: 540 of the data and 81 outliers
    assert "no digit" in Heard.notices
    metrics: dict[str, Any] = run.metrics or {}
    probabilities = keras_probabilities(load_keras_model(run.folder), data.x_train[540:])
    assert metrics["validation"]["correct"] == int((probabilities.argmax(axis=1) == data.y_train[540:]).sum())
    assert [metrics[name]["total"] for name in ("train", "validation", "test")] == [540, 60, 200]


@pytest.mark.parametrize("arch", ["dropout_cnn", "vgg_cnn", "resnet_cnn"])
def test_every_network_learns_none_and_is_saved_as_it_was(arch: str, data: Dataset, tmp_path: Path) -> None:
    run = train(TrainConfig(arch=arch, epochs=1, batch_size=100, outlier_share=0.15, batch_norm=True), data, tmp_path).run
    assert (run.metrics or {})["rejection"]["none_logit"] is True
    with _Zipped(tmp_path / "model.keras") as stored:
        assert "NoneCrossentropy" not in stored


def test_the_network_learns_that_other_things_have_no_logit(data: Dataset, tmp_path: Path) -> None:
    from mnist_edge.train.outliers import draw_outliers

    config = TrainConfig(epochs=12, batch_size=50, learning_rate=3e-3, outlier_share=0.5, seed=1)
    train(config, data, tmp_path)
    model = load_keras_model(tmp_path)
    digits, others = data.x_test, draw_outliers(100, np.random.default_rng(77))
    seen, unseen = (log_odds(keras_logits(model, images), none_logit=True) for images in (digits, others))
    ranked = np.mean(seen[:, None] > unseen[None, :])
    assert ranked > 0.75  # area under the ROC curve, after some 100 steps


def test_the_run_measures_the_operating_points_and_the_card_takes_them(run: Run, data: Dataset) -> None:
    metrics: dict[str, Any] = run.metrics or {}
    record = read_run(run.folder / "model.keras")
    assert record.training.outlier_share == 0.15
    rejection = record.rejection
    assert json.loads(json.dumps(dataclasses.asdict(rejection))) == metrics["rejection"]
    assert rejection.none_logit
    assert rejection.problem() is None
    assert [point.refused for point in rejection.points] == list(SHARES)
    assert rejection.default == DEFAULT_SHARE
    assert 0 < int(rejection.digits.split()[0]) <= 60  # of the validation digits, those that were read right
    _, validation = split_validation(data.x_train, data.y_train, 0.1)
    model = load_keras_model(run.folder)
    digits = real_digits(validation, CONFIG.seed)
    logits = keras_logits(model, digits.images)
    measured = measure_rejection(logits, digits.labels, none_shift(CONFIG))
    assert json.loads(json.dumps(measured)) == metrics["rejection"]
    scores = log_odds(logits[logits.argmax(axis=1) == digits.labels], none_logit=True)
    assert rejection.threshold(0.1) == pytest.approx(np.quantile(scores, 0.1), abs=1e-3)


def test_a_run_without_outliers_has_no_operating_points(
    configs: dict[str, TrainConfig], uninterrupted: Callable[[TrainConfig], RunResult]
) -> None:
    run = uninterrupted(configs["simple"]).run
    assert "rejection" not in (run.metrics or {})
    assert read_run(run.folder / "model.keras").rejection == Rejection()
