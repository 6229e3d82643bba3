"""Calibration by hand and against scikit-learn."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn import metrics

from mnist_edge.temperature import RELIABILITY_BINS
from mnist_edge.train.evaluation.calibration import calibrate


def _sure(*confidences: float) -> np.ndarray:
    """Answers 1 with these confidences; the rest goes to 2."""
    rows = np.zeros((len(confidences), 10), np.float32)
    rows[:, 1], rows[:, 2] = confidences, 1 - np.array(confidences)
    return rows


def _labels(*labels: int) -> np.ndarray:
    return np.array(labels, np.uint8)


def test_error_and_bins_by_hand() -> None:
    result = calibrate(_sure(0.9, 0.9, 0.9, 0.75), _labels(1, 1, 2, 2))
    upper, lower = result.bins[13], result.bins[11]  # 0.87 to 0.93, and 0.73 to 0.8
    assert (upper.count, lower.count) == (3, 1)
    assert (upper.accuracy, upper.confidence) == (pytest.approx(2 / 3), pytest.approx(0.9))
    assert upper.gap == pytest.approx(2 / 3 - 0.9)
    assert result.ece == pytest.approx(0.75 * (0.9 - 2 / 3) + 0.25 * 0.75)
    assert result.max_error == pytest.approx(0.75)


def test_a_model_that_is_as_right_as_it_is_sure_has_no_error() -> None:
    result = calibrate(_sure(*[0.75] * 4), _labels(1, 1, 1, 2))
    assert (result.ece, result.max_error) == (0, 0)


def test_bins_are_equal_without_a_gap_and_hold_every_image() -> None:
    rng = np.random.default_rng(0)
    result = calibrate(rng.dirichlet(np.ones(10) / 3, 500).astype(np.float32), rng.integers(0, 10, 500).astype(np.uint8))
    assert len(result.bins) == RELIABILITY_BINS == 15
    assert (result.bins[0].low, result.bins[-1].high) == (0, 1)
    assert [each.high for each in result.bins[:-1]] == [each.low for each in result.bins[1:]]
    assert {round(each.high - each.low, 12) for each in result.bins} == {round(1 / 15, 12)}
    assert sum(each.count for each in result.bins) == 500


def test_a_confidence_on_a_border_belongs_below_it_and_a_sure_one_to_the_last_bin() -> None:
    border = calibrate(np.array([[0.2] * 5 + [0.0] * 5], np.float64), _labels(0))  # type: ignore[arg-type]
    assert [index for index, each in enumerate(border.bins) if each.count] == [2]
    assert calibrate(_sure(1.0), _labels(1)).bins[-1].count == 1


def test_empty_bins_have_no_figures() -> None:
    empty = calibrate(_sure(1.0), _labels(1)).bins[0]
    assert (empty.count, empty.confidence, empty.accuracy, empty.gap) == (0, None, None, None)


def test_the_brier_score_is_that_of_scikit_learn_from_0_to_2() -> None:
    rng = np.random.default_rng(2)
    probabilities, labels = rng.dirichlet(np.ones(10), 300), rng.integers(0, 10, 300).astype(np.uint8)
    expected = metrics.brier_score_loss(labels, probabilities, labels=np.arange(10), scale_by_half=False)
    assert calibrate(probabilities.astype(np.float32), labels).brier == pytest.approx(expected, abs=1e-6)
    assert calibrate(_sure(1.0), _labels(1)).brier == 0
    assert calibrate(_sure(1.0), _labels(5)).brier == 2


def test_the_arguments_are_left_as_they_were_and_the_json_is_json() -> None:
    probabilities = _sure(0.9)
    content = calibrate(probabilities, _labels(1)).as_json()
    np.testing.assert_array_equal(probabilities, _sure(0.9))
    assert len(json.loads(json.dumps(content, allow_nan=False))["bins"]) == 15
