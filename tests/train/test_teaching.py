"""Learning from a teacher: the loss, what runs record, and what a changed teacher does to a resumed run."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import KerasModelError, OptionError
from mnist_edge.export.card import read_run
from mnist_edge.keras_model import import_keras, load_keras_model
from mnist_edge.train.batches import Batches, Split, split_validation
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.fit_loop import compiled_model
from mnist_edge.train.fitting import RunResult, train
from mnist_edge.train.none_class import NONE_LABEL, keras_logits
from mnist_edge.train.progress import Listener
from mnist_edge.train.run import EpochRecord, Run, load_config
from mnist_edge.train.teaching import TEMPERATURE, Teacher, load_teacher
from mnist_edge.train.views import Views

pytestmark = pytest.mark.real

CONFIG = TrainConfig(epochs=3, batch_size=50, learning_rate=3e-3, outlier_share=0.1, rotation=5, views=2, distill=1.0)


@pytest.fixture(scope="module")
def master(uninterrupted: Callable[[TrainConfig], RunResult]) -> Run:
    return uninterrupted(CONFIG).run


@pytest.fixture(scope="module")
def taught(master: Run, uninterrupted: Callable[[TrainConfig], RunResult]) -> Run:
    return uninterrupted(replace(CONFIG, teacher=(str(master.folder),), seed=5)).run


@pytest.mark.parametrize("outliers", [0.0, 0.1])
def test_the_loss_is_shared_between_labels_and_teacher(outliers: float, data: Dataset) -> None:
    keras = import_keras("This test")
    config = TrainConfig(outlier_share=outliers, teacher=("any",), distill=0.3, label_smoothing=0.1)
    model = compiled_model(keras, config, steps=1)
    labels = np.where(np.arange(50) < 40, data.y_train[:50], NONE_LABEL if outliers else 3).astype(np.uint8)
    split = Split(data.x_train[:50], labels)
    answers = np.random.default_rng(1).normal(0, 6, (50, 10)).astype(np.float32)
    views = Views(split.images, TrainConfig().augmentation, None, teacher=lambda images: answers)
    images, goals = Batches(split, 50, views=views)[0]
    loss, _ = model.evaluate(images, goals, batch_size=50, verbose=0)

    def log_softmax(logits: np.ndarray) -> np.ndarray:
        wide = np.pad(logits.astype(np.float64), ((0, 0), (0, 1 if outliers else 0)))
        return wide - np.log(np.exp(wide).sum(axis=1, keepdims=True))

    logits, classes = keras_logits(model, split.images), 11 if outliers else 10
    truth = np.eye(classes)[labels] * 0.9 + 0.1 / classes
    hard = -(truth * log_softmax(logits)).sum(axis=1)
    asked, said = log_softmax(answers / TEMPERATURE), log_softmax(logits / TEMPERATURE)
    soft = (np.exp(asked) * (asked - said)).sum(axis=1) * TEMPERATURE**2
    assert loss == pytest.approx((0.7 * hard + 0.3 * soft).mean(), rel=1e-4)


def test_a_pupil_comes_closer_to_its_teacher_than_one_without(
    master: Run, taught: Run, data: Dataset, uninterrupted: Callable[[TrainConfig], RunResult]
) -> None:
    alone = uninterrupted(replace(CONFIG, seed=5)).run
    images = split_validation(data.x_train, data.y_train, 0.1)[1].images
    wanted, learned, other = (
        keras_logits(load_keras_model(run.folder), images) / TEMPERATURE for run in (master, taught, alone)
    )
    assert np.abs(learned - wanted).mean() < 0.8 * np.abs(other - wanted).mean()


def test_several_teachers_are_averaged(master: Run, taught: Run, data: Dataset) -> None:
    both = load_teacher([str(master.folder), str(taught.folder / "model.keras")])
    assert both is not None
    singles = [Teacher((model,)).answers(data.x_train[:5]) for model in both.models]
    np.testing.assert_allclose(both.answers(data.x_train[:5]), (singles[0] + singles[1]) / 2, rtol=1e-5, atol=1e-5)
    assert load_teacher([]) is None


def test_run_and_card_know_the_teacher(master: Run, taught: Run) -> None:
    file = master.folder / "model.keras"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert taught.environment["teachers"] == [{"file": str(master.folder), "sha256": digest}]
    assert load_config(taught.folder) == taught.config
    assert "teacher" not in taught.config.recipe_label()
    assert read_run(taught.folder / "model.keras").training.teachers == 1
    assert read_run(file).training.teachers == 0


class _Stopping(Listener):
    def epoch_ended(self, record: EpochRecord) -> None:
        raise KeyboardInterrupt


def test_a_resumed_pupil_is_the_same_to_the_bit(taught: Run, data: Dataset, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            train(taught.config, data, tmp_path, resume=True, listener=_Stopping())
    again = train(taught.config, data, tmp_path, resume=True)
    assert again.resumed_after == 2
    for mine, theirs in zip(
        load_keras_model(tmp_path).get_weights(), load_keras_model(taught.folder).get_weights(), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)


def test_a_run_does_not_go_on_with_another_teacher_under_the_same_name(
    master: Run, taught: Run, data: Dataset, tmp_path: Path
) -> None:
    teacher = tmp_path / "teacher.keras"
    shutil.copy(master.folder / "model.keras", teacher)
    config = replace(taught.config, teacher=(str(teacher),))
    with pytest.raises(KeyboardInterrupt):
        train(config, data, tmp_path / "run", listener=_Stopping())
    shutil.copy(taught.folder / "model.keras", teacher)
    with pytest.raises(OptionError, match=r"a teacher of the run in .* has changed"):
        train(config, data, tmp_path / "run", resume=True)


@pytest.mark.parametrize("kind", ["missing", "text", "another output", "unfinished", "no none"])
def test_who_cannot_teach_is_refused_before_anything_is_written(
    kind: str, data: Dataset, tmp_path: Path, uninterrupted: Callable[[TrainConfig], RunResult]
) -> None:
    keras, teacher = import_keras("This test"), tmp_path / "teacher.keras"
    if kind == "text":
        teacher.write_text("no model")
    elif kind == "another output":
        keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]).save(teacher)
    elif kind == "unfinished":
        teacher = tmp_path / "teacher"
        with pytest.raises(KeyboardInterrupt):
            train(replace(CONFIG, seed=9), data, teacher, listener=_Stopping())
    elif kind == "no none":
        teacher = uninterrupted(TrainConfig(epochs=1, batch_size=100)).run.folder
    with pytest.raises(KerasModelError, match=r"teacher|softmax|output|model"):
        train(replace(CONFIG, teacher=(str(teacher),)), data, tmp_path / "run")
    assert not (tmp_path / "run" / "config.json").exists()


def test_a_finished_run_needs_its_teacher_no_more(data: Dataset, tmp_path: Path, master: Run) -> None:
    teacher = tmp_path / "teacher.keras"
    shutil.copy(master.folder / "model.keras", teacher)
    config = replace(CONFIG, epochs=1, teacher=(str(teacher),))
    train(config, data, tmp_path / "run")
    teacher.unlink()
    assert train(config, data, tmp_path / "run", resume=True).already_finished
