"""The one scaling of pixels that training, export and runner share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def scale_to_unit(images: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Scales uint8 pictures of any shape, 0 to 255, to float32, 0 to 1.

    It divides, as the tutorials do: a product with 1/255 differs in the last bit.
    """
    return np.asarray(images.astype(np.float32) / np.float32(255), np.float32)
