"""The benchmarks that measure several models into one file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest
from benchmark_scripts import script

from mnist_edge.dataset import Dataset
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.model_list import list_models
from mnist_edge.runtime.prediction import Prediction, Status

Load = Callable[[str], ModuleType]


def test_figures_of_the_same_model_are_kept_and_others_are_not(tmp_path: Path, shipped_model: Path, load: Load) -> None:
    results = load("model_results").ModelResults
    path, settings = tmp_path / "r.json", {"benchmark": "b", "count": 5}
    copied = str(shutil.copy(shipped_model, tmp_path / "other.onnx"))
    classifier = DigitClassifier(shipped_model)
    first = results(path, settings, (str(shipped_model),))
    first.parts(str(shipped_model), classifier)["a"] = 1
    first.save()
    name = shipped_model.stem
    assert json.loads(path.read_text("utf-8"))["models"][name]["parts"] == {"a": 1}
    # Another model is measured: what is packaged stays.
    assert results(path, settings, (copied,)).report["models"][name]["parts"] == {"a": 1}
    # The same one anew, or to go on, or with other settings.
    assert results(path, settings, (name,)).report["models"] == {}
    assert results(path, settings, (name,), resume=True).parts(name, classifier) == {"a": 1}
    assert results(path, settings | {"count": 6}, (name,), resume=True).report["models"] == {}
    # What is neither measured nor packaged goes.
    second = results(path, settings, (copied,))
    second.parts(copied, classifier)["a"] = 2
    second.save()
    assert set(results(path, settings, (name,), resume=True).report["models"]) == {name}
    # Other weights under the same name.
    stale = json.loads(path.read_text("utf-8"))
    stale["models"][name]["graph_sha256"] = "0" * 64
    path.write_text(json.dumps(stale), "utf-8")
    assert results(path, settings, (name,), resume=True).parts(name, classifier) == {}


def test_a_refused_digit_is_an_error_but_not_misread(load: Load) -> None:
    robustness = load("robustness")

    class Fake:
        engine: Any

        def classify_batch(self, images: np.ndarray) -> list[Prediction]:
            sure = np.eye(10, dtype=np.float32)
            return [
                Prediction(1, 0.9, Status.OK, log_odds=3.0, probabilities=sure[1]),
                Prediction(2, 0.9, Status.OK, log_odds=3.0, probabilities=sure[2]),
                Prediction(None, 0.1, Status.REJECTED, log_odds=-1.0, probabilities=sure[3]),
                Prediction(None, 0.0, Status.EMPTY),
            ]

        def encode(self, images: np.ndarray) -> np.ndarray:
            return images

        def infer(self, batch: np.ndarray) -> tuple[np.ndarray, None]:
            return np.eye(10)[[1, 1, 1, 1]], None

    fake = Fake()
    fake.engine = fake
    split = robustness.Split(np.zeros((4, 28, 28), np.uint8), np.array([1, 1, 3, 0], np.uint8))
    assert robustness.figures(fake, split) == {"error": 0.75, "misread": 0.5, "refused": 0.5, "network_error": 0.5}


def test_small_digits_become_pictures_with_ground_around_them(load: Load) -> None:
    transfer = load("transfer")
    small = np.zeros((8, 8), np.uint8)
    small[2:6, 3:5] = 255
    picture = transfer.as_picture(small)
    assert (picture.shape, picture.dtype) == ((128, 128), np.uint8)
    box = cv2.boundingRect((picture > 127).view(np.uint8))
    np.testing.assert_allclose(box, (56, 48, 16, 32), atol=2)
    digits = transfer.load_digits()
    assert digits.images.shape == (1797, 128, 128)
    assert np.bincount(digits.labels).min() > 170


@pytest.mark.real
def test_other_peoples_digits_are_scored_and_their_mistakes_drawn(tmp_path: Path) -> None:
    done = script("transfer", "--quick", "-o", tmp_path / "t.json", "--sheet", tmp_path / "s.png")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "t.json").read_text("utf-8"))
    assert set(report["models"]) == {model.name for model in list_models()}
    for entry in report["models"].values():
        each = entry["parts"]["load_digits"]
        assert each["digits"] == 60
        assert each["accuracy"] == pytest.approx(each["right"] / 60, abs=1e-6)
        assert each["accuracy_interval"][0] < each["accuracy"] < each["accuracy_interval"][1]
        assert each["best_guess"] >= each["accuracy"] > 0.7
    assert cv2.imread(str(tmp_path / "s.png")) is not None


@pytest.mark.real
def test_corrupted_digits_are_read_through_the_classifier_and_by_the_network(
    mnist: Dataset, shipped_model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "r.json"
    done = script("robustness", "--quick", "--split", "validation", "-m", shipped_model, "-o", path)
    assert done.returncode == 0, done.stderr
    report = json.loads(path.read_text("utf-8"))
    parts = report["models"][shipped_model.stem]["parts"]
    assert len(parts) == 17
    assert parts["clean"]["misread"] <= 0.04
    corrupted = [parts[name] for name in parts if name not in ("clean", "mean")]
    for figure, mean in parts["mean"].items():
        assert mean == pytest.approx(np.mean([each[figure] for each in corrupted]), abs=1e-5)
    assert parts["mean"]["misread"] < 0.2
    assert parts["translate"]["misread"] < parts["translate"]["network_error"]
    assert parts["fog"]["misread"] <= parts["fog"]["network_error"]
    # Taken up again, nothing is left to be measured.
    del parts["mean"], parts["zigzag"]
    parts["fog"]["error"] = 0.123
    path.write_text(json.dumps(report), "utf-8")
    again = script("robustness", "--quick", "--split", "validation", "-m", shipped_model, "--resume", "-o", path)
    assert again.returncode == 0, again.stderr
    resumed = json.loads(path.read_text("utf-8"))["models"][shipped_model.stem]["parts"]
    assert resumed["fog"]["error"] == 0.123
    assert "zigzag" in resumed


@pytest.mark.real
def test_all_models_are_measured_into_one_file(mnist: Dataset, shipped_model: Path, tmp_path: Path) -> None:
    done = script("models", "--quick", "-m", shipped_model, "-o", tmp_path / "m.json")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "m.json").read_text("utf-8"))
    parts = report["models"][shipped_model.stem]["parts"]
    assert parts["mnist"]["accuracy"] >= 0.95
    assert 0 <= parts["mnist"]["ece"] < 0.1
    assert parts["photographed"]["accuracy"] > 0.8
    assert parts["scenes"]["pictures"] == 34
    assert 0 <= parts["scenes"]["edit_error"] < 0.5
    assert parts["pictures"]["classify"] > 0.7
    assert report["latency"]["simple_cnn"]["ratio"] == 1
    assert set(report["latency"]) >= {model.name for model in list_models()}
