"""One line of doctor's report."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Level(enum.StrEnum):
    """How serious a finding is."""

    OK = "ok"
    NOTE = "note"
    """Optional, and absent."""
    WARNING = "warning"
    """Works, but may not go on doing so, or not as well as it could."""
    ERROR = "error"
    """``mnist-edge classify`` does not work."""


@dataclass(frozen=True)
class Finding:
    """One line of the examination.

    Attributes:
        section: Heading in the report.
        name: What was looked at.
        value: What was found.
        level: How serious it is.
        fix: What to do; empty if nothing.
    """

    section: str
    name: str
    value: str
    level: Level = Level.OK
    fix: str = ""
