"""All the random changes, one after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import IMAGE_SIZE
from mnist_edge.errors import ImageArrayError
from mnist_edge.train.augmentation.damage import damage
from mnist_edge.train.augmentation.elastic import elastic_displacement
from mnist_edge.train.augmentation.noise import add_noise
from mnist_edge.train.augmentation.options import Augmentation
from mnist_edge.train.augmentation.stroke import change_stroke
from mnist_edge.train.augmentation.warp import affine_matrices, warp


def augment(images: NDArray[np.uint8], rng: np.random.Generator, how: Augmentation) -> NDArray[np.uint8]:
    """Changes every image of a batch at random: first the pen, then the form, last what spoils it.

    Args:
        images: uint8 ``[n, 28, 28]``, ink light on black; left as they are.
        rng: Source of all random numbers; the same state gives the same result.
        how: The strength of each change.

    Returns:
        uint8 ``[n, 28, 28]``, a new array.

    Raises:
        ImageArrayError: If ``images`` has another shape or dtype.
    """
    if images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE) or images.dtype != np.uint8:
        raise ImageArrayError(
            "The images are no batch of digits",
            expected=f"uint8 [n, {IMAGE_SIZE}, {IMAGE_SIZE}]",
            received=f"{images.dtype} {list(images.shape)}",
        )
    changed, n = images.copy(), len(images)
    if how.stroke:
        changed = change_stroke(changed, rng.uniform(-how.stroke, how.stroke, n).astype(np.float32))
    if how.rotation or how.shift or how.scale or how.shear or how.elastic:
        matrices = random_matrices(n, rng, how)
        changed = warp(changed, matrices, elastic_displacement(n, how.elastic, rng) if how.elastic else None)
    if how.damage:
        changed = damage(changed, how.damage, rng)
    if how.noise:
        changed = add_noise(changed, how.noise, rng)
    return changed


def random_matrices(n: int, rng: np.random.Generator, how: Augmentation) -> NDArray[np.float32]:
    """Draws rotation, shift, scale and shear of ``n`` images.

    Returns:
        float32 ``[n, 2, 3]``, see :func:`affine_matrices`.
    """
    rotation, right, down, scale, shear = rng.uniform(-1.0, 1.0, (5, n))
    return affine_matrices(
        how.rotation * rotation,
        how.shift * np.stack([right, down], axis=1),
        1 + how.scale * scale,
        how.shear * shear,
    )
