"""Order, scaling and completeness of the batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mnist_edge.errors import OptionError
from mnist_edge.keras_model import import_keras
from mnist_edge.train.augmentation.options import Augmentation
from mnist_edge.train.batches import Batches, Split, as_py_dataset, scaled, seed_dropout, split_validation
from mnist_edge.train.views import Views


def _numbered(n: int) -> Split:
    """Image i is filled with i, and its label is the last digit of i."""
    numbers = np.arange(n, dtype=np.uint8)
    return Split(np.broadcast_to(numbers[:, None, None], (n, 28, 28)).copy(), numbers % 10)


def _order(batches: Batches) -> list[int]:
    return [round(float(image[0, 0, 0] * 255)) for index in range(len(batches)) for image in batches[index][0]]


def test_scaling_maps_0_to_0_and_255_to_1() -> None:
    images = np.array([0, 51, 255], np.uint8)[:, None, None] * np.ones((1, 28, 28), np.uint8)
    result = scaled(images)
    assert (result.shape, result.dtype) == ((3, 28, 28, 1), np.float32)
    assert result[:, 0, 0, 0].tolist() == [0.0, np.float32(0.2), 1.0]


@pytest.mark.parametrize(("n", "batch_size", "sizes"), [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (3, 8, [3])])
def test_every_image_is_in_one_batch_with_its_own_label(n: int, batch_size: int, sizes: list[int]) -> None:
    batches = Batches(_numbered(n), batch_size, seed=1)
    pairs = [batches[index] for index in range(len(batches))]
    assert [len(images) for images, _ in pairs] == sizes
    assert sorted(_order(batches)) == list(range(n))
    for images, one_hot in pairs:
        assert (one_hot.dtype, one_hot.shape) == (np.float32, (len(images), 10))
        np.testing.assert_array_equal(one_hot.argmax(axis=1), np.rint(images[:, 0, 0, 0] * 255) % 10)


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    straight, jumping, other = (Batches(_numbered(50), 7, seed=seed) for seed in (3, 3, 4))
    orders = []
    for epoch in range(4):
        straight.start_epoch(epoch)
        orders.append(_order(straight))
    jumping.start_epoch(3)
    other.start_epoch(3)
    assert _order(jumping) == orders[3]
    assert len({tuple(order) for order in [*orders, _order(other)]}) == 5


def test_without_a_seed_the_order_is_kept() -> None:
    batches = Batches(_numbered(20), 6)
    batches.start_epoch(5)
    assert _order(batches) == list(range(20))


def test_the_pictures_of_a_view_come_with_their_labels_and_the_answers_of_a_teacher() -> None:
    split = _numbered(50)
    views = Views(split.images, Augmentation(shift=0.5), 3, teacher=lambda images: images[:, 14, :10] / np.float32(7))
    batches = Batches(split, 8, seed=3, views=views)
    batches.start_epoch(1)
    order = np.random.default_rng([3, 1]).permutation(50)
    images, goals = (
        np.concatenate(parts) for parts in zip(*(batches[index] for index in range(len(batches))), strict=True)
    )
    np.testing.assert_array_equal(images, scaled(views.of_epoch(1).images[order]), strict=True)
    assert (goals.dtype, goals.shape) == (np.float32, (50, 20))
    np.testing.assert_array_equal(goals[:, :10].argmax(axis=1), split.labels[order])
    np.testing.assert_array_equal(goals[:, 10:], views.of_epoch(1).images[order][:, 14, :10] / np.float32(7))


def test_augmentation_shares_its_random_numbers_with_nobody() -> None:
    """The keys of order, dropout and drawn digits, and that of the first batches."""
    keys = [[5], [5, 0], [5, 1], [5, 0, 1], [5, 0, 2], [5, 0, 0, 1], [5, 0, 0, 2], [5, 0, 1, 2], [5, 1, 0, 2]]
    first = [np.random.default_rng(key).integers(2**63) for key in keys]
    assert len(set(first)) == len(keys) - 1  # [5] is [5, 0]: the zeros are why the keys have to differ in a number


def test_the_validation_split_is_the_end_as_keras_takes_it() -> None:
    split = _numbered(25)
    training, validation = split_validation(split.images, split.labels, 0.1)
    assert (len(training), len(validation)) == (22, 3)
    np.testing.assert_array_equal(validation.images, split.images[22:])
    np.testing.assert_array_equal(validation.labels, split.labels[22:])


@pytest.mark.parametrize(("n", "share"), [(1, 0.5), (0, 0.5), (5, 0.99)])
def test_a_split_that_leaves_nothing_is_refused(n: int, share: float) -> None:
    split = _numbered(n)
    with pytest.raises(OptionError, match=f"validation_split={share} of {n} images"):
        split_validation(split.images, split.labels, share)


def _dropped(model: Any) -> np.ndarray:
    outputs: np.ndarray = model(np.ones((1, 1000), np.float32), training=True).numpy()
    return outputs == 0


def test_dropout_depends_on_seed_and_epoch_alone() -> None:
    keras = import_keras("This test")
    first, second = (keras.Sequential([keras.Input((1000,)), keras.layers.Dropout(0.5)]) for _ in range(2))
    for _ in range(3):
        _dropped(second)
    masks = []
    for seed, epoch in [(1, 0), (1, 1), (2, 0)]:
        seed_dropout(first, seed, epoch)
        seed_dropout(second, seed, epoch)
        masks.append(_dropped(first))
        np.testing.assert_array_equal(masks[-1], _dropped(second))
        np.testing.assert_array_equal(_dropped(first), _dropped(second))
    assert not np.array_equal(masks[0], masks[1])
    assert not np.array_equal(masks[0], masks[2])


def test_two_dropout_layers_drop_different_units() -> None:
    keras = import_keras("This test")
    layers = [keras.layers.Dropout(0.5) for _ in range(2)]
    model = keras.Sequential([keras.Input((1000,)), *layers])
    seed_dropout(model, 1, 0)
    one, other = (_dropped(layer) for layer in layers)
    assert not np.array_equal(one, other)


def test_keras_sees_the_same_batches() -> None:
    keras = import_keras("This test")
    batches = Batches(_numbered(10), 4, seed=1)
    wrapped = as_py_dataset(batches)
    assert isinstance(wrapped, keras.utils.PyDataset)
    assert len(wrapped) == 3
    np.testing.assert_array_equal(wrapped[2][0], batches[2][0])
