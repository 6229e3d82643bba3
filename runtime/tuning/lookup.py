"""From a model to the session options that a profile has for it; next to nothing where there is no profile."""

from __future__ import annotations

import os
import sys
from typing import Final, Literal

from mnist_edge.errors import OptionError
from mnist_edge.runtime.tuning.config import DEFAULT_CONFIG, SessionConfig

PROFILE_VARIABLE: Final = "MNIST_EDGE_PROFILE"
PROFILE_OFF: Final = "off"

ProfileLike = SessionConfig | str | os.PathLike[str] | Literal[False] | None


def profile_path() -> str | None:
    """Where this user's profile is: ``MNIST_EDGE_PROFILE``, else where the system has settings.

    Returns:
        A path, whether there is a file or not; ``None`` if the variable is ``off``, or there is no home folder.
    """
    chosen = os.environ.get(PROFILE_VARIABLE)
    if chosen:
        return None if chosen.lower() == PROFILE_OFF else chosen
    if sys.platform == "win32":
        folder = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~\\AppData\\Local")
    elif sys.platform == "darwin":
        folder = os.path.expanduser("~/Library/Application Support")
    else:
        folder = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return None if folder.startswith("~") else os.path.join(folder, "mnist-edge", "profile.json")


def session_config(profile: ProfileLike, graph_sha256: str) -> SessionConfig:
    """The session options for a model.

    Args:
        profile: ``None`` for this user's profile, a path for another one, ``False`` for none; or the options themselves.
        graph_sha256: Hash of the model's graph, from its card.

    Returns:
        What the profile has for this graph on this machine with this onnxruntime; the defaults if it has nothing, or if the
        user's own cannot be read: a classifier does not stop for that, and ``mnist-edge doctor`` says so.

    Raises:
        OptionError: If a profile was named but is not there or damaged.
    """
    if profile is False:
        return DEFAULT_CONFIG
    if isinstance(profile, SessionConfig):
        return profile
    path = profile_path() if profile is None else os.fspath(profile)
    if path is None or (profile is None and not os.path.exists(path)):
        return DEFAULT_CONFIG
    from mnist_edge.runtime.tuning.host import this_host
    from mnist_edge.runtime.tuning.profile import read_profile

    try:
        entries = read_profile(path).of_graph(graph_sha256)
    except OptionError:
        if profile is None:
            return DEFAULT_CONFIG
        raise
    host = this_host() if entries else None
    return next((entry.config for entry in entries if entry.host == host), DEFAULT_CONFIG)
