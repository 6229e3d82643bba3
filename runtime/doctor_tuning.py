"""What doctor finds out about the profile of session options."""

from __future__ import annotations

import os
from collections.abc import Iterator

from mnist_edge.errors import OptionError
from mnist_edge.runtime.doctor_finding import Finding, Level
from mnist_edge.runtime.tuning.lookup import profile_path
from mnist_edge.runtime.tuning.profile import Entry, Host, read_profile


def examine_tuning() -> Iterator[Finding]:
    """Where the profile is, and which of its entries are in use here."""
    path = profile_path()
    if path is None:
        yield Finding("tuning", "profile", "off; the defaults are in use")
        return
    if not os.path.lexists(path):
        yield Finding("tuning", "profile", "none; the defaults are in use", Level.NOTE, "mnist-edge tune")
        return
    try:
        profile = read_profile(path)
    except OptionError as error:
        yield Finding("tuning", "profile", f"{error} The defaults are in use.", Level.WARNING, "mnist-edge tune --reset")
        return
    yield Finding("tuning", "profile", path)
    here = Host.here()
    for entry in profile.entries:
        yield _finding(entry, here)


def _finding(entry: Entry, here: Host) -> Finding:
    difference = here.difference(entry.host)
    if difference:
        return Finding(
            "tuning", entry.model, f"ignored, measured with {difference}", Level.NOTE, "mnist-edge tune -m MODEL"
        )
    gain = "nothing was faster"
    if entry.ratio is not None:
        value, low, high = entry.ratio
        gain = f"{value:.3f} ({low:.3f} to {high:.3f}) times the latency of the defaults"
    return Finding("tuning", entry.model, f"{entry.config}; {gain}; for {entry.purpose}, {entry.created[:10]}")
