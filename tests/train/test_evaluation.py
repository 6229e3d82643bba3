"""Figures against hand calculation, Keras and scipy-free known values; ONNX without TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import DatasetFormatError, KerasModelError, ModelError, OptionError
from mnist_edge.keras_model import import_keras
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.train.architectures import build
from mnist_edge.train.batches import Batches, Split, as_py_dataset
from mnist_edge.train.evaluation import (
    BATCH_SIZE,
    evaluate_model,
    keras_probabilities,
    load_predictor,
    score,
    wilson_interval,
)


def _probabilities(*rows: dict[int, float]) -> np.ndarray:
    return np.array([[row.get(digit, 0.0) for digit in range(10)] for row in rows], np.float32)


def test_loss_accuracy_and_confusion_by_hand() -> None:
    probabilities = _probabilities({3: 1.0}, {3: 0.5, 5: 0.25, 0: 0.25}, {7: 0.75, 1: 0.25})
    result = score(probabilities, np.array([3, 5, 7], np.uint8))
    assert (result.correct, result.total, result.accuracy) == (2, 3, 2 / 3)
    assert result.loss == pytest.approx(-(np.log(1.0) + np.log(0.25) + np.log(0.75)) / 3)
    expected = np.zeros((10, 10), int)
    expected[3, 3] = expected[5, 3] = expected[7, 7] = 1
    np.testing.assert_array_equal(result.confusion, expected)


def test_an_impossible_answer_gives_a_finite_loss() -> None:
    result = score(_probabilities({1: 1.0}), np.array([2], np.uint8))
    assert np.isfinite(result.loss)
    assert result.loss > 80


def test_classes_count_their_own_images_and_an_absent_one_has_no_share() -> None:
    classes = score(_probabilities({1: 1}, {1: 1}, {2: 1}), np.array([1, 2, 2], np.uint8)).per_class()
    assert classes[1] == {"class": "1", "total": 1, "correct": 1, "accuracy": 1.0}
    assert classes[2] == {"class": "2", "total": 2, "correct": 1, "accuracy": 0.5}
    assert classes[3] == {"class": "3", "total": 0, "correct": 0, "accuracy": None}


@pytest.mark.parametrize(
    ("correct", "total", "low", "high"),
    [(10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (81, 263, 0.2553, 0.3662), (1, 1, 0.2065, 1.0)],
)
def test_the_wilson_interval_has_its_published_values(correct: int, total: int, low: float, high: float) -> None:
    # 81 of 263: R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3; the others: the closed form.
    assert wilson_interval(correct, total) == pytest.approx((low, high), abs=1e-4)


def test_the_json_has_all_figures_and_is_json() -> None:
    text = json.dumps(score(_probabilities({1: 1}), np.array([1], np.uint8)).as_json(), allow_nan=False)
    assert set(json.loads(text)) == {
        "loss",
        "accuracy",
        "correct",
        "total",
        "accuracy_interval_95",
        "classes",
        "confusion",
    }


def test_the_figures_are_those_of_keras(tiny_dataset: Dataset) -> None:
    model = build("simple_cnn", seed=1)
    split = Split(tiny_dataset.x_train, tiny_dataset.y_train)
    model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.evaluate(as_py_dataset(Batches(split, 64)), verbose=0)
    result = score(keras_probabilities(model, split.images), split.labels)
    assert result.loss == pytest.approx(loss, rel=1e-5)
    assert result.accuracy == pytest.approx(accuracy, abs=1e-6)


def test_images_are_taken_in_batches_and_none_is_lost() -> None:
    images = np.random.default_rng(0).integers(0, 256, (BATCH_SIZE + 3, 28, 28), np.uint8)
    model = build("simple_cnn", seed=1)
    np.testing.assert_allclose(keras_probabilities(model, images)[-3:], keras_probabilities(model, images[-3:]), atol=1e-6)


def test_outputs_that_are_no_probabilities_are_refused() -> None:
    keras = import_keras("This test")
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    with pytest.raises(KerasModelError, match=r"no probabilities.*softmax"):
        keras_probabilities(model, np.full((2, 28, 28), 255, np.uint8))


def test_an_onnx_file_is_evaluated(shipped_model: Path, tiny_dataset: Dataset) -> None:
    result = evaluate_model(shipped_model, Split(tiny_dataset.x_test, tiny_dataset.y_test))
    assert result.total == 200
    assert result.accuracy > 0.95


def test_the_temperature_of_the_card_calibrates_as_in_classify(
    shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    original, hot = shipped_model.read_bytes(), tmp_path / "hot.onnx"
    assert original.count(b'"temperature": 1.0') == 1
    hot.write_bytes(original.replace(b'"temperature": 1.0', b'"temperature": 9.0'))
    images = tiny_dataset.x_test[:20]
    expected = [prediction.probabilities for prediction in DigitClassifier(hot).classify_batch(images)]
    np.testing.assert_allclose(load_predictor(hot)(images), expected, atol=1e-6)
    assert load_predictor(hot)(images).max() < load_predictor(shipped_model)(images).max()


def test_an_onnx_file_is_evaluated_without_tensorflow(shipped_model: Path) -> None:
    code = (
        "import sys, numpy as np\n"
        "from mnist_edge.train.batches import Split\n"
        "from mnist_edge.train.evaluation import evaluate_model\n"
        "evaluate_model(sys.argv[1], Split(np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8)))\n"
        "print([m for m in ('keras', 'tensorflow', 'onnx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(shipped_model)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_keras_file_and_its_folder_give_the_same(tmp_path: Path, tiny_dataset: Dataset) -> None:
    build("dropout_cnn", seed=1).save(tmp_path / "model.keras")
    split = Split(tiny_dataset.x_test, tiny_dataset.y_test)
    file, folder = evaluate_model(tmp_path / "model.keras", split), evaluate_model(tmp_path, split)
    assert file.as_json() == folder.as_json()


@pytest.mark.parametrize(
    ("name", "error"), [("absent.keras", KerasModelError), ("absent.onnx", ModelError), ("absent.h5", OptionError)]
)
def test_what_is_no_model_is_refused(tmp_path: Path, name: str, error: type[Exception]) -> None:
    split = Split(np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.uint8))
    with pytest.raises(error, match="absent"):
        evaluate_model(tmp_path / name, split)


def test_an_empty_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetFormatError, match="no images"):
        evaluate_model(tmp_path, Split(np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8)))
