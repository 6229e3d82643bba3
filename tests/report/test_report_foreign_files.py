"""What is not of a report is neither overwritten nor removed, and any name can be told on a page."""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import OptionError
from mnist_edge.report import ReportOptions, check_report, open_models, write_report
from mnist_edge.report.blocks import Table
from mnist_edge.report.layer_views import choose_picture

FEW = ReportOptions(num_samples=1, layers=("conv1",))

pytestmark = pytest.mark.usefixtures("blank_pictures")


def test_a_page_of_another_origin_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("<title>mine</title>")
    with pytest.raises(OptionError, match=r"report\.html is no page of mnist-edge report"):
        check_report(tmp_path, FEW)
    assert (tmp_path / "report.html").read_text() == "<title>mine</title>"


@pytest.mark.parametrize("with_page", [False, True])
def test_a_figure_of_another_origin_is_refused(
    shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path, with_page: bool
) -> None:
    models = open_models(shipped_model)
    if with_page:
        write_report(models, tiny_dataset, tmp_path, FEW)
    (tmp_path / "figures").mkdir(exist_ok=True)
    mine = tmp_path / "figures" / "feature_maps_conv2.png"
    mine.write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OptionError, match=r"feature_maps_conv2\.png is not of an earlier report"):
        write_report(models, tiny_dataset, tmp_path, ReportOptions(num_samples=1, layers=("conv2",)))
    assert mine.read_text() == "mine"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_report_whose_figures_were_never_finished_can_be_made_again(
    shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mnist_edge.report import writing

    def stop(file: Path, data: bytes) -> None:
        if file.name == "confusion.svg":
            raise KeyboardInterrupt
        write(file, data)

    write = writing.write_bytes
    models = open_models(shipped_model)
    monkeypatch.setattr(writing, "write_bytes", stop)
    with pytest.raises(KeyboardInterrupt):
        write_report(models, tiny_dataset, tmp_path, FEW)
    monkeypatch.setattr(writing, "write_bytes", write)
    assert all(file.is_file() for file in write_report(models, tiny_dataset, tmp_path, FEW).figures)


def test_names_that_are_not_utf_8_are_told_as_far_as_they_can_be(
    shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    model = tmp_path / os.fsdecode(b"m\xff.onnx")
    model.write_bytes(shipped_model.read_bytes())
    result = write_report(open_models(model), tiny_dataset, tmp_path / os.fsdecode(b"out\xff"), FEW)
    assert "m\ufffd.onnx" in result.page.read_bytes().decode("utf-8")


@pytest.mark.parametrize(("image", "told"), [("", "No picture is named"), ("9" * 5000, "5,000 characters"), ("-5", "-5")])
def test_what_is_no_index_is_one_short_line(tiny_dataset: Dataset, image: str, told: str) -> None:
    with pytest.raises(OptionError, match=told) as refused:
        choose_picture(image, tiny_dataset)
    assert "0 to 199" in str(refused.value)
    assert len(str(refused.value)) < 200


def test_only_tables_that_may_scroll_can_be_focused(
    shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path, read_page: Any
) -> None:
    assert not Table(("Digit", "F1"), (("0", "0.9"),), "lr", "short").scrolls
    assert Table(("Digit", "F1"), (("0", "0.9" * 20),), "lr", "long").scrolls
    assert Table(("数字" * 10, "F1"), (("0", "0.9"),), "lr", "wide").scrolls
    labels = (tiny_dataset.y_test + (np.arange(200) == 0)) % 10  # so that there is a mistake, and the short table of them
    data = dataclasses.replace(tiny_dataset, y_test=labels.astype(np.uint8))
    result = write_report(open_models(shipped_model), data, tmp_path, FEW)
    tables = [attributes for attributes in read_page(result.page.read_text("utf-8")).all("div") if "class" in attributes]
    assert {"tabindex" in attributes for attributes in tables} == {True, False}
    assert all(("role" in attributes) == ("tabindex" in attributes) for attributes in tables)


def test_the_chosen_picture_is_shown_once(
    shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mnist_edge.report import sections_model

    shown: list[Any] = []
    maps = sections_model._maps
    monkeypatch.setattr(sections_model, "_maps", lambda *given: shown.append(given[3]) or maps(*given))
    options = ReportOptions(num_samples=1, layers=("conv1", "conv2"), image="3")
    write_report(open_models(shipped_model), tiny_dataset, tmp_path, options)
    first, *others = shown
    assert (first == tiny_dataset.x_test[3]).all()
    assert others == [None]


def test_kernels_are_counted_as_the_figure_counts_them(shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path) -> None:
    html = write_report(open_models(shipped_model), tiny_dataset, tmp_path, FEW).page.read_text("utf-8")
    assert re.search(r'alt="Kernels of conv1_bn: 32"', html)
