"""What the history of a training says: made-up histories, and those of real runs."""

from __future__ import annotations

import dataclasses

import pytest

from mnist_edge.errors import RunError
from mnist_edge.train.evaluation.fit_verdict import FitKind, judge_fit
from mnist_edge.train.run import EpochRecord

Epoch = tuple[float, float, float, float]  # loss, accuracy, validation loss, validation accuracy

# Real runs on MNIST, rounded: simple_cnn by the tutorial recipe, and with ten epochs.
TUTORIAL: list[Epoch] = [
    (0.2026, 0.9390, 0.0528, 0.9853),
    (0.0546, 0.9823, 0.0375, 0.9898),
    (0.0379, 0.9877, 0.0415, 0.9873),
    (0.0296, 0.9905, 0.0477, 0.9855),
    (0.0244, 0.9918, 0.0446, 0.9872),
]
TEN_EPOCHS: list[Epoch] = [
    (0.1859, 0.9439, 0.0547, 0.9838),
    (0.0490, 0.9846, 0.0412, 0.9883),
    (0.0343, 0.9898, 0.0360, 0.9900),
    (0.0258, 0.9920, 0.0456, 0.9873),
    (0.0223, 0.9925, 0.0460, 0.9855),
    (0.0180, 0.9942, 0.0395, 0.9890),
    (0.0155, 0.9948, 0.0322, 0.9925),
    (0.0133, 0.9954, 0.0318, 0.9922),
    (0.0114, 0.9962, 0.0340, 0.9922),
    (0.0086, 0.9972, 0.0473, 0.9903),
]


def _history(*epochs: Epoch) -> list[EpochRecord]:
    others = {field.name: 1.0 for field in dataclasses.fields(EpochRecord)}  # durations and the like play no part
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    return [
        EpochRecord(**{**others, "epoch": number, **dict(zip(names, epoch, strict=True))})
        for number, epoch in enumerate(epochs, start=1)
    ]


def _kind(*epochs: Epoch) -> FitKind:
    return judge_fit(_history(*epochs)).kind


def test_the_tutorial_run_overfits_from_its_second_epoch_on() -> None:
    verdict = judge_fit(_history(*TUTORIAL))
    assert verdict.kind is FitKind.OVERFITTING
    assert (verdict.loss_rose, verdict.still_learning) == (True, False)
    assert (verdict.lowest_loss_epoch, verdict.best_epoch, verdict.epochs) == (2, 2, 5)
    assert verdict.rise == pytest.approx(0.0446 / 0.0375 - 1)
    assert verdict.gap == pytest.approx(0.9918 - 0.9872)
    assert (verdict.loss, verdict.val_loss, verdict.lowest_val_loss) == (0.0244, 0.0446, 0.0375)
    assert (verdict.accuracy, verdict.val_accuracy) == (0.9918, 0.9872)


def test_a_jump_that_comes_back_is_no_overfitting() -> None:
    assert [_kind(*TEN_EPOCHS[:count]) for count in (6, 8, 9)] == [FitKind.GOOD] * 3


def test_a_jump_at_the_end_is_neither_overfitting_nor_good() -> None:
    assert [_kind(*TEN_EPOCHS[:count]) for count in (4, 5, 10)] == [FitKind.BAD_ENDING] * 3


def test_one_epoch_is_too_short_to_tell() -> None:
    assert _kind(TUTORIAL[0]) is FitKind.TOO_SHORT


def test_two_epochs_of_fast_learning_are_underfitting() -> None:
    verdict = judge_fit(_history(*TUTORIAL[:2]))
    assert (verdict.kind, verdict.still_learning) == (FitKind.UNDERFITTING, True)


def test_a_training_accuracy_that_still_rises_is_underfitting() -> None:
    level = (0.1, 0.97, 0.08, 0.975)
    assert _kind(level, level, (0.09, 0.976, 0.078, 0.976)) is FitKind.UNDERFITTING
    assert _kind(level, level, (0.09, 0.973, 0.078, 0.976)) is FitKind.GOOD


def test_a_validation_loss_that_still_falls_is_underfitting_and_a_trembling_one_is_not() -> None:
    level = (0.1, 0.97, 0.08, 0.975)
    assert _kind(level, level, (0.09, 0.97, 0.07, 0.976)) is FitKind.UNDERFITTING
    assert _kind(level, level, (0.09, 0.97, 0.075, 0.976)) is FitKind.GOOD


def test_a_model_that_learns_nothing_is_underfitting_and_more_epochs_do_not_help() -> None:
    verdict = judge_fit(_history(*[(2.3, 0.112, 2.3, 0.11)] * 6))
    assert (verdict.kind, verdict.still_learning) == (FitKind.UNDERFITTING, False)


def test_losses_that_rise_together_are_unstable_and_no_overfitting() -> None:
    diverging = [(0.05 * 1.3**epoch, 0.98, 0.05 * 1.3**epoch, 0.98) for epoch in range(5)]
    verdict = judge_fit(_history(*diverging))
    assert (verdict.kind, verdict.loss_rose, verdict.still_learning) == (FitKind.UNSTABLE, False, False)


def test_a_gap_that_stays_is_overfitting_also_where_the_loss_is_flat() -> None:
    verdict = judge_fit(_history(*[(0.01, 0.999, 0.2, 0.95)] * 4))
    assert (verdict.kind, verdict.loss_rose) == (FitKind.OVERFITTING, False)
    assert verdict.gap == pytest.approx(0.049)


def test_a_gap_of_one_epoch_is_noise() -> None:
    calm = (0.01, 0.995, 0.1, 0.975)
    assert _kind(calm, calm, (0.01, 0.995, 0.1, 0.93), calm) is FitKind.GOOD


def test_training_below_validation_is_said_and_not_called_wrong() -> None:
    verdict = judge_fit(_history(*[(0.2, 0.955, 0.05, 0.985)] * 4))
    assert (verdict.kind, verdict.training_below_validation) == (FitKind.GOOD, True)
    assert verdict.gap < 0
    assert not judge_fit(_history(*TUTORIAL)).training_below_validation


def test_a_validation_loss_of_0_divides_nothing() -> None:
    verdict = judge_fit(_history(*[(0.0, 1.0, 0.0, 1.0)] * 5))
    assert (verdict.kind, verdict.rise) == (FitKind.GOOD, 0)


def test_no_epoch_is_refused() -> None:
    with pytest.raises(RunError, match="no finished epoch"):
        judge_fit([])
