"""How well a scene was read: edit errors, lines, boxes, and their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mnist_edge.runtime.scenes.scene import Box
from mnist_edge.train.composing import TrueDigit

SAME_BOX: Final = 0.5  # intersection over union from which on a box is that of a true digit
_RESAMPLES: Final = 2000


@dataclass(frozen=True)
class SceneScore:
    """How one picture was read.

    Attributes:
        digits: True digits.
        read: Digits that were reported.
        edits: Least number of digits to insert, delete and replace; line breaks do not count.
        is_exact: Whether the digits are right and no others are reported.
        has_lines: Whether the digits that were found are in the right lines; not if there are digits and none was found.
        found: True digits whose box was reported; ``None`` if the truth has no boxes.
        labelled: Those of them with the right label.
        seconds: Time to read it.
    """

    digits: int
    read: int
    edits: int
    is_exact: bool
    has_lines: bool
    found: int | None = None
    labelled: int | None = None
    seconds: float = 0.0


def edit_distance(read: str, true: str) -> int:
    """The least number of characters to insert, delete and replace (Levenshtein 1966)."""
    row = list(range(len(true) + 1))
    for count, letter in enumerate(read, 1):
        diagonal, row[0] = row[0], count
        for place, other in enumerate(true, 1):
            diagonal, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, diagonal + (letter != other))
    return row[-1]


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(width, 0) * max(height, 0)
    union = one.width * one.height + other.width * other.height - shared
    return shared / union if union else 0.0


def align_boxes(read: Sequence[Box], true: Sequence[Box]) -> list[tuple[int, int]]:
    """Pairs of a reported and a true box, each used once, the best overlaps first, none below :data:`SAME_BOX`."""
    overlaps = [(overlap(box, other), i, j) for i, box in enumerate(read) for j, other in enumerate(true)]
    pairs: list[tuple[int, int]] = []
    for share, i, j in sorted(overlaps, key=lambda each: -each[0]):
        if share < SAME_BOX:
            break
        if all(i != used and j != other for used, other in pairs):
            pairs.append((i, j))
    return pairs


def score_scene(read: Sequence[TrueDigit], true: Sequence[TrueDigit], seconds: float = 0.0) -> SceneScore:
    """Compares a reading with the truth, both in reading order."""
    pairs = align_boxes([digit.box for digit in read], [digit.box for digit in true])
    edits = edit_distance("".join(str(digit.label) for digit in read), "".join(str(digit.label) for digit in true))
    return SceneScore(
        digits=len(true),
        read=len(read),
        edits=edits,
        is_exact=edits == 0,
        has_lines=bool(pairs or not true) and same_lines([(read[i].line, true[j].line) for i, j in pairs]),
        found=len(pairs),
        labelled=sum(read[i].label == true[j].label for i, j in pairs),
        seconds=seconds,
    )


def score_text(read: str, true: str, seconds: float = 0.0) -> SceneScore:
    """Compares texts, a line for each line of the picture, for want of true boxes; lines are right if equally long."""
    ours, theirs = read.replace("\n", ""), true.replace("\n", "")
    edits = edit_distance(ours, theirs)
    lines = [[len(line) for line in text.split("\n")] for text in (read, true)]
    return SceneScore(len(theirs), len(ours), edits, edits == 0, lines[0] == lines[1], seconds=seconds)


def same_lines(pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether two numberings of lines, of the same digits, mean the same lines in the same order."""
    ours, theirs = (sorted({pair[side] for pair in pairs}) for side in (0, 1))
    return all(ours.index(one) == theirs.index(other) for one, other in pairs) and len(ours) == len(theirs)


def interval(counts: Sequence[int], totals: Sequence[int], seed: int = 0) -> list[float]:
    """95 % interval of the sum of ``counts`` over that of ``totals``, one of each a scene.

    It is the percentile bootstrap (Efron 1979) over the scenes, since the digits of one scene are not independent.
    """
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(counts), (_RESAMPLES, len(counts)))
    sums = np.asarray(counts)[draws].sum(axis=1) / np.maximum(np.asarray(totals)[draws].sum(axis=1), 1)
    low, high = np.percentile(sums, (2.5, 97.5))
    return [round(float(low), 6), round(float(high), 6)]


def summary(scores: Sequence[SceneScore]) -> dict[str, Any]:
    """All figures of some scenes, at least one; ``None`` where they would be shares of no digits.

    Lines are counted over the scenes that have any.
    """
    digits = [score.digits for score in scores]
    edits = [score.edits for score in scores]
    exact = [int(score.is_exact) for score in scores]
    milliseconds = 1e3 * np.array([score.seconds for score in scores])

    def of_digits(counts: Sequence[int | None]) -> float | None:
        known = [count for count in counts if count is not None]
        return round(sum(known) / sum(digits), 6) if sum(digits) and len(known) == len(scores) else None

    strays = [score.read - score.found for score in scores if score.found is not None]
    lines = [score.has_lines for score in scores if score.digits]
    return {
        "pictures": len(scores),
        "digits": sum(digits),
        "edits": sum(edits),
        "edit_error": of_digits(edits),
        "edit_error_interval": interval(edits, digits) if sum(digits) else None,
        "exact": round(sum(exact) / len(scores), 6),
        "exact_interval": interval(exact, [1] * len(scores)),
        "right_lines": round(sum(lines) / len(lines), 6) if lines else None,
        "found": of_digits([score.found for score in scores]),
        "found_and_right": of_digits([score.labelled for score in scores]),
        "reported": sum(score.read for score in scores),
        "false_digits_a_picture": round(sum(strays) / len(strays), 6) if strays else None,
        "p50_ms": round(float(np.median(milliseconds)), 3),
    }
