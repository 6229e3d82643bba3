"""Photographed digits among the training images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.runtime.framed import is_framed
from mnist_edge.runtime.session import Engine
from mnist_edge.train.batches import Split
from mnist_edge.train.photographed import photographs, training, with_photographed
from mnist_edge.train.photographed.photographs import photograph_digits, photograph_inks


@pytest.fixture(scope="module")
def digits(tiny_dataset: Dataset) -> Split:
    return Split(tiny_dataset.x_train, tiny_dataset.y_train)


def _first(split: Split, count: int) -> Split:
    return Split(split.images[:count], split.labels[:count])


def test_nothing_is_added_without_being_asked(digits: Split) -> None:
    assert with_photographed(digits, 0.0, seed=1) is digits


def test_the_share_is_added_behind_the_images_which_stay_as_they_were(digits: Split) -> None:
    mixed = with_photographed(digits, 0.1, seed=1)
    assert len(mixed) == len(mixed.images) == len(digits) + round(0.1 * len(digits))
    np.testing.assert_array_equal(mixed.images[: len(digits)], digits.images)
    np.testing.assert_array_equal(mixed.labels[: len(digits)], digits.labels)
    assert (mixed.images.dtype, mixed.labels.dtype) == (np.uint8, np.uint8)


def test_each_digit_is_taken_once_before_any_is_taken_twice(digits: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "photograph_digits", lambda images, rng: images)
    few = _first(digits, 20)
    mixed = with_photographed(few, 1.5, seed=3)
    assert {image.tobytes() for image in mixed.images[20:40]} == {image.tobytes() for image in few.images}
    pairs = {image.tobytes(): label for image, label in zip(few.images, few.labels, strict=True)}
    assert all(pairs[image.tobytes()] == label for image, label in zip(mixed.images, mixed.labels, strict=True))


def test_the_seed_decides_what_is_added(digits: Split) -> None:
    few = _first(digits, 60)
    one, same, other = (with_photographed(few, 0.5, seed=seed).images[60:] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_the_random_numbers_are_those_of_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams 1 to 4 belong to drawn digits, augmentation, outliers and operating points."""
    keys: list[list[int]] = []
    generator = np.random.default_rng
    monkeypatch.setattr(training.np.random, "default_rng", lambda key: keys.append(key) or generator(key))
    monkeypatch.setattr(training, "photograph_digits", lambda images, rng: images)
    with_photographed(Split(np.zeros((4, 28, 28), np.uint8), np.zeros(4, np.uint8)), 1.0, seed=7)
    ours = tuple(np.random.SeedSequence(keys[0]).generate_state(4))
    others = [[7], [7, 1], [7, 1, 2], *([7, 0, 0, stream] for stream in range(1, 5)), *([7, e, 0, 2] for e in range(3))]
    assert ours not in {tuple(np.random.SeedSequence(key).generate_state(4)) for key in others}


def test_a_photographed_digit_is_framed_changed_and_still_read(digits: Split, shipped_model: Path) -> None:
    seen = photograph_digits(digits.images[:300], np.random.default_rng(5))
    assert not (seen == digits.images[:300]).all(axis=(1, 2)).any()
    assert np.mean([is_framed(image) for image in seen]) > 0.97
    logits, _ = Engine(shipped_model).infer(seen[..., None])
    assert (logits.argmax(axis=1) == digits.labels[:300]).mean() > 0.88


def test_many_digits_are_photographed_a_part_at_a_time(digits: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photographs, "_AT_ONCE", 7)
    assert photograph_digits(digits.images[:20], np.random.default_rng(1)).shape == (20, 28, 28)
    assert photograph_digits(digits.images[:0], np.random.default_rng(1)).shape == (0, 28, 28)


def test_what_the_runner_does_not_find_is_framed_without_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photographs, "prepare_digit", lambda picture: None)
    monkeypatch.setattr(photographs, "frame_glyph", lambda *_, **__: None)
    ink = np.zeros((84, 84), np.uint8)
    ink[20:64, 38:46] = 255
    seen = photograph_inks([ink, np.zeros_like(ink)], np.random.default_rng(1))
    assert is_framed(seen[0])
    assert not seen[1].any()
