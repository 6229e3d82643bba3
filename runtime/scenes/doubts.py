"""Second thoughts: doubtful glyphs are cut apart or joined to their neighbours, and the likeliest reading wins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scenes.glyphs import Glyph, frame_glyph, join_glyphs
from mnist_edge.runtime.scenes.grouping import usual_heights
from mnist_edge.runtime.scenes.lattice import Run, best_path, runs, value_of
from mnist_edge.runtime.scenes.splitting import split_glyph, without_crumbs

Score = Callable[[NDArray[np.uint8]], list[Prediction]]

#: The log-odds that leave no doubt, by the width to height of the glyph: a line that parts single from touching digits.
_SURE: Final = (12.5, -4.5)
_ROOM: Final = 0.45  # width to height: below there is no room for two digits
_BESIDE: Final = 0.3  # of the height: parts of one digit lie no farther apart
_WIDEST: Final = 1.3  # width of a joined digit to its height
_ABOVE: Final = 0.2
_SHARED: Final = 0.3  # of the smaller height or width, that two parts of a digit have in common
_TALLEST: Final = 1.25
_CONVINCING: Final = 0.4  # of the ink: if digits other than 1 are made of it, the rest may be a spoiled digit
_THING: Final = 3.0  # median heights; larger glyphs are no digits of this scene
_MOST_WANTED: Final = 600  # candidates; a line of ten digits that all touch has half as many
_MANY: Final = 60  # glyphs
_MOST: Final = 0.5  # of the glyphs
_LOW: Final = 0.75  # of the usual height around: may be a part of a digit
_CUT_PRICE: Final = 1.2  # of cutting ink, as log-odds
_INK_PRICE: Final = 0.5  # per stroke width of ink cut through


@dataclass(frozen=True, eq=False)
class Read:
    """A glyph with what the network says."""

    glyph: Glyph
    prediction: Prediction


@dataclass(frozen=True, eq=False)
class _Case:
    """Neighbouring glyphs to be read anew: their parts from left to right, and what of it is known."""

    members: tuple[int, ...]
    parts: tuple[Glyph, ...]
    known: dict[Run, Read]
    wholes: tuple[Run, ...]
    prices: tuple[float, ...]
    height: float


def is_doubtful(read: Read) -> bool:
    """Whether a glyph may be a part of a digit, or several digits."""
    box = read.glyph.box
    slope, least = _SURE
    return read.prediction.status is not Status.OK or read.prediction.log_odds < slope * box.width / box.height + least


def resolve_doubts(reads: Sequence[Read], strength: NDArray[np.uint8], score: Score) -> list[Read]:
    """Reads doubtful glyphs anew.

    Args:
        reads: All glyphs of the scene.
        strength: uint8 ``[h, w]``, soft ink.
        score: The network.

    Returns:
        Glyphs with the same ink, some cut apart, some joined.
    """
    clusters = _clusters(reads)
    if sum(map(len, clusters)) > max(_MANY, _MOST * len(reads)):
        return list(reads)  # a texture or a page of text: no second thought would make it digits
    cases = [_case(reads, members) for members in clusters]
    wanted = [(case, run) for case in cases for run in _runs(case) if run not in case.known]
    if len(wanted) > _MOST_WANTED:
        return list(reads)
    if not wanted:
        return list(reads)
    glyphs = [without_crumbs(join_glyphs(case.parts[first:last])) for case, (first, last) in wanted]
    predictions = score(np.stack([frame_glyph(glyph, strength) for glyph in glyphs]))
    for (case, run), glyph, prediction in zip(wanted, glyphs, predictions, strict=True):
        case.known[run] = Read(glyph, prediction)
    settled = {index for case in cases for index in case.members}
    result = [read for index, read in enumerate(reads) if index not in settled]
    for case in cases:
        result += _best_reading(case)
    return result


def _best_reading(case: _Case) -> list[Read]:
    total = sum(part.ink for part in case.parts)
    values = {run: value_of(read.glyph, read.prediction, case.height, total) for run, read in case.known.items()}
    path = best_path(values, case.prices)
    for whole in case.wholes:
        inside = [run for run in path if whole[0] <= run[0] and run[1] <= whole[1]]
        if not inside or (inside[0][0], inside[-1][1]) != whole:
            continue  # joined with a neighbour
        digits = [case.known[run] for run in inside if _is_digit(case.known[run])]
        convincing = sum(read.glyph.ink for read in digits if read.prediction.digit != 1)
        enough = 0.0 if len(digits) == len(inside) else _CONVINCING * case.known[whole].glyph.ink
        if _is_digit(case.known[whole]) or convincing > enough or whole in inside:
            continue
        # A letter, too, falls apart: into a digit and a rest, or into strokes that pass for 1.
        path = [run for run in path if run not in inside] + [whole]
    return [case.known[run] for run in path]


def _is_digit(read: Read) -> bool:
    return read.prediction.status is Status.OK


def _runs(case: _Case) -> dict[Run, None]:
    """What may be a digit: every run of parts that is not too wide, and all of them together."""
    return dict.fromkeys((*runs(case.parts, _WIDEST * case.height), (0, len(case.parts))))


def _clusters(reads: Sequence[Read]) -> list[list[int]]:
    """Doubtful glyphs, each with the neighbours that it may be a part of a digit with."""
    boxes = np.array([read.glyph.box for read in reads], np.int32).reshape(-1, 4)
    local = usual_heights(boxes)
    joins = may_join(boxes, local)
    low = (boxes[:, 3] < _LOW * local) & joins.any(axis=1)
    thing = boxes[:, 3] > _THING * np.sort(boxes[:, 3])[len(boxes) // 2]
    joins &= ~thing & ~thing[:, None]
    parent = {i: i for i, read in enumerate(reads) if not thing[i] and (low[i] or is_doubtful(read))}

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    for index in list(parent):
        for other in np.flatnonzero(joins[index]).tolist():
            parent.setdefault(other, other)
            parent[root(other)] = root(index)
    clusters: dict[int, list[int]] = {}
    for index in parent:
        clusters.setdefault(root(index), []).append(index)
    return list(clusters.values())


def may_join(boxes: NDArray[np.int32], height: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which pairs of glyphs may be parts of one digit, by their boxes: bool ``[n, n]``, symmetric.

    Args:
        boxes: int32 ``[n, 4]``: left, top, width, height.
        height: float64 ``[n]``, see :func:`usual_heights`.
    """
    left, top, width, tall = boxes.T
    right, bottom = left + width, top + tall
    beside = np.maximum(left[:, None], left) - np.minimum(right[:, None], right)
    above = np.maximum(top[:, None], top) - np.minimum(bottom[:, None], bottom)
    wide = np.maximum(right[:, None], right) - np.minimum(left[:, None], left)
    high = np.maximum(bottom[:, None], bottom) - np.minimum(top[:, None], top)
    usual = np.maximum(height[:, None], height)
    near = (beside <= _BESIDE * usual) & (above <= _ABOVE * usual)
    facing = (-above >= _SHARED * np.minimum(tall[:, None], tall)) | (
        -beside >= _SHARED * np.minimum(width[:, None], width)
    )
    joins = near & facing & (wide <= _WIDEST * usual) & (high <= _TALLEST * usual)
    np.fill_diagonal(joins, val=False)
    return np.asarray(joins, np.bool_)


def _case(reads: Sequence[Read], members: Sequence[int]) -> _Case:
    ordered = sorted(members, key=lambda i: reads[i].glyph.box.left + reads[i].glyph.box.width / 2)
    parts: list[Glyph] = []
    prices: list[float] = []
    known: dict[Run, Read] = {}
    for index in ordered:
        read = reads[index]
        box = read.glyph.box
        splits = is_doubtful(read) and box.width > _ROOM * box.height
        own, crossed = split_glyph(read.glyph) if splits else ([read.glyph], [])
        known[len(parts), len(parts) + len(own)] = read
        prices += [0.0] * bool(parts) + [_CUT_PRICE + _INK_PRICE * ink for ink in crossed]
        parts += own
    height = max(reads[index].glyph.box.height for index in members)
    return _Case(tuple(members), tuple(parts), known, tuple(known), tuple(prices), float(height))
