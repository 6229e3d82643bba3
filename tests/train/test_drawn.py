from __future__ import annotations

import numpy as np
import pytest

from mnist_edge.runtime.framed import is_framed
from mnist_edge.train import drawn
from mnist_edge.train.batches import Split
from mnist_edge.train.drawn import with_drawn

MNIST_LIKE = Split(np.zeros((200, 28, 28), np.uint8), np.zeros(200, np.uint8))


def test_nothing_is_added_without_being_asked() -> None:
    assert with_drawn(MNIST_LIKE, 0.0, seed=1) is MNIST_LIKE


def test_the_share_is_added_behind_the_images_in_equal_numbers() -> None:
    mixed = with_drawn(MNIST_LIKE, 0.2, seed=1)
    assert len(mixed) == len(mixed.images) == 240
    np.testing.assert_array_equal(mixed.images[:200], MNIST_LIKE.images)
    np.testing.assert_array_equal(np.bincount(mixed.labels[200:]), [4] * 10)
    assert all(is_framed(image) for image in mixed.images[200:])


def test_the_seed_decides_what_is_drawn() -> None:
    one, same, other = (with_drawn(MNIST_LIKE, 0.1, seed=seed).images[200:] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert len({image.tobytes() for image in one}) == 20


def test_the_random_numbers_are_those_of_no_order_and_no_dropout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys as in batches.py: [seed, epoch] and [seed, epoch, index]."""
    keys: list[list[int]] = []
    generator = np.random.default_rng
    monkeypatch.setattr(drawn.np.random, "default_rng", lambda key: keys.append(key) or generator(key))
    with_drawn(MNIST_LIKE, 0.1, seed=7)
    ours = tuple(np.random.SeedSequence(keys[0]).generate_state(4))  # draw_digit makes the other ones
    others = [[7], *([7, epoch] for epoch in range(5)), *([7, epoch, index] for epoch in range(5) for index in range(5))]
    assert ours not in {tuple(np.random.SeedSequence(key).generate_state(4)) for key in others}
