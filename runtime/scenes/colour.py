"""Whether gray shows the ink, or another mixture of the colour channels has to be looked at."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.background import difference_from_mean, halve

_SIDE: Final = 112  # px: pixels looked at along the long side
_WINDOW: Final = 0.2  # of the long side: what differs from its mean is ink
_LUMA: Final = np.array([0.114, 0.587, 0.299])  # BGR, ITU-R BT.601; what gray is made of
_BETTER: Final = 3.0  # times the energy of gray, or gray it is: it costs a quarter of the time
_ONE_CHANNEL: Final = 0.75  # of the best energy


def mixture_of_ink(picture: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """The mixture of channels in which ink differs most from its surroundings, unless gray is about as good.

    It is the first principal component of what differs from the local mean, as in
    :func:`mnist_edge.runtime.picture_array.colour_direction`, on a sample of the pixels.

    Args:
        picture: uint8 ``[H, W, 3]`` BGR.

    Returns:
        float64 ``[3]``, absolute values summing to 1; ``None`` for gray.
    """
    scatter = colour_scatter(sample_pixels(picture))
    in_gray = float(_LUMA @ scatter @ _LUMA) / float(_LUMA @ _LUMA)
    enough = _BETTER * max(in_gray, 1e-9)
    if scatter.trace() <= enough:  # no mixture has more energy than all channels together
        return None
    values, vectors = np.linalg.eigh(scatter)
    if values[-1] <= enough:
        return None
    channel = int(np.argmax(np.diag(scatter)))
    weights = np.eye(3)[channel] if scatter[channel, channel] >= _ONE_CHANNEL * values[-1] else vectors[:, -1]
    weights = weights / np.abs(weights).sum()
    return np.asarray(weights if weights.sum() >= 0 else -weights, np.float64)


def sample_pixels(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Every so many pixels, uint8 ``[h, w, 3]``, with some of their noise averaged out."""
    step = max(1, max(picture.shape[:2]) // _SIDE)
    size = (-(-picture.shape[1] // step), -(-picture.shape[0] // step))
    return halve(np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST), np.uint8))


def colour_scatter(sample: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean products of what differs from the local mean, float64 ``[3, 3]``, of uint8 ``[h, w, 3]``."""
    window = max(3, round(_WINDOW * max(sample.shape[:2]))) | 1
    difference = difference_from_mean(sample, window).reshape(-1, 3)
    return np.asarray(difference.T @ difference, np.float64) / len(difference)
