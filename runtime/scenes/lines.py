"""Long thin straight lines in a mask of ink: rulings, margins, the grid of squared paper.

They are looked for on a few dozen columns only: each thin run of ink in such a column votes for the lines through it (Hough
transform, Duda and Hart 1972), and a parabola through the votes follows paper that is not quite flat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

COLUMNS: Final = 80  # looked at
_MOST_RUNS: Final = 8000  # of thin ink in them; noise has more
_MANY_RUNS: Final = 600  # the usual slope is found on some of them
_THICKEST: Final = 0.012  # of the line's length; the stroke of a "1" has 0.06 and more
_STEEPEST: Final = 0.27  # 15 degrees
_SLOPES: Final = 55
_AROUND: Final = 6  # slopes on each side of the usual one
_BIN: Final = 4.0  # px
_VOTES: Final = 0.3  # of the columns, to be looked at more closely
_SHORT_VOTES: Final = 0.08  # of the columns, for lines that the frame cuts short
_LEAST_RUNS: Final = 5
_COVERED: Final = 0.7  # of the columns between its ends hold ink
_OPEN: Final = 0.4  # of these columns hold nothing but the line
_SEVERAL: Final = 3  # parallel lines are rulings even if they do not reach from side to side
_FAMILY: Final = 2  # so many, and what runs parallel to them is one of them
_MOST_LINES: Final = 60
_RIGHT_ACROSS: Final = 0.95  # of the picture: a line, even alone
_PARALLEL: Final = 0.06  # slopes that differ less


@dataclass(frozen=True, eq=False)
class Line:
    """A nearly horizontal line.

    Attributes:
        left: First column.
        right: Last column.
        curve: float64 ``[3]``: row = curve[0] x² + curve[1] x + curve[2], x in columns.
        thickness: In pixels.
    """

    left: int
    right: int
    curve: NDArray[np.float64]
    thickness: int

    def rows(self, columns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Where it runs."""
        return np.asarray((self.curve[0] * columns + self.curve[1]) * columns + self.curve[2], np.float64)

    @property
    def slope(self) -> float:
        """In its middle."""
        return float(self.curve[1] + self.curve[0] * (self.left + self.right))


def sampling_step(width: int) -> int:
    """Every so many columns are looked at."""
    return max(1, width // COLUMNS)


def find_lines(sampled: NDArray[np.uint8], width: int, *, shortest: float) -> list[Line]:
    """Finds nearly horizontal lines.

    Args:
        sampled: uint8 ``[n, h]``, 0 for ground: every so many columns of a mask, each as a row.
        width: Of the mask.
        shortest: Share of the width that one of several parallel lines has at least.
    """
    step = sampling_step(width)
    columns, rows, thickness = thin_runs(sampled, max(2, round(_THICKEST * width)))
    columns = columns * step
    if len(columns) < _VOTES * width / step or len(columns) > _MOST_RUNS:
        return []
    runs = _Runs(sampled, columns, rows, thickness, step)
    votes = _Votes(np.asarray(columns - width / 2, np.float64), rows)
    found = _vote(votes, runs, _VOTES * width / step)
    long = [line for line in found if line.right - line.left >= shortest * width]
    lines = [line for line in long if _is_ruling(line, long, width)]
    if len(lines) >= _FAMILY:
        # Slanted lines are short where they cross a corner of the picture.
        found += _vote(votes, runs, _SHORT_VOTES * width / step)
        lines += [line for line in found if line not in lines and _is_cut_short(line, lines, width, step)]
    return lines


def _vote(votes: _Votes, runs: _Runs, least: float) -> list[Line]:
    """The lines with at least so many votes, the most first."""
    lines: list[Line] = []
    for _ in range(_MOST_LINES):
        near = votes.best(least)
        if near is None:
            break
        line, used = _fit(runs, near)
        votes.remove(used)
        if line is not None:
            lines.append(line)
    return lines


def thin_runs(
    sampled: NDArray[np.uint8], thickest: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Runs of ink that are not thicker than a line may be.

    Args:
        sampled: uint8 ``[n, h]``, 0 for ground: columns of a mask, each as a row.
        thickest: Longest run, in pixels.

    Returns:
        Their columns (0 to n - 1), middle rows and lengths.
    """
    height = sampled.shape[1]
    padded = np.zeros((sampled.shape[0], height + 2), np.bool_)
    np.not_equal(sampled, 0, out=padded[:, 1:-1])
    changes = np.flatnonzero(padded[:, 1:] != padded[:, :-1])
    starts, ends = changes[::2], changes[1::2]
    lengths = ends - starts
    thin = lengths <= thickest
    column, row = np.divmod(starts[thin], height + 1)
    return column, row + (lengths[thin] - 1) / 2, lengths[thin]


@dataclass(frozen=True, eq=False)
class _Runs:
    """What :func:`thin_runs` finds, with columns in those of the mask, and where it was looked for."""

    sampled: NDArray[np.uint8]
    columns: NDArray[np.int64]
    rows: NDArray[np.float64]
    thickness: NDArray[np.int64]
    step: int


class _Votes:
    """Hough votes for slope and row in the middle of the picture."""

    def __init__(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        self._slopes = np.linspace(-_STEEPEST, _STEEPEST, _SLOPES)
        if len(x) > _MANY_RUNS:
            self._slopes = self._slopes[_near_usual_slope(x, y, self._slopes)]
        rows = y[None] - self._slopes[:, None] * x[None]
        self._low = float(rows.min())
        bins = ((rows - self._low) / _BIN).astype(np.int64)
        self._count = int(bins.max()) + 2
        self._bins = bins + (np.arange(len(bins)) * self._count)[:, None]
        self._votes = np.bincount(self._bins.ravel(), minlength=len(bins) * self._count)
        self._x, self._y = x, y
        self._free = np.ones(len(x), np.bool_)

    def best(self, least: float) -> NDArray[np.bool_] | None:
        """The runs near the line with the most votes."""
        pairs = self._votes[:-1] + self._votes[1:]
        top = int(pairs.argmax())
        if pairs[top] < least:
            return None
        slope, row = self._slopes[top // self._count], self._low + (top % self._count + 1) * _BIN
        return np.asarray((np.abs(self._y - slope * self._x - row) <= 1.5 * _BIN) & self._free)

    def remove(self, used: NDArray[np.bool_]) -> None:
        """Takes runs out of the vote."""
        gone = used & self._free
        self._free &= ~used
        self._votes -= np.bincount(self._bins[:, gone].ravel(), minlength=len(self._votes))


def _near_usual_slope(x: NDArray[np.float64], y: NDArray[np.float64], slopes: NDArray[np.float64]) -> slice:
    """The slopes around the one that gathers most runs in few rows; lines of a page are parallel."""
    some = np.flatnonzero(np.arange(len(x)) % max(1, len(x) // _MANY_RUNS) == 0)
    rows = y[some][None] - slopes[:, None] * x[some][None]
    bins = ((rows - rows.min()) / _BIN).astype(np.int64)
    count = int(bins.max()) + 1
    votes = np.bincount((bins + (np.arange(len(slopes)) * count)[:, None]).ravel(), minlength=len(slopes) * count)
    usual = int((votes.reshape(len(slopes), count) ** 2).sum(axis=1).argmax())
    return slice(max(0, usual - _AROUND), usual + _AROUND + 1)


def _parabola(x: NDArray[np.int64], y: NDArray[np.float64], degree: int) -> NDArray[np.float64]:
    """Least squares, float64 ``[3]`` from the square down; much faster than ``np.polyfit`` on few points."""
    middle, extent = float(x.mean()), float(x.max() - x.min())
    u = (x - middle) / extent
    if degree == 1:
        slope = float(u @ y) / float(u @ u) / extent
        return np.array([0.0, slope, float(y.mean()) - slope * middle])
    powers = np.stack([u**power for power in range(degree + 1)])
    a = np.zeros(3)
    a[: degree + 1] = np.linalg.solve(powers @ powers.T + 1e-9 * np.eye(degree + 1), powers @ y)
    square, slope = a[2] / extent**2, a[1] / extent
    return np.array([square, slope - 2 * square * middle, a[0] - slope * middle + square * middle**2])


def _fit(runs: _Runs, near: NDArray[np.bool_]) -> tuple[Line | None, NDArray[np.bool_]]:
    """A parabola through the runs near a line; also which runs are used up."""
    used = near.copy()
    curve = np.zeros(3)
    for degree, reach in ((1, 3.0), (2, 2.0)):
        if np.count_nonzero(near) < _LEAST_RUNS or np.ptp(runs.columns[near]) < 3 * runs.step:
            return None, used
        curve = _parabola(runs.columns[near], runs.rows[near], degree)
        near = np.abs(runs.rows - (curve[0] * runs.columns + curve[1]) * runs.columns - curve[2]) <= reach
    used |= near
    on_line = runs.columns[near]  # in ascending order
    on_line = on_line[np.flatnonzero(np.diff(on_line, prepend=-1))]
    if len(on_line) < _LEAST_RUNS:
        return None, used
    line = Line(int(on_line[0]), int(on_line[-1]), curve, round(median(runs.thickness[near])))
    between = np.arange(line.left, line.right + 1, runs.step)
    at = np.minimum(np.maximum(np.rint(line.rows(between)).astype(np.int64), 0), runs.sampled.shape[1] - 1)
    covered = np.count_nonzero(runs.sampled[between // runs.step, at])  # also by ink and by lines that cross it
    is_line = covered >= _COVERED * len(between) and len(on_line) >= _OPEN * len(between)
    return (line if is_line else None), used


def median(values: NDArray[Any]) -> float:
    """Of at least one number; a fifth of the time of ``np.median``, which also imports all of ``numpy.ma``."""
    ordered = np.sort(values)
    return (float(ordered[(len(ordered) - 1) // 2]) + float(ordered[len(ordered) // 2])) / 2


def _is_ruling(line: Line, lines: list[Line], width: int) -> bool:
    """Whether a line goes right across the picture or is one of several."""
    if line.right - line.left >= _RIGHT_ACROSS * width:
        return True
    return sum(abs(line.slope - other.slope) < _PARALLEL for other in lines) >= _SEVERAL


def _is_cut_short(line: Line, lines: list[Line], width: int, step: int) -> bool:
    """Whether a short line is one of the family and ends at the frame."""
    slope = median(np.array([other.slope for other in lines]))
    thickest = max(other.thickness for other in lines)
    at_frame = line.left < 2 * step or line.right >= width - 2 * step
    return at_frame and abs(line.slope - slope) < _PARALLEL and line.thickness <= thickest
