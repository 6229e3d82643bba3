"""Contact sheets of scenes that were not read right."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import ImageError
from mnist_edge.runtime.images import load_image
from mnist_edge.runtime.scenes.scene import Box, Scene

CELL: Final = 360  # px, side of a picture on the sheet
_COLUMNS: Final = 4
_TEXT: Final = 40  # px, height of the text under it
_TRUE: Final = (80, 200, 80)  # BGR: true boxes green, digits that were reported red, rejected regions orange
_READ: Final = (60, 60, 255)
_REJECTED: Final = (0, 165, 255)


class Failure(NamedTuple):
    """A picture that was not read right: of which kind, an array or a path, what was read, and the truth."""

    kind: str
    image: NDArray[np.uint8] | Path
    scene: Scene
    text: str
    boxes: tuple[Box, ...]


def contact_sheet(failures: list[Failure]) -> bytes:
    """PNG of the pictures with true and reported boxes, and both texts below."""
    cells = [_cell(failure) for failure in failures]
    blank = np.zeros((CELL + _TEXT, CELL, 3), np.uint8)
    cells += [blank] * (-len(cells) % _COLUMNS or (0 if cells else _COLUMNS))
    rows = [np.hstack(cells[start : start + _COLUMNS]) for start in range(0, len(cells), _COLUMNS)]
    return cv2.imencode(".png", np.vstack(rows))[1].tobytes()


def _cell(failure: Failure) -> NDArray[np.uint8]:
    cell = np.zeros((CELL + _TEXT, CELL, 3), np.uint8)
    picture = _colour(failure.image)
    if picture is not None:
        factor = CELL / max(picture.shape[:2])
        method = cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST
        shown = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=method)[:CELL, :CELL]
        shown = np.ascontiguousarray(shown)
        for box in failure.boxes:
            _frame(shown, box, factor, _TRUE)
        for region in failure.scene.rejected:
            _frame(shown, region.box, factor, _REJECTED)
        for digit in failure.scene:
            _frame(shown, digit.box, factor, _READ)
            _write(shown, str(digit.digit), round(digit.box.left * factor), round(digit.box.top * factor) - 2, _READ)
        cell[: shown.shape[0], : shown.shape[1]] = shown
    _write(cell, failure.kind, CELL - 80, CELL + 14, _REJECTED)
    _write(cell, "true " + failure.text.replace("\n", "|"), 3, CELL + 14, _TRUE)
    _write(cell, "read " + failure.scene.text.replace("\n", "|"), 3, CELL + 32, _READ)
    return cell


def _colour(image: NDArray[np.uint8] | Path) -> NDArray[np.uint8] | None:
    if isinstance(image, np.ndarray):
        return image
    try:
        picture = load_image(image)
    except ImageError:
        return None
    grey: Any = picture if picture.ndim == 2 else None
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR) if grey is not None else picture[:, :, :3], np.uint8)


def _frame(picture: NDArray[np.uint8], box: Box, factor: float, colour: tuple[int, int, int]) -> None:
    corners = [round(value * factor) for value in (box.left, box.top, box.right, box.bottom)]
    cv2.rectangle(picture, (corners[0], corners[1]), (corners[2] - 1, corners[3] - 1), colour, 1)


def _write(picture: NDArray[np.uint8], text: str, left: int, bottom: int, colour: tuple[int, int, int]) -> None:
    cv2.putText(picture, text[:44], (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)
