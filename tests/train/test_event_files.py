"""Event files that cannot be written: one sentence, and nothing stays open."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.errors import OutputError
from mnist_edge.train.run import EpochRecord
from mnist_edge.train.tensorboard import EventFiles

pytestmark = pytest.mark.real

HISTORY = [EpochRecord(epoch, 1.0, 0.5, 1.0, 0.5, 1.0, 1e-3) for epoch in (1, 2)]


def _failing(error: Exception) -> Callable[..., None]:
    def fail(*arguments: Any, **options: Any) -> None:
        raise error

    return fail


def _tensorflow_error(message: str = "events: No space left on device\nand more") -> Exception:
    import tensorflow as tf

    error: Exception = tf.errors.ResourceExhaustedError(None, None, message)
    return error


def test_a_file_in_the_way_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "tensorboard").mkdir()
    (tmp_path / "tensorboard" / "train").write_text("mine")
    with pytest.raises(OutputError, match=r"^Cannot write .*tensorboard: "):
        EventFiles(tmp_path, HISTORY)


@pytest.mark.parametrize("name", ["create_file_writer", "scalar"])
def test_an_error_of_tensorflow_is_one_sentence(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    monkeypatch.setattr(tf.summary, name, _failing(_tensorflow_error()))
    with pytest.raises(OutputError, match=r"^Cannot write .*tensorboard: events: No space left on device\. Check"):
        EventFiles(tmp_path, HISTORY)


class Broken:
    """A writer that cannot even be closed."""

    def close(self) -> None:
        raise _tensorflow_error()


def _open_event_files() -> list[str]:
    links = (Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd"))
    targets = (os.readlink(link) for link in links if link.is_symlink())
    return [target for target in targets if "tfevents" in target]


def test_writers_are_closed_if_the_history_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    monkeypatch.setattr(tf.summary, "scalar", _failing(_tensorflow_error()))
    with pytest.raises(OutputError) as caught:  # keeps the frames alive, and so the writers
        EventFiles(tmp_path, HISTORY)
    assert caught.value is not None
    assert _open_event_files() == []


def test_what_fails_at_the_end_does_not_hide_the_first_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="first"), EventFiles(tmp_path, HISTORY) as events:
        events._writers = {"broken": Broken(), **events._writers}
        raise KeyError("first")
    assert _open_event_files() == []
