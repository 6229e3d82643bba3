"""What comes from files, cards and command lines is text on the page, and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mnist_edge.contract import ModelCard
from mnist_edge.dataset import Dataset
from mnist_edge.report import ReportOptions, open_models, write_report
from mnist_edge.report.blocks import Cell, Code, Facts, Note, Paragraph, Picture, Section, Table, Tile, Tiles
from mnist_edge.report.page import Head, render
from mnist_edge.report.pictures import DrawnPicture
from mnist_edge.report.texts import Words

HOSTILE = """</p><script>alert('x')</script><img src=x onerror="alert(1)"> {{ 7*7 }} &amp; "quoted" 'single'"""

ReadPage = Callable[[str], Any]


def test_hostile_text_stays_text_in_every_block(read_page: ReadPage) -> None:
    table = Table((HOSTILE, HOSTILE), ((HOSTILE, Cell(HOSTILE, HOSTILE)),), "lr", HOSTILE)
    picture = Picture("figure", HOSTILE, lambda look: None, HOSTILE)  # type: ignore[arg-type,return-value]
    blocks = (
        *(Paragraph(HOSTILE), Note(HOSTILE, HOSTILE), Facts(((HOSTILE, HOSTILE),)), table, picture),
        *(Code((HOSTILE,)), Tiles((Tile(HOSTILE, HOSTILE, HOSTILE),))),
    )
    drawn = {"figure": DrawnPicture("data:,", "data:,", 100, 100, b"", b"")}
    page = read_page(render([Section("one", HOSTILE, blocks)], drawn, Words("en"), Head(HOSTILE, HOSTILE, HOSTILE)))
    assert not page.all("script")
    assert len(page.all("img")) == 1
    assert page.all("img")[0]["alt"] == HOSTILE
    assert page.text.count(" ".join(HOSTILE.split())) >= 18
    assert "49" not in page.text


def test_a_hostile_card_and_file_name_stay_text(
    shipped_model: Path, tiny_dataset: Dataset, tmp_path: Path, read_page: ReadPage, monkeypatch: Any
) -> None:
    file = tmp_path / "<script>x<.onnx"
    file.write_bytes(shipped_model.read_bytes())
    models = open_models(file)
    assert models.onnx is not None
    card = dataclasses.replace(models.onnx.card, name=HOSTILE, licence=HOSTILE, created=HOSTILE, tools={HOSTILE: HOSTILE})
    assert isinstance(card, ModelCard)
    hostile = dataclasses.replace(models, onnx=dataclasses.replace(models.onnx, card=card))
    few = ReportOptions(num_samples=1, layers=("conv1",))
    result = write_report(hostile, tiny_dataset, tmp_path / "report", few)
    page = read_page(result.page.read_text("utf-8"))
    assert not page.all("script")
    assert all(image["src"].startswith("data:image/") for image in page.all("img"))
    assert " ".join(HOSTILE.split()) in page.text
