"""Training into a run folder, in a way that a kill at any moment does not spoil."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_edge.dataset import Dataset
from mnist_edge.errors import OptionError, RunError
from mnist_edge.files import output_errors, write_json
from mnist_edge.keras_model import MODEL_FILE, import_keras, load_keras_model
from mnist_edge.train.architectures import build
from mnist_edge.train.batches import Batches, Split, as_py_dataset, seed_dropout, split_validation
from mnist_edge.train.checkpoints import Checkpoints, load_checkpoint, remove_leftovers
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.drawn import with_drawn
from mnist_edge.train.environment import describe_environment, utc_now
from mnist_edge.train.evaluation.predictor import keras_probabilities
from mnist_edge.train.evaluation.scores import score
from mnist_edge.train.folder import Opening, begin_run, check_run, locked_folder
from mnist_edge.train.progress import Listener
from mnist_edge.train.run import ENVIRONMENT_FILE, METRICS_FILE, EpochRecord, Run, best_epoch, load_run, read_object


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
        listener: Who is told how it goes.

    Raises:
        RunError: If the folder holds a run and ``resume`` is off, is damaged, or training diverged.
        RunBusyError: If another process is training in the folder.
        OptionError: If the run to resume was begun with another configuration or other data, the split is empty, or XLA is
            asked for in a process that has trained without it.
        OutputError: If a file cannot be written.
        MissingExtraError: If Keras is not installed.
    """
    folder, audience = Path(output), listener or Listener()
    training, validation = split_validation(dataset.x_train, dataset.y_train, config.validation_split)
    environment = describe_environment(dataset)
    with locked_folder(folder):
        opening = check_run(folder, config, environment, resume=resume)
        if opening is Opening.FINISHED:
            return RunResult(load_run(folder), already_finished=True)
        keras = import_keras("Training")  # late, for it takes seconds; before the first write, for it may be absent
        _settle_determinism(config)
        if opening is Opening.NEW:
            begin_run(folder, config, environment)
        else:
            _compare_versions(folder, environment, audience)
        remove_leftovers(folder)
        checkpoints = Checkpoints(folder)
        earlier = checkpoints.read()
        checkpoints.publish(earlier)
        fit = _Fit(keras, config, checkpoints, earlier, audience)
        fit.run(with_drawn(training, config.drawn_share, config.seed), validation)
        audience.measuring()
        parts = {"train": training, "validation": validation, "test": Split(dataset.x_test, dataset.y_test)}
        write_json(folder / METRICS_FILE, _metrics(folder / MODEL_FILE, config, fit.history, parts))
        checkpoints.remove()
        return RunResult(load_run(folder), resumed_after=len(earlier))


class _Fit:
    """One call of ``keras.Model.fit``, from the beginning or from a checkpoint."""

    def __init__(
        self,
        keras: Any,
        config: TrainConfig,
        checkpoints: Checkpoints,
        earlier: tuple[EpochRecord, ...],
        listener: Listener,
    ) -> None:
        self._keras = keras
        self._config = config
        self._checkpoints = checkpoints
        self._listener = listener
        self._epoch_began = 0.0
        self.history = list(earlier)

    def run(self, training: Split, validation: Split) -> None:
        """Fits what is left of the epochs."""
        config, done = self._config, len(self.history)
        model = self._model()
        stopping = self._early_stopping(model)
        if done >= config.epochs or (stopping is not None and self._replay(stopping, model)):
            return
        batches = Batches(training, config.batch_size, seed=config.seed)
        self._listener.fit_began(config, epochs_done=done, steps=len(batches))
        with output_errors(self._checkpoints.folder):
            model.fit(
                as_py_dataset(batches),
                validation_data=as_py_dataset(Batches(validation, config.batch_size)),
                epochs=config.epochs,
                initial_epoch=done,
                shuffle=False,  # Batches does it; Keras would shuffle the batches again, by a state that it does not save
                verbose=0,
                callbacks=self._callbacks(model, batches, stopping),
            )

    def _model(self) -> Any:
        if self.history:
            return load_checkpoint(self._keras, self._checkpoints.file(self.history[-1].epoch))
        model = build(self._config.arch, seed=self._config.seed)
        model.compile(
            optimizer=self._keras.optimizers.Adam(self._config.learning_rate),
            loss="categorical_crossentropy",
            metrics=["accuracy"],
            jit_compile=self._config.jit_compile,
        )
        return model

    def _early_stopping(self, model: Any) -> Any | None:
        if not self._config.patience:
            return None
        stopping = self._keras.callbacks.EarlyStopping("val_loss", patience=self._config.patience)
        stopping.set_model(model)
        return stopping

    def _replay(self, stopping: Any, model: Any) -> bool:
        """Shows early stopping the epochs of earlier processes; says whether they were the end."""
        model.stop_training = False
        for record in self.history:
            stopping.on_epoch_end(record.epoch - 1, record.logs())
        return bool(model.stop_training)

    def _callbacks(self, model: Any, batches: Batches, stopping: Any | None) -> list[Any]:
        callbacks = self._keras.callbacks

        def began(epoch: int, logs: Any = None) -> None:
            batches.start_epoch(epoch)
            seed_dropout(model, self._config.seed, epoch)
            self._epoch_began = time.perf_counter()

        # Order matters: an epoch is recorded when its checkpoint is complete.
        chosen = [
            callbacks.LambdaCallback(on_epoch_begin=began),
            callbacks.ModelCheckpoint(self._checkpoints.keras_pattern),
        ]
        if stopping is not None:
            # Keras resets the callback when fit begins, so what came before is shown to it again just after that.
            chosen += [stopping, callbacks.LambdaCallback(on_train_begin=lambda logs: self._replay(stopping, model))]
        chosen.append(callbacks.LambdaCallback(on_epoch_end=self._record))
        if self._listener.wants_batches:
            ended = self._listener.batch_ended
            chosen.append(callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: ended(batch + 1)))
        return chosen

    def _record(self, epoch: int, logs: dict[str, Any]) -> None:
        figures = {name: float(logs[name]) for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
        record = EpochRecord(epoch + 1, **figures, seconds=round(time.perf_counter() - self._epoch_began, 3))
        if not (math.isfinite(record.loss) and math.isfinite(record.val_loss)):
            raise RunError(
                f"Training diverged in epoch {record.epoch}",
                expected="finite losses",
                received=f"loss {record.loss}, validation loss {record.val_loss}",
                fix="Train into another folder with a lower --learning-rate",
            )
        self.history.append(record)
        self._checkpoints.commit(self.history)
        self._listener.epoch_ended(record)


def _compare_versions(folder: Path, environment: dict[str, Any], listener: Listener) -> None:
    begun_with = read_object(folder / ENVIRONMENT_FILE).get("versions")
    if begun_with != environment["versions"]:
        listener.notice(
            f"The run was begun with {begun_with}, and goes on with {environment['versions']}: "
            "the weights may differ from those of an uninterrupted run."
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
    }
