from __future__ import annotations

import dataclasses
import json
import pickle
from dataclasses import fields

import numpy as np
import pytest

from mnist_edge.runtime.prediction import Prediction, Status

SCORES = np.array([0, 0.1, 0, 0.6, 0, 0, 0, 0.3, 0, 0], np.float32)


def test_top_is_sorted_and_bounded() -> None:
    prediction = Prediction(3, 0.6, probabilities=SCORES)
    assert [digit for digit, _ in prediction.top(3)] == [3, 7, 1]
    assert len(prediction.top(10)) == 10


def test_without_a_digit_there_is_no_ranking() -> None:
    assert Prediction(None, 0.0, Status.EMPTY).top(3) == []


def test_json_has_plain_values() -> None:
    values = json.loads(json.dumps(Prediction(3, 0.6, source="x.png", probabilities=SCORES).to_dict()))
    assert values["digit"] == 3
    assert values["status"] == "ok"
    assert values["probabilities"][7] == 0.3


def test_predictions_compare_and_pickle() -> None:
    prediction = Prediction(3, 0.6, probabilities=SCORES)
    assert prediction == Prediction(3, 0.6)
    copy = pickle.loads(pickle.dumps(prediction))  # noqa: S301
    assert copy == prediction
    np.testing.assert_array_equal(copy.probabilities, SCORES)


def test_predictions_are_frozen_and_replaceable() -> None:
    prediction = Prediction(3, 0.6, probabilities=SCORES)
    with pytest.raises(dataclasses.FrozenInstanceError):
        prediction.digit = 4  # type: ignore[misc]
    named = dataclasses.replace(prediction, source="a.png")
    assert (named.source, named.digit, prediction.source) == ("a.png", 3, "")
    assert named.probabilities is SCORES


def test_every_field_gets_what_it_was_given() -> None:
    values = (3, 0.6, Status.REJECTED, "why", "a.png", 1.5, SCORES, SCORES + 1, np.ones((28, 28), np.uint8))
    prediction = Prediction(*values)
    assert all(getattr(prediction, each.name) is value for each, value in zip(fields(prediction), values, strict=True))
