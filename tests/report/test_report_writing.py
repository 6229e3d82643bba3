"""What is written, what stays, and what a failed report leaves behind."""

from __future__ import annotations

import subprocess
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import DatasetFormatError, OptionError, OutputError
from mnist_edge.report import ReportOptions, ReportResult, check_report, open_models, write_report

FEW = ReportOptions(num_samples=1, layers=("conv1",))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass(frozen=True)
class Written:
    """A report, and what its progress was told: the total of each kind of work, then the steps."""

    result: ReportResult
    told: dict[str, list[int]]


@pytest.fixture(scope="module")
def written(shipped_model: Path, tiny_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A small report."""
    told: dict[str, list[int]] = {}

    def progress(text: str, total: int) -> Any:
        told[text] = [total]
        return nullcontext(told[text].append)

    folder = tmp_path_factory.mktemp("report")
    return Written(write_report(open_models(shipped_model), tiny_dataset, folder, FEW, progress=progress), told)


def test_an_earlier_report_is_replaced_and_foreign_files_stay(
    shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path, blank_pictures: None
) -> None:
    models = open_models(shipped_model)
    write_report(models, tiny_dataset, tmp_path, ReportOptions(num_samples=1, layers=("conv1", "conv3")))
    earlier = files(tmp_path).keys()
    theirs = ("holiday.png", "confusion.txt", "feature_maps_conv3.pdf", "feature_maps_conv2.png", "training.svg")
    for name in theirs:
        (tmp_path / "figures" / name).write_text("old")
    write_report(models, tiny_dataset, tmp_path, FEW)
    after = files(tmp_path)
    assert earlier - after.keys() == {"figures/feature_maps_conv3.svg", "figures/feature_maps_conv3.png"}
    assert {after[f"figures/{name}"] for name in theirs} == {b"old"}


def test_a_report_is_the_same_again(written: Written, shipped_model: Path, tiny_dataset: Dataset) -> None:
    folder = written.result.page.parent
    first = files(folder)
    write_report(open_models(shipped_model), tiny_dataset, folder, FEW)
    assert files(folder) == first


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_a_report_that_breaks_off_leaves_everything_as_it_was(
    shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    (tmp_path / "mine.html").write_text("old")

    def fail(*arguments: Any, **options: Any) -> Any:
        raise error

    monkeypatch.setattr("mnist_edge.train.figures.confidence_histogram", fail)
    with pytest.raises(error):
        write_report(open_models(shipped_model), tiny_dataset, tmp_path, FEW)
    assert files(tmp_path) == {"mine.html": b"old"}


@pytest.mark.parametrize("wrong", [{"layers": ("conv9",)}, {"image": "200"}])
def test_a_refused_report_writes_nothing(
    shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    with pytest.raises(OptionError):
        write_report(open_models(shipped_model), tiny_dataset, tmp_path / "new", ReportOptions(**wrong))
    assert not (tmp_path / "new").exists()


def test_data_without_test_pictures_is_refused(shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path) -> None:
    empty = {"x_test": tiny_dataset.x_test[:0], "y_test": tiny_dataset.y_test[:0]}
    with pytest.raises(DatasetFormatError):
        write_report(open_models(shipped_model), Dataset(**{**vars(tiny_dataset), **empty}), tmp_path)


def test_data_without_one_digit_is_reported(
    shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path, read_page: Any
) -> None:
    keep = tiny_dataset.y_test != 4
    some = {"x_test": tiny_dataset.x_test[keep], "y_test": tiny_dataset.y_test[keep]}
    result = write_report(open_models(shipped_model), Dataset(**{**vars(tiny_dataset), **some}), tmp_path, FEW)
    text = read_page(result.page.read_text("utf-8")).text
    assert "The test data holds no image of 4" in text
    assert "nan" not in text


def test_data_without_mistakes_is_reported(
    shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path, read_page: Any
) -> None:
    models = open_models(shipped_model)
    right = models.predict(tiny_dataset.x_test).argmax(axis=1) == tiny_dataset.y_test
    some = {"x_test": tiny_dataset.x_test[right][:20], "y_test": tiny_dataset.y_test[right][:20]}
    result = write_report(models, Dataset(**{**vars(tiny_dataset), **some}), tmp_path, FEW)
    assert "Not one image is answered wrongly" in read_page(result.page.read_text("utf-8")).text


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for output in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(OutputError, match="file"):
            check_report(output, ReportOptions())
    assert files(tmp_path) == {"file": b"mine"}


def test_a_page_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OutputError, match="folder"):
        check_report(tmp_path, ReportOptions())


def test_a_missing_library_is_told_before_anything_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ImportError, match=r"mnist-edge\[evaluate\]"):
        check_report(tmp_path, ReportOptions())


def test_progress_counts_every_picture_and_figure(written: Written) -> None:
    told = written.told
    assert told["Evaluating"][0] == sum(told["Evaluating"][1:]) == 200
    assert told["Drawing"][0] == sum(told["Drawing"][1:]) == len(written.result.figures)  # two themes there, two files here


def test_an_onnx_report_needs_neither_tensorflow_nor_the_export_tools(
    shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    np.savez(
        tmp_path / "tiny.npz",
        **{name: getattr(tiny_dataset, name) for name in ("x_train", "y_train", "x_test", "y_test")},
    )
    script = (
        "import sys\n"
        "for name in ('tensorflow', 'keras', 'tf2onnx', 'onnxslim'): sys.modules[name] = None\n"
        "from mnist_edge.cli import run\n"
        "raise SystemExit(run(sys.argv[1:]))"
    )
    data = ["--data", tmp_path / "tiny.npz", "--allow-any-data"]
    arguments = ["report", shipped_model, "-o", tmp_path / "out", "--num-samples", "1", "--layer", "conv1", *data]
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report.html").is_file()


def test_importing_the_report_is_cheap() -> None:
    script = "import sys, mnist_edge.report; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"numpy", "matplotlib", "jinja2"} & set(done.stdout.split())
