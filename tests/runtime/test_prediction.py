from __future__ import annotations

import json
import pickle

import numpy as np

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
