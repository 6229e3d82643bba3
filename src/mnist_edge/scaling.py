"""The one form and scaling of digits that training, export and runner share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import IMAGE_SIZE
from mnist_edge.errors import ImageArrayError


def scale_to_unit(images: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Scales uint8 pictures of any shape, 0 to 255, to float32, 0 to 1.

    It divides, as the tutorials do: a product with 1/255 differs in the last bit.
    """
    return np.asarray(images.astype(np.float32) / np.float32(255), np.float32)


def check_digits(images: npt.NDArray[Any]) -> None:
    """Refuses what are no pictures of MNIST's form.

    Raises:
        ImageArrayError: If ``images`` is not uint8 ``[n, 28, 28]`` with n at least 1.
    """
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE) or not len(images):
        raise ImageArrayError(
            "The network cannot take this array",
            expected=f"uint8 [n, {IMAGE_SIZE}, {IMAGE_SIZE}] with at least one picture",
            received=f"{images.dtype} {list(images.shape)}",
        )
