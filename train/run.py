"""The files of a run folder and how to read them back (no Keras needed).

```
RUN/config.json       what was asked: the fields of TrainConfig, and recipe_label, the recipe with what was changed in it
RUN/environment.json  started; python, platform, cpu, threads; versions {mnist-edge, keras, tensorflow, numpy,
                      opencv, matplotlib}; teachers [{file, sha256}]; data {name, origin, sha256} (name "mnist", or
                      "custom" for other data)
RUN/history.json      {"epochs": [{epoch, loss, accuracy, val_loss, val_accuracy, seconds, learning_rate}, ...]}, epoch
                      counts from 1
RUN/history.csv       the same as a table
RUN/model.keras       the epoch with the highest validation accuracy; of equals the lower validation loss, then the earlier
RUN/last.keras        the last finished epoch; with averaging (ema) both hold the averaged weights, and the raw ones in
                      the optimizer's place for the averages
RUN/metrics.json      only when the run is finished: parameters, epochs, best_epoch, stopped_early, fit_seconds, finished;
                      train, validation and test {loss, accuracy, correct, total} of model.keras; train is the training
                      split of the data alone, without what was drawn and photographed and added to it; with
                      outliers also rejection, the operating points for the model card; calibration, the temperature
                      and what it changes
RUN/train.log         what happened when: one line an event, "2026-03-01T12:00:00+00:00 epoch 1/5  loss ...", appended by
                      every process that trains in the folder and never rewritten; for people, not for programs
RUN/tensorboard/      if asked for: event files in train/ and validation/ with epoch_loss and epoch_accuracy over the epoch,
                      in train/ with epoch_learning_rate too; the same numbers as in history.json
RUN/checkpoints/      while it runs: one .keras file an epoch, and state.json, which names those that count and, if
                      training diverged, the epoch
RUN/.lock             held by the training process
```

Losses are categorical cross-entropies in nats, accuracies 0 to 1, times UTC in ISO 8601, durations seconds. The losses of
the history are what was minimised: label smoothing, L2 and the distance to a teacher are in them, in those of
``metrics.json`` not. loss and accuracy of the history are means over an epoch in which the weights changed, with dropout,
on augmented and drawn images too, and with ema on the raw weights; val_loss and val_accuracy are measured at its end,
without any of this and without a teacher, with ema on the averaged weights. With outliers the losses of the history are
those of eleven answers, see ``none_class``, and in training an outlier counts as right if "none" is likelier than every
digit; validation has digits only, and an answer is the likeliest of the ten, as in ``metrics.json``. So neither loss nor
accuracy needs to be better in training than in validation. The seconds of the first epoch, and so fit_seconds, do not hold
the making of its pictures.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mnist_edge.errors import MnistEdgeError, RunError
from mnist_edge.keras_model import MODEL_FILE
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.overrides import Overrides, check_no_contradiction, from_recipe

CONFIG_FILE: Final = "config.json"
ENVIRONMENT_FILE: Final = "environment.json"
HISTORY_FILE: Final = "history.json"
HISTORY_TABLE: Final = "history.csv"
LAST_MODEL_FILE: Final = "last.keras"
METRICS_FILE: Final = "metrics.json"
CHECKPOINT_FOLDER: Final = "checkpoints"
LOG_FILE: Final = "train.log"
TENSORBOARD_FOLDER: Final = "tensorboard"
LOCK_FILE: Final = ".lock"
RECIPE_LABEL: Final = "recipe_label"  # for readers of config.json; it follows from the fields

RESULT_FILES: Final = (
    HISTORY_FILE,
    HISTORY_TABLE,
    MODEL_FILE,
    LAST_MODEL_FILE,
    METRICS_FILE,
    LOG_FILE,
    TENSORBOARD_FOLDER,
    CHECKPOINT_FOLDER,
)

_START_ANEW = "Train into another folder, or remove this one"


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch gave.

    Attributes:
        epoch: Counted from 1.
        loss: Mean training loss during the epoch, of what is minimised (with label smoothing and L2), with dropout active,
            on augmented and drawn images, and with ``ema`` of the raw weights.
        accuracy: Training accuracy during the epoch, 0 to 1, under the same conditions.
        val_loss: Validation loss at the end of the epoch, also with label smoothing and L2; on plain images, without
            dropout, and with ``ema`` of the averaged weights.
        val_accuracy: Validation accuracy at the end of the epoch, 0 to 1, under the same conditions as ``val_loss``.
        seconds: Duration with validation and checkpoint.
        learning_rate: Rate of the last step of the epoch.
    """

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float
    learning_rate: float

    def logs(self) -> dict[str, float]:
        """What Keras hands its callbacks at the end of the epoch."""
        return {"loss": self.loss, "accuracy": self.accuracy, "val_loss": self.val_loss, "val_accuracy": self.val_accuracy}


def best_epoch(history: Sequence[EpochRecord]) -> EpochRecord:
    """The epoch whose weights become ``model.keras``: highest validation accuracy, then lowest loss, then the earliest."""
    return max(history, key=lambda record: (record.val_accuracy, -record.val_loss, -record.epoch))


@dataclass(frozen=True)
class Run:
    """A training run as its folder tells it.

    Attributes:
        environment: Content of ``environment.json``.
        history: One record per finished epoch.
        metrics: Content of ``metrics.json``; ``None`` while the run is unfinished.
    """

    folder: Path
    config: TrainConfig
    environment: dict[str, Any]
    history: tuple[EpochRecord, ...]
    metrics: dict[str, Any] | None

    @property
    def finished(self) -> bool:
        """Whether the run reached its end."""
        return self.metrics is not None


def load_run(folder: str | os.PathLike[str]) -> Run:
    """Reads a run folder, finished or not.

    Raises:
        RunError: If it is no run folder, or one of its JSON files is damaged.
    """
    path = Path(folder)
    config = load_config(path)
    if config is None:
        raise RunError(f"{path} is not a run folder", expected=f"a folder with {CONFIG_FILE}")
    history_file, metrics_file = path / HISTORY_FILE, path / METRICS_FILE
    history: tuple[EpochRecord, ...] = ()
    if exists(history_file):
        # Runs of before there were schedules do not name the rate, which was the same all the time.
        history = parse_history(read_object(history_file).get("epochs"), history_file, learning_rate=config.learning_rate)
    return Run(
        folder=path,
        config=config,
        environment=read_object(path / ENVIRONMENT_FILE),
        history=history,
        metrics=read_object(metrics_file) if exists(metrics_file) else None,
    )


def load_config(folder: Path) -> TrainConfig | None:
    """The configuration of a run folder; ``None`` if the folder holds none.

    Raises:
        RunError: If ``config.json`` is damaged or cannot be read.
    """
    file = folder / CONFIG_FILE
    if not exists(file):
        return None
    raw = read_object(file)
    raw.pop(RECIPE_LABEL, None)
    try:
        return TrainConfig(**raw)
    except (TypeError, MnistEdgeError) as error:
        raise RunError(f"{file} is damaged", received=str(error), fix=_START_ANEW) from error


def resumable_config(folder: Path, overrides: Overrides) -> TrainConfig:
    """The configuration to resume ``folder`` with: the recorded one, or that of ``overrides`` if there is no run yet.

    Raises:
        OptionError: If an override contradicts the recorded configuration.
        RunError: If ``config.json`` is damaged or cannot be read.
    """
    stored = load_config(folder)
    if stored is None:
        return from_recipe(overrides)
    check_no_contradiction(stored, overrides)
    return stored


def exists(path: Path) -> bool:
    """Whether there is something at ``path``.

    Raises:
        RunError: If that cannot be told, for instance in a folder that may not be entered.
    """
    try:
        return path.exists()
    except OSError as error:
        raise RunError(
            f"{path} cannot be read", received=error.strerror or str(error), fix="Name another folder"
        ) from error


def read_object(file: Path) -> dict[str, Any]:
    """Reads a file that holds one JSON object.

    Raises:
        RunError: If the file cannot be read, is not JSON, or holds something else.
    """
    try:
        raw = json.loads(file.read_bytes())
    except OSError as error:
        raise RunError(f"{file} cannot be read", received=error.strerror or str(error), fix=_START_ANEW) from error
    except ValueError as error:
        raise RunError(f"{file} is damaged", expected="JSON", received=str(error), fix=_START_ANEW) from error
    if not isinstance(raw, dict):
        raise RunError(f"{file} is damaged", expected="a JSON object", received=type(raw).__name__, fix=_START_ANEW)
    return raw


def parse_history(raw: Any, file: Path, *, learning_rate: float | None = None) -> tuple[EpochRecord, ...]:
    """Epoch records from parsed JSON.

    Args:
        raw: A list of objects.
        file: Where it comes from, for the message.
        learning_rate: That of records that name none; with ``None`` all have to.

    Raises:
        RunError: If a field is missing or mistyped, or the epochs are not 1, 2, 3, ...
    """
    if not isinstance(raw, list) or not all(isinstance(entry, dict) for entry in raw):
        raise RunError(f"{file} is damaged", expected="a list of epochs, each an object", fix=_START_ANEW)
    try:
        missing = {} if learning_rate is None else {"learning_rate": learning_rate}
        records = tuple(EpochRecord(**{**missing, **entry}) for entry in raw)
        well = all(isinstance(value, int | float) for record in records for value in dataclasses.astuple(record))
    except TypeError as error:
        raise RunError(f"{file} is damaged", received=str(error), fix=_START_ANEW) from error
    if not well or [record.epoch for record in records] != list(range(1, len(records) + 1)):
        raise RunError(f"{file} is damaged", expected="the records of epochs 1, 2, 3, ...", fix=_START_ANEW)
    return records
