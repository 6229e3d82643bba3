"""Training into a run folder, in a way that a kill at any moment does not spoil."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_edge.dataset import Dataset
from mnist_edge.errors import OptionError
from mnist_edge.extras import require
from mnist_edge.files import write_json
from mnist_edge.keras_model import MODEL_FILE, import_keras, load_keras_model
from mnist_edge.train.batches import Split, split_validation
from mnist_edge.train.checkpoints import Checkpoints, remove_leftovers
from mnist_edge.train.confidence import measure_confidence
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.drawn import with_drawn
from mnist_edge.train.environment import describe_environment, utc_now
from mnist_edge.train.evaluation.predictor import keras_probabilities
from mnist_edge.train.evaluation.scores import score
from mnist_edge.train.fit_loop import FitLoop
from mnist_edge.train.folder import Opening, begin_run, check_run, locked_folder
from mnist_edge.train.log import TrainLog
from mnist_edge.train.outliers.training import with_outliers
from mnist_edge.train.photographed import with_photographed
from mnist_edge.train.progress import Audience, Listener
from mnist_edge.train.run import (
    ENVIRONMENT_FILE,
    METRICS_FILE,
    TENSORBOARD_FOLDER,
    EpochRecord,
    Run,
    best_epoch,
    exists,
    load_run,
    read_object,
)
from mnist_edge.train.teaching import describe_teachers, load_teacher
from mnist_edge.train.tensorboard import EventFiles


@dataclass(frozen=True)
class RunResult:
    """What :func:`train` did.

    Attributes:
        run: The finished run, as read back from its folder.
        resumed_after: Epochs that an earlier process had finished.
        already_finished: Whether there was nothing left to do.
    """

    run: Run
    resumed_after: int = 0
    already_finished: bool = False


def train(
    config: TrainConfig,
    dataset: Dataset,
    output: str | os.PathLike[str],
    *,
    resume: bool = False,
    tensorboard: bool = False,
    listener: Listener | None = None,
) -> RunResult:
    """Trains a network and leaves a run folder, see :mod:`mnist_edge.train.run`.

    The same configuration, data, machine and versions give the same weights, bit for bit, also when the process was killed
    and resumed. For that, TensorFlow's deterministic operations are switched on for the rest of the process; with XLA they
    cannot be, so that bits are promised without XLA only.

    Args:
        config: What to train and how.
        dataset: The data; the test part is read once, after fitting.
        output: The run folder; made if needed.
        resume: Whether to go on with an unfinished run; on a new folder it makes no difference.
        tensorboard: Whether to write event files; a run that was begun with them goes on with them.
        listener: Who is told how it goes.

    Raises:
        RunError: If the folder holds a run and ``resume`` is off, is damaged, or training diverged.
        RunBusyError: If another process is training in the folder.
        OptionError: If the run to resume was begun with another configuration or other data, the split is empty, or XLA is
            asked for in a process that has trained without it.
        OutputError: If a file cannot be written.
        KerasModelError: If a teacher cannot teach.
        MissingExtraError: If Keras is not installed, or TensorBoard and event files are asked for.
    """
    folder = Path(output)
    training, validation = split_validation(dataset.x_train, dataset.y_train, config.validation_split)
    with locked_folder(folder):
        finished = exists(folder / METRICS_FILE)  # then its teachers may be gone
        teachers = [] if finished else describe_teachers(config.teacher, with_none=config.outlier_share > 0)
        environment = describe_environment(dataset, teachers)
        opening = check_run(folder, config, environment, resume=resume)
        checkpoints = Checkpoints(folder)
        if opening is Opening.FINISHED:
            checkpoints.remove()  # the process that finished may have died before it could
            return RunResult(load_run(folder), already_finished=True)
        keras = import_keras("Training")  # late, for it takes seconds; before the first write, for it may be absent
        tensorboard = tensorboard or (folder / TENSORBOARD_FOLDER).exists()
        if tensorboard:
            require("--tensorboard", "tensorboard", extra="tensorboard")
        if config.outlier_share:
            require("Training with outliers", "matplotlib", extra="train")  # its fonts
        _settle_determinism(config)
        teacher = load_teacher(config.teacher)
        if opening is Opening.NEW:
            begin_run(folder, config, environment)
        caller = listener or Listener()
        log = TrainLog(folder, caller.notice)
        with log.session(config), contextlib.ExitStack() as stack:
            remove_leftovers(folder)
            earlier = checkpoints.read(learning_rate=config.learning_rate)
            checkpoints.publish(earlier)
            events = [stack.enter_context(EventFiles(folder, earlier))] if tensorboard else []
            audience = Audience(log, caller, *events)
            if opening is Opening.UNFINISHED:
                _compare_versions(folder, environment, config, audience)
            loop = FitLoop(keras, config, checkpoints, earlier, audience, teacher)
            loop.run(_with_additions(training, config, audience), validation)
            audience.measuring()
            parts = {"train": training, "validation": validation, "test": Split(dataset.x_test, dataset.y_test)}
            write_json(folder / METRICS_FILE, _metrics(folder / MODEL_FILE, config, loop.history, parts))
        run = load_run(folder)
        checkpoints.remove()
        log.finished(run)
        return RunResult(run, resumed_after=len(earlier))


def _with_additions(training: Split, config: TrainConfig, listener: Listener) -> Split:
    if config.photographed_share:
        listener.notice("Writing digits anew and photographing them.")
    photographed = with_photographed(training, config.photographed_share, config.seed)
    digits = with_drawn(photographed, config.drawn_share, config.seed, of=len(training))
    if config.outlier_share:
        listener.notice("Drawing what is no digit, for the network to learn to refuse it.")
    return with_outliers(digits, config.outlier_share, config.seed, of=len(training))


def _compare_versions(folder: Path, environment: dict[str, Any], config: TrainConfig, listener: Listener) -> None:
    begun_with, goes_on_with = read_object(folder / ENVIRONMENT_FILE).get("versions"), environment["versions"]
    if not isinstance(begun_with, dict):
        return
    changes = [
        f"{name} {begun_with[name]}, now {version}"
        for name, version in goes_on_with.items()
        if begun_with.get(name, version) != version  # runs of before a library was noted do not name it
        and (config.outlier_share or name != "matplotlib")
    ]
    if changes:
        listener.notice(
            f"The run was begun with {'; '.join(changes)}: the weights may differ from those of an uninterrupted run."
        )


def _settle_determinism(config: TrainConfig) -> None:
    """Switches TensorFlow's deterministic operations on; Keras does not compile with XLA once they are."""
    import tensorflow as tf
    from tensorflow.python.framework.config import is_op_determinism_enabled  # not exported, but Keras asks it as well

    if not config.jit_compile:
        tf.config.experimental.enable_op_determinism()
    elif is_op_determinism_enabled():
        raise OptionError(
            "XLA cannot be used after a training without XLA in the same process",
            fix="Start another process, or train with jit_compile=False",
        )


def _metrics(model_file: Path, config: TrainConfig, history: list[EpochRecord], parts: dict[str, Split]) -> dict[str, Any]:
    model = load_keras_model(model_file)
    return {
        "parameters": model.count_params(),
        "epochs": len(history),
        "best_epoch": best_epoch(history).epoch,
        "stopped_early": len(history) < config.epochs,
        "fit_seconds": round(sum(record.seconds for record in history), 3),
        "finished": utc_now(),
        **{name: score(keras_probabilities(model, part.images), part.labels).summary() for name, part in parts.items()},
        **measure_confidence(model, parts["validation"], config),
    }
