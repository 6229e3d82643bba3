"""The picture in the window: digits, and a line about the stream."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from mnist_edge.runtime.camera.frames import Frame, Picture
from mnist_edge.runtime.drawing import annotate

MIN_SIDE: Final = 480  # px; smaller frames are enlarged, for labels need room
_TEXT_SHARE: Final = 1 / 28  # height of the line of text, of the picture's
_FONT_HEIGHT: Final = 22.0  # px of cv2.FONT_HERSHEY_SIMPLEX at scale 1


def draw_window(frame: Frame, *, fps: float, is_paused: bool = False, is_recording: bool = False) -> Picture:
    """The annotated frame with rate, age and drops below.

    Args:
        frame: What to show.
        fps: Measured rate, frames a second.
        is_paused: Whether to say so.
        is_recording: The same.

    Returns:
        uint8 ``[H, W, 3]`` BGR; the frame, enlarged by a whole factor if it is small.
    """
    picture = annotate(frame.image, frame.scene, min_side=MIN_SIDE)
    return draw_status(picture, status_text(frame, fps, is_paused, is_recording))


def status_text(frame: Frame, fps: float, is_paused: bool, is_recording: bool) -> str:
    """Rate, age, drops and state in one line."""
    parts = [f"{fps:.1f} fps", f"age {frame.age_ms:.0f} ms", f"{frame.dropped} dropped" if frame.dropped else ""]
    parts += ["REC" if is_recording else "", "PAUSED (space)" if is_paused else ""]
    return "   ".join(part for part in parts if part)


def draw_status(picture: Picture, text: str) -> Picture:
    """Writes a line on a darkened strip at the lower edge of a picture, in place."""
    height, width = picture.shape[:2]
    size = max(12.0, height * _TEXT_SHARE)
    (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size / _FONT_HEIGHT, 1)
    size *= min(1.0, 0.96 * width / max(wide, 1))
    strip = min(height, round(1.7 * size))
    picture[height - strip :] = np.right_shift(picture[height - strip :], 2)  # a quarter of the light
    place = (round(0.5 * size), height - round(0.5 * size))
    cv2.putText(
        picture,
        text,
        place,
        cv2.FONT_HERSHEY_SIMPLEX,
        size / _FONT_HEIGHT,
        (255, 255, 255),
        max(1, round(size / 14)),
        cv2.LINE_AA,
    )
    return picture
