"""From a model to the session options that a profile has for it.

Every start of a classifier comes through here, so it is kept light: nothing is built but the options that are needed, and
where there is no profile it costs one look at a file that is not there.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Final, Literal

from mnist_edge.errors import OptionError
from mnist_edge.runtime.tuning.config import DEFAULT_CONFIG, SessionConfig

PROFILE_VARIABLE: Final = "MNIST_EDGE_PROFILE"
PROFILE_OFF: Final = "off"
FORMAT_VERSION: Final = 1
_MOST_BYTES: Final = 1_000_000  # a hundred times what a profile takes

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
    try:
        return _find(read_json(path), graph_sha256)
    except OptionError:
        if profile is None:
            return DEFAULT_CONFIG
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if profile is None:
            return DEFAULT_CONFIG
        raise damaged(path, error) from error


def _find(raw: dict[str, Any], graph_sha256: str) -> SessionConfig:
    entries = [entry for entry in raw["entries"] if entry["graph_sha256"] == graph_sha256]
    if not entries:
        return DEFAULT_CONFIG
    from mnist_edge.runtime.tuning.host import host_facts

    here = host_facts()
    return next((SessionConfig.from_dict(entry["config"]) for entry in entries if entry["host"] == here), DEFAULT_CONFIG)


def read_json(path: str) -> dict[str, Any]:
    """Reads a profile as it stands in the file.

    Raises:
        OptionError: If it is not there, no JSON object, or of another format version.
    """
    try:
        with open(path, "rb") as file:  # bounded, because a path may be an endless device
            raw = json.loads(file.read(_MOST_BYTES))
    except OSError as error:
        raise OptionError(f"The profile {path} cannot be read: {error.strerror or error}", fix="Check the path") from error
    except (ValueError, RecursionError) as error:
        raise damaged(path, error) from error
    if not isinstance(raw, dict) or raw.get("format_version") != FORMAT_VERSION:
        raise damaged(path, f"format version {raw.get('format_version')}" if isinstance(raw, dict) else "no object")
    return raw


def damaged(path: str, error: object) -> OptionError:
    """The error about a file that is no profile."""
    return OptionError(
        f"{path} is no profile of this version",
        expected=f"what mnist-edge tune writes, format version {FORMAT_VERSION}",
        received=str(error)[:200],
        fix="Remove the file, or name another one",
    )
