"""A picture in MNIST's form is answered alike however it comes: as an array, as bytes, as a file."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.framed import is_framed
from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.preprocess import prepare_digit
from mnist_edge.runtime.sample_digits import draw_digit


@pytest.fixture(scope="module")
def classifier() -> DigitClassifier:
    return DigitClassifier()


def framed(digit: int) -> np.ndarray:
    picture = prepare_digit(draw_digit(digit))
    assert is_framed(picture)
    return picture


def assert_same(answer: Prediction, expected: Prediction) -> None:
    assert answer == expected
    for name in ("probabilities", "logits", "seen"):
        np.testing.assert_array_equal(getattr(answer, name), getattr(expected, name))


@pytest.mark.parametrize("digit", [3, 8])
def test_framed_pictures_from_everywhere(classifier: DigitClassifier, tmp_path: Path, digit: int) -> None:
    picture = framed(digit)
    expected = classifier.classify(picture)
    content = cv2.imencode(".png", picture)[1].tobytes()
    path = tmp_path / "digit.png"
    path.write_bytes(content)
    for image in (content, bytearray(content), memoryview(content), io.BytesIO(content), PIL.Image.open(path)):
        assert_same(classifier.classify(image), expected)
    for named in (path, str(path)):
        assert_same(classifier.classify(named), replace(expected, source=str(path)))


def test_what_was_seen_is_nobody_elses_memory(classifier: DigitClassifier) -> None:
    pil = PIL.Image.fromarray(framed(5))
    seen = classifier.classify(pil).seen
    assert seen is not None
    before = seen.copy()
    pil.putpixel((14, 14), 255 - pil.getpixel((14, 14)))
    np.testing.assert_array_equal(seen, before)
    seen[:] = 0  # and it can be written to


def test_a_refused_file_keeps_its_name(tmp_path: Path) -> None:
    strict = DigitClassifier()
    strict._scorer._least_odds = 1e9
    path = tmp_path / "digit.png"
    path.write_bytes(cv2.imencode(".png", framed(3))[1].tobytes())
    answer = strict.classify(path)
    assert (answer.status, answer.source) == (Status.REJECTED, str(path))


def test_a_file_that_cannot_be_read_keeps_its_name(classifier: DigitClassifier, tmp_path: Path) -> None:
    answer = classifier.classify(tmp_path / "missing.png")
    assert (answer.status, answer.source) == (Status.ERROR, str(tmp_path / "missing.png"))
    assert "There is no file" in answer.message
