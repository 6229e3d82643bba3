"""The tables of ``mnist-edge evaluate`` with figures that no real pair of models has."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_edge.cli.evaluate_tables import comparison_text
from mnist_edge.train.evaluation.comparison import Comparison, Flip, FlipKind
from mnist_edge.train.evaluation.scores import Evaluation, score


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return score(np.eye(10, dtype=np.float32), np.arange(10, dtype=np.uint8))


def _compared(flips: int, p_value: float) -> Comparison:
    kinds = [FlipKind.MENDED] * flips + [FlipKind.BROKEN] * flips + [FlipKind.WRONG_BOTH] * flips
    made = tuple(Flip(index, 1, 2, 0.5, 3, 0.5, kind) for index, kind in enumerate(kinds))
    return Comparison(0.1, (0.05, 0.15), flips, flips, p_value, made)


@pytest.mark.parametrize("flips", [1, 20_000, 200_000])
def test_many_flips_stay_within_80_columns(evaluation: Evaluation, flips: int) -> None:
    text = comparison_text(evaluation, evaluation, _compared(flips, 0.5), worst=0)
    assert max(map(len, text.splitlines())) <= 80
    assert f"{flips:,} neither right)" in " ".join(text.split())


@pytest.mark.parametrize(
    ("p_value", "shown"), [(0.0, "p < 1e-300"), (1e-310, "p < 1e-300"), (2e-9, "p = 2.0e-09"), (0.25, "p = 0.2500")]
)
def test_no_p_value_is_0(evaluation: Evaluation, p_value: float, shown: str) -> None:
    assert f"{shown} (exact)" in comparison_text(evaluation, evaluation, _compared(1, p_value), worst=0)
