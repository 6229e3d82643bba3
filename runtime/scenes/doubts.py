"""Second thoughts: doubtful glyphs are cut apart or joined to their neighbours, and the likeliest reading wins.

It is read twice: first each cluster for itself, then with what was found around it. Digits stand among digits, and what
looks a little like one in a word is a letter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scenes.clusters import clusters, things
from mnist_edge.runtime.scenes.glyphs import Glyph, frame_glyphs, join_glyphs
from mnist_edge.runtime.scenes.grouping import neighbours
from mnist_edge.runtime.scenes.lattice import Choice, Run, best_path, runs
from mnist_edge.runtime.scenes.outlines import enclosing_box
from mnist_edge.runtime.scenes.scene import Score
from mnist_edge.runtime.scenes.splitting import split_glyph, without_crumbs
from mnist_edge.runtime.scenes.weighing import OVERLAP, Company, cut_value, digit_value, nothing_value

#: The log-odds that leave no doubt, by the width to height of the glyph: a line that parts single from touching digits.
_SURE: Final = (12.5, -4.5)
_KNOWN: Final = 4.0  # log-odds of a digit that speaks for its neighbours
_ROOM: Final = 0.45  # width to height: below there is no room for two digits
_WIDEST: Final = 1.3  # width of a joined digit to its height
_LETTER: Final = 0.8  # width to height of a letter in a word
_SHARED: Final = 0.35  # of a digit's ink, that it has in common with the one before
_TRUST: Final = 1.0  # log-odds; on its own, a case counts for its neighbours as digits rather than as letters
_CONVINCING: Final = 2  # digits more than other things around: a digit that the network refused may be one
_MOST_WANTED: Final = 1500  # candidates; a line of ten digits that all touch has half as many
_MOST_PIXELS: Final = 16_000_000  # of their boxes together; a picture full of large touching digits has a third
_MANY: Final = 60  # glyphs
_MOST: Final = 0.5  # of the glyphs
_WORD: Final = "It looks a little like a digit, but not like one among what is around it."


@dataclass(frozen=True, eq=False)
class Read:
    """A glyph with what the network says."""

    glyph: Glyph
    prediction: Prediction


@dataclass(frozen=True, eq=False)
class _Case:
    """Neighbouring glyphs to be read anew: their parts from left to right, and what of it is known.

    Attributes:
        members: Which glyphs.
        parts: Their parts.
        known: What the network says of runs of parts.
        wholes: The runs that are the glyphs as they were.
        crossed: Ink cut through after each part but the last, in stroke widths; ``None`` between two glyphs.
        height: Of the tallest glyph, in working pixels.
    """

    members: tuple[int, ...]
    parts: tuple[Glyph, ...]
    known: dict[Run, Read]
    wholes: tuple[Run, ...]
    crossed: tuple[float | None, ...]
    height: float


def is_doubtful(read: Read) -> bool:
    """Whether a glyph may be a part of a digit, or several digits."""
    box = read.glyph.box
    slope, least = _SURE
    return not _is_digit(read) or read.prediction.log_odds < slope * box.width / box.height + least


def resolve_doubts(reads: Sequence[Read], strength: NDArray[np.uint8], score: Score) -> list[Read]:
    """Reads doubtful glyphs anew.

    Args:
        reads: All glyphs of the scene.
        strength: uint8 ``[h, w]``, soft ink.
        score: The network.

    Returns:
        Glyphs with the same ink, some cut apart, some joined, some taken for digits or for none by what is around them;
        digits that cross may both hold the ink where they do.
    """
    boxes, doubtful = np.array([read.glyph.box for read in reads], np.int32).reshape(-1, 4), [*map(is_doubtful, reads)]
    most = max(_MANY, _MOST * len(reads))
    if len(reads) > most and np.count_nonzero(doubtful & ~things(boxes)) > most:
        return list(reads)  # of a texture or a page of text, no second thought would make digits
    groups = clusters(boxes, doubtful)
    cases, wanted = _affordable(reads, groups) if sum(map(len, groups)) <= most else ([], [])
    if not cases:
        return list(reads)
    if wanted:
        glyphs = [without_crumbs(join_glyphs(case.parts[first:last])) for case, (first, last) in wanted]
        predictions = score(frame_glyphs(glyphs, strength))
        for (case, run), glyph, prediction in zip(wanted, glyphs, predictions, strict=True):
            case.known[run] = Read(glyph, prediction)
    settled = {index for case in cases for index in case.members}
    result = [read for index, read in enumerate(reads) if index not in settled]
    for case, company in zip(cases, _companies(cases, reads, boxes), strict=True):
        result += _best_reading(case, company)
    return result


def _affordable(reads: Sequence[Read], groups: Sequence[Sequence[int]]) -> tuple[list[_Case], list[tuple[_Case, Run]]]:
    """The cases to be read anew and what the network is to be asked about them, bounded whatever the picture.

    The small ones come first: a drawing all over the picture stays as it was read, and so does everything in a texture.
    """
    cases: list[_Case] = []
    wanted: list[tuple[_Case, Run]] = []
    pixels = 0.0
    boxes = [enclosing_box([reads[index].glyph.box for index in members]) for members in groups]
    for box, members in sorted(zip(boxes, groups, strict=True), key=lambda each: each[0].width * each[0].height):
        case = _case(reads, members)
        some = islice(_runs(case), _MOST_WANTED + len(case.known) + 1)  # of thousands of parts there are millions
        own = [(case, run) for run in some if run not in case.known]
        pixels += len(own) * box.height * min(box.width, _WIDEST * case.height)
        if len(wanted) + len(own) > _MOST_WANTED:
            return [], []
        if pixels > _MOST_PIXELS:
            break
        cases.append(case)
        wanted += own
    return cases, wanted


def _companies(cases: Sequence[_Case], reads: Sequence[Read], boxes: NDArray[np.int32]) -> list[Company]:
    """How many digits and other things are around each case; doubtful ones count by what they are likely to be."""
    weights = np.array([_known(read) for read in reads])
    order = np.array([index for case in cases for index in case.members], np.int64)
    starts = np.cumsum([0, *(len(case.members) for case in cases[:-1])])
    weights[order] = 0
    near = np.logical_or.reduceat(neighbours(boxes)[order], starts, axis=0)
    meets = np.logical_or.reduceat(near[:, order], starts, axis=1)  # cases by cases
    np.fill_diagonal(meets, val=False)
    found = near @ weights + meets @ np.array([_expected(case) for case in cases])
    return [Company(digits, others) for digits, others in found.tolist()]


def _known(read: Read) -> tuple[float, float]:
    """A digit, or another thing; a 1 is a stroke, strokes are everywhere, and it says nothing about its neighbours."""
    if _is_digit(read) and read.prediction.log_odds > _KNOWN:
        return float(_digit(read.prediction) != 1), 0.0
    return 0.0, 1.0


def _expected(case: _Case) -> tuple[float, float]:
    """How many digits, and how many other things, a case holds on its own evidence."""
    nowhere = Company(0.0, 0.0)
    value, path = best_path(_digits(case, nowhere), len(case.parts))
    margin = value - sum(choice.value for choice in _nothings(case, nowhere)) + _TRUST
    chance = 1 / (1 + math.exp(-min(max(margin, -50.0), 50.0)))
    boxes = [case.known[whole].glyph.box for whole in case.wholes]
    letters = max(1, round(sum(box.width / box.height for box in boxes) / _LETTER))
    return chance * max(1, len(path)), (1 - chance) * letters


def _digits(case: _Case, company: Company) -> Iterable[Choice]:
    """Every run as a digit, also with its first part shared with the digit before."""
    total = sum(case.known[whole].glyph.ink for whole in case.wholes)
    ends = {last for _, last in case.wholes}
    for run, read in case.known.items():
        first, last = run
        joins = sum(first < end < last for end in ends)
        is_whole = run in case.wholes
        value = digit_value(read.glyph, read.prediction, case.height, read.glyph.ink / total, is_whole, joins, company)
        if last < len(case.parts):
            value += cut_value(case.crossed[last - 1])
        yield Choice(first, run, value)
        if first + 1 < last and first + 1 not in ends and case.parts[first].ink < _SHARED * read.glyph.ink:
            yield Choice(first + 1, run, value + OVERLAP)


def _nothings(case: _Case, company: Company) -> Iterable[Choice]:
    for run in case.wholes:
        yield Choice(run[0], run, nothing_value(case.known[run].glyph, case.height, company), is_digit=False)


def _best_reading(case: _Case, company: Company) -> list[Read]:
    choices = [choice for choice in _digits(case, company) if _may_be_digit(case, choice.run, company)]
    # Alone in the picture, what the network takes for a digit is one.
    is_alone = company.digits + company.others == 0
    choices += [choice for choice in _nothings(case, company) if not (is_alone and _is_digit(case.known[choice.run]))]
    _, path = best_path(choices, len(case.parts))
    for whole in case.wholes:
        inside = [choice for choice in path if whole[0] <= choice.run[0] and choice.run[1] <= whole[1]]
        if len(inside) < 2 or (inside[0].run[0], inside[-1].run[1]) != whole or _is_digit(case.known[whole]):
            continue
        if all(_digit(case.known[choice.run].prediction) == 1 for choice in inside):
            # A letter, too, falls apart into strokes that pass for 1.
            path = [choice for choice in path if choice not in inside] + [Choice(whole[0], whole, 0.0, is_digit=False)]
    return [_decided(case.known[choice.run], choice.is_digit) for choice in path]


def _may_be_digit(case: _Case, run: Run, company: Company) -> bool:
    """A glyph that the network refused stays refused unless it stands among digits, and is more than a stroke."""
    read = case.known[run]
    if run not in case.wholes or _is_digit(read):
        return True
    return company.digits >= company.others + _CONVINCING and _digit(read.prediction) != 1


def _decided(read: Read, is_digit: bool) -> Read:
    if is_digit == _is_digit(read):
        return read
    said = read.prediction
    if is_digit:
        return Read(read.glyph, replace(said, digit=_digit(said), status=Status.OK, message=""))
    return Read(read.glyph, replace(said, digit=None, status=Status.REJECTED, message=_WORD))


def _digit(prediction: Prediction) -> int:
    return int(prediction.logits.argmax()) if prediction.digit is None else prediction.digit


def _is_digit(read: Read) -> bool:
    return read.prediction.status is Status.OK


def _runs(case: _Case) -> Iterator[Run]:
    """What may be a digit: every run of parts that is not too wide, and all of them together."""
    together = (0, len(case.parts))
    yield from (run for run in runs(case.parts, _WIDEST * case.height) if run != together)
    yield together


def _case(reads: Sequence[Read], members: Sequence[int]) -> _Case:
    ordered = sorted(members, key=lambda i: reads[i].glyph.box.left + reads[i].glyph.box.width / 2)
    parts: list[Glyph] = []
    crossed: list[float | None] = []
    known: dict[Run, Read] = {}
    for index in ordered:
        read = reads[index]
        box = read.glyph.box
        splits = is_doubtful(read) and box.width > _ROOM * box.height
        own, ink = split_glyph(read.glyph) if splits else ([read.glyph], [])
        known[len(parts), len(parts) + len(own)] = read
        crossed += [*([None] * bool(parts)), *ink]
        parts += own
    height = max(reads[index].glyph.box.height for index in members)
    return _Case(tuple(members), tuple(parts), known, tuple(known), tuple(crossed), float(height))
