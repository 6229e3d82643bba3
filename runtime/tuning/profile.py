"""The profile: which session options were fastest, for which model on which machine. A small JSON file."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mnist_edge.card_json import build
from mnist_edge.errors import OptionError
from mnist_edge.files import write_json
from mnist_edge.runtime.tuning.config import SessionConfig
from mnist_edge.runtime.tuning.host import Host

FORMAT_VERSION: Final = 1
_MOST_BYTES: Final = 1_000_000  # a hundred times what a profile takes
_MOST_ENTRIES: Final = 100  # every new export is another graph; the oldest ones go


@dataclass(frozen=True)
class Entry:
    """What was found out about one model on one machine.

    Attributes:
        model: What the model was called.
        graph_sha256: Hash of its graph.
        purpose: What was to be fast.
        host: The machine.
        config: The options to use.
        ratio: Latency by that of the defaults with its 95 % interval, measured anew after the choice; ``None`` if these are
            the defaults.
        created: When.
    """

    model: str
    graph_sha256: str
    purpose: str
    host: Host
    config: SessionConfig
    ratio: tuple[float, float, float] | None
    created: str


@dataclass(frozen=True)
class Profile:
    """All entries of a file, the newest first.

    Raises:
        ValueError: If the file has another format version.
    """

    entries: tuple[Entry, ...] = ()
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        if self.format_version != FORMAT_VERSION:
            raise ValueError(f"format version {self.format_version}")

    def of_graph(self, graph_sha256: str) -> list[Entry]:
        """The entries of one graph, on any machine."""
        return [entry for entry in self.entries if entry.graph_sha256 == graph_sha256]

    def with_entry(self, entry: Entry) -> Profile:
        """The same with an entry that replaces the one of its graph and machine."""
        key = (entry.graph_sha256, entry.host)
        others = [other for other in self.entries if (other.graph_sha256, other.host) != key]
        return Profile((entry, *others)[:_MOST_ENTRIES])


def read_profile(path: str) -> Profile:
    """Reads a profile.

    Raises:
        OptionError: If it is not there, damaged, or of a version that this one does not know.
    """
    try:
        with open(path, "rb") as file:  # bounded, because a path may be an endless device
            raw = json.loads(file.read(_MOST_BYTES))
        profile: Profile = build(Profile, raw)
    except OSError as error:
        raise OptionError(f"The profile {path} cannot be read: {error.strerror or error}", fix="Check the path") from error
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise OptionError(
            f"{path} is no profile of this version",
            expected=f"what mnist-edge tune writes, format version {FORMAT_VERSION}",
            received=str(error)[:200],
            fix="Remove it with: mnist-edge tune --reset",
        ) from error
    return profile


def read_or_new(path: str) -> Profile:
    """Reads a profile, or begins one if there is no such file.

    Raises:
        OptionError: If there is a file that is no profile: it may be something else, so it is not written over.
    """
    return read_profile(path) if os.path.lexists(path) else Profile()


def add_entry(path: str, entry: Entry) -> None:
    """Puts an entry into the file, which is made if it is not there.

    Raises:
        OptionError: If there is a file that is no profile.
        OutputError: If it cannot be written.
    """
    write_json(Path(path), dataclasses.asdict(read_or_new(path).with_entry(entry)))
