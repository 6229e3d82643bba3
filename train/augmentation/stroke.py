"""Thicker and thinner strokes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def change_stroke(images: NDArray[np.uint8], amounts: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Adds to the radius of the pen, or takes from it, by grey dilation and erosion.

    The structuring element is a disc of one pixel's radius (a cross); an amount between is a blend with the image as it
    is. A stroke loses only the rim that dilation would give back to it: what erosion would wipe out is kept, as in
    Lantuéjoul's skeleton (Serra, "Image Analysis and Mathematical Morphology", 1982). So a stroke too thin to be thinned
    stays as it is and does not fade.

    Args:
        images: uint8 ``[n, 28, 28]``, ink light on black.
        amounts: float32 ``[n]``, pixels from -1 (thinner) to 1 (thicker).

    Returns:
        uint8 ``[n, 28, 28]``.
    """
    thicker = _dilated(images)
    thinner = _thinned(images)
    goal = np.where((amounts > 0)[:, None, None], thicker, thinner)
    share = np.abs(amounts)[:, None, None]
    blend: NDArray[np.float32] = images + share * (goal.astype(np.float32) - images)
    return np.rint(blend).astype(np.uint8)


def _thinned(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    eroded = ~_dilated(~images)  # erosion is dilation of the ground
    rim = _dilated(eroded) - eroded
    return images - rim  # the opening is nowhere lighter than the image


def _dilated(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The lightest of a pixel and its four neighbours."""
    lightest = images.copy()
    for axis in (1, 2):
        old, new = np.moveaxis(images, axis, 0), np.moveaxis(lightest, axis, 0)
        np.maximum(new[1:], old[:-1], out=new[1:])
        np.maximum(new[:-1], old[1:], out=new[:-1])
    return lightest
