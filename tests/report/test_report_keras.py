"""The real thing: a trained run, its export, both ways round."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.export.pipeline import export_model
from mnist_edge.report import ReportOptions, write_report
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.fitting import train

ReadPage = Callable[[str], Any]

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def run(tiny_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "first"
    train(TrainConfig(epochs=2, batch_size=50), tiny_dataset, folder)
    return folder


@pytest.fixture(scope="module")
def exported(run: Path, tiny_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_model(run, tmp_path_factory.mktemp("exports") / "first.onnx", tiny_dataset).path


def page_of(model: Path, other: Path | None, data: Dataset, output: Path, read_page: ReadPage, **more: Any) -> Any:
    form = {} if other is None else {"onnx" if other.suffix == ".onnx" else "keras": other}
    options = ReportOptions(num_samples=2, **form, **more)
    return read_page(write_report(model, data, output, options).page.read_text("utf-8"))


def test_a_run_with_its_export(
    run: Path, exported: Path, tiny_dataset: Dataset, tmp_path: Path, read_page: ReadPage
) -> None:
    text = page_of(run, exported, tiny_dataset, tmp_path, read_page).text
    assert "Keras and the ONNX file give the same in every layer" in text
    assert "No answer differs on 200 test images" in text
    assert "Training accuracy" in text
    assert f"mnist-edge train --arch simple_cnn --recipe tutorial --seed 42 --epochs 2 --batch-size 50 -o {run}" in text
    assert "MaxPooling2D" in text


def test_an_export_with_its_run_says_the_same(
    run: Path, exported: Path, tiny_dataset: Dataset, tmp_path: Path, read_page: ReadPage
) -> None:
    page = page_of(exported, run, tiny_dataset, tmp_path, read_page, layers=("conv1", "fc1"))
    assert "Keras and the ONNX file give the same in every layer" in page.text
    assert (tmp_path / "figures" / "training.svg").is_file()
    assert (tmp_path / "figures" / "feature_maps_fc1.png").is_file()


def test_a_run_alone_says_how_to_add_the_export(
    run: Path, tiny_dataset: Dataset, tmp_path: Path, read_page: ReadPage
) -> None:
    text = page_of(run, None, tiny_dataset, tmp_path, read_page).text
    assert f"mnist-edge report {run} -o {tmp_path} --onnx MODEL.onnx" in text
    assert "The model card is written at export" in text
    assert "No exported file was given" in text


def test_a_bare_keras_file_has_no_history(run: Path, tiny_dataset: Dataset, tmp_path: Path, read_page: ReadPage) -> None:
    bare = tmp_path / "bare.keras"
    bare.write_bytes((run / "model.keras").read_bytes())
    text = page_of(bare, None, tiny_dataset, tmp_path / "out", read_page).text
    assert "bare.keras does not lie in a run folder" in text
    assert "How the model was trained is not recorded here" in text


def test_models_that_do_not_belong_together_are_told(
    run: Path, shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path, read_page: ReadPage
) -> None:
    text = page_of(run, shipped_model, tiny_dataset, tmp_path, read_page).text
    assert "differ by more than rounding" in text
