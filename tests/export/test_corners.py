from __future__ import annotations

import numpy as np

from mnist_edge.export.corners import corner_inputs

DIGITS = (np.random.default_rng(0).random((50, 28, 28)) * 255).astype(np.uint8)


def named(prefix):
    corners = corner_inputs(DIGITS)
    return corners.images[[i for i, name in enumerate(corners.names) if name.startswith(prefix)]]


def test_shape_dtype_and_one_unique_name_each():
    corners = corner_inputs(DIGITS)
    assert corners.images.dtype == np.uint8
    assert corners.images.shape == (len(corners.names), 28, 28, 1)
    assert len(set(corners.names)) == len(corners.names)


def test_the_constants_and_every_single_pixel_are_there():
    assert (named("all 0") == 0).all()
    assert (named("all 255") == 255).all()
    pixels = named("single pixel")
    assert (pixels.sum(axis=(1, 2, 3)) == 255).all()
    assert (pixels.sum(axis=0) == 255).all()


def test_gradients_reach_both_ends_and_inverted_digits_are_digits_inverted():
    assert (named("gradient").min(axis=(1, 2, 3)) == 0).all()
    assert (named("gradient").max(axis=(1, 2, 3)) == 255).all()
    originals = {digit.tobytes() for digit in DIGITS}
    assert all((255 - picture).tobytes() in originals for picture in named("inverted digit"))


def test_the_same_seed_gives_the_same_pictures_and_another_seed_others():
    first, again, other = corner_inputs(DIGITS), corner_inputs(DIGITS[..., None]), corner_inputs(DIGITS, seed=1)
    assert np.array_equal(first.images, again.images)
    assert not np.array_equal(first.images, other.images)


def test_few_digits_are_enough():
    assert sum(name.startswith("inverted") for name in corner_inputs(DIGITS[:1]).names) == 1
