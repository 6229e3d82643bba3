"""Trainings that end badly: what is called good has to be good in its last epoch."""

from __future__ import annotations

import pytest

from mnist_edge.train.evaluation.fit_verdict import FitKind, FitVerdict, judge_fit
from mnist_edge.train.run import EpochRecord

Epoch = tuple[float, float, float, float]  # loss, accuracy, validation loss, validation accuracy
CALM: Epoch = (0.05, 0.985, 0.05, 0.98)
COLLAPSED: Epoch = (2.3, 0.1, 2.3, 0.1)


def _judge(*epochs: Epoch) -> FitVerdict:
    return judge_fit(
        [EpochRecord(number, *epoch, seconds=1.0, learning_rate=1e-3) for number, epoch in enumerate(epochs, start=1)]
    )


@pytest.mark.parametrize("count", [1, 2])
def test_a_collapse_at_the_end_is_a_bad_ending(count: int) -> None:
    verdict = _judge(*[CALM] * 5, *[COLLAPSED] * count)
    assert (verdict.kind, verdict.best_epoch, verdict.best_val_accuracy) == (FitKind.BAD_ENDING, 1, 0.98)


def test_a_collapse_that_lasts_is_unstable() -> None:
    assert _judge(*[CALM] * 5, *[COLLAPSED] * 3).kind is FitKind.UNSTABLE


def test_a_collapse_after_a_rise_of_the_validation_loss_is_no_overfitting() -> None:
    verdict = _judge(CALM, (0.03, 0.99, 0.07, 0.98), (0.02, 0.995, 0.08, 0.98), COLLAPSED)
    assert (verdict.kind, verdict.loss_rose) == (FitKind.BAD_ENDING, False)


@pytest.mark.parametrize("first", [0.99, 0.98])
def test_two_epochs_far_apart_are_overfitting(first: float) -> None:
    assert _judge((0.05, first, 0.3, 0.9), (0.05, 0.99, 0.3, 0.9)).kind is FitKind.OVERFITTING


def test_a_gap_that_the_kept_epoch_has_as_well_is_overfitting_and_another_one_a_bad_ending() -> None:
    apart = (0.05, 0.99, 0.05, 0.89)
    assert _judge(CALM, CALM, CALM, apart, apart).kind is FitKind.BAD_ENDING
    assert _judge((0.05, 0.99, 0.05, 0.95), (*CALM[:3], 0.94), apart).kind is FitKind.OVERFITTING


def test_a_low_validation_accuracy_beside_a_low_training_accuracy_is_underfitting() -> None:
    verdict = _judge(*[(0.15, 0.955, 0.2, 0.94)] * 4)
    assert (verdict.kind, verdict.still_learning) == (FitKind.UNDERFITTING, False)


def test_a_validation_loss_that_rises_over_a_flat_training_loss_is_overfitting() -> None:
    flat = [(loss, 0.985, val_loss, 0.98) for loss, val_loss in [(0.05, 0.05), (0.052, 0.1), (0.052, 0.1), (0.052, 0.1)]]
    verdict = _judge(*flat)
    assert (verdict.kind, verdict.loss_rose, verdict.training_loss_fell) == (FitKind.OVERFITTING, True, False)


def test_one_epoch_of_a_high_validation_loss_is_a_bad_ending() -> None:
    assert _judge(CALM, CALM, CALM, (0.05, 0.985, 0.3, 0.978)).kind is FitKind.BAD_ENDING
    assert _judge(CALM, CALM, CALM, (0.05, 0.985, 0.0549, 0.978)).kind is FitKind.GOOD


def test_an_accuracy_that_fell_back_is_a_bad_ending() -> None:
    assert _judge(CALM, CALM, CALM, (0.05, 0.96, 0.05, 0.949)).kind is FitKind.BAD_ENDING
