from __future__ import annotations

import numpy as np

from mnist_edge.runtime.framing import is_framed
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
