"""The words of a page in English and Chinese."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from mnist_edge.report.texts_answers import ANSWERS
from mnist_edge.report.texts_model import MODEL
from mnist_edge.report.texts_training import TRAINING

Lang = Literal["en", "zh"]
TEXTS = {**TRAINING, **ANSWERS, **MODEL}
"""Key to the English and the Chinese text, with names in braces for what is filled in."""

NOTHING = "–"  # a figure that is not defined


@dataclass(frozen=True)
class Words:
    """The texts of one language: ``words("predictions.title")``."""

    lang: Lang = "en"

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of a key, filled in; numbers get separators between thousands."""
        text = TEXTS[key][1 if self.lang == "zh" else 0]
        return text.format(**{name: _plain(value) for name, value in values.items()})

    def of(self, part: int, whole: int) -> str:
        """A part of a whole."""
        return self("of", part=part, whole=whole)

    def columns(self, *keys: str) -> tuple[str, ...]:
        """The headings of a table's columns."""
        return tuple(self(f"column.{key}") for key in keys)

    def images(self, number: int) -> str:
        """A number of images."""
        return self("images.one" if number == 1 else "images.many", number=number)

    def data(self, name: str) -> str:
        """What to call data, or an architecture, that bears the name of a record."""
        return {"mnist": "MNIST", "custom": self("custom")}.get(name, name)


def _plain(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def count(value: int | None) -> str:
    """A whole number."""
    return NOTHING if value is None else f"{value:,}"


def percent(share: float | None, digits: int = 2) -> str:
    """A share as percentage."""
    return NOTHING if share is None else f"{share:.{digits}%}"


def confidence(share: float) -> str:
    """A probability as percentage; what is below 1 does not become 100 %, and nothing becomes 0 %."""
    text = percent(share)
    if text == "0.00%":
        return "<0.01%"
    return ">99.99%" if text == "100.00%" and share < 1 else text


def number(value: float | None, digits: int = 4) -> str:
    """A figure with fixed digits."""
    return NOTHING if value is None else f"{value:.{digits}f}"


def size(value: int) -> str:
    """A size in bytes, in units of a thousand."""
    return f"{value / 1e6:.2f} MB" if value >= 1e6 else f"{value / 1e3:.1f} kB"


def millions(value: int | None) -> str:
    """A large count, short."""
    return f"{value / 1e6:.2f} M" if value is not None and value >= 1e6 else count(value)


def moment(text: str) -> str:
    """A time in ISO 8601 as people write it, in UTC; anything else as it is."""
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return text
