"""Figures against hand calculation, scikit-learn and Keras."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from mnist_edge.contract import CLASS_NAMES
from mnist_edge.dataset import Dataset
from mnist_edge.errors import DatasetFormatError, MissingExtraError
from mnist_edge.keras_model import load_keras_model
from mnist_edge.train.batches import Batches, Split, as_py_dataset
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.evaluation.intervals import wilson_interval
from mnist_edge.train.evaluation.predictor import load_predictor
from mnist_edge.train.evaluation.scores import Averages, ClassScore, ConfusedPair, Evaluation, score
from mnist_edge.train.fitting import RunResult

DIGITS = np.arange(10)


def _probabilities(*rows: dict[int, float]) -> np.ndarray:
    return np.array([[row.get(digit, 0.0) for digit in range(10)] for row in rows], np.float32)


def _labels(*labels: int) -> np.ndarray:
    return np.array(labels, np.uint8)


@pytest.fixture(scope="module")
def noisy() -> Evaluation:
    """400 answers that are often right, of a model that is not sure of itself."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 10, 400).astype(np.uint8)
    logits = rng.normal(0, 1.5, (400, 10)) + 3 * np.eye(10)[labels]
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return score(shares.astype(np.float32), labels)


def test_loss_accuracy_and_confusion_by_hand() -> None:
    probabilities = _probabilities({3: 1.0}, {3: 0.5, 5: 0.25, 0: 0.25}, {7: 0.75, 1: 0.25})
    result = score(probabilities, _labels(3, 5, 7))
    assert (result.correct, result.total, result.accuracy) == (2, 3, 2 / 3)
    assert result.loss == pytest.approx(-(np.log(1.0) + np.log(0.25) + np.log(0.75)) / 3)
    expected = np.zeros((10, 10), int)
    expected[3, 3] = expected[5, 3] = expected[7, 7] = 1
    np.testing.assert_array_equal(result.confusion, expected)
    assert result.summary() == {"loss": result.loss, "accuracy": 2 / 3, "correct": 2, "total": 3}


def test_an_impossible_answer_gives_a_finite_loss() -> None:
    result = score(_probabilities({1: 1.0}), _labels(2))
    assert np.isfinite(result.loss)
    assert result.loss > 80


def test_shapes_and_types_are_as_promised(noisy: Evaluation) -> None:
    assert (noisy.labels.dtype, noisy.labels.shape) == (np.uint8, (400,))
    assert (noisy.probabilities.dtype, noisy.probabilities.shape) == (np.float32, (400, 10))
    assert (noisy.confusion.dtype, noisy.confusion.shape) == (np.int64, (10, 10))
    assert (noisy.answers.dtype, noisy.confidences.dtype, noisy.mistakes.dtype) == (np.int64, np.float32, np.int64)


def test_counts_and_shares_are_those_of_scikit_learn(noisy: Evaluation) -> None:
    expected = metrics.confusion_matrix(noisy.labels, noisy.answers, labels=DIGITS)
    np.testing.assert_array_equal(noisy.confusion, expected)
    assert noisy.accuracy == metrics.accuracy_score(noisy.labels, noisy.answers)
    report = metrics.classification_report(noisy.labels, noisy.answers, output_dict=True)
    for name, each in zip(CLASS_NAMES, noisy.classes, strict=True):
        row = report[name]
        assert (each.name, each.support) == (name, row["support"])
        assert (each.precision, each.recall, each.f1) == (row["precision"], row["recall"], row["f1-score"])
        assert each.accuracy == each.recall == each.correct / each.support
    for mean, name in ((noisy.macro, "macro avg"), (noisy.weighted, "weighted avg")):
        row = report[name]
        assert (mean.precision, mean.recall, mean.f1) == (row["precision"], row["recall"], row["f1-score"])


def test_the_loss_is_that_of_scikit_learn(noisy: Evaluation) -> None:
    exact = noisy.probabilities.astype(np.float64)
    expected = metrics.log_loss(noisy.labels, exact / exact.sum(axis=1, keepdims=True))
    assert noisy.loss == pytest.approx(expected, rel=1e-6)


def test_a_sure_mistake_costs_what_it_costs_and_not_what_scikit_learn_clips_it_to() -> None:
    probabilities = _probabilities({1: 1.0, 2: 1e-20})
    assert score(probabilities, _labels(2)).loss == pytest.approx(20 * np.log(10))
    assert metrics.log_loss([2], probabilities, labels=DIGITS) < 17


def test_top_2_counts_second_choices() -> None:
    rows = ({1: 0.6, 2: 0.4}, {1: 0.6, 2: 0.4}, {1: 0.6, 2: 0.4}, {4: 0.5, 5: 0.3, 6: 0.2})
    assert score(_probabilities(*rows), _labels(1, 2, 3, 6)).top2_accuracy == 0.5


def test_top_2_never_lies_below_top_1_where_probabilities_are_equal() -> None:
    result = score(np.full((1, 10), 0.1, np.float32), _labels(0))
    assert (result.accuracy, result.top2_accuracy) == (1, 1)


def test_what_is_undefined_is_none_and_nothing_warns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = score(_probabilities({1: 1}, {1: 1}, {3: 1}), _labels(1, 2, 1))
        classes, macro = result.classes, result.macro
        json.dumps(result.as_json(), allow_nan=False)
    assert classes[1] == ClassScore("1", 2, 1, 0.5, 0.5, 0.5, 0.5)
    assert classes[2] == ClassScore("2", 1, 0, 0.0, None, 0.0, 0.0)  # never answered
    assert classes[3] == ClassScore("3", 0, 0, None, 0.0, None, 0.0)  # does not occur
    assert classes[4] == ClassScore("4", 0, 0, None, None, None, None)  # neither
    report = metrics.classification_report(result.labels, result.answers, output_dict=True, zero_division=0)["macro avg"]
    assert (macro.precision, macro.recall, macro.f1) == (report["precision"], report["recall"], report["f1-score"])
    assert macro == Averages(*[pytest.approx(0.5 / 3)] * 3)  # of the digits 1, 2 and 3


def test_one_image_is_enough() -> None:
    result = score(_probabilities({1: 1}), _labels(1))
    assert json.loads(json.dumps(result.as_json(), allow_nan=False))["macro"] == {"precision": 1, "recall": 1, "f1": 1}
    assert result.confused_pairs == ()
    assert len(result.mistakes) == 0


def test_pairs_are_sorted_by_how_often_they_are_confused() -> None:
    rows = [{answer: 1.0} for answer in (4, 4, 9, 7, 7, 2)]
    pairs = score(_probabilities(*rows), _labels(9, 9, 4, 1, 7, 0)).confused_pairs
    assert pairs == (ConfusedPair(9, 4, 2), ConfusedPair(0, 2, 1), ConfusedPair(1, 7, 1), ConfusedPair(4, 9, 1))


def test_mistakes_come_with_the_surest_wrong_answer_first() -> None:
    rows = ({1: 0.6, 2: 0.4}, {1: 1.0}, {1: 0.9, 2: 0.1}, {1: 0.7, 3: 0.3})
    result = score(_probabilities(*rows), _labels(2, 1, 2, 3))
    assert result.mistakes.tolist() == [2, 3, 0]
    first = result.as_json()["mistakes"][0]
    assert first == {
        "index": 2,
        "label": 2,
        "answer": 1,
        "confidence": pytest.approx(0.9),
        "probability_of_label": pytest.approx(0.1),
    }


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [(10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (81, 263, 0.2553, 0.3662), (1, 1, 0.2065, 1.0)],
)
def test_the_wilson_interval_has_its_published_values(correct: int, total: int, low: float, high: float) -> None:
    # 81 of 263: R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3; the others: the closed form.
    assert wilson_interval(correct, total) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(("images", "labels", "problem"), [(0, 0, "nothing to evaluate"), (2, 3, "2 images and 3 labels")])
def test_labels_that_do_not_fit_are_refused(images: int, labels: int, problem: str) -> None:
    with pytest.raises(DatasetFormatError, match=problem):
        score(np.full((images, 10), 0.1, np.float32), np.zeros(labels, np.uint8))


def test_without_scikit_learn_counting_works_and_the_rest_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sklearn.metrics", None)
    result = score(_probabilities({1: 1}), _labels(1))
    assert result.summary()["accuracy"] == 1
    with pytest.raises(MissingExtraError, match=r"sklearn.*mnist-edge\[evaluate\]"):
        _ = result.macro


@pytest.mark.real
def test_loss_and_accuracy_are_those_of_keras_and_scikit_learn_to_the_last_digit_shown(
    configs: dict[str, TrainConfig], uninterrupted: Callable[[TrainConfig], RunResult], mnist: Dataset
) -> None:
    folder = uninterrupted(configs["dropout"]).run.folder
    split = Split(mnist.x_test, mnist.y_test)
    model = load_keras_model(folder)
    model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.evaluate(as_py_dataset(Batches(split, 500)), verbose=0)
    probabilities = load_predictor(folder)(split.images)
    result = score(probabilities, split.labels)
    assert f"{result.loss:.4f}" == f"{loss:.4f}" == f"{_log_loss(split.labels, probabilities):.4f}"
    assert f"{result.accuracy:.4f}" == f"{accuracy:.4f}"


@pytest.mark.real
def test_the_shipped_model_has_the_loss_that_scikit_learn_gives(shipped_model: Path, mnist: Dataset) -> None:
    probabilities = load_predictor(shipped_model)(mnist.x_test)
    result = score(probabilities, mnist.y_test)
    assert f"{result.loss:.4f}" == f"{_log_loss(mnist.y_test, probabilities):.4f}"
    assert result.top2_accuracy == metrics.top_k_accuracy_score(mnist.y_test, probabilities, k=2)


def _log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    exact = probabilities.astype(np.float64)
    return metrics.log_loss(labels, exact / exact.sum(axis=1, keepdims=True))  # it warns of sums that are off by 1e-8
