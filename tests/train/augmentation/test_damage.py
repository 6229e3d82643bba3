"""What damage does to digits: how many, how much, and each fault by itself."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_edge.train.augmentation.damage import FAULTS, damage

SQUARE = np.zeros((28, 28), np.uint8)
SQUARE[8:20, 8:20] = 200
MANY = np.repeat(SQUARE[None], 400, axis=0)


def _by(name: str, seed: int = 0) -> np.ndarray:
    fault = next(fault for fault in FAULTS if fault.__name__ == name)
    rng = np.random.default_rng(seed)
    return np.stack([fault(SQUARE, rng) for _ in range(60)]).astype(int)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_share_of_the_images_is_damaged_and_the_others_are_left_alone(share: float) -> None:
    before = MANY.copy()
    result = damage(MANY, share, np.random.default_rng(0))
    changed = (result != MANY).any(axis=(1, 2)).mean()
    assert (result.shape, result.dtype) == (MANY.shape, np.uint8)
    assert share * 0.7 - 0.03 <= changed <= share + 0.07
    np.testing.assert_array_equal(MANY, before)


def test_the_same_numbers_do_the_same_damage() -> None:
    first, same, other = (damage(MANY, 0.5, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


def test_a_stray_stroke_only_adds_ink() -> None:
    result = _by("_stray")
    assert (result >= SQUARE).all()
    added = (result > SQUARE).sum(axis=(1, 2))
    assert np.median(added) > 5
    assert added.max() < 28 * 28 / 3


def test_gaps_are_few_and_mostly_black() -> None:
    result = _by("_gaps")
    changed = (result != SQUARE).sum(axis=(1, 2))
    assert 0 < np.median(changed) < 60
    assert changed.max() <= 3 * 5 * 5
    assert ((result == 0) & (SQUARE > 0)).any()


def test_faint_ink_is_no_darker_on_the_ground_and_keeps_its_form() -> None:
    result = _by("_faint")
    assert (result[:, SQUARE == 0] == 0).all()
    inked = result[:, SQUARE > 0]
    assert (inked.std(axis=1) == 0).all()
    assert 40 < inked.min() < inked.max() < 256


def test_grain_leaves_the_ground_alone_and_the_ink_as_heavy_as_it_was() -> None:
    result = _by("_grain")
    assert (result[:, SQUARE == 0] == 0).all()
    assert result[:, SQUARE > 0].std() > 20
    assert result[:, SQUARE > 0].mean() == pytest.approx(200, rel=0.15)


def test_blur_keeps_the_ink_and_softens_the_edge() -> None:
    result = _by("_blur")
    np.testing.assert_allclose(result.sum(axis=(1, 2)), SQUARE.sum(), rtol=0.02)
    assert (np.abs(np.diff(result, axis=2)).max(axis=(1, 2)) < 200).all()


def test_noise_is_everywhere_but_no_digit_drowns() -> None:
    result = _by("_noise")
    assert (result[:, SQUARE == 0] > 0).any(axis=1).all()
    assert (result[:, SQUARE > 0].mean(axis=1) > result[:, SQUARE == 0].mean(axis=1) + 80).all()
