"""The learning rate at the beginning, at the peak and at the end; and what optimizer and history make of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnist_edge.keras_model import import_keras
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.fit_loop import compiled_model
from mnist_edge.train.schedules import last_learning_rate, learning_rate_schedule


def _rates(kind: str, **options: Any) -> list[float]:
    """The rates of all steps of a training of 100, and the one after."""
    schedule = learning_rate_schedule(import_keras("This test"), kind, peak=0.02, steps=100, **options)
    return [float(schedule(np.int64(step))) for step in range(101)]


def test_constant_is_the_number_itself() -> None:
    assert learning_rate_schedule(import_keras("This test"), "constant", peak=0.02, steps=100) == 0.02


def test_cosine_falls_to_its_final_share() -> None:
    rates = _rates("cosine", final_rate=0.1)
    assert rates[0] == pytest.approx(0.02)
    assert rates[50] == pytest.approx(0.02 * 0.55)
    assert rates[100] == pytest.approx(0.002)
    assert rates == sorted(rates, reverse=True)


def test_warm_up_rises_in_a_straight_line_and_the_cosine_has_the_rest() -> None:
    rates = _rates("cosine", warmup_steps=20, final_rate=0.0)
    np.testing.assert_allclose(rates[:21], 0.02 * np.arange(1, 22) / 21, rtol=1e-5)
    assert rates[60] == pytest.approx(0.01)
    assert rates[100] == pytest.approx(0, abs=1e-9)


def test_exponential_falls_by_the_same_share_every_step() -> None:
    rates = _rates("exponential", final_rate=0.01)
    assert rates[0] == pytest.approx(0.02)
    assert rates[50] == pytest.approx(0.002)
    assert rates[100] == pytest.approx(0.0002)


def test_one_cycle_rises_over_three_tenths_and_falls_to_next_to_nothing() -> None:
    rates = _rates("one-cycle")
    assert rates[0] == pytest.approx(0.02 / 25)
    assert (max(rates), rates.index(max(rates))) == (pytest.approx(0.02), 30)
    assert rates[65] == pytest.approx(0.01, rel=1e-4)
    assert rates[100] == pytest.approx(0.02 / 25 / 10_000, rel=1e-2)


@pytest.mark.parametrize("kind", ["cosine", "exponential", "one-cycle"])
def test_a_single_step_is_made_at_the_peak(kind: str) -> None:
    schedule = learning_rate_schedule(import_keras("This test"), kind, peak=0.02, steps=1, final_rate=0.5)
    assert float(schedule(0)) == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("options", "rates"),
    [
        ({"schedule": "constant"}, [1e-3, 1e-3]),
        ({"schedule": "exponential", "final_rate": 0.01}, [1e-3, 1e-4]),  # 4 of 8 steps are half of the way in powers
        ({"schedule": "cosine", "warmup_epochs": 0.5}, [1e-3 / 3, 1e-3 * (0.99 * 0.75 + 0.01)]),  # 2 of 6 after 2 steps
        ({"schedule": "cosine", "warmup_epochs": 0.01}, [1e-3 / 2, None]),  # at least one step
        ({"schedule": "one-cycle"}, [1e-3 / 25, None]),
    ],
    ids=str,
)
def test_the_optimizer_follows_the_configuration(options: dict[str, Any], rates: list[float | None]) -> None:
    keras = import_keras("This test")
    model = compiled_model(keras, TrainConfig(epochs=2, **options), steps=4)
    model.optimizer.build(model.trainable_variables)
    for step, rate in zip((1, 5), rates, strict=True):
        model.optimizer.iterations.assign(step)
        if rate is not None:
            assert last_learning_rate(keras, model.optimizer) == pytest.approx(rate, rel=1e-5)


def test_the_rate_is_told_without_the_noise_of_float32() -> None:
    keras = import_keras("This test")
    model = compiled_model(keras, TrainConfig(learning_rate=1e-3), steps=4)
    assert last_learning_rate(keras, model.optimizer) == 1e-3
