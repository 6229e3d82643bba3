"""Two models on the same images: published values of interval and test, and the flips."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mnist_edge.errors import DatasetFormatError
from mnist_edge.train.evaluation.comparison import FlipKind, compare
from mnist_edge.train.evaluation.intervals import mcnemar, paired_interval
from mnist_edge.train.evaluation.scores import Evaluation, score


def _evaluation(labels: list[int], answers: list[tuple[int, float]]) -> Evaluation:
    """What a model gives that says ``answer`` with a confidence each time, and 0 or 1 with the rest."""
    rows = np.zeros((len(labels), 10), np.float32)
    for row, (answer, confidence) in zip(rows, answers, strict=True):
        row[0 if answer else 1] = 1 - confidence
        row[answer] = confidence
    return score(rows, np.array(labels, np.uint8))


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        ((59, 6, 16, 80), -0.1186, -0.0046),  # Cavo et al. (2012)
        ((1, 1, 7, 12), -0.5069, -0.0256),  # Bentur et al. (2009)
    ],
)
def test_the_interval_has_its_published_values(table: tuple[int, int, int, int], low: float, high: float) -> None:
    # Both: M. W. Fagerland, S. Lydersen, P. Laake, Statistical Analysis of Contingency Tables (2017), chapter 8.
    assert paired_interval(*table) == pytest.approx((low, high), abs=5e-5)


def test_the_interval_mirrors_itself_when_the_models_change_places() -> None:
    low, high = paired_interval(59, 6, 16, 80)
    assert paired_interval(59, 16, 6, 80) == pytest.approx((-high, -low))


def test_models_that_never_differ_leave_an_interval_around_0_all_the_same() -> None:
    low, high = paired_interval(9900, 0, 0, 100)
    assert low < 0 < high
    assert low == pytest.approx(-high)


def test_the_interval_of_correlated_answers_is_narrower_than_that_of_contradicting_ones() -> None:
    def width(*table: int) -> float:
        low, high = paired_interval(*table)
        return high - low

    assert width(80, 5, 5, 10) < width(75, 10, 10, 5)


@pytest.mark.parametrize(("one", "other", "expected"), [(0, 0, 1), (5, 5, 1), (0, 5, 2 / 32), (10, 2, 158 / 4096)])
def test_mcnemar_counts_coin_tosses(one: int, other: int, expected: float) -> None:
    assert mcnemar(one, other) == pytest.approx(expected)
    assert mcnemar(other, one) == pytest.approx(expected)


def test_flips_are_sorted_out_and_the_surest_wrong_answer_comes_first() -> None:
    labels = [1, 2, 3, 4, 5]
    first = _evaluation(labels, [(1, 0.9), (2, 0.6), (7, 0.8), (8, 0.7), (5, 1.0)])
    second = _evaluation(labels, [(1, 0.8), (3, 0.9), (3, 0.99), (9, 0.95), (6, 0.75)])
    result = compare(first, second)
    assert (result.mended, result.broken) == (2, 1)
    assert result.difference == pytest.approx(first.accuracy - second.accuracy) == pytest.approx(0.2)
    assert [(flip.index, flip.kind) for flip in result.flips] == [
        (3, FlipKind.WRONG_BOTH),
        (1, FlipKind.MENDED),
        (2, FlipKind.BROKEN),
        (4, FlipKind.MENDED),
    ]
    flip = result.flips[1]
    assert (flip.label, flip.answer, flip.other_answer) == (2, 2, 3)
    assert (flip.confidence, flip.other_confidence) == (pytest.approx(0.6), pytest.approx(0.9))


def test_the_json_is_json_and_says_whether_chance_explains_it() -> None:
    labels = [1] * 8
    result = compare(_evaluation(labels, [(1, 0.9)] * 8), _evaluation(labels, [(2, 0.9)] * 8))
    content = json.loads(json.dumps(result.as_json(), allow_nan=False))
    assert content["mcnemar"] == {"mended": 8, "broken": 0, "p_value": pytest.approx(2 / 256), "significant": True}
    assert content["accuracy_difference"] == 1
    assert content["flips"][0]["kind"] == "mended"
    assert not compare(_evaluation([1], [(1, 0.9)]), _evaluation([1], [(2, 0.9)])).significant


@pytest.mark.parametrize(("labels", "received"), [([1, 2, 3], "2 and 3 labels"), ([1, 3], "2 and 2 labels that differ")])
def test_other_images_are_refused(labels: list[int], received: str) -> None:
    first = _evaluation([1, 2], [(1, 0.9), (2, 0.9)])
    with pytest.raises(DatasetFormatError, match=received):
        compare(first, _evaluation(labels, [(1, 0.9)] * len(labels)))
