from __future__ import annotations

import dataclasses
import io
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mnist_edge import DigitClassifier, Prediction, Status
from mnist_edge.contract import ModelCard, Rejection
from mnist_edge.runtime import batch
from mnist_edge.runtime.packaged import DEFAULT_MODEL
from mnist_edge.runtime.sample_digits import draw_digit
from mnist_edge.runtime.session import Engine
from mnist_edge.temperature import softmax

BuildModel = Callable[..., bytes]


@pytest.fixture(scope="module")
def shipped() -> DigitClassifier:
    return DigitClassifier()


@pytest.fixture(scope="module")
def digits() -> list[np.ndarray]:
    """White on black, one of each."""
    return [draw_digit(digit, size=64) for digit in range(10)]


def test_the_packaged_model_reads_the_drawn_digits(shipped: DigitClassifier, digits: list[np.ndarray]) -> None:
    answers = shipped.classify_batch(digits)
    assert [answer.digit for answer in answers] == list(range(10))
    for answer in answers:
        assert answer.status is Status.OK
        assert 0.5 < answer.confidence <= float(answer.probabilities.max()) + 1e-6  # the one in 64 bits, the other in 32
        assert answer.seen is not None
        assert (answer.seen.shape, answer.seen.dtype) == ((28, 28), np.uint8)


def test_one_and_many_give_the_same(shipped: DigitClassifier, digits: list[np.ndarray]) -> None:
    for image, answer in zip(digits, shipped.classify_batch(digits), strict=True):
        alone = shipped.classify(image)
        assert alone.digit == answer.digit
        np.testing.assert_allclose(alone.probabilities, answer.probabilities, atol=1e-6)


def test_path_bytes_and_array_give_the_same(shipped: DigitClassifier, digits: list[np.ndarray], tmp_path: Path) -> None:
    data = cv2.imencode(".png", digits[7])[1].tobytes()
    path = tmp_path / "seven.png"
    path.write_bytes(data)
    answers = shipped.classify_batch([str(path), path, data, digits[7]])
    assert {answer.digit for answer in answers} == {7}
    assert len({answer.confidence for answer in answers}) == 1
    assert [answer.source for answer in answers] == [str(path), str(path), "", ""]


def test_a_bad_picture_does_not_stop_the_others(shipped: DigitClassifier, digits: list[np.ndarray]) -> None:
    blank = np.full((50, 50), 255, np.uint8)
    answers = shipped.classify_batch([digits[1], b"broken", blank, "missing.png", None, np.full((9, 9), np.nan), digits[2]])  # type: ignore[list-item]
    assert [answer.digit for answer in answers] == [1, None, None, None, None, None, 2]
    assert [answer.status.value for answer in answers] == ["ok", "error", "empty", "error", "error", "error", "ok"]
    for answer in answers[1:-1]:
        assert answer.message
        assert answer.confidence == 0
        assert answer.seen is None


def test_no_pictures_give_no_answers(shipped: DigitClassifier) -> None:
    assert shipped.classify_batch([]) == []


def test_an_array_of_pictures_is_a_batch(shipped: DigitClassifier, digits: list[np.ndarray]) -> None:
    assert [answer.digit for answer in shipped.classify_batch(np.stack(digits))] == list(range(10))


@pytest.mark.parametrize("kind", [list, np.stack])
def test_a_batch_of_arrays_keeps_its_order(shipped: DigitClassifier, kind: Any) -> None:
    """Some of them are in MNIST's form and are read together, some are not, and some hold no ink."""
    digits = [draw_digit(digit) for digit in range(10)]
    blank = np.zeros((28, 28), np.uint8)
    pictures = [digits[0], 255 - digits[1], blank, digits[3], np.roll(digits[4], 3, axis=1), digits[5], blank]
    answers = shipped.classify_batch(kind(pictures))
    assert [answer.digit for answer in answers] == [0, 1, None, 3, 4, 5, None]
    for picture, answer in zip(pictures, answers, strict=True):
        alone = shipped.classify(picture)
        assert (alone.digit, alone.status) == (answer.digit, answer.status)
        assert alone.log_odds == pytest.approx(answer.log_odds, rel=1e-4)


def test_a_digit_fares_the_same_alone_and_among_others(shipped: DigitClassifier) -> None:
    pictures = [draw_digit(number % 10, seed=number) for number in range(30)]
    for picture, among in zip(pictures, shipped.classify_batch(pictures), strict=True):
        alone = shipped.classify(picture)
        assert alone.log_odds == pytest.approx(among.log_odds, rel=1e-9)
        assert alone.confidence == pytest.approx(among.confidence, rel=1e-9)


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("kind", [np.asmatrix, np.ma.masked_array])
def test_a_matrix_or_masked_array_is_read_as_an_array(shipped: DigitClassifier, kind: Any) -> None:
    answer = shipped.classify(kind(draw_digit(3)))
    assert answer.digit == 3
    assert type(answer.seen) is np.ndarray


def test_an_answer_keeps_a_copy_of_its_picture(shipped: DigitClassifier) -> None:
    pictures = np.stack([draw_digit(digit) for digit in range(10)])
    answers = [*shipped.classify_batch(pictures), shipped.classify(pictures[0])]
    seen = [answer.seen.copy() for answer in answers if answer.seen is not None]
    pictures[:] = 0
    for answer, copy in zip(answers, seen, strict=True):
        np.testing.assert_array_equal(answer.seen, copy)


def test_batches_longer_than_a_run_of_the_network(
    shipped: DigitClassifier, digits: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "CHUNK", 4)
    answers = shipped.classify_batch([*digits, b"broken", *digits])
    assert [answer.digit for answer in answers] == [*range(10), None, *range(10)]


def test_the_temperature_of_the_card_softens_the_probabilities(build_model: BuildModel, bands: np.ndarray) -> None:
    card = ModelCard("bands", "custom", 290, 17, "", "2026-01-01T00:00:00Z")
    plain = DigitClassifier(build_model(card=card))
    soft = DigitClassifier(build_model(card=dataclasses.replace(card, temperature=2.0)))
    image = draw_digit(3)
    one, other = plain.classify(image), soft.classify(image)
    assert one.digit == other.digit
    assert one.confidence > other.confidence
    np.testing.assert_allclose(other.probabilities, softmax(one.logits / 2), atol=1e-6)


def test_an_answer_below_the_threshold_of_the_card_is_rejected(build_model: BuildModel) -> None:
    card = ModelCard("bands", "custom", 290, 17, "", "2026-01-01T00:00:00Z")
    image, plain = draw_digit(3), DigitClassifier(build_model(card=card)).classify(draw_digit(3))

    def answer(threshold: float | None) -> Prediction:
        return DigitClassifier(build_model(card=dataclasses.replace(card, rejection=Rejection(threshold)))).classify(image)

    rejected = answer(plain.confidence + 0.01)
    assert (rejected.digit, rejected.status, rejected.confidence) == (None, Status.REJECTED, plain.confidence)
    assert f"the model asks for {plain.confidence + 0.01:.1%}" in rejected.message
    assert rejected.top(3) == plain.top(3)
    assert rejected.to_dict() == {**plain.to_dict(), "digit": None, "status": "rejected", "message": rejected.message}
    np.testing.assert_array_equal(rejected.logits, plain.logits)
    np.testing.assert_array_equal(rejected.seen, image)
    assert answer(plain.confidence) == answer(None) == plain


def test_what_was_seen_is_kept_when_the_caller_fills_the_buffer_again(shipped: DigitClassifier) -> None:
    buffer = draw_digit(3)
    answer = shipped.classify(buffer)
    buffer[:] = 0
    np.testing.assert_array_equal(answer.seen, draw_digit(3))


@pytest.mark.parametrize(
    "image", ["x.png", Path("x.png"), b"x", bytearray(b"x"), memoryview(b"x"), io.BytesIO(), np.zeros((28, 28))]
)
def test_one_picture_is_no_batch(shipped: DigitClassifier, image: object) -> None:
    with pytest.raises(TypeError, match=r"takes several pictures, not .*: pass a list, or call classify"):
        shipped.classify_batch(image)  # type: ignore[arg-type]


def test_a_batch_may_come_from_one_buffer_that_is_filled_again(shipped: DigitClassifier) -> None:
    buffer = np.empty((28, 28), np.uint8)

    def frames() -> Iterator[np.ndarray]:
        for digit in range(10):
            buffer[:] = draw_digit(digit)
            yield buffer

    assert [answer.digit for answer in shipped.classify_batch(frames())] == list(range(10))


def test_softmax_of_large_logits() -> None:
    np.testing.assert_allclose(softmax(np.array([[1000.0, 0.0]])), [[1.0, 0.0]])


def test_threads_share_one_classifier(shipped: DigitClassifier, digits: list[np.ndarray]) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers: list[Prediction] = list(pool.map(shipped.classify, digits * 20))
    assert [answer.digit for answer in answers] == list(range(10)) * 20


def test_a_pickled_classifier_works(shipped: DigitClassifier, digits: list[np.ndarray]) -> None:
    assert pickle.loads(pickle.dumps(shipped)).classify(digits[4]).digit == 4  # noqa: S301


def test_the_limit_on_pixels_is_the_callers(digits: list[np.ndarray]) -> None:
    data = cv2.imencode(".png", digits[0])[1].tobytes()
    assert DigitClassifier(max_pixels=100).classify(data).status is Status.ERROR


def test_the_card_is_at_hand(shipped: DigitClassifier) -> None:
    assert shipped.card == Engine().card
    assert f"{DEFAULT_MODEL}.onnx" in repr(shipped)
