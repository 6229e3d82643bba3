"""What the page says of trainings that overfit or end badly: nothing that their numbers contradict."""

from __future__ import annotations

import pytest

from mnist_edge.report.sections_training import fit_text
from mnist_edge.report.texts import Words
from mnist_edge.train.evaluation.fit_verdict import judge_fit
from mnist_edge.train.run import EpochRecord

CALM = (0.05, 0.985, 0.05, 0.98)
COLLAPSED = (2.3, 0.1, 2.3, 0.12)


def told(*epochs: tuple[float, float, float, float]) -> tuple[str, str]:
    verdict = judge_fit(
        [EpochRecord(number, *epoch, seconds=1.0, learning_rate=1e-3) for number, epoch in enumerate(epochs, start=1)]
    )
    return fit_text(verdict, Words("en")), fit_text(verdict, Words("zh"))


def test_a_training_loss_that_did_not_fall_is_not_said_to_fall() -> None:
    english, chinese = told(CALM, *[(0.052, 0.985, 0.1, 0.98)] * 3)
    assert english.startswith("Overfitting from epoch 1 on: the validation loss rose from 0.0500 to 0.1000 (+100%)")
    assert "training loss, 0.0520 at the end, did not rise with it" in english
    assert "fell" not in english
    assert "降至" not in chinese
    assert "并未随之上升" in chinese


def test_a_collapse_is_told_with_the_epoch_that_is_kept() -> None:
    english, chinese = told(CALM, CALM, COLLAPSED)
    assert "validation loss 2.3000 against 0.0500 at its lowest (epoch 1)" in english
    assert "accuracy 12.00% against 98.00% at its best (epoch 1, whose weights are kept)" in english
    assert "最后一轮表现较差" in chinese


def test_a_last_epoch_that_is_kept_is_not_said_to_be_replaced() -> None:
    english, chinese = told(CALM, CALM, (0.04, 0.987, 0.08, 0.982))
    assert english.startswith("The last epoch has the highest validation accuracy (98.20%), and its weights are kept")
    assert chinese.startswith("最后一轮的验证准确率最高（98.20%）")


@pytest.mark.parametrize(
    "epochs",
    [
        [CALM, *[(0.04, 0.97, 0.1, 0.98)] * 3],
        [CALM, *[(0.1, 0.97, 0.1, 0.98)] * 3],
        [CALM, CALM, COLLAPSED],
        [CALM, CALM, (0.05, 0.97, 0.1, 0.975)],
    ],
    ids=["overfitting", "unstable", "collapse", "bad ending"],
)
def test_what_is_wrong_is_not_followed_by_a_sentence_that_nothing_is(
    epochs: list[tuple[float, float, float, float]],
) -> None:
    english, chinese = told(*epochs)
    assert "no fault" not in english
    assert "并非问题" not in chinese
