"""A 28x28 picture that is nearly in MNIST's form is read twice: prepared, and as it is."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mnist_edge import DigitClassifier, Prediction, Status
from mnist_edge.runtime.framing import frame_ink
from mnist_edge.runtime.preprocess import prepare_digit, read_as_it_is
from mnist_edge.runtime.sample_digits import draw_digit
from mnist_edge.runtime.scoring import CHUNK


@pytest.fixture(scope="module")
def framed() -> np.ndarray:
    """uint8 [10, 28, 28], one of each digit in MNIST's form."""
    return np.array([frame_ink(draw_digit(digit, size=84)) for digit in range(10)])


@pytest.fixture(scope="module")
def tight(framed: np.ndarray) -> np.ndarray:
    """The same without MNIST's margin: as high or as wide as the picture."""
    return np.array([without_margin(image) for image in framed])


def without_margin(image: np.ndarray) -> np.ndarray:
    x, y, width, height = cv2.boundingRect(image)
    scale = 28 / max(width, height)
    large = cv2.resize(image[y : y + height, x : x + width], (round(width * scale), round(height * scale)))
    above, before = (28 - large.shape[0]) // 2, (28 - large.shape[1]) // 2
    return np.pad(large, ((above, 28 - large.shape[0] - above), (before, 28 - large.shape[1] - before)))


def test_only_white_on_black_of_the_networks_size_is_seen_as_it_is(framed: np.ndarray, tight: np.ndarray) -> None:
    for image in tight:
        np.testing.assert_array_equal(read_as_it_is(image), image)
        assert read_as_it_is(255 - image) is None
        assert read_as_it_is(np.maximum(image, 60)) is None
        assert read_as_it_is(cv2.resize(image, (56, 56))) is None
        in_colour = np.repeat(image[:, :, None], 3, axis=2)
        np.testing.assert_array_equal(read_as_it_is(in_colour), image)
        np.testing.assert_array_equal(read_as_it_is(image / np.float32(255)), image)
    assert all(read_as_it_is(image) is None for image in framed)


class SureOfInk:
    """Is the surer the more ink it sees, or the less."""

    def __init__(self, sign: int) -> None:
        self.sign = sign

    def score(self, images: np.ndarray) -> list[Prediction]:
        return [Prediction(1, 0.5, Status.OK, log_odds=self.sign * float(image.mean()), seen=image) for image in images]


@pytest.mark.parametrize("sign", [1, -1])
def test_the_surer_of_the_two_answers_is_given(
    shipped_model: Path, tight: np.ndarray, monkeypatch: pytest.MonkeyPatch, sign: int
) -> None:
    classifier = DigitClassifier(shipped_model, reject=0)
    monkeypatch.setattr(classifier, "_scorer", SureOfInk(sign))
    for image, answer in zip(tight, classifier.classify_batch(tight), strict=True):
        prepared = prepare_digit(image)
        assert prepared is not None
        expected = max(prepared, image, key=lambda seen: sign * seen.mean())
        np.testing.assert_array_equal(answer.seen, expected)


def test_answers_keep_their_places_over_several_chunks(shipped_model: Path, framed: np.ndarray, tight: np.ndarray) -> None:
    classifier = DigitClassifier(shipped_model, reject=0)
    blank = np.zeros((28, 28), np.uint8)
    images = [image for index in range(CHUNK // 8) for image in (*framed, *tight, blank)][: 2 * CHUNK + 3]
    alone = {key: classifier.classify(image) for key, image in {i.tobytes(): i for i in images}.items()}
    answers = classifier.classify_batch(images)
    assert [answer.digit for answer in answers] == [alone[image.tobytes()].digit for image in images]
    assert {answer.status for answer in answers} == {Status.OK, Status.EMPTY}


def test_a_line_across_the_digit_no_longer_shrinks_it(shipped_model: Path, framed: np.ndarray) -> None:
    """A rule below the digit makes the box of the ink wider than the digit; as it is, the digit has the right size."""
    ruled = framed.copy()
    ruled[:, 25:27] = 160
    classifier = DigitClassifier(shipped_model, reject=0)
    prepared = classifier._scorer.score(np.array([prepare_digit(image) for image in ruled]))
    answers = classifier.classify_batch(ruled)
    assert min(a.log_odds - p.log_odds for a, p in zip(answers, prepared, strict=True)) > -1e-3
    assert sum(a.digit == digit for digit, a in enumerate(answers)) >= sum(
        p.digit == digit for digit, p in enumerate(prepared)
    )
