"""From any picture of one digit to the 28x28 picture that the model was trained on.

The steps, each a pure function of its own: :mod:`picture_array` checks and reduces, :mod:`ink` finds polarity and ink on a
thumbnail, :func:`digit_detail` goes back to the full picture for a clean outline, :mod:`framing` gives it MNIST's form.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import IMAGE_SIZE
from mnist_edge.runtime.framed import is_framed
from mnist_edge.runtime.framing import frame_ink
from mnist_edge.runtime.picture_array import (
    as_picture,
    colour_direction,
    flatten_alpha,
    project_colour,
    reduce_picture,
    to_8_bits,
)

if TYPE_CHECKING:
    from mnist_edge.runtime.ink_search import InkSearch
    from mnist_edge.runtime.scenes.scene import Trace

_WORKING_SIDE: Final = 1024  # px; a tenth of the frame, the smallest digit looked for, is then 100 px
_DETAIL_SIDE: Final = 96  # px; a little more than framing works with; at 80 px more other things pass for digits
_WIDER: Final = 1.4  # the thumbnail's square only just clears the stroke; the outline needs some room
_OPAQUE: Final = 255
_HALO: Final = 1.5  # thumbnail pixels around the mask in which soft edges may lie
_BLACK: Final = 32  # grey level; lighter ground is none that a network was trained on


def prepare_digit(image: NDArray[np.generic], *, trace: Trace | None = None) -> NDArray[np.uint8] | None:
    """Brings a picture of one digit into MNIST's form.

    Args:
        image: ``[H, W]`` or ``[H, W, 1]`` gray, ``[H, W, 3]`` BGR or ``[H, W, 4]`` BGRA; uint8, uint16, bool, or float
            0 to 1; any size, either polarity, uneven light.
        trace: Is shown each stage that is reached: ``thumbnail``, ``plane`` (one channel, the ink's colour brought out),
            ``ink strength`` and ``mask`` on the thumbnail, ``detail`` (the ink at full size), ``framed``.

    Returns:
        uint8 ``[28, 28]``, white ink on black, in a 20x20 box, centred by mass; ``None`` if there is no ink. A picture that
        has this form already is returned as it is: the same object if it is uint8 ``[28, 28]``.

    Raises:
        ImageArrayError: An array that is not a picture.
        ImageSizeError: An array without pixels.
    """
    show = trace or _ignore
    prepared = _one_plane(image)
    if prepared is not None and is_framed(prepared):
        show("framed", prepared)
        return prepared
    from mnist_edge.runtime.ink_search import THUMBNAIL_SIDE, search_ink  # which a process with framed pictures spares

    picture = flatten_alpha(reduce_picture(as_picture(image), _WORKING_SIDE))
    thumbnail = reduce_picture(picture, THUMBNAIL_SIDE)
    show("thumbnail", thumbnail)
    colour = colour_direction(thumbnail) if thumbnail.ndim == 3 else None
    plane = project_colour(thumbnail, colour)
    show("plane", plane)
    found = search_ink(plane)
    if found is None:
        return None
    show("ink strength", found.strength)
    if trace is not None:
        show("mask", found.mask * np.uint8(255))
    detail = digit_detail(picture, colour, found)
    show("detail", detail)
    framed = frame_ink(detail)
    show("framed", framed)
    return framed


def read_as_it_is(image: NDArray[np.generic]) -> NDArray[np.uint8] | None:
    """A picture of the network's own size, white on black, that is not quite in MNIST's form.

    Somebody made it for a network, and where something lies across the digit, or its strokes are soft, framing it anew may
    lose more than it gains. So the network should see it both ways. Of 1,000 MNIST training digits cropped without a margin
    the surer of the two answers is wrong for 1.1 %, that for the prepared picture alone for 3.3 %; stretched to the full
    28x28, 6.7 % and 15 %. On dark ink or grey ground the second look would only harm, and there is none.

    Args:
        image: As for :func:`prepare_digit`.

    Returns:
        uint8 ``[28, 28]``; ``None`` if it has another size, is not black for a fourth at least, or has MNIST's form.
    """
    plane = _one_plane(image)
    if plane is None or is_framed(plane):
        return None
    return plane if 4 * np.count_nonzero(plane <= _BLACK) >= plane.size else None


def _ignore(stage: str, picture: NDArray[np.uint8]) -> None:
    pass


def _one_plane(image: NDArray[np.generic]) -> NDArray[np.uint8] | None:
    """A 28x28 picture as uint8 ``[28, 28]``, if it is gray in whatever form; else ``None``."""
    if not isinstance(image, np.ndarray) or image.shape[:2] != (IMAGE_SIZE, IMAGE_SIZE):
        return None
    if image.ndim == 2 and image.dtype == np.uint8:
        return np.asarray(image, np.uint8)  # by far the most frequent: no further check, no copy
    picture = to_8_bits(as_picture(image))
    if picture.ndim == 3 and (picture[..., :3] != picture[..., :1]).any():
        return None
    if picture.ndim == 3 and picture.shape[2] == 4 and picture[..., 3].min() < _OPAQUE:
        return None
    return picture if picture.ndim == 2 else np.ascontiguousarray(picture[..., 0])


def digit_detail(picture: NDArray[np.uint8], colour: NDArray[np.float64] | None, found: InkSearch) -> NDArray[np.uint8]:
    """The digit that was found on the thumbnail, cut out of the larger picture and freed from its background.

    Args:
        picture: uint8 ``[H, W]`` or ``[H, W, 3]``, of which the thumbnail was made.
        colour: Direction of the ink's colour, see :func:`colour_direction`.
        found: Where the ink is.

    Returns:
        uint8 ``[h, w]``, 0 ground to 255 ink.
    """
    from mnist_edge.runtime.ink import ink_strength, strong_level

    rows, columns = found.mask.shape
    scale_y, scale_x = picture.shape[0] / rows, picture.shape[1] / columns
    mask = found.mask.view(np.uint8)
    x, y, width, height = cv2.boundingRect(mask)
    margin = found.width + 2  # the background square must fit beside the digit
    left, right = max(0, x - margin), min(columns, x + width + margin)
    top, bottom = max(0, y - margin), min(rows, y + height + margin)
    crop = picture[int(top * scale_y) : math.ceil(bottom * scale_y), int(left * scale_x) : math.ceil(right * scale_x)]
    reduction = min(1.0, _DETAIL_SIDE / max(width * scale_x, height * scale_y))
    crop = reduce_picture(crop, max(1, round(max(crop.shape[:2]) * reduction)))
    pixel = max(scale_x, scale_y) * reduction  # side of a thumbnail pixel, in pixels of the crop
    square = max(3, round(_WIDER * found.width * pixel)) | 1
    strength = ink_strength(project_colour(crop, colour), square, is_bright=found.is_bright)
    size = (strength.shape[1], strength.shape[0])
    coarse = cv2.resize(mask[top:bottom, left:right], size, interpolation=cv2.INTER_NEAREST)
    halo = max(3, round(_HALO * pixel)) | 1
    near = cv2.dilate(coarse, np.ones((halo, halo), np.uint8))
    level = strong_level(strength, np.asarray(coarse, np.uint8))
    return np.asarray(cv2.multiply(strength, near, scale=_OPAQUE / level), np.uint8)
