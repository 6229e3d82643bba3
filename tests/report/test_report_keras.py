"""The real thing: a trained run, its export, both ways round."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import OptionError
from mnist_edge.export.pipeline import export_model
from mnist_edge.report import ReportOptions, write_report
from mnist_edge.runtime.session import Engine
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
    assert "No answer differs" not in text
    assert f"the model that it was exported from, which is not {run}" in text
    assert f"this page is about {run}" in text
    assert "mnist-edge export" not in text
    assert "mnist-edge verify" not in text
    assert "Seed 42" not in text  # of the card, which is not of this model


def test_an_export_with_a_foreign_run_tells_of_the_export(
    run: Path, shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path, read_page: ReadPage
) -> None:
    text = page_of(shipped_model, run, tiny_dataset, tmp_path, read_page).text
    assert f"this page is about {shipped_model}" in text
    assert f"{run} has other weights than {shipped_model}, so its training is not shown" in text
    recipe = Engine(shipped_model).card.training.recipe
    assert f"mnist-edge train --arch simple_cnn --recipe {recipe} --seed 42 --teacher TEACHER -o RUN" in text
    assert f"mnist-edge export RUN -o {shipped_model}" in text
    assert "mnist-edge verify" not in text
    assert "Training accuracy" not in text


def test_another_architecture_is_refused(shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path) -> None:
    import keras

    layers = keras.layers
    dense = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10, activation="softmax")])
    dense.save(tmp_path / "dense.keras")
    with pytest.raises(OptionError, match=r"another network.*7,850 parameters.*93,322"):
        write_report(tmp_path / "dense.keras", tiny_dataset, tmp_path / "out", ReportOptions(onnx=shipped_model))
    assert not (tmp_path / "out").exists()


def test_a_shared_convolution_is_passed_over(tiny_dataset: Dataset, tmp_path: Path, read_page: ReadPage) -> None:
    import keras

    layers = keras.layers
    image = keras.Input((28, 28, 1))
    shared = layers.Conv2D(1, 3, padding="same", name="shared")
    answer = layers.Dense(10, activation="softmax")(layers.Flatten()(shared(shared(image))))
    keras.Model(image, answer).save(tmp_path / "shared.keras")
    text = page_of(tmp_path / "shared.keras", None, tiny_dataset, tmp_path / "out", read_page).text
    assert "Every convolution of this network is called several times" in text
