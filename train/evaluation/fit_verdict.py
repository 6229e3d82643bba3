"""Whether a training stopped too early, went on too long, or did well: read from its history by plain rules.

The rules, first match first:

1. One epoch: too short to tell.
2. The validation loss of the last epochs is clearly above its lowest value, and the training loss did not rise with it:
   overfitting, from the epoch of the lowest value on.
3. Both losses of the last epochs are clearly above their lowest values: unstable, as with too high a learning rate.
4. The validation loss was still falling clearly at the end, or the training accuracy still rising without running away from
   the validation accuracy: underfitting.
5. The training accuracy is far above the validation accuracy, in all of the last epochs or in the last one and in the one
   whose weights are kept: overfitting, even where the loss does not show it.
6. The validation accuracy never came beyond what a linear model reaches: underfitting.
7. The last epoch alone is well: no far higher training accuracy, no validation loss clearly above the lowest, a validation
   accuracy beyond a linear model's: good.
8. Else the training ended on a bad epoch: too short a time to call it overfitting, and not to be called good.

A training loss that still falls is no sign of a training that was too short: a network that learns its images by heart
brings it ever nearer to 0. Dropout and augmentation make the training figures worse than those of the same network at rest,
and they are means over an epoch in which it still improves; so a training accuracy below the validation accuracy is said
(``training_below_validation``) and counts as nothing wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mnist_edge.errors import RunError
from mnist_edge.train.run import EpochRecord, best_epoch

# With a constant learning rate the validation loss of a good run jumps by a quarter for one or two epochs and comes back
# (simple_cnn, 6,000 validation images), and its accuracy by several points. So one bad epoch proves nothing.
CLEAR_EPOCHS: Final = 3  # in a row, at the end of the training
CLEAR_RISE: Final = 0.1  # of the lowest loss
OVERFIT_GAP: Final = 0.03  # training minus validation accuracy; the tutorials' networks end below 0.01
LEARNING_FALL: Final = 0.1  # of the lowest validation loss, in the last epoch; below it lies the noise
LEARNING_GAIN: Final = (
    0.005  # of training accuracy in the last epoch: half a point, gone after four or five epochs of MNIST
)
FITTED_ACCURACY: Final = 0.95  # linear models end at 92 % to 93 % on MNIST; a convolutional network has to beat them


class FitKind(StrEnum):
    """What the history shows."""

    GOOD = "good"
    OVERFITTING = "overfitting"
    UNDERFITTING = "underfitting"
    TOO_SHORT = "too_short"
    UNSTABLE = "unstable"
    BAD_ENDING = "bad_ending"


@dataclass(frozen=True)
class FitVerdict:
    """What the history shows, and the numbers that it rests on.

    Attributes:
        kind: The verdict.
        epochs: How many there were.
        best_epoch: Whose weights are in ``model.keras``: the one with the highest validation accuracy.
        best_val_accuracy: That accuracy, 0 to 1.
        lowest_loss_epoch: The one with the lowest validation loss; overfitting begins after it.
        lowest_val_loss: That loss.
        loss: Training loss of the last epoch.
        val_loss: Validation loss of the last epoch.
        accuracy: Training accuracy of the last epoch, 0 to 1.
        val_accuracy: Validation accuracy of the last epoch, 0 to 1.
        rise: By what share the last validation loss lies above the lowest, 0 or more.
        gap: Training minus validation accuracy of the last epoch; negative if training is the lower one.
        loss_rose: Overfitting shows in the validation loss, and not only in the gap.
        training_loss_fell: The training loss ended below that of the epoch of the lowest validation loss.
        still_learning: More epochs are likely to help.
        training_below_validation: ``gap`` is negative, which dropout and augmentation do, and short trainings.
    """

    kind: FitKind
    epochs: int
    best_epoch: int
    best_val_accuracy: float
    lowest_loss_epoch: int
    lowest_val_loss: float
    loss: float
    val_loss: float
    accuracy: float
    val_accuracy: float
    rise: float
    gap: float
    loss_rose: bool
    training_loss_fell: bool
    still_learning: bool
    training_below_validation: bool


def judge_fit(history: Sequence[EpochRecord]) -> FitVerdict:
    """Reads over- and underfitting from the epochs of a training, by the rules of this module.

    Raises:
        RunError: If there is no epoch.
    """
    if not history:
        raise RunError("The run has no finished epoch", expected="at least one", fix="Train it with: mnist-edge train")
    last, best, lowest = history[-1], best_epoch(history), min(history, key=lambda record: record.val_loss)
    rose = _stayed_above([record.val_loss for record in history])
    # A training loss that jumped in the very last epochs is a collapse, whatever the validation loss did before.
    loss_rose = rose and not _clearly_above(last.loss, lowest.loss)
    diverged = rose and not loss_rose and _stayed_above([record.loss for record in history])
    still_learning = len(history) > 1 and _still_learning(history, lowest)
    gap = _gap(last)
    return FitVerdict(
        kind=_kind(history, loss_rose=loss_rose, diverged=diverged, still_learning=still_learning),
        epochs=len(history),
        best_epoch=best.epoch,
        best_val_accuracy=best.val_accuracy,
        lowest_loss_epoch=lowest.epoch,
        lowest_val_loss=lowest.val_loss,
        loss=last.loss,
        val_loss=last.val_loss,
        accuracy=last.accuracy,
        val_accuracy=last.val_accuracy,
        rise=last.val_loss / lowest.val_loss - 1 if lowest.val_loss > 0 else 0.0,
        gap=gap,
        loss_rose=loss_rose,
        training_loss_fell=last.loss < lowest.loss,
        still_learning=still_learning,
        training_below_validation=gap < 0,
    )


def _kind(history: Sequence[EpochRecord], *, loss_rose: bool, diverged: bool, still_learning: bool) -> FitKind:
    last, best = history[-1], best_epoch(history)
    if len(history) == 1:
        return FitKind.TOO_SHORT
    if loss_rose:
        return FitKind.OVERFITTING
    if diverged:
        return FitKind.UNSTABLE
    if still_learning:
        return FitKind.UNDERFITTING
    if all(map(_is_apart, history[-CLEAR_EPOCHS:])) or (_is_apart(last) and _is_apart(best)):
        return FitKind.OVERFITTING
    if best.val_accuracy < FITTED_ACCURACY:
        return FitKind.UNDERFITTING
    lowest = min(record.val_loss for record in history)
    is_well = last.val_accuracy >= FITTED_ACCURACY and not _is_apart(last) and not _clearly_above(last.val_loss, lowest)
    return FitKind.GOOD if is_well else FitKind.BAD_ENDING


def _gap(record: EpochRecord) -> float:
    return record.accuracy - record.val_accuracy


def _is_apart(record: EpochRecord) -> bool:
    return _gap(record) >= OVERFIT_GAP


def _clearly_above(loss: float, lowest: float) -> bool:
    return loss > lowest * (1 + CLEAR_RISE)


def _stayed_above(losses: Sequence[float]) -> bool:
    """Whether the last epochs, all of them after the lowest loss, lie clearly above it."""
    after = losses[losses.index(min(losses)) + 1 :][-CLEAR_EPOCHS:]
    return len(after) == CLEAR_EPOCHS and _clearly_above(min(after), min(losses))


def _still_learning(history: Sequence[EpochRecord], lowest: EpochRecord) -> bool:
    last, before = history[-1], history[:-1]
    lowest_before = min(record.val_loss for record in before)
    fell = last.val_loss < lowest_before * (1 - LEARNING_FALL)
    gained = last.accuracy - before[-1].accuracy >= LEARNING_GAIN and not _is_apart(last)  # else it learns by heart
    return fell or (gained and not _clearly_above(last.val_loss, lowest.val_loss))
