"""Scores and refusals, on a network whose logits are known."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from mnist_edge.contract import ModelCard
from mnist_edge.errors import ModelFormatError, OptionError
from mnist_edge.rejection import OperatingPoint, Rejection
from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scoring import Scorer, digit_share, log_odds
from mnist_edge.runtime.session import Engine
from mnist_edge.temperature import softmax

BuildModel = Callable[..., bytes]
RNG = np.random.default_rng(3)


def _scorer(build_model: BuildModel, rejection: Rejection, reject: float | None = None, **card: Any) -> Scorer:
    stated = ModelCard("bands", "custom", 290, 17, "", "2026-01-01T00:00:00Z", rejection=rejection, **card)
    return Scorer(Engine(build_model(card=stated, weight=4.0)), reject)


def _bands(strengths: list[float]) -> np.ndarray:
    """uint8 [n, 28, 28]: the band of class 3, brighter and brighter."""
    images = np.zeros((len(strengths), 28, 28), np.uint8)
    images[:, 6:8, 4:24] = (np.array(strengths) * 255).astype(np.uint8)[:, None, None]
    return images


@pytest.mark.parametrize("none_logit", [False, True])
def test_log_odds_are_those_of_the_softmax(none_logit: bool) -> None:
    logits = RNG.normal(0, 3, (200, 10)).astype(np.float32)
    every = np.concatenate([logits, np.zeros((200, int(none_logit)), np.float32)], axis=1).astype(np.float64)
    shares = np.exp(every) / np.exp(every).sum(axis=1, keepdims=True)
    best = shares[np.arange(200), logits.argmax(axis=1)]
    np.testing.assert_allclose(log_odds(logits, none_logit=none_logit), np.log(best / (1 - best)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("row", "none_logit", "expected"),
    [
        ([200.0] + [0.0] * 9, False, 200 - math.log(9)),
        ([200.0] + [0.0] * 9, True, 200 - math.log(10)),
        ([-200.0] * 10, False, -math.log(9)),
        ([-200.0] * 10, True, -200.0),
        ([0.0] * 9 + [5.0], True, 5 - math.log(10)),
    ],
)
def test_log_odds_do_not_saturate(row: list[float], none_logit: bool, expected: float) -> None:
    assert log_odds(np.array([row], np.float32), none_logit=none_logit)[0] == pytest.approx(expected, rel=1e-5)


def test_what_has_no_logit_has_no_confidence_where_none_is_an_answer(build_model: BuildModel) -> None:
    blank = np.zeros((1, 28, 28), np.uint8)  # all ten logits are 0
    plain = _scorer(build_model, Rejection()).score(blank)[0]
    taught = _scorer(build_model, Rejection(none_logit=True)).score(blank)[0]
    assert plain.confidence == pytest.approx(1 / 10)
    assert taught.confidence == pytest.approx(1 / 11)
    assert (plain.log_odds, taught.log_odds) == (pytest.approx(-math.log(9)), pytest.approx(-math.log(10)))
    np.testing.assert_allclose(taught.probabilities, plain.probabilities)  # of the digits among each other


def test_confidence_is_the_probability_that_belongs_to_the_log_odds(build_model: BuildModel) -> None:
    for prediction in _scorer(build_model, Rejection(none_logit=True)).score(_bands([0.1, 0.5, 1.0])):
        assert prediction.digit == 3
        assert prediction.confidence == pytest.approx(1 / (1 + math.exp(-prediction.log_odds)), rel=1e-5)


def test_the_temperature_changes_the_confidence_and_no_refusal(build_model: BuildModel) -> None:
    image, rejection = _bands([1.0]), Rejection(none_logit=True, points=(OperatingPoint(0.01, 0.5),), default=0.01)
    cold, warm = (_scorer(build_model, rejection, temperature=t).score(image)[0] for t in (1.0, 4.0))
    assert warm.confidence < cold.confidence
    among_ten = math.exp(warm.logits[3] / 4) / np.exp(warm.logits / 4).sum()
    any_digit = 1 / (1 + 1 / np.exp(warm.logits).sum())
    assert warm.confidence == pytest.approx(among_ten * any_digit, rel=1e-5)
    assert warm.probabilities[3] == pytest.approx(among_ten, rel=1e-5)
    assert (warm.status, warm.log_odds) == (cold.status, cold.log_odds)


def test_a_shift_makes_digits_likelier_and_changes_no_refusal(build_model: BuildModel) -> None:
    image, points = _bands([0.05, 0.5, 1.0]), (OperatingPoint(0.01, 0.5),)
    few, many = (
        _scorer(build_model, Rejection(none_logit=True, none_shift=s, points=points, default=0.01)).score(image)
        for s in (3.0, 0.0)
    )
    for shifted, plain in zip(few, many, strict=True):
        assert plain.confidence < shifted.confidence < plain.probabilities[3]
        assert shifted.confidence / plain.probabilities[3] == pytest.approx(
            1 / (1 + math.exp(-3) / np.exp(plain.logits).sum()), rel=1e-5
        )
        assert (shifted.status, shifted.log_odds) == (plain.status, plain.log_odds)
        np.testing.assert_array_equal(shifted.probabilities, plain.probabilities)
        assert shifted.top(1) == [(3, pytest.approx(shifted.confidence))]
    assert {each.status for each in few} == {Status.OK, Status.REJECTED}


@pytest.mark.parametrize("height", [-1e4, -90.0, 0.0, 90.0, 1e4])
def test_the_share_of_digits_stays_a_probability_for_any_logits(height: float) -> None:
    share = digit_share(np.full((2, 10), height, np.float32), 3.0)
    assert share.dtype == np.float32
    assert share == pytest.approx([1 / (1 + math.exp(min(-height - math.log(10) - 3, 700)))] * 2, rel=1e-5)


def test_the_share_decides_what_is_refused(build_model: BuildModel) -> None:
    images = _bands(list(np.linspace(0.05, 1.0, 20)))
    free = _scorer(build_model, Rejection(none_logit=True)).score(images)
    odds = [prediction.log_odds for prediction in free]
    assert odds == sorted(odds)
    points = (OperatingPoint(0.01, odds[5]), OperatingPoint(0.1, odds[15]))
    rejection = Rejection(none_logit=True, points=points, default=0.1)

    def given(reject: float | None) -> int:
        predictions = _scorer(build_model, rejection, reject).score(images)
        assert all((each.status is Status.OK) == (each.digit == 3) for each in predictions)
        return sum(each.status is Status.OK for each in predictions)

    assert (given(0), given(0.01), given(0.1), given(None)) == (20, 15, 5, 5)
    assert given(0.01) > given(0.03) > given(0.1)


def test_a_refused_picture_keeps_its_scores_and_says_why_in_words(build_model: BuildModel) -> None:
    rejection = Rejection(none_logit=True, points=(OperatingPoint(0.01, 99.0),), default=0.01)
    image = _bands([1.0])
    free, refused = (_scorer(build_model, rejection, reject).score(image)[0] for reject in (0, None))
    assert refused.status is Status.REJECTED
    assert refused.digit is None
    assert (refused.confidence, refused.log_odds) == (free.confidence, free.log_odds)
    assert refused.top(2) == free.top(2)
    assert refused.message == f"This does not look like a digit: the best guess is 3, with {free.confidence:.1%}."
    np.testing.assert_array_equal(refused.seen, image[0])


def test_the_ranking_begins_with_the_confidence_and_keeps_the_ratios(build_model: BuildModel) -> None:
    """Of a letter the ten among each other say 99 %, and "none" says no: what is printed must not be the former."""
    for none_logit in (False, True):
        prediction = _scorer(build_model, Rejection(none_logit=none_logit), 0).score(_bands([0.3]))[0]
        every = np.append(prediction.logits, np.zeros(int(none_logit))).astype(np.float64)
        shares = np.exp(every) / np.exp(every).sum()
        ranking = prediction.top(10)
        assert ranking[0] == (3, pytest.approx(prediction.confidence))
        assert [share for _, share in ranking] == pytest.approx([shares[digit] for digit, _ in ranking], rel=1e-4)
        assert sum(share for _, share in ranking) == pytest.approx(1 - shares[10:].sum(), rel=1e-4)


def test_next_to_no_confidence_is_no_zero_in_the_message(build_model: BuildModel) -> None:
    rejection = Rejection(none_logit=True, points=(OperatingPoint(0.01, 99.0),), default=0.01)
    scorer = Scorer(_Says([-20.0] * 9 + [-9.0], rejection))  # type: ignore[arg-type]
    message = scorer.score(np.zeros((1, 28, 28), np.uint8))[0].message
    assert message == "This does not look like a digit: the best guess is 9, with less than 0.1%."


class _Says:
    """An engine whose logits are given."""

    def __init__(self, logits: list[float], rejection: Rejection) -> None:
        self.card = ModelCard("said", "custom", 1, 17, "", "2026-01-01T00:00:00Z", rejection=rejection)
        self._logits = np.array([logits], np.float32)

    def encode(self, images: np.ndarray) -> np.ndarray:
        return images

    def infer(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._logits, np.full((1, 10), 0.1, np.float32)


def test_a_share_out_of_range_is_refused_before_any_picture(build_model: BuildModel) -> None:
    rejection = Rejection(points=(OperatingPoint(0.01, 1.0), OperatingPoint(0.1, 2.0)))
    with pytest.raises(OptionError, match="share of digits to refuse is out of range"):
        _scorer(build_model, rejection, 0.5)


def test_a_least_confidence_counts_unless_a_share_is_asked_for(build_model: BuildModel) -> None:
    strict = Rejection(min_confidence=1.0)
    assert _scorer(build_model, strict).score(_bands([0.2]))[0].status is Status.REJECTED
    assert _scorer(build_model, strict, 0).score(_bands([0.2]))[0].status is Status.OK


def test_log_odds_in_json_are_a_number_or_null() -> None:
    assert Prediction(None, 0.0, Status.EMPTY).to_dict()["log_odds"] is None
    assert Prediction(3, 0.9, log_odds=2.34567).to_dict()["log_odds"] == 2.3457


class _Answers:
    """An engine whose answers are given, not computed."""

    name = "answers"

    def __init__(self, logits: np.ndarray, card: ModelCard) -> None:
        self.logits, self.card = logits, card

    def encode(self, images: np.ndarray) -> np.ndarray:
        return images

    def infer(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits = self.logits[: len(images)]
        with np.errstate(invalid="ignore"):
            return logits, softmax(logits)


@given(
    logits=arrays(np.float32, (20, 10), elements=st.floats(-1e3, 1e3, width=32)),
    none_logit=st.booleans(),
    none_shift=st.sampled_from([0.0, 3.7, -2.0]),
    temperature=st.sampled_from([1.0, 1.35, 0.6]),
)
def test_a_few_pictures_are_scored_as_many(
    logits: np.ndarray, none_logit: bool, none_shift: float, temperature: float
) -> None:
    rejection = Rejection(none_logit=none_logit, none_shift=none_shift if none_logit else 0.0)
    card = ModelCard("any", "custom", 290, 17, "", "2026-01-01T00:00:00Z", rejection=rejection, temperature=temperature)
    scorer = Scorer(_Answers(logits, card))  # type: ignore[arg-type]  # all that a scorer needs of an engine
    images = np.zeros((20, 28, 28), np.uint8)
    for one, many in zip(scorer.score(images[:5]), scorer.score(images), strict=False):
        assert (one.digit, one.status) == (many.digit, many.status)
        assert one.log_odds == pytest.approx(many.log_odds, rel=1e-5, abs=1e-4)
        assert one.confidence == pytest.approx(many.confidence, rel=2e-3, abs=1e-6)
        np.testing.assert_allclose(one.probabilities, many.probabilities, rtol=2e-3, atol=1e-6)
        assert one.probabilities.dtype == np.float32


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_answers_that_are_no_numbers_are_an_error(bad: float, count: int) -> None:
    logits = np.zeros((20, 10), np.float32)
    logits[0, 4] = bad
    scorer = Scorer(_Answers(logits, ModelCard("any", "custom", 290, 17, "", "2026-01-01T00:00:00Z")))  # type: ignore[arg-type]
    with pytest.raises(ModelFormatError, match="damaged"):
        scorer.score(np.zeros((count, 28, 28), np.uint8))
