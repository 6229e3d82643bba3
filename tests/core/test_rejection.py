"""Operating points: which share of real digits is refused at which log-odds."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest

from mnist_edge.contract import ModelCard
from mnist_edge.errors import ModelFormatError, OptionError
from mnist_edge.rejection import OperatingPoint, Rejection

POINTS = (OperatingPoint(0.001, -2.0), OperatingPoint(0.01, 1.0), OperatingPoint(0.1, 5.0))
REJECTION = Rejection(none_logit=True, points=POINTS, default=0.01, digits="some")
CARD = ModelCard("m", "custom", 1, 17, "0" * 64, "2026-01-01T00:00:00Z", rejection=REJECTION)


@pytest.mark.parametrize(
    ("share", "log_odds"),
    # Between points the log-odds lie on a line over the logarithm of the share: 10**-2.5 is half way from 0.001 to 0.01.
    [(0.001, -2.0), (0.01, 1.0), (0.1, 5.0), (10**-2.5, -0.5), (10**-1.5, 3.0), (None, 1.0), (0, -math.inf)],
)
def test_the_threshold_of_a_share(share: float | None, log_odds: float) -> None:
    assert REJECTION.threshold(share) == pytest.approx(log_odds)


@pytest.mark.parametrize("share", [-0.01, 0.0009, 0.11, 1.0, 5.0, math.nan])
def test_a_share_that_was_not_measured_is_refused(share: float) -> None:
    with pytest.raises(OptionError, match=r"out of range.*0 \(never\), or 0.001 to 0.1"):
        REJECTION.threshold(share)


@pytest.mark.parametrize("share", ["0.1", [0.01], 0.01j])
def test_what_is_no_number_is_no_share(share: Any) -> None:
    with pytest.raises(OptionError, match="is no number"):
        REJECTION.threshold(share)


def test_a_share_of_an_array_is_no_further_than_its_rounding() -> None:
    assert float(np.float32(0.1)) > 0.1
    assert REJECTION.threshold(np.float32(0.1)) == 5.0  # type: ignore[arg-type]
    assert REJECTION.threshold(np.float64(0.01)) == pytest.approx(1.0)


def test_a_model_without_operating_points_never_refuses_and_says_so_when_asked() -> None:
    assert Rejection().threshold() == Rejection().threshold(0) == -math.inf
    with pytest.raises(OptionError, match=r"cannot refuse.*mnist-edge train --outliers"):
        Rejection().threshold(0.01)


def test_one_point_is_enough() -> None:
    alone = Rejection(points=(OperatingPoint(0.01, 3.0),), default=0.01)
    assert alone.threshold() == 3.0
    assert alone.problem() is None


def test_a_card_keeps_its_operating_points() -> None:
    assert ModelCard.from_json(CARD.to_json()) == CARD


def test_a_card_of_before_operating_points_is_read() -> None:
    raw = dataclasses.asdict(CARD)
    raw["rejection"] = {"min_confidence": 0.5}
    del raw["training"]["outlier_share"]
    card = ModelCard.from_json(json.dumps(raw))
    assert card.rejection == Rejection(min_confidence=0.5)
    assert card.training.outlier_share == 0


def changed(**changes: Any) -> str:
    return json.dumps({**dataclasses.asdict(CARD), "rejection": {**dataclasses.asdict(REJECTION), **changes}})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (changed(points=[{"refused": 0, "log_odds": 1}], default=0), "shares of refused digits outside 0 to 1"),
        (changed(points=[{"refused": 1, "log_odds": 1}], default=0), "shares of refused digits outside 0 to 1"),
        (changed(points=[{"refused": s, "log_odds": 1} for s in (0.2, 0.1)], default=0), "operating points out of order"),
        (changed(points=[{"refused": 0.1, "log_odds": 1}] * 2, default=0), "operating points out of order"),
        (changed(points=[{"refused": s, "log_odds": -s} for s in (0.1, 0.2)], default=0), "log-odds that fall"),
        (changed(default=0.2), "a default outside the operating points"),
        (changed(default=0.0001), "a default outside the operating points"),
        (changed(points=[]), "a default outside the operating points"),
        (changed(points=[{"refused": 0.1}]), "damaged.*OperatingPoint.log_odds is missing"),
        (changed(points=[{"refused": 0.1, "log_odds": float("inf")}]), "damaged.*log_odds is inf"),
        (changed(points=[0.1]), "damaged.*OperatingPoint is not an object"),
        (changed(none_logit=1), "damaged.*none_logit is int"),
    ],
)
def test_impossible_operating_points_are_refused(text: str, words: str) -> None:
    with pytest.raises(ModelFormatError, match=words):
        ModelCard.from_json(text, where="m.onnx")
