"""Which connected pieces of ink make up the digit, and how well they explain the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_RELEVANT: Final = 0.3  # of the best piece's edge: counts towards a hypothesis
_SPECK: Final = 0.02  # of the main piece's edge: less is dirt
_REACH: Final = 0.5  # of the digit's size: a broken stroke lies no farther away
_CLEAN: Final = 0.4  # a piece less trustworthy than this does not join a digit that is more so

# How a piece loses trust. Tuned on synthetic pictures made from MNIST training digits.
_FRAME_WEIGHT: Final = 1.2  # of the share of the outline that runs along the picture's frame: shadows, table tops
REAL_STEP: Final = 0.4  # of the piece's mean strength: a step in the picture, not one cut by the background square
_BACKING: Final = (0.6, 0.95)  # share of the outline with a real step: from no trust to full trust
_FREE_THICKNESS: Final = 0.1  # stroke width to length; MNIST's median is 0.12
_BLOB_WEIGHT: Final = 1.5  # of the thickness beyond: strokes are long and thin, patches of light are not
_GRID_CONTACTS: Final = 6  # meets the frame so often: squared paper
_FLATNESS: Final = 5  # a piece that begins at the frame, so many times longer than high: a ruled line
_RULED: Final = 0.2  # trust in both
_LEAST: Final = 0.05

_NEIGHBOURS: Final = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, eq=False)
class Components:
    """Connected pieces of ink with what is needed to judge them.

    Attributes:
        labels: uint16 ``[h, w]``, 0 for ground.
        boxes: int ``[n, 4]``: x, y, right, bottom (exclusive); row 0 is the ground.
        edge: float ``[n]``: contrast summed along the piece's outline, less for what does not look
            like pen strokes.
        trust: float ``[n]``: 0 to 1, how far the outline is made of real edges inside the picture.
    """

    labels: NDArray[np.uint16]
    boxes: NDArray[np.int32]
    edge: NDArray[np.float64]
    trust: NDArray[np.float64]

    @property
    def score(self) -> float:
        """How much edge the main pieces explain together."""
        return float(self.edge[self.edge >= _RELEVANT * self.edge.max()].sum())

    @property
    def main_density(self) -> float:
        """Trusted edge per pixel of the piece that explains most, in grey levels."""
        main = int(self.edge.argmax())
        return float(self.edge[main] / np.count_nonzero(self.labels == main))

    def digit_mask(self) -> NDArray[np.bool_]:
        """The pieces that belong to the digit: the main one and what lies near it."""
        keep = np.zeros(len(self.edge), bool)
        keep[self._digit_labels()] = True
        keep[0] = False
        return keep[self.labels]

    def _digit_labels(self) -> list[int]:
        order = np.argsort(-self.edge)
        main = int(order[0])
        kept, box = [main], self.boxes[main].copy()
        clean = min(_CLEAN, self.trust[main])
        strong = (self.edge >= _SPECK * self.edge[main]) & (self.trust >= clean)
        candidates = [int(i) for i in order[1:] if i and strong[i]]
        while True:
            reach = _REACH * max(box[2] - box[0], box[3] - box[1])
            near = [i for i in candidates if _gap(box, self.boxes[i]) <= reach]
            if not near:
                return kept
            kept += near
            candidates = [i for i in candidates if i not in near]
            for i in near:
                box[:2], box[2:] = np.minimum(box[:2], self.boxes[i, :2]), np.maximum(box[2:], self.boxes[i, 2:])


def _gap(a: NDArray[np.int32], b: NDArray[np.int32]) -> int:
    """Distance of two boxes along the axis on which they are farther apart."""
    return int(max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3], 0))


def touching(ink: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The connected pieces of ink that overlap a mask.

    Args:
        ink: uint8 ``[h, w]`` of 0 and 1; at most 65,535 pieces.
        mask: bool ``[h, w]``.
    """
    count, labels = cv2.connectedComponents(ink, connectivity=8, ltype=cv2.CV_16U)
    keep = np.zeros(count, bool)
    keep[labels[mask]] = True
    keep[0] = False
    return np.asarray(keep[labels], np.bool_)


def find_components(
    strength: NDArray[np.uint8], drop: NDArray[np.uint16], fall: NDArray[np.uint8], mask: NDArray[np.uint8]
) -> Components:
    """Splits ink into connected pieces and weighs them.

    Args:
        strength: uint8 ``[h, w]``, ink strength.
        drop: uint16 ``[h, w]``, sum of the steps down to the four neighbours.
        fall: uint8 ``[h, w]``, height above the lowest point within some pixels.
        mask: uint8 ``[h, w]`` of 0 and 1, where the strength makes it ink; at most 65,535 pieces.
    """
    count, found, sizes, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_16U)
    labels, stats = np.asarray(found, np.uint16), np.asarray(sizes, np.int32)
    names = labels.ravel()
    inside = np.flatnonzero(mask.view(np.bool_))  # of bools, four times as fast as of labels
    names_inside = names[inside]
    contrast = np.bincount(names_inside, drop.ravel()[inside], minlength=count)
    mean = np.bincount(names_inside, strength.ravel()[inside], minlength=count) / np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    core = cv2.erode(mask, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    on_rim = core.ravel()[inside] == 0
    rim, rim_names = inside[on_rim], names_inside[on_rim]
    outline = np.bincount(rim_names, minlength=count)
    stepped = np.bincount(rim_names[fall.ravel()[rim] > REAL_STEP * mean[rim_names]], minlength=count)
    sides = _frame_sides(labels)
    trust = _by_backing(outline, stepped)
    edge = contrast * _by_shape(stats, outline)
    if sides.any():
        along = np.bincount(sides, minlength=count)
        trust = _by_frame(along, outline) * _by_backing(outline - along, stepped)
        edge *= _by_crossings(sides, labels.shape, stats)
    edge *= trust
    edge[0] = 0
    boxes = stats[:, :4].copy()
    boxes[:, 2:] += boxes[:, :2]
    return Components(labels, boxes, edge, trust)


def _frame_sides(labels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """The labels along top, bottom, left and right, one after another."""
    return np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1]))


def _by_backing(outline: NDArray[np.int64], stepped: NDArray[np.int64]) -> NDArray[np.float64]:
    """Trust by outline: it should be made of real steps."""
    low, high = _BACKING
    backed = (stepped / np.maximum(outline, 1) - low) / (high - low)
    return np.asarray(np.minimum(np.maximum(backed, _LEAST), 1), np.float64)


def _by_frame(along: NDArray[np.int64], outline: NDArray[np.int64]) -> NDArray[np.float64]:
    """Trust by outline: it should not run along the picture's frame."""
    return np.asarray(np.maximum(1 - _FRAME_WEIGHT * along / np.maximum(outline, 1), 2 * _LEAST) ** 2, np.float64)


def _by_shape(stats: NDArray[np.int32], outline: NDArray[np.int64]) -> NDArray[np.float64]:
    """Trust by shape: twice the area by the outline is the stroke width, and it should be small against the length."""
    length = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    thickness = 2 * stats[:, cv2.CC_STAT_AREA] / (np.maximum(outline, 1) * length)
    return np.asarray(
        np.maximum(1 - _BLOB_WEIGHT * np.maximum(thickness - _FREE_THICKNESS, 0), 2 * _LEAST) ** 2, np.float64
    )


def _by_crossings(sides: NDArray[np.uint16], shape: tuple[int, ...], stats: NDArray[np.int32]) -> NDArray[np.float64]:
    """Trust by contact with the frame: squared paper meets it often, a ruled line begins or ends there."""
    rows, columns = shape
    changes = sides[1:] != sides[:-1]
    changes[[columns - 1, 2 * columns - 1, 2 * columns + rows - 1]] = False  # from one side to the next
    crossings = np.bincount(sides[1:][changes], minlength=len(stats))
    left, top, width, height = stats[:, :4].T
    flat = _FLATNESS * np.minimum(width, height) < np.maximum(width, height)
    at_sides, at_ends = (left == 0) | (left + width == columns), (top == 0) | (top + height == rows)
    line = flat & np.where(width > height, at_sides, at_ends)
    return np.where(line | (crossings >= _GRID_CONTACTS), _RULED, 1.0)
