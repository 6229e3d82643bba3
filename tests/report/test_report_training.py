"""The section on training: what it says of each kind of run."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from mnist_edge.report.blocks import Note, Paragraph, Picture, Section, Table
from mnist_edge.report.sections_training import fit_text, training
from mnist_edge.report.texts import Words
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.evaluation.fit_verdict import judge_fit
from mnist_edge.train.run import EpochRecord, Run

Lang = Literal["en", "zh"]
GOOD = [(0.20, 0.94, 0.06, 0.984), (0.06, 0.981, 0.05, 0.986), (0.04, 0.988, 0.05, 0.987), (0.03, 0.99, 0.05, 0.988)]
LOSS_ROSE = [*GOOD[:2], (0.03, 0.99, 0.07, 0.986), (0.02, 0.995, 0.08, 0.986), (0.01, 0.999, 0.1, 0.986)]
GAP = [(0.03, 0.999, 0.2, 0.94)] * 4
STUCK = [(1.5, 0.5, 1.5, 0.5)] * 4
LEARNING = [(1.0, 0.7, 0.5, 0.85), (0.4, 0.88, 0.3, 0.91), (0.3, 0.91, 0.2, 0.94)]


def history(numbers: list[tuple[float, float, float, float]]) -> tuple[EpochRecord, ...]:
    return tuple(
        EpochRecord(epoch, loss, accuracy, val_loss, val_accuracy, seconds=1.0, learning_rate=1e-3)
        for epoch, (loss, accuracy, val_loss, val_accuracy) in enumerate(numbers, start=1)
    )


def section(records: tuple[EpochRecord, ...], *, finished: bool = True, lang: Lang = "en") -> Section:
    run = Run(Path("runs/a b"), TrainConfig(), {}, records, {} if finished else None)
    contents: Any = SimpleNamespace(models=SimpleNamespace(run=run, keras=None))
    return training(contents, Words(lang))


@pytest.mark.parametrize(
    ("numbers", "english", "chinese"),
    [
        (GOOD, "A good fit: training accuracy 99.00%", "拟合良好"),
        (
            LOSS_ROSE,
            "Overfitting from epoch 2 on: the validation loss rose from 0.0500 to 0.1000 (+100%)",
            "自第 2 轮起过拟合",
        ),
        (GAP, "Overfitting: training accuracy 99.90% lies 5.90 points above", "高 5.90 个百分点"),
        (STUCK, "Underfitting: accuracy stays low", "欠拟合：训练准确率（50.00%）"),
        (LEARNING, "still improving when the training ended after 3 epochs", "3 轮训练结束时网络仍在进步"),
        (GOOD[:1], "One epoch is too short", "只训练了一轮"),
    ],
)
def test_the_verdict_is_told_with_its_numbers(numbers: Any, english: str, chinese: str) -> None:
    verdict = judge_fit(history(numbers))
    assert english in fit_text(verdict, Words("en"))
    assert chinese in fit_text(verdict, Words("zh"))


def test_a_training_figure_below_validation_is_explained() -> None:
    assert "is no fault" in fit_text(judge_fit(history(LEARNING)), Words("en"))
    assert "is no fault" not in fit_text(judge_fit(history(GOOD)), Words("en"))


@pytest.mark.parametrize("epochs", [1, 4])
def test_a_history_has_curves_and_a_table(epochs: int) -> None:
    blocks = section(history(GOOD[:epochs])).blocks
    assert [type(block) for block in blocks] == [Paragraph, Picture, Table]
    table = blocks[-1]
    assert isinstance(table, Table)
    assert len(table.rows) == epochs


def test_a_run_without_history_says_so() -> None:
    (only,) = section(()).blocks
    assert isinstance(only, Note)
    assert "no history" in only.text


def test_an_unfinished_run_says_how_to_go_on() -> None:
    first, *others = section(history(GOOD), finished=False).blocks
    assert isinstance(first, Note)
    assert first.command == "mnist-edge train -o 'runs/a b' --resume"
    assert others
