"""The fifteen corruptions of MNIST-C, written anew: what noise, blur, movement and things in the way do to a digit.

N. Mu and J. Gilmer, "MNIST-C: A Robustness Benchmark for Computer Vision", 2019, arXiv:1906.02337. The strengths are the
ones of that data set, one for each corruption; the pictures are not the same, because its random numbers are not ours.
They are for measuring only: a network that has seen them in training has learned the answers of this test.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corruptions.blur import glass_blur, motion_blur
from corruptions.drawn_over import canny_edges, dotted_line, stripe, zigzag
from corruptions.moved import rotate, scale, shear, translate
from corruptions.noise import impulse_noise, shot_noise
from corruptions.weather import brightness, fog, spatter

Corruption = Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]

#: By name, in the paper's order. Each takes uint8 ``[n, 28, 28]``, white ink on black, and gives as many pictures back.
CORRUPTIONS: Final[dict[str, Corruption]] = {
    function.__name__: function
    for function in (
        shot_noise,
        impulse_noise,
        glass_blur,
        motion_blur,
        shear,
        scale,
        rotate,
        brightness,
        translate,
        stripe,
        fog,
        spatter,
        dotted_line,
        zigzag,
        canny_edges,
    )
}


def corrupt(images: NDArray[np.uint8], name: str, seed: int) -> NDArray[np.uint8]:
    """Corrupts pictures, each time in the same way.

    Args:
        images: uint8 ``[n, 28, 28]``, white ink on black.
        name: One of :data:`CORRUPTIONS`.
        seed: Of the random numbers; those of one corruption do not depend on the others.

    Returns:
        uint8 ``[n, 28, 28]``, other memory.
    """
    return CORRUPTIONS[name](images, np.random.default_rng([seed, zlib.crc32(name.encode())]))
