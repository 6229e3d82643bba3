"""What a temperature does on a split: of an ONNX file, which applies it, and of a run, which does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import RunError
from mnist_edge.train.evaluation.predictor import OnnxPredictor
from mnist_edge.train.evaluation.scores import score
from mnist_edge.train.evaluation.tempering import tempering

IMAGES = np.zeros((400, 28, 28), np.uint8)


@pytest.fixture
def answers() -> tuple[np.ndarray, np.ndarray]:
    """Logits that are twice too large, and labels."""
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 3, (400, 10)).astype(np.float32)
    labels = np.array([rng.choice(10, p=row) for row in _softmax(logits)], np.uint8)
    return logits * 2, labels


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits.astype(np.float64))
    return powers / powers.sum(axis=1, keepdims=True)


class Fixed(OnnxPredictor):
    """A model of which all is known."""

    def __init__(self, probabilities: np.ndarray, temperature: float, shares: np.ndarray | None) -> None:
        self.temperature, self._rows, self._shares = temperature, probabilities, shares

    def __call__(self, images: np.ndarray, advance: Any = None) -> np.ndarray:
        return self._rows

    def digit_shares(self, images: np.ndarray) -> np.ndarray | None:
        return self._shares


def _ece(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return score(probabilities.astype(np.float32), labels).calibration.ece


def test_an_onnx_file_has_the_temperature_and_is_shown_without(answers: tuple[np.ndarray, np.ndarray]) -> None:
    logits, labels = answers
    rows = _softmax(logits / 2).astype(np.float32)
    evaluation = score(rows, labels)
    found = tempering("any.onnx", Fixed(rows, 2.0, None), evaluation, IMAGES)
    assert (found.temperature, found.applied, found.ece_answers) == (2.0, True, None)
    assert found.ece_before == pytest.approx(_ece(_softmax(logits), labels), abs=1e-4)
    assert found.ece_after == pytest.approx(evaluation.calibration.ece, abs=1e-6)
    assert found.nll_after == pytest.approx(evaluation.loss, abs=1e-5)
    assert found.nll_before == pytest.approx(score(_softmax(logits).astype(np.float32), labels).loss, abs=1e-3)
    assert found.ece_after < found.ece_before
    assert json.loads(json.dumps(found.as_json(), allow_nan=False))["temperature"] == 2


def test_the_confidence_of_answers_has_an_error_of_its_own(answers: tuple[np.ndarray, np.ndarray]) -> None:
    logits, labels = answers
    rows = _softmax(logits / 2).astype(np.float32)
    evaluation = score(rows, labels)
    shares = np.full(400, 0.5, np.float32)
    found = tempering("any.onnx", Fixed(rows, 2.0, shares), evaluation, IMAGES)
    halved = evaluation.confidences / 2
    expected = abs(halved.mean() - evaluation.accuracy)  # no bin is too sure, so that all gaps add up
    assert found.ece_answers == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(("name", "temperature"), [("", 2.0), ("model.keras", 2.0), ("last.keras", 1.0)])
def test_a_run_is_shown_with_the_temperature_that_it_found_for_its_model(
    answers: tuple[np.ndarray, np.ndarray], tmp_path: Path, name: str, temperature: float
) -> None:
    logits, labels = answers
    rows = _softmax(logits).astype(np.float32)
    (tmp_path / "metrics.json").write_text('{"calibration": {"temperature": 2.0}}', "utf-8")
    found = tempering(tmp_path / name, lambda images, advance=None: rows, score(rows, labels), IMAGES)
    assert (found.temperature, found.applied) == (temperature, False)
    assert found.ece_before == pytest.approx(_ece(rows, labels), abs=1e-6)
    assert found.ece_after == pytest.approx(_ece(_softmax(logits / temperature), labels), abs=1e-4)


@pytest.mark.parametrize("text", ["{}", None])
def test_a_run_from_before_this_measure_has_none(
    answers: tuple[np.ndarray, np.ndarray], tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "metrics.json").write_text(text, "utf-8")
    rows = _softmax(answers[0]).astype(np.float32)
    found = tempering(tmp_path, lambda images, advance=None: rows, score(rows, answers[1]), IMAGES)
    assert found.temperature == 1
    assert found.ece_before == found.ece_after


@pytest.mark.parametrize("value", ["0", "-1", '"hot"', "null", "Infinity"])
def test_a_damaged_temperature_is_refused(answers: tuple[np.ndarray, np.ndarray], tmp_path: Path, value: str) -> None:
    (tmp_path / "metrics.json").write_text(f'{{"calibration": {{"temperature": {value}}}}}', "utf-8")
    rows = _softmax(answers[0]).astype(np.float32)
    with pytest.raises(RunError, match=r"metrics\.json is damaged"):
        tempering(tmp_path, lambda images, advance=None: rows, score(rows, answers[1]), IMAGES)


def test_a_model_that_knows_other_things_is_measured_as_it_answers(shipped_model: Path, tiny_dataset: Dataset) -> None:
    predict = OnnxPredictor(shipped_model)
    images, labels = tiny_dataset.x_test, tiny_dataset.y_test
    found = tempering(shipped_model, predict, score(predict(images), labels), images)
    assert found.applied
    assert found.ece_answers is not None
    assert 0 < found.ece_answers < 0.05
