"""One call of ``keras.Model.fit``, from the beginning or from a checkpoint."""

from __future__ import annotations

import math
import time
from typing import Any

from mnist_edge.errors import RunError
from mnist_edge.files import output_errors
from mnist_edge.train.averaging import averaging_callback, swap_averages
from mnist_edge.train.batches import Batches, Split, as_py_dataset, seed_dropout
from mnist_edge.train.checkpoints import Checkpoints, load_checkpoint
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.networks.architectures import build
from mnist_edge.train.objective import set_objective
from mnist_edge.train.progress import Listener
from mnist_edge.train.run import EpochRecord
from mnist_edge.train.schedules import last_learning_rate, learning_rate_schedule
from mnist_edge.train.teaching import Teacher
from mnist_edge.train.views import Views


def compiled_model(keras: Any, config: TrainConfig, *, steps: int) -> Any:
    """A network with fresh weights and its optimizer, loss and metric.

    Args:
        keras: The module.
        config: Which network, and how it learns.
        steps: Batches an epoch.

    Returns:
        A compiled ``keras.Model``.
    """
    model = build(config.arch, seed=config.seed, options=config.layer_options)
    all_steps = steps * config.epochs
    warmup_steps = max(1, round(steps * config.warmup_epochs)) if config.warmup_epochs else 0
    rate = learning_rate_schedule(
        keras,
        config.schedule,
        peak=config.learning_rate,
        steps=all_steps,
        warmup_steps=min(warmup_steps, all_steps - 1),
        final_rate=config.final_rate,
    )
    averaging = {"use_ema": True, "ema_momentum": config.ema} if config.ema else {}
    model.compile(
        optimizer=keras.optimizers.Adam(rate, **averaging),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
        jit_compile=config.jit_compile,
    )
    set_objective(keras, model, config)
    return model


class FitLoop:
    """Fits what is left of the epochs, and leaves a checkpoint and a record of each.

    Args:
        keras: The module.
        config: What to train and how.
        checkpoints: Where the checkpoints lie.
        earlier: The epochs that an earlier process finished.
        listener: Who is told how it goes.
        teacher: Whose answers are learned, if anybody's.

    Attributes:
        history: One record per finished epoch.
    """

    def __init__(
        self,
        keras: Any,
        config: TrainConfig,
        checkpoints: Checkpoints,
        earlier: tuple[EpochRecord, ...],
        listener: Listener,
        teacher: Teacher | None = None,
    ) -> None:
        self._keras = keras
        self._config = config
        self._checkpoints = checkpoints
        self._listener = listener
        self._teacher = teacher
        self._epoch_began = 0.0
        self.history = list(earlier)

    def run(self, training: Split, validation: Split) -> None:
        """Fits; the split for validation is measured after every epoch.

        Raises:
            RunError: If a checkpoint is damaged, or training diverged.
            OutputError: If a file cannot be written.
        """
        config, done = self._config, len(self.history)
        if done >= config.epochs:
            return
        answers = None if self._teacher is None else self._teacher.answers
        views = Views(training.images, config.augmentation, config.seed, repeat=config.views, teacher=answers)
        batches = Batches(training, config.batch_size, seed=config.seed, views=views)
        batches.start_epoch(done)  # Keras looks at two batches before the epoch begins
        model = self._model(len(batches))
        stopping = self._early_stopping(model)
        if stopping is not None and self._replay(stopping, model):
            return
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

    def _model(self, steps: int) -> Any:
        if not self.history:
            return compiled_model(self._keras, self._config, steps=steps)
        model = load_checkpoint(self._keras, self._checkpoints.file(self.history[-1].epoch))
        set_objective(self._keras, model, self._config)
        if self._config.ema:
            swap_averages(model)
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

        def ended(epoch: int, logs: dict[str, Any]) -> None:
            self._record(epoch, logs, last_learning_rate(self._keras, model.optimizer))

        # Order matters: averages are in the model when it is saved, an epoch is recorded when its checkpoint is complete.
        chosen = [averaging_callback(self._keras, batches)] if self._config.ema else []
        chosen += [
            callbacks.LambdaCallback(on_epoch_begin=began),
            callbacks.ModelCheckpoint(self._checkpoints.keras_pattern),
        ]
        if stopping is not None:
            # Keras resets the callback when fit begins, so what came before is shown to it again just after that.
            chosen += [stopping, callbacks.LambdaCallback(on_train_begin=lambda logs: self._replay(stopping, model))]
        chosen.append(callbacks.LambdaCallback(on_epoch_end=ended))
        if self._listener.wants_batches:
            chosen.append(callbacks.LambdaCallback(on_train_batch_end=self._batch_ended))
        return chosen

    def _batch_ended(self, batch: int, logs: dict[str, Any]) -> None:
        self._listener.batch_ended(batch + 1, float(logs["loss"]), float(logs["accuracy"]))

    def _record(self, epoch: int, logs: dict[str, Any], learning_rate: float) -> None:
        figures = {name: float(logs[name]) for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
        seconds = round(time.perf_counter() - self._epoch_began, 3)
        record = EpochRecord(epoch + 1, **figures, seconds=seconds, learning_rate=learning_rate)
        if not (math.isfinite(record.loss) and math.isfinite(record.val_loss)):
            self._checkpoints.mark_diverged(self.history, record.epoch)
            raise RunError(
                f"Training diverged in epoch {record.epoch}",
                expected="finite losses",
                received=f"loss {record.loss}, validation loss {record.val_loss}",
                fix="Train into another folder with a lower --learning-rate",
            )
        self.history.append(record)
        self._checkpoints.commit(self.history)
        self._listener.epoch_ended(record)
