"""Small data on disk, so that other processes can read the same, and the run that everything is compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnist_edge.dataset import Dataset, load_dataset
from mnist_edge.keras_model import import_keras
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.fitting import RunResult, train
from mnist_edge.train.run import Run

# All that has a state of its own, or random numbers, at once.
EVERYTHING = TrainConfig(
    arch="dropout_cnn",
    epochs=3,
    batch_size=100,
    learning_rate=3e-3,
    schedule="cosine",
    warmup_epochs=0.5,
    seed=6,
    patience=2,
    ema=0.8,
    dropout=0.3,
    l2=1e-4,
    batch_norm=True,
    label_smoothing=0.1,
    rotation=10,
    shift=1,
    scale=0.1,
    shear=5,
    elastic=0.5,
    stroke=0.3,
    noise=0.02,
    damage=0.2,
    photographed_share=0.1,
    drawn_share=0.1,
    views=2,
)


@pytest.fixture(scope="session")
def data_file(tiny_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first digits as an npz file; the last tenth of the training labels is mixed up.

    So the validation loss is sure to rise at some time, and early stopping to stop.
    """
    labels = tiny_dataset.y_train.copy()
    labels[-60:] = np.random.default_rng(0).permutation(labels[-60:])
    file = tmp_path_factory.mktemp("data") / "tiny.npz"
    arrays = {"x_train": tiny_dataset.x_train, "x_test": tiny_dataset.x_test, "y_test": tiny_dataset.y_test}
    np.savez(file, y_train=labels, **arrays)
    return file


@pytest.fixture(scope="session")
def data(data_file: Path) -> Dataset:
    """The same, loaded."""
    return load_dataset(data_file, allow_any=True)


@pytest.fixture(scope="session")
def configs() -> dict[str, TrainConfig]:
    """Short trainings of both tutorial networks, one that early stopping ends, and one with all options."""
    return {
        "simple": TrainConfig(epochs=3, batch_size=100),
        "dropout": TrainConfig(arch="dropout_cnn", epochs=3, batch_size=100, seed=5),
        "stopping": TrainConfig(epochs=15, batch_size=100, learning_rate=3e-3, patience=2),
        "everything": EVERYTHING,
    }


@pytest.fixture(scope="session")
def uninterrupted(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Callable[[TrainConfig], RunResult]:
    """Trains a configuration without interruption, once a session."""
    done: dict[TrainConfig, RunResult] = {}

    def trained(config: TrainConfig) -> RunResult:
        if config not in done:
            done[config] = train(config, data, tmp_path_factory.mktemp("reference") / "run")
        return done[config]

    return trained


def _state(file: Path) -> list[np.ndarray]:
    """Weights and optimizer state of a saved model."""
    model = import_keras("This test").saving.load_model(file)
    return [np.asarray(variable.numpy()) for variable in [*model.weights, *model.optimizer.variables]]


@pytest.fixture(scope="session")
def same_run() -> Callable[[Run, Run], None]:
    """Asserts that two runs ended with the same bits everywhere but in times."""

    def check(run: Run, reference: Run) -> None:
        for name in ("model.keras", "last.keras"):
            for ours, theirs in zip(_state(run.folder / name), _state(reference.folder / name), strict=True):
                np.testing.assert_array_equal(ours, theirs, strict=True)
        ours, theirs = ([replace(record, seconds=0) for record in each.history] for each in (run, reference))
        assert ours == theirs
        one, other = ({**(each.metrics or {}), "fit_seconds": 0, "finished": ""} for each in (run, reference))
        assert one == other

    return check
