"""Pictures in MNIST's form are known one by one and many at once."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from mnist_edge.dataset import Dataset
from mnist_edge.runtime.framed import are_framed, is_framed
from mnist_edge.runtime.sample_digits import draw_digit


def test_what_is_not_in_mnist_form_is_recognised() -> None:
    digit = draw_digit(3)
    assert is_framed(digit)
    assert not is_framed(255 - digit)
    assert not is_framed(np.roll(digit, 3, axis=1))
    assert not is_framed(np.zeros((28, 28), np.uint8))
    assert not is_framed(draw_digit(3, size=20).repeat(2, 0).repeat(2, 1)[6:34, 6:34])


@pytest.mark.real
def test_mnist_is_in_mnists_form(mnist: Dataset) -> None:
    assert are_framed(mnist.x_train[:5000]).all()
    assert all(is_framed(image) for image in mnist.x_train[:500])


@given(
    moves=arrays(np.int8, (30, 2), elements=st.integers(-9, 9)),
    cut=arrays(np.int8, 30, elements=st.integers(0, 12)),
)
def test_many_are_told_as_each_alone(moves: np.ndarray, cut: np.ndarray) -> None:
    pictures = np.stack([np.roll(draw_digit(i % 10), tuple(move), (0, 1)) for i, move in enumerate(moves.tolist())])
    for picture, columns in zip(pictures, cut.tolist(), strict=True):
        picture[:, :columns] = 0
    assert are_framed(pictures).tolist() == [is_framed(picture) for picture in pictures]


@given(pictures=arrays(np.uint8, (6, 28, 28), elements=st.sampled_from([0, 0, 0, 1, 255]), fill=st.just(0)))
def test_anything_is_told_as_each_alone(pictures: np.ndarray) -> None:
    assert are_framed(pictures).tolist() == [is_framed(picture) for picture in pictures]


def test_arrays_of_any_layout_are_taken() -> None:
    digits = np.stack([draw_digit(digit) for digit in range(10)])
    assert are_framed(np.asfortranarray(digits)).all()
    assert are_framed(digits[::2]).tolist() == [True] * 5
    assert are_framed(digits[:0]).shape == (0,)
