"""Accuracy by coverage, against sorting and counting."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_edge.train.evaluation.intervals import wilson_interval
from mnist_edge.train.evaluation.scores import score
from mnist_edge.train.evaluation.selective import COVERAGES, selective, sureness


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.randoms(use_true_random=False), st.floats(0.01, 1))
def test_against_counting_one_by_one(right: list[bool], shuffle: object, coverage: float) -> None:
    total = len(right)
    order = list(range(total))
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    sure = np.empty(total)
    sure[order] = -np.arange(total, dtype=float)  # the image order[0] is the surest
    found = selective(sure, np.array(right))
    risks = [sum(not right[image] for image in order[:many]) / many for many in range(1, total + 1)]
    np.testing.assert_allclose(found.risks, risks, atol=1e-12)
    assert found.aurc == pytest.approx(sum(risks) / total, abs=1e-12)
    point = found.at(coverage)
    assert point.answered == next(many for many in range(1, total + 1) if many / total >= coverage - 1e-9)
    assert point.wrong == pytest.approx(sum(not right[image] for image in order[: point.answered]), abs=1e-6)
    assert point.accuracy == pytest.approx(1 - risks[point.answered - 1], abs=1e-6)
    wrong = total - sum(right)
    least = [max(0, many - (total - wrong)) / many for many in range(1, total + 1)]
    assert found.least_aurc == pytest.approx(sum(least) / total, abs=1e-12)
    assert found.least_aurc <= found.aurc + 1e-12


def test_equally_sure_answers_count_as_their_mean_in_any_order() -> None:
    sure, right = np.array([2.0, 1.0, 1.0, 1.0, 0.0]), np.array([True, False, True, True, False])
    found = selective(sure, right)
    np.testing.assert_allclose(found.risks, [0, 1 / 6, 2 / 9, 1 / 4, 2 / 5])
    swapped = selective(sure[[4, 3, 1, 2, 0]], right[[4, 3, 1, 2, 0]])
    np.testing.assert_allclose(swapped.risks, found.risks)
    assert found.at(0.4).wrong == pytest.approx(1 / 3, abs=1e-6)


def test_the_order_is_that_of_the_confidence_and_finer_where_it_is_rounded_to_1() -> None:
    rng = np.random.default_rng(0)
    rows = rng.dirichlet(np.full(10, 0.3), 400).astype(np.float32)
    order = np.argsort(sureness(rows))
    assert (np.diff(rows.max(axis=1)[order]) >= -1e-6).all()
    certain = np.zeros((3, 10), np.float32)
    certain[:, 0], certain[:, 1] = 1, [1e-20, 1e-30, 1e-10]
    assert np.argsort(sureness(certain)).tolist() == [2, 0, 1]
    assert np.isfinite(sureness(np.eye(10, dtype=np.float32))).all()


def test_an_evaluation_has_the_points_with_intervals_and_as_json() -> None:
    rng = np.random.default_rng(1)
    rows, labels = rng.dirichlet(np.full(10, 0.2), 300).astype(np.float32), rng.integers(0, 10, 300).astype(np.uint8)
    evaluation = score(rows, labels)
    found = json.loads(json.dumps(evaluation.as_json()["selective"], allow_nan=False))
    assert [each["coverage"] for each in found["points"]] == list(COVERAGES)
    assert [each["answered"] for each in found["points"]] == [300, 297, 285, 270]
    everything, most = found["points"][:2]
    assert everything["accuracy"] == pytest.approx(evaluation.accuracy)
    assert everything["accuracy_interval_95"] == pytest.approx(list(evaluation.accuracy_interval))
    dropped = np.argsort(evaluation.confidences)[:3]
    kept = np.delete(evaluation.answers == labels, dropped)
    assert most["wrong"] == (~kept).sum()
    assert most["accuracy_interval_95"] == pytest.approx(list(wilson_interval(int(kept.sum()), 297)))


def test_a_share_that_floating_point_makes_a_little_larger_takes_no_image_more() -> None:
    assert 0.07 * 100 > 7
    assert selective(np.arange(100.0), np.ones(100, bool)).at(0.07).answered == 7


def test_a_model_that_is_never_wrong_has_no_risk() -> None:
    found = score(np.eye(10, dtype=np.float32), np.arange(10, dtype=np.uint8)).selective
    assert (found.aurc, found.least_aurc, found.at(0.95).accuracy) == (0, 0, 1)
