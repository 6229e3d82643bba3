"""The drawn digits: MNIST form, reproducible, and right for the shipped model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_edge.runtime.framed import is_framed
from mnist_edge.runtime.preprocess import prepare_digit
from mnist_edge.runtime.sample_digits import SAMPLE_DIGITS, draw_digit
from mnist_edge.runtime.session import Engine

DRAWINGS = [(digit, variant) for digit, drawings in SAMPLE_DIGITS.items() for variant in range(len(drawings))]


def test_every_digit_has_a_plain_form_and_another() -> None:
    assert sorted(SAMPLE_DIGITS) == list(range(10))
    assert all(len(drawings) >= 2 for drawings in SAMPLE_DIGITS.values())


@pytest.mark.parametrize(("digit", "variant"), DRAWINGS)
def test_drawings_have_mnist_form_at_28_pixels(digit: int, variant: int) -> None:
    assert is_framed(draw_digit(digit, variant=variant))


def test_a_seed_gives_the_same_variation_every_time() -> None:
    np.testing.assert_array_equal(draw_digit(4, seed=7), draw_digit(4, seed=7))
    assert not np.array_equal(draw_digit(4, seed=7), draw_digit(4, seed=8))
    assert not np.array_equal(draw_digit(4, seed=7), draw_digit(4))


@pytest.mark.parametrize("size", [1, 5, 28, 100, 1000])
def test_any_size_can_be_drawn(size: int) -> None:
    assert draw_digit(8, size=size).shape == (size, size)


@pytest.mark.parametrize("size", [28, 90, 300])
def test_the_shipped_model_reads_all_of_them(shipped_model: Path, size: int) -> None:
    prepared = [prepare_digit(255 - draw_digit(digit, size=size, variant=variant)) for digit, variant in DRAWINGS]
    assert all(picture is not None for picture in prepared)
    _, probabilities = Engine(shipped_model).infer(np.stack([p for p in prepared if p is not None])[..., None])
    assert probabilities.argmax(axis=1).tolist() == [digit for digit, _ in DRAWINGS]
