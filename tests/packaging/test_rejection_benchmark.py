"""The figures of ``benchmarks/rejection.py``: other things, and a folder of pictures."""

from __future__ import annotations

import gzip
import importlib
import json
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import DatasetFormatError
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.packaged import packaged_models
from mnist_edge.runtime.sample_digits import draw_digit
from mnist_edge.train.batches import Split
from mnist_edge.train.outliers import HELD_OUT_LETTER, KINDS

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def things(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("other_things")


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("rejection")


def test_a_picture_without_ink_is_accepted_at_no_share(tmp_path: Path, shipped_model: Path, benchmark: ModuleType) -> None:
    pictures = {
        "three.png,3,drawn": 255 - draw_digit(3, size=120),
        "like_a_seven.png,nondigit,": 255 - draw_digit(7, size=120),
        "blank.png,nondigit,": np.full((80, 80), 255, np.uint8),
    }
    for row, picture in pictures.items():
        (tmp_path / row.split(",")[0]).write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    (tmp_path / "labels.csv").write_text("\n".join(["file,label,notes", *pictures]), "utf-8")
    classifier = DigitClassifier(shipped_model, reject=0)
    report = benchmark.real_pictures(tmp_path, classifier, classifier.card.rejection)
    assert (report["digits"], report["nondigits"]) == ({"drawn": 1}, 2)
    assert report["auroc"] >= 0.5
    assert [point["reject"] for point in report["points"][:2]] == [0.0, 0.001]
    assert [point["accepted"] for point in report["points"][:2]] == [1, 1]
    assert report["points"][0]["right"] == {"drawn": 1}


@pytest.mark.parametrize("name", packaged_models())
def test_clothes_are_told_from_digits_by_every_packaged_model(
    name: str, things: ModuleType, benchmark: ModuleType, mnist: Dataset
) -> None:
    """Fashion-MNIST, from the Debian package ``dataset-fashion-mnist``, which ``make test`` installs."""
    worn = things.clothes()
    assert worn is not None, things.FASHION_MISSING
    assert (worn.shape, worn.dtype) == ((10_000, 28, 28), np.uint8)
    classifier = DigitClassifier(name)
    digits, others = (benchmark.log_odds(classifier.classify_batch(images)) for images in (mnist.x_test[:500], worn[:500]))
    assert benchmark.auroc(digits, others) > 0.95
    assert benchmark.accepted_at_95(digits, others) < 0.2
    least = classifier.card.rejection.threshold()
    assert (digits < least).mean() < 0.01 < (others < least).mean()


def test_without_the_package_there_are_no_clothes(things: ModuleType, tmp_path: Path, mnist: Dataset) -> None:
    assert things.clothes(tmp_path) is None
    assert "apt-get install dataset-fashion-mnist" in things.FASHION_MISSING
    digits = Split(mnist.x_test[:500], mnist.y_test[:500])
    made = things.other_things(digits, 3, tmp_path)
    assert set(made) == {*KINDS, HELD_OUT_LETTER, things.NOISE, things.BLANK}
    assert {images.shape for images in made.values()} == {(3, 28, 28)}
    again = things.other_things(digits, 3, tmp_path)
    assert all((made[kind] == again[kind]).all() for kind in made)


def test_damaged_clothes_are_refused(things: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"\0\0\x08\x03"))
    with pytest.raises(DatasetFormatError, match="truncated"):
        things.clothes(tmp_path)


def test_rates_are_those_that_one_counts(benchmark: ModuleType) -> None:
    digits = np.arange(100.0)  # 95 % of them lie above 4
    others = np.array([-np.inf, 3.0, 4.5, 5.0, 50.0])
    assert benchmark.accepted_at_95(digits, others) == pytest.approx(3 / 5)
    assert benchmark.accepted_at_95(digits, np.array([4.0, 3.9])) == pytest.approx(0.5)
    assert benchmark.auroc(digits, np.array([-np.inf, -1.0])) == 1
    everything = dict.fromkeys(KINDS, others)
    found = benchmark.rates({"mnist": digits}, everything, 4.0, 0.04)
    assert found["digits_refused"] == {"mnist": 0.04}
    assert found["accepted"]["all"] == pytest.approx(3 / 5)


@pytest.mark.real
def test_the_whole_result_of_a_model_becomes_words(
    benchmark: ModuleType, things: ModuleType, mnist: Dataset, shipped_model: Path, tmp_path: Path
) -> None:
    test = Split(mnist.x_test[:300], mnist.y_test[:300])
    others = things.other_things(test, 20, tmp_path)
    model = benchmark.measure(DigitClassifier(shipped_model, reject=0), test, test.images, others, None)
    assert model["digits"] == {"mnist": 300, "photographed": sum(model["digits"].values()) - 300}
    assert model["auroc"]["mnist"][things.BLANK] == 1
    assert model["confidence"][things.BLANK] < 0.2
    assert json.loads(json.dumps(model, allow_nan=False))["name"] == shipped_model.stem
    words = importlib.import_module("rejection_text")
    table = importlib.import_module("render_docs").table
    report = {"models": [model], "others": {kind: len(images) for kind, images in others.items()}}
    text = words.rejection_text(report, shipped_model.stem, table)
    assert "(default)" in text
    assert f"| `{shipped_model.stem}` | MNIST digits" in text
    assert "lothes" not in text.split("not among what a training draws.")[1]
    assert shipped_model.stem in benchmark.as_text(model)
