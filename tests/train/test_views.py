"""The pictures of an epoch: what they depend on, when they come again, and what a teacher is shown."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mnist_edge.errors import OptionError
from mnist_edge.train import views as module
from mnist_edge.train.augmentation.options import Augmentation
from mnist_edge.train.augmentation.pipeline import augment
from mnist_edge.train.views import Views

EVERYTHING = Augmentation(rotation=10, shift=2, scale=0.1, shear=10, elastic=1, stroke=0.5, noise=0.05)
IMAGES = np.random.default_rng(0).integers(0, 256, (50, 28, 28), np.uint8)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 20)


def test_views_depend_on_seed_and_epoch_alone() -> None:
    straight, jumping, other = (Views(IMAGES, EVERYTHING, seed) for seed in (3, 3, 4))
    epochs = [straight.of_epoch(epoch).images for epoch in range(3)]
    np.testing.assert_array_equal(jumping.of_epoch(2).images, epochs[2])
    np.testing.assert_array_equal(jumping.of_epoch(0).images, epochs[0])
    assert len({images.tobytes() for images in [*epochs, other.of_epoch(0).images]}) == 4


def test_every_chunk_has_random_numbers_of_its_own() -> None:
    images = Views(IMAGES, EVERYTHING, 3).of_epoch(1).images
    for chunk, part in enumerate((slice(0, 20), slice(20, 40), slice(40, 50))):
        expected = augment(IMAGES[part], np.random.default_rng([3, 1, chunk, 2]), EVERYTHING)
        np.testing.assert_array_equal(images[part], expected, strict=True)


def test_the_split_itself_is_never_changed() -> None:
    before = IMAGES.copy()
    Views(IMAGES, EVERYTHING, 1).of_epoch(0)
    np.testing.assert_array_equal(IMAGES, before)


@pytest.mark.parametrize("seed", [None, 1])
@pytest.mark.parametrize("repeat", [0, 3])
def test_an_augmentation_of_nothing_leaves_the_images_as_they_are(seed: int | None, repeat: int) -> None:
    assert Views(IMAGES, Augmentation(), seed, repeat=repeat).of_epoch(5).images is IMAGES


def test_augmentation_without_a_seed_is_refused() -> None:
    with pytest.raises(OptionError, match="needs a seed"):
        Views(IMAGES, EVERYTHING, None)


def test_views_that_repeat_are_made_once_and_answered_once() -> None:
    asked: list[bytes] = []

    def teacher(images: np.ndarray) -> np.ndarray:
        asked.append(images.tobytes())
        return images[:, 0, :10].astype(np.float32)

    views = Views(IMAGES, EVERYTHING, 3, repeat=2, teacher=teacher)
    seen = [views.of_epoch(epoch) for epoch in range(5)]
    assert seen[0] is seen[2] is seen[4]
    assert seen[1] is seen[3]
    assert asked == [seen[0].images.tobytes(), seen[1].images.tobytes()]
    assert asked[0] != asked[1]
    answers = seen[1].answers
    assert answers is not None
    np.testing.assert_array_equal(answers, seen[1].images[:, 0, :10])
    np.testing.assert_array_equal(Views(IMAGES, EVERYTHING, 3).of_epoch(1).images, seen[1].images)


def test_views_that_do_not_repeat_are_not_kept() -> None:
    views = Views(IMAGES, EVERYTHING, 3)
    first = views.of_epoch(0)
    assert views.of_epoch(0) is first
    views.of_epoch(1)
    assert views.of_epoch(0) is not first


def test_threads_get_the_same_view() -> None:
    views = Views(IMAGES, EVERYTHING, 3)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(views.of_epoch, [0] * 8))
    assert all(view is made[0] for view in made)
