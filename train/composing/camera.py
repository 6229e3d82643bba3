"""What a camera makes of a lit page: exposure, blur, noise, sharpening, compression."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.train.composing.fields import smooth_noise, white_noise


@dataclass(frozen=True)
class Camera:
    """A camera and its settings.

    Attributes:
        exposure: Brightness of full white, 0 to 1 and beyond (then it is cut off).
        haze: Brightness of full black, 0 to 1.
        tint: BGR factors of the white balance.
        blur: Standard deviation in pixels.
        motion: Length of a shake in pixels; 0 for none.
        noise: Standard deviation in grey levels of 255.
        colour_noise: The same for each colour on its own.
        sharpening: Strength of the edges' overshoot, 0 for none.
        reduction: The sensor has this many times fewer pixels a side than the file, 1 or more.
        quality: Of JPEG, 1 to 100; 0 for none.
    """

    exposure: float = 0.92
    haze: float = 0.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    blur: float = 0.5
    motion: float = 0.0
    noise: float = 1.5
    colour_noise: float = 0.5
    sharpening: float = 0.0
    reduction: float = 1.0
    quality: int = 92


#: Nothing is lost: a screen.
SCREEN = Camera(exposure=1.0, blur=0.0, noise=0.0, colour_noise=0.0, quality=0)


def photograph(page: NDArray[np.float32], camera: Camera, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Takes a picture.

    Args:
        page: Reflectance times light, float32 BGR ``[H, W, 3]``, 0 to 1; may be changed.
        camera: Its settings.
        rng: For noise and the direction of a shake.

    Returns:
        uint8 BGR ``[H, W, 3]``.
    """
    height, width = page.shape[:2]
    seen = page
    if camera.reduction > 1:
        small = (max(8, round(width / camera.reduction)), max(8, round(height / camera.reduction)))
        seen = np.asarray(cv2.resize(seen, small, interpolation=cv2.INTER_AREA), np.float32)
    if camera.blur > 0:
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), max(camera.blur / camera.reduction, 0.2)), np.float32)
    if camera.motion > 1:
        kernel = _shake(camera.motion / camera.reduction, rng)
        seen = np.asarray(cv2.filter2D(seen, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.float32)
    levels = _expose(seen, camera)
    _add_noise(levels, camera, rng)
    if camera.sharpening:
        levels += camera.sharpening * (levels - cv2.GaussianBlur(levels, (0, 0), 1.2))
    picture = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    if camera.reduction > 1:
        picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
    if camera.quality:
        stored = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, camera.quality])[1]
        picture = np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR), np.uint8)
    return picture


def _expose(seen: NDArray[np.float32], camera: Camera) -> NDArray[np.float32]:
    """Light to grey levels: what is too bright is cut off, black is lifted."""
    white = np.array(camera.tint, np.float32) * np.float32(camera.exposure)
    bright = np.minimum(seen * white, np.float32(1))
    return np.asarray(255 * (camera.haze + (1 - camera.haze) * bright), np.float32)


def _add_noise(levels: NDArray[np.float32], camera: Camera, rng: np.random.Generator) -> None:
    """Noise of a sensor after its own smoothing: part of it in lumps of two pixels, a little more where it is bright."""
    height, width = levels.shape[:2]
    if camera.noise:
        noise = 0.7 * white_noise(height, width, rng) + 0.7 * smooth_noise(height, width, 2.2, rng)
        levels += camera.noise * noise[:, :, None]
    if camera.colour_noise:
        for channel in range(3):
            levels[:, :, channel] += camera.colour_noise * smooth_noise(height, width, 3.0, rng)


def _shake(length: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """A kernel that smears along a short straight way."""
    side = int(np.ceil(length)) | 1
    drawn = np.zeros((side + 2, side + 2), np.uint8)
    middle, angle = (side + 1) / 2, rng.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * (length - 1) / 2
    ends = [np.round((middle + sign * reach) * 16).astype(int).tolist() for sign in (-1, 1)]
    cv2.line(drawn, ends[0], ends[1], 255, 1, cv2.LINE_AA, 4)
    return np.asarray(drawn / np.float32(drawn.sum()), np.float32)
