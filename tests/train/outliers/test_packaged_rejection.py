"""The packaged model, at the thresholds in its card: hands of the world are read, other things are mostly not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.prediction import Status
from mnist_edge.runtime.sample_digits import SAMPLE_DIGITS, draw_digit
from mnist_edge.train.outliers import HELD_OUT_LETTER, draw_outliers

KNOWN = ("letter", "invented", "doodle", "shape", "texture")
FORMS = [(digit, variant) for digit, drawings in SAMPLE_DIGITS.items() for variant in range(len(drawings))]


@pytest.fixture(scope="module")
def classifier(shipped_model: Path) -> DigitClassifier:
    return DigitClassifier(shipped_model)


@pytest.mark.parametrize(("digit", "variant"), FORMS)
def test_no_hand_of_a_digit_is_refused(digit: int, variant: int, classifier: DigitClassifier) -> None:
    """1 with a flag or a foot, slashed 0, crossed 7, open 4, hooked 9."""
    for size in (28, 90):
        answer = classifier.classify(draw_digit(digit, variant=variant, size=size))
        assert (answer.digit, answer.status) == (digit, Status.OK)


def test_test_digits_are_given_and_other_things_mostly_not(classifier: DigitClassifier, tiny_dataset: Dataset) -> None:
    digits = classifier.classify_batch(tiny_dataset.x_test)
    assert sum(answer.digit is None for answer in digits) <= 1
    rng = np.random.default_rng(123)
    drawn, unseen = (
        classifier.classify_batch(draw_outliers(200, rng, kinds=kinds)) for kinds in (KNOWN, [HELD_OUT_LETTER])
    )
    assert np.mean([answer.status is Status.REJECTED for answer in drawn]) > 0.8
    assert np.mean([answer.status is Status.REJECTED for answer in unseen]) > 0.5
    ranked = [[d.log_odds > other.log_odds for d in digits] for other in (*drawn, *unseen)]
    assert np.mean(ranked) > 0.98  # area under the ROC curve


def test_a_higher_share_refuses_more(shipped_model: Path) -> None:
    letters = draw_outliers(100, np.random.default_rng(5), kinds=["letter"])
    given = [
        sum(answer.digit is not None for answer in DigitClassifier(shipped_model, reject=share).classify_batch(letters))
        for share in (0, 0.001, 0.01, 0.1)
    ]
    assert given == sorted(given, reverse=True)
    assert given[0] == 100
    assert given[-1] < 20
