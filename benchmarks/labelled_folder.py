"""Folders of real pictures with a table of what they show: ``labels.csv`` with the columns ``file,label,notes``."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from mnist_edge.errors import ImageError, SourceError
from mnist_edge.runtime.decode import decode_image


@dataclass(frozen=True)
class Item:
    """A picture of one digit."""

    path: Path
    label: int
    group: str


def read_table(folder: Path) -> list[dict[str, str]]:
    """All rows of ``labels.csv``.

    Raises:
        SourceError: If it cannot be read, or a column is missing.
    """
    table = folder / "labels.csv"
    try:
        with table.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
    except OSError as error:
        raise SourceError(f"Cannot read {table}", received=error.strerror or str(error)) from error
    if rows and not {"file", "label", "notes"} <= rows[0].keys():
        raise SourceError(f"{table} has other columns", expected="file,label,notes", received=",".join(rows[0]))
    return [{name: row[name] or "" for name in ("file", "label", "notes")} for row in rows]


def read_labels(folder: Path) -> list[Item]:
    """The rows that show one digit.

    Raises:
        SourceError: There is no such table, or no such row.
    """
    items = [
        Item(folder / row["file"], int(row["label"]), group_of(row["notes"]))
        for row in read_table(folder)
        if re.fullmatch("[0-9]", row["label"]) and not is_scene(row)
    ]
    if not items:
        raise SourceError(
            f"{folder / 'labels.csv'} names no picture of a single digit", expected="columns file,label,notes"
        )
    return items


def group_of(notes: str) -> str:
    """``"photo"`` if the notes call the picture a photo, and nothing else; else ``"drawn"``."""
    return "photo" if "photo" in notes and "drawn" not in notes else "drawn"


def is_scene(row: dict[str, str]) -> bool:
    """Whether a row is a picture of several digits: they are in the folder ``scenes``, or its label is longer."""
    return bool(re.fullmatch("[0-9]+", row["label"])) and (row["file"].startswith("scenes/") or len(row["label"]) > 1)


def read_scenes(folder: Path) -> list[tuple[Path, str]]:
    """Pictures of several digits with their texts, a line for each line of the picture; may be none.

    Raises:
        SourceError: If there is no table.
    """
    return [(folder / row["file"], scene_text(row["label"], row["notes"])) for row in read_table(folder) if is_scene(row)]


def scene_text(label: str, notes: str) -> str:
    """The digits with line breaks where the notes give lines as ``lines=12|34``; a space there is a gap in a line."""
    noted = re.match(r"lines=([0-9 |]+)", notes)
    text = noted[1].replace(" ", "").strip("|").replace("|", "\n") if noted else label
    return text if text.replace("\n", "") == label else label


def read_nondigits(folder: Path) -> list[Path]:
    """Pictures that show no digit; may be none."""
    return [folder / row["file"] for row in read_table(folder) if row["label"] == "nondigit"]


def is_larger_than(path: Path, side: int) -> bool:
    """Whether a picture's longer side has more than ``side`` pixels; ``False`` if it cannot be read."""
    try:
        return max(decode_image(path.read_bytes()).shape[:2]) > side
    except (ImageError, OSError):
        return False
