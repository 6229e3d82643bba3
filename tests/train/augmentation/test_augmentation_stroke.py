"""The pen becomes thicker or thinner and stays where it is; noise is as strong as promised."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.train.augmentation.noise import add_noise
from mnist_edge.train.augmentation.options import Augmentation
from mnist_edge.train.augmentation.pipeline import augment
from mnist_edge.train.augmentation.stroke import change_stroke


def _bar(width: int, value: int = 255) -> np.ndarray:
    image = np.zeros((1, 28, 28), np.uint8)
    image[:, 5:23, 12 : 12 + width] = value
    return image


def _changed(images: np.ndarray, amount: float) -> np.ndarray:
    return change_stroke(images, np.full(len(images), amount, np.float32))


@pytest.mark.parametrize("amount", [-1.0, -0.5, 0.0, 0.3, 1.0])
@pytest.mark.parametrize("value", [255, 140])
def test_the_amount_is_the_change_of_the_radius_in_pixels(amount: float, value: int) -> None:
    row = _changed(_bar(5, value), amount)[0, 14]
    assert row.sum() / value == pytest.approx(5 + 2 * amount, abs=0.02)
    assert row.max() == value
    assert (row * (np.arange(28) - 14.0)).sum() == pytest.approx(0)


@pytest.mark.parametrize("width", [1, 2])
def test_a_stroke_too_thin_to_be_thinned_does_not_fade(width: int) -> None:
    np.testing.assert_array_equal(_changed(_bar(width), -1.0), _bar(width))


def test_a_grey_edge_goes_first() -> None:
    bar = _bar(3)
    bar[0, 5:23, [12, 14]] = [[100], [200]]
    np.testing.assert_array_equal(_changed(bar, -1.0)[0, 14, 11:16], [0, 0, 255, 100, 0])


def test_images_at_the_border_and_beside_each_other_stay_apart() -> None:
    images = np.zeros((3, 28, 28), np.uint8)
    images[1] = 255
    for amount in (-1.0, 1.0):
        result = _changed(images, amount)
        np.testing.assert_array_equal(result, images)  # nothing is thinned from outside the picture either


def test_each_image_has_its_own_amount() -> None:
    bars = np.repeat(_bar(4), 3, axis=0)
    result = change_stroke(bars, np.array([-1, 0, 1], np.float32))
    np.testing.assert_allclose(result[:, 14].sum(axis=1) / 255, [2, 4, 6])


def test_on_real_digits_ink_grows_with_the_amount_and_stays_in_place(tiny_dataset: Dataset) -> None:
    digits = tiny_dataset.x_train[:200]
    steps = [_changed(digits, amount) for amount in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    np.testing.assert_array_equal(steps[2], digits)
    for thinner, thicker in itertools.pairwise(steps):
        assert (thinner <= thicker).all()
        assert (thinner < thicker).any(axis=(1, 2)).all()
    np.testing.assert_array_less(150, steps[0].max(axis=(1, 2)))
    assert steps[0].mean() < 0.75 * digits.mean()
    assert steps[4].mean() > 1.3 * digits.mean()
    beside = [
        np.pad(digits, ((0, 0), (1, 1), (1, 1)))[:, y : y + 28, x : x + 28] for y, x in [(0, 1), (2, 1), (1, 0), (1, 2)]
    ]
    assert not steps[4][(digits == 0) & (np.max(beside, axis=0) == 0)].any()  # nothing grows further than a pixel


def test_the_option_draws_amounts_evenly_both_ways() -> None:
    bars = np.repeat(_bar(6), 4000, axis=0)
    result = augment(bars, np.random.default_rng(0), Augmentation(stroke=0.8))
    amounts = (result[:, 14].sum(axis=1) / 255 - 6) / 2
    counts, _ = np.histogram(amounts, bins=8, range=(-0.81, 0.81))
    assert counts.sum() == 4000
    assert np.abs(counts - 500).max() < 100


@pytest.mark.parametrize("std", [0.02, 0.1])
def test_noise_has_the_promised_deviation_and_no_mean(std: float) -> None:
    grey = np.full((200, 28, 28), 128, np.uint8)
    noise = add_noise(grey, std, np.random.default_rng(0)).astype(np.float64) - 128
    assert noise.std() / 255 == pytest.approx(std, rel=0.02)
    assert abs(noise.mean()) < 0.3
    flat = noise.reshape(200, -1)
    assert abs(np.corrcoef(flat[:, 1:].ravel(), flat[:, :-1].ravel())[0, 1]) < 0.02  # white: no pixel knows its neighbour
    beyond = (np.abs(noise) > 2 * 255 * std).mean()
    assert beyond == pytest.approx(0.0455, abs=0.015)  # the Gaussian's tails; the rest is rounding


def test_noise_does_not_wrap_around_at_black_and_white() -> None:
    half = np.zeros((50, 28, 28), np.uint8)
    half[:, 14:] = 255
    noisy = add_noise(half, 0.1, np.random.default_rng(0))
    assert noisy[:, :14].max() < 150
    assert noisy[:, 14:].min() > 105
    assert ((noisy == half).mean(axis=(1, 2)) > 0.4).all()
