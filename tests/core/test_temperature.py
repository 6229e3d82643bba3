"""Temperature scaling on logits whose temperature is known, and on those that have none."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from mnist_edge.temperature import (
    LIMITS,
    calibration_error,
    fit_temperature,
    likeliest_temperature,
    losses,
    reliability_bins,
    softmax,
)
from mnist_edge.train.evaluation.calibration import calibrate


def _made(temperature: float, count: int = 3000, seed: int = 0, spread: float = 4.0) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are right once divided by the temperature: the labels are drawn with those probabilities."""
    rng = np.random.default_rng(seed)
    true = rng.normal(0, spread, (count, 10))
    labels = (rng.random((count, 1)) > softmax(true).cumsum(axis=1)).sum(axis=1).clip(0, 9)
    return (true * temperature).astype(np.float32), labels.astype(np.uint8)


@pytest.mark.parametrize("temperature", [0.4, 0.8, 1.5, 3.0])
def test_a_known_temperature_is_found_and_pays(temperature: float) -> None:
    logits, labels = _made(temperature)
    found = fit_temperature(logits, labels)
    assert found.fitted == pytest.approx(temperature, rel=0.05)
    assert found.value == pytest.approx(found.fitted, abs=1e-4)
    assert found.nll_after < found.nll_before
    assert found.nll_after <= found.nll_crossed < found.nll_before
    assert found.ece_after < found.ece_before
    assert found.ece_crossed < found.ece_before
    assert (found.count, found.wrong) == (3000, int((logits.argmax(axis=1) != labels).sum()))


def test_logits_that_are_right_already_are_left_alone() -> None:
    """The likeliest temperature of a sample is never exactly 1; what it gains on that sample is chance."""
    results = [fit_temperature(*_made(1.0, count=1000, seed=seed)) for seed in range(8)]
    assert all(0.85 < each.fitted < 1.15 for each in results)
    kept = [each for each in results if each.value == 1]
    assert len(kept) >= 5
    assert all((each.nll_after, each.ece_after) == (each.nll_before, each.ece_before) for each in kept)


@settings(max_examples=25)
@given(st.floats(0.3, 4), st.integers(0, 10**6), st.floats(1, 6))
def test_the_likeliest_temperature_is_that_of_scipys_minimiser(temperature: float, seed: int, spread: float) -> None:
    logits, labels = _made(temperature, 300, seed, spread)

    def loss(logarithm: float) -> float:
        return losses(logits, labels, float(np.exp(logarithm)))[0]

    best = minimize_scalar(loss, bounds=np.log(LIMITS), method="bounded", options={"xatol": 1e-9})
    assert likeliest_temperature(logits, labels) == pytest.approx(np.exp(best.x), rel=1e-4)


@settings(max_examples=25)
@given(st.floats(0.2, 5), st.integers(0, 10**6))
def test_scaled_logits_have_a_scaled_temperature(factor: float, seed: int) -> None:
    logits, labels = _made(1.0, 300, seed)
    once, scaled = likeliest_temperature(logits, labels), likeliest_temperature(logits * np.float32(factor), labels)
    assert scaled == pytest.approx(np.clip(once * factor, *LIMITS), rel=1e-4)


@pytest.mark.parametrize("wrong", [0, 1])
def test_without_mistakes_to_learn_from_there_is_no_temperature(wrong: int) -> None:
    logits, labels = (np.eye(10, dtype=np.float32) * 9)[np.arange(500) % 10], np.arange(500) % 10
    logits[:wrong] = np.roll(logits[:wrong], 1, axis=1)
    found = fit_temperature(logits, labels.astype(np.uint8))
    assert (found.value, found.wrong) == (1, wrong)
    assert (found.fitted == pytest.approx(LIMITS[0])) == (wrong == 0)


def test_a_likelier_temperature_that_makes_the_confidence_worse_does_not_pay() -> None:
    """A few answers that are certain and wrong pull at the likelihood, while all others are as sure as they are right."""
    logits, labels = _made(1.0, spread=2.0)
    logits[::300] = 60 * np.eye(10, dtype=np.float32)[(labels[::300] + 1) % 10]
    found = fit_temperature(logits, labels)
    assert found.fitted > 1.1
    assert found.nll_crossed < found.nll_before
    assert found.ece_crossed > found.ece_before
    assert found.value == 1


@pytest.mark.parametrize("count", [1, 2, 9])
def test_few_digits_are_no_reason_to_fail(count: int) -> None:
    logits, labels = _made(2.0, count)
    found = fit_temperature(logits, labels)
    assert found.count == count
    assert np.isfinite(list(found.as_json().values())).all()
    assert json.loads(json.dumps(found.as_json(), allow_nan=False))["count"] == count


def test_the_logits_are_not_changed_and_need_no_offset() -> None:
    logits, labels = _made(2.0, 500)
    before = logits.copy()
    shifted = fit_temperature(logits + np.float32(1000), labels)
    assert shifted.fitted == pytest.approx(fit_temperature(logits, labels).fitted, rel=1e-3)
    np.testing.assert_array_equal(logits, before)


def test_what_is_as_sure_as_it_is_right_has_next_to_no_error() -> None:
    logits, labels = _made(1.0, 50_000, spread=2.0)
    assert losses(logits, labels)[1] < 0.01
    assert losses(logits, labels, 0.5)[1] > 0.05


def test_the_losses_are_those_of_the_evaluation() -> None:
    logits, labels = _made(1.7, 2000)
    probabilities = softmax(logits.astype(np.float64) / 1.3)
    likelihood, error = losses(logits, labels, 1.3)
    assert likelihood == pytest.approx(-np.log(probabilities[np.arange(2000), labels]).mean())
    assert error == pytest.approx(calibrate(probabilities, labels).ece)  # type: ignore[arg-type]


def test_the_error_by_hand_and_borders_below_their_bin() -> None:
    confidences, right = np.array([0.9, 0.9, 0.9, 0.75]), np.array([True, True, False, False])
    assert calibration_error(confidences, right) == pytest.approx(0.75 * (0.9 - 2 / 3) + 0.25 * 0.75)
    assert calibration_error(np.array([0.8, 0.4]), np.array([True, False])) == pytest.approx(
        (0.2 + 0.4) / 2
    )  # none cancels
    assert reliability_bins(np.array([0.0, 1 / 15, 0.07, 0.2, 1.0])).tolist() == [0, 0, 1, 2, 14]
