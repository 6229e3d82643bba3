"""The profile: which session options were fastest, for which model on which machine. A small JSON file."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from mnist_edge.card_json import build
from mnist_edge.errors import OptionError
from mnist_edge.files import write_json
from mnist_edge.runtime.tuning.config import SessionConfig
from mnist_edge.runtime.tuning.host import host_facts
from mnist_edge.runtime.tuning.lookup import FORMAT_VERSION, damaged, read_json

_MOST_ENTRIES: Final = 100  # every new export is another graph; the oldest ones go


@dataclass(frozen=True)
class Host:
    """The machine that an entry is for.

    Attributes:
        cpu: Model name of the processor.
        features: Its instruction sets for small networks.
        usable_threads: Threads that affinity and container quota allow.
        onnxruntime: Its version.
    """

    cpu: str
    features: tuple[str, ...]
    usable_threads: int
    onnxruntime: str

    @classmethod
    def here(cls) -> Self:
        """This machine, as this process may use it."""
        facts = host_facts()
        return cls(**{**facts, "features": tuple(facts["features"])})

    def difference(self, other: Host) -> str:
        """The first thing in which another one differs, in words; empty if none does."""
        if self.onnxruntime != other.onnxruntime:
            return f"onnxruntime {other.onnxruntime}"
        if self.cpu != other.cpu:
            return other.cpu
        if self.features != other.features:
            return f"{other.cpu} with other instruction sets"
        if self.usable_threads != other.usable_threads:
            return f"{other.usable_threads} usable thread{'' if other.usable_threads == 1 else 's'}"
        return ""


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
    """All entries of a file, the newest first."""

    entries: tuple[Entry, ...] = ()
    format_version: int = FORMAT_VERSION

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
        raw = read_json(path)
        profile: Profile = build(Profile, raw)
        for entry in raw["entries"]:
            SessionConfig.from_dict(entry["config"])  # refuses options of a later version, which build would leave out
    except OptionError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, error) from error
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
