"""All augmentation options together: reproducible, within their ranges, the whole batch at once."""

from __future__ import annotations

import dataclasses
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_edge.errors import ImageArrayError, OptionError
from mnist_edge.train.augmentation.options import LIMITS, Augmentation
from mnist_edge.train.augmentation.pipeline import augment, random_matrices

EVERYTHING = Augmentation(rotation=10, shift=2, scale=0.1, shear=10, elastic=1, stroke=0.5, noise=0.05, damage=1.0)
NAMES = [field.name for field in dataclasses.fields(Augmentation)]


@pytest.fixture
def digits() -> np.ndarray:
    """Ten grey blots on black, no two alike."""
    images = np.zeros((10, 28, 28), np.uint8)
    images[:, 8:20, 9:19] = np.random.default_rng(1).integers(1, 256, (10, 12, 10), dtype=np.uint8)
    return images


def _augmented(images: np.ndarray, how: Augmentation, seed: int = 0) -> np.ndarray:
    return augment(images, np.random.default_rng(seed), how)


def test_nothing_is_on_by_default(digits: np.ndarray) -> None:
    assert not Augmentation().active
    result = _augmented(digits, Augmentation())
    np.testing.assert_array_equal(result, digits, strict=True)
    assert not np.shares_memory(result, digits)


@pytest.mark.parametrize("name", NAMES)
def test_each_option_alone_is_active_and_changes_the_images(name: str, digits: np.ndarray) -> None:
    how = Augmentation(**{name: getattr(EVERYTHING, name)})
    before = digits.copy()
    result = _augmented(digits, how)
    assert how.active
    assert (result.dtype, result.shape) == (np.uint8, digits.shape)
    assert (result != digits).any(axis=(1, 2)).sum() >= 8  # a draw near 0 may change nothing
    np.testing.assert_array_equal(digits, before)


@pytest.mark.parametrize("how", [EVERYTHING, *(Augmentation(**{name: getattr(EVERYTHING, name)}) for name in NAMES)])
def test_the_generator_alone_decides(how: Augmentation, digits: np.ndarray) -> None:
    np.testing.assert_array_equal(_augmented(digits, how, 5), _augmented(digits, how, 5))
    assert (_augmented(digits, how, 5) != _augmented(digits, how, 6)).any()


@pytest.mark.parametrize("how", [EVERYTHING, *(Augmentation(**{name: getattr(EVERYTHING, name)}) for name in NAMES)])
def test_images_that_are_alike_are_changed_differently(how: Augmentation, digits: np.ndarray) -> None:
    result = _augmented(np.repeat(digits[:1], 30, axis=0), how)
    assert len(np.unique(result.reshape(30, -1), axis=0)) >= 20  # OpenCV 4 rounds positions to 1/32 pixel


def test_the_other_images_of_a_batch_do_not_matter(digits: np.ndarray) -> None:
    """A batch of black images with one digit shows that digit as any batch of that size would, and nothing beside it."""
    how = dataclasses.replace(EVERYTHING, rotation=180, shift=14, elastic=4, stroke=1, noise=0, damage=0)
    full = _augmented(digits, how)
    for index in range(len(digits)):
        alone = np.zeros_like(digits)
        alone[index] = digits[index]
        expected = np.zeros_like(digits)
        expected[index] = full[index]
        np.testing.assert_array_equal(_augmented(alone, how), expected)


@pytest.mark.parametrize("n", [0, 1, 2, 64, 2000])
def test_batches_of_any_size(n: int) -> None:
    images = np.full((n, 28, 28), 200, np.uint8)
    result = _augmented(images, dataclasses.replace(EVERYTHING, damage=0))
    assert (result.dtype, result.shape) == (np.uint8, (n, 28, 28))
    np.testing.assert_allclose(result[:, 11:17, 11:17].mean(axis=(1, 2)), 200, atol=20)  # five deviations and the bent edge


@pytest.mark.parametrize("image", [0, 255])
def test_black_stays_black_and_white_does_not_overflow(image: int) -> None:
    images = np.full((20, 28, 28), image, np.uint8)
    result = _augmented(images, dataclasses.replace(EVERYTHING, noise=0, damage=0))
    np.testing.assert_array_equal(result[:, 13:15, 13:15], image)
    if not image:
        assert not result.any()


@given(
    rotation=st.floats(0, LIMITS["rotation"].largest),
    shift=st.floats(0, LIMITS["shift"].largest),
    scale=st.floats(0, LIMITS["scale"].largest),
    shear=st.floats(0, LIMITS["shear"].largest),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_draw_leaves_its_range(rotation: float, shift: float, scale: float, shear: float, seed: int) -> None:
    how = Augmentation(rotation=rotation, shift=shift, scale=scale, shear=shear)
    drawn = _parameters(random_matrices(50, np.random.default_rng(seed), how))
    limits = {"rotation": rotation, "right": shift, "down": shift, "scale": scale, "shear": shear}
    for name, limit in limits.items():
        assert np.abs(drawn[name]).max() <= limit + 1e-3, name


def test_the_whole_range_is_used_evenly_and_independently() -> None:
    how = Augmentation(rotation=20, shift=3, scale=0.3, shear=15)
    drawn = _parameters(random_matrices(4000, np.random.default_rng(0), how))
    limits = {"rotation": 20.0, "right": 3.0, "down": 3.0, "scale": 0.3, "shear": 15.0}
    for name, limit in limits.items():
        counts, _ = np.histogram(drawn[name] / limit, bins=8, range=(-1.0001, 1.0001))
        assert counts.sum() == 4000
        assert np.abs(counts - 500).max() < 100, name  # over four deviations of 21
    correlation = np.corrcoef([drawn[name] for name in limits])
    assert np.abs(correlation - np.eye(5)).max() < 0.08


def _parameters(matrices: np.ndarray) -> dict[str, np.ndarray]:
    """Reads the four changes off the matrices again, by another way than they are made: forward, then triangular."""
    forward = np.linalg.inv(matrices[:, :, :2].astype(np.float64))
    right, down = -np.einsum("nij,nj->ni", forward, matrices[:, :, 2]).T
    size = np.sqrt(np.linalg.det(forward))
    turn = np.arctan2(-forward[:, 1, 0], forward[:, 0, 0])  # where the x axis goes; shear leaves it alone
    upright = np.stack([forward[:, 0, 1], forward[:, 1, 1]])
    unturned = np.cos(turn) * upright[0] - np.sin(turn) * upright[1]
    return {
        "rotation": np.rad2deg(turn),
        "right": right,
        "down": down,
        "scale": size - 1,
        "shear": np.rad2deg(np.arctan(-unturned / size)),
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [-1e-9, math.nan, math.inf, -math.inf, "1", None, True])
def test_a_value_out_of_range_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(OptionError, match=rf"option {name} is .* 0 \(off\) to .* Received: {value}"):
        Augmentation(**{name: value})


@pytest.mark.parametrize("name", NAMES)
def test_the_largest_value_is_allowed_and_no_larger(name: str) -> None:
    largest, unit = LIMITS[name]
    assert Augmentation(**{name: largest}).active
    with pytest.raises(OptionError, match=f"{name} .* to {largest:g} {unit}"):
        Augmentation(**{name: math.nextafter(largest, math.inf)})


def test_every_option_has_a_limit_and_values_compare() -> None:
    assert list(LIMITS) == NAMES
    assert pickle.loads(pickle.dumps(EVERYTHING)) == EVERYTHING  # noqa: S301 - our own bytes
    assert Augmentation() != EVERYTHING


@pytest.mark.parametrize("shape", [(28, 28), (3, 28, 28, 1), (3, 27, 28), (0,)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageArrayError, match=r"uint8 \[n, 28, 28\]"):
        _augmented(np.zeros(shape, np.uint8), EVERYTHING)


def test_floats_are_refused() -> None:
    with pytest.raises(ImageArrayError, match="float32"):
        _augmented(np.zeros((1, 28, 28), np.float32), EVERYTHING)
