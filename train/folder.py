"""Taking possession of a run folder: one training at a time, and nothing that is in it gets lost."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from mnist_edge.errors import MissingExtraError, OptionError, RunBusyError, RunError
from mnist_edge.files import output_error, output_errors, write_json
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.overrides import check_no_contradiction
from mnist_edge.train.run import (
    CONFIG_FILE,
    ENVIRONMENT_FILE,
    LOCK_FILE,
    METRICS_FILE,
    RECIPE_LABEL,
    RESULT_FILES,
    exists,
    load_config,
    read_object,
)


class Opening(Enum):
    """In which state a run folder was found."""

    NEW = "new"
    UNFINISHED = "unfinished"
    FINISHED = "finished"


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Makes the folder if needed and holds its lock while the block runs; the lock dies with the process.

    Raises:
        RunBusyError: If another process holds the lock.
        OutputError: If the folder cannot be made or written.
        MissingExtraError: If filelock is not installed.
    """
    try:
        import filelock
    except ModuleNotFoundError as error:
        raise MissingExtraError("Training", extra="train", module="filelock") from error
    lock = filelock.FileLock(folder / LOCK_FILE)
    with output_errors(folder):
        _refuse_file(folder)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise RunBusyError(
                f"Another process is training in {folder}", fix="Wait until it has finished, or train into another folder"
            ) from error
    try:
        yield
    finally:
        lock.release()


def _refuse_file(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise output_error(folder, NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)))


def check_run(folder: Path, config: TrainConfig, environment: dict[str, Any], *, resume: bool) -> Opening:
    """Checks that a run may start or go on in a locked folder; writes nothing.

    Raises:
        RunError: If the folder holds a run and ``resume`` is off, holds files of something else, or is damaged.
        OptionError: If the run to resume was begun with another configuration or other data.
    """
    stored, opening = check_folder(folder, resume=resume)
    if stored is not None:
        check_no_contradiction(stored, config)
        _check_same_data(folder, environment)
        if opening is Opening.UNFINISHED:
            _check_same_teachers(folder, environment)
    return opening


def check_folder(folder: Path, *, resume: bool) -> tuple[TrainConfig | None, Opening]:
    """The part of :func:`check_run` that needs neither data nor lock; also for a folder that does not exist yet.

    Returns:
        The recorded configuration, if there is a run, and the state of the folder.

    Raises:
        RunError: If the folder holds a run and ``resume`` is off, holds files of something else, or is damaged.
        OutputError: If a file has its name.
    """
    with output_errors(folder):
        _refuse_file(folder)
    stored = load_config(folder)
    if stored is None:
        _check_nothing_to_lose(folder)
        return None, Opening.NEW
    finished = exists(folder / METRICS_FILE)
    if not resume:
        raise RunError(
            f"{folder} already holds {'a finished' if finished else 'an unfinished'} run",
            fix="Train into another folder" if finished else "Add --resume to go on with it, or train into another folder",
        )
    return stored, Opening.FINISHED if finished else Opening.UNFINISHED


def begin_run(folder: Path, config: TrainConfig, environment: dict[str, Any]) -> None:
    """Turns a locked folder into a run folder.

    Raises:
        OutputError: If a file cannot be written.
    """
    # config.json comes last: it is what makes the folder a run.
    write_json(folder / ENVIRONMENT_FILE, environment)
    write_json(folder / CONFIG_FILE, {**dataclasses.asdict(config), RECIPE_LABEL: config.recipe_label()})


def _check_nothing_to_lose(folder: Path) -> None:
    present = [name for name in RESULT_FILES if exists(folder / name)]
    if present:
        raise RunError(
            f"{folder} holds {', '.join(present)}, but no {CONFIG_FILE}, so it is no run that could go on",
            fix="Train into another folder",
        )


def _check_same_data(folder: Path, environment: dict[str, Any]) -> None:
    recorded = read_object(folder / ENVIRONMENT_FILE).get("data")
    expected = recorded.get("sha256") if isinstance(recorded, dict) else None
    received = environment["data"]["sha256"]
    if expected != received:
        raise OptionError(
            f"--resume contradicts --data: the run in {folder} was begun with other data",
            expected=f"sha256 {expected}",
            received=f"sha256 {received} from {environment['data']['origin']}",
            fix="Name the same data, or train into another folder",
        )


def _check_same_teachers(folder: Path, environment: dict[str, Any]) -> None:
    recorded = read_object(folder / ENVIRONMENT_FILE).get("teachers", [])  # runs of before there were teachers have none
    if recorded != environment.get("teachers", []):
        raise OptionError(
            f"--resume: a teacher of the run in {folder} has changed since the run was begun",
            expected=str(recorded),
            received=str(environment.get("teachers", [])),
            fix="Put the teacher's file back, or train into another folder",
        )
