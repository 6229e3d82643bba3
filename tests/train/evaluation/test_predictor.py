"""Models of either kind as a function from images to probabilities; ONNX without TensorFlow."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_edge.contract import CARD_KEY, ModelCard
from mnist_edge.dataset import Dataset
from mnist_edge.errors import KerasModelError, ModelError, ModelFormatError, OptionError
from mnist_edge.keras_model import import_keras
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.train.evaluation import predictor
from mnist_edge.train.evaluation.predictor import BATCH_SIZE, OnnxPredictor, keras_probabilities, load_predictor
from mnist_edge.train.evaluation.scores import score
from mnist_edge.train.networks.architectures import build


def test_images_are_taken_in_batches_and_none_is_lost() -> None:
    images = np.random.default_rng(0).integers(0, 256, (BATCH_SIZE + 3, 28, 28), np.uint8)
    model = build("simple_cnn", seed=1)
    done: list[int] = []
    probabilities = keras_probabilities(model, images, done.append)
    np.testing.assert_allclose(probabilities[-3:], keras_probabilities(model, images[-3:]), atol=1e-6)
    assert done == [BATCH_SIZE, 3]


def test_an_onnx_file_tells_its_progress_too(shipped_model: Path) -> None:
    done: list[int] = []
    load_predictor(shipped_model)(np.zeros((BATCH_SIZE + 1, 28, 28), np.uint8), done.append)
    assert done == [BATCH_SIZE, 1]


def test_outputs_that_are_no_probabilities_are_refused() -> None:
    keras = import_keras("This test")
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    with pytest.raises(KerasModelError, match=r"no probabilities.*softmax"):
        keras_probabilities(model, np.full((2, 28, 28), 255, np.uint8))


@pytest.mark.parametrize("row", [[np.nan] * 10, [0.5] * 10, [-0.1, 1.1] + [0.0] * 8])
def test_an_onnx_file_that_gives_no_probabilities_is_refused(
    shipped_model: Path, row: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_edge.runtime.session.Engine.infer", lambda self, x: (None, np.array([row] * len(x))))
    with pytest.raises(ModelFormatError, match="no probabilities"):
        load_predictor(shipped_model)(np.zeros((2, 28, 28), np.uint8))


def test_an_onnx_file_is_evaluated(shipped_model: Path, tiny_dataset: Dataset) -> None:
    result = score(load_predictor(shipped_model)(tiny_dataset.x_test), tiny_dataset.y_test)
    assert result.total == 200
    assert result.accuracy > 0.95


def test_a_packaged_model_is_found_by_its_name(shipped_model: Path, tiny_dataset: Dataset) -> None:
    images = tiny_dataset.x_test[:5]
    np.testing.assert_array_equal(load_predictor(shipped_model.stem)(images), load_predictor(shipped_model)(images))


@pytest.fixture
def hot(shipped_model: Path, tmp_path: Path) -> Path:
    """The packaged model with a temperature of 9, and a card that counts with "none" more often than the training."""
    import onnx

    model, file = onnx.load(shipped_model), tmp_path / "hot.onnx"
    entry = next(each for each in model.metadata_props if each.key == CARD_KEY)
    card = ModelCard.from_json(entry.value)
    rejection = dataclasses.replace(card.rejection, none_shift=-2.0)
    entry.value = dataclasses.replace(card, temperature=9.0, rejection=rejection).to_json()
    file.write_bytes(model.SerializeToString())
    return file


def test_the_temperature_of_the_card_calibrates_as_in_classify(
    shipped_model: Path, tiny_dataset: Dataset, hot: Path
) -> None:
    images = tiny_dataset.x_test[:20]
    expected = [prediction.probabilities for prediction in DigitClassifier(hot).classify_batch(images)]
    np.testing.assert_allclose(load_predictor(hot)(images), expected, atol=1e-6)
    assert load_predictor(hot)(images).max() < load_predictor(shipped_model)(images).max()


def test_the_confidence_of_answers_is_that_of_classify(hot: Path, tiny_dataset: Dataset) -> None:
    predict, images = load_predictor(hot), tiny_dataset.x_test[:20]
    assert isinstance(predict, OnnxPredictor)
    shares = predict.digit_shares(images)
    assert shares is not None
    answers = DigitClassifier(hot, reject=0).classify_batch(images)
    np.testing.assert_allclose(predict(images).max(axis=1) * shares, [each.confidence for each in answers], rtol=1e-5)


def test_a_keras_file_and_its_folder_give_the_same(tmp_path: Path, tiny_dataset: Dataset) -> None:
    build("dropout_cnn", seed=1).save(tmp_path / "model.keras")
    images = tiny_dataset.x_test
    np.testing.assert_array_equal(load_predictor(tmp_path / "model.keras")(images), load_predictor(tmp_path)(images))


@pytest.mark.parametrize(
    ("name", "error"), [("absent.keras", KerasModelError), ("absent.onnx", ModelError), ("absent.h5", OptionError)]
)
def test_what_is_no_model_is_refused(tmp_path: Path, name: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="absent"):
        load_predictor(tmp_path / name)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KerasModelError, match=r"holds no model\.keras"):
        load_predictor(tmp_path)


def test_a_whole_evaluation_of_an_onnx_file_loads_neither_tensorflow_nor_onnx(shipped_model: Path) -> None:
    code = (
        "import sys, numpy as np\n"
        "from mnist_edge.train.evaluation.comparison import compare\n"
        "from mnist_edge.train.evaluation.predictor import load_predictor\n"
        "from mnist_edge.train.evaluation.scores import score\n"
        "labels = np.arange(10, dtype=np.uint8)\n"
        "one = score(load_predictor(sys.argv[1])(np.zeros((10, 28, 28), np.uint8)), labels)\n"
        "one.as_json(), compare(one, one).as_json()\n"
        "print([m for m in ('keras', 'tensorflow', 'onnx', 'tf2onnx', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(shipped_model)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_the_package_loads_no_library() -> None:
    names = [path.stem for path in Path(predictor.__file__).parent.glob("*.py") if path.stem != "__init__"]
    imports = "; ".join(f"import mnist_edge.train.evaluation.{name}" for name in names)
    code = f"import sys; {imports}; print([m for m in ('sklearn', 'scipy', 'keras', 'onnxruntime') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
