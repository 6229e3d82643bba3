"""Figures as files: the same bytes for the same figure, and SVG that needs nothing else."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from mnist_edge.errors import OptionError, OutputError
from mnist_edge.train import figures
from mnist_edge.train.figures import Look, save_figure, svg_text

Draw = Callable[[Look], Figure]


def test_the_same_figure_gives_the_same_bytes(draw: Draw, tmp_path: Path) -> None:
    figure, again = draw(Look()), draw(Look())
    for suffix in (".svg", ".png"):
        files = [tmp_path / f"{name}{suffix}" for name in "abc"]
        save_figure(figure, files[0])
        save_figure(figure, files[1])
        save_figure(again, files[2])
        assert files[0].read_bytes() == files[1].read_bytes() == files[2].read_bytes()


def test_svg_is_whole_small_and_asks_nothing_of_the_network(draw: Draw) -> None:
    text = svg_text(draw(Look()))
    root = ET.fromstring(text)  # noqa: S314
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(text) < 200_000  # the pictures here are noise, which does not compress
    ids = {element.get("id") for element in root.iter()} - {None}
    for element in root.iter():
        for name, value in element.attrib.items():
            if name.endswith("href"):
                assert value.startswith("data:image/png;base64,") or value.removeprefix("#") in ids
            if "url(" in value:
                assert value.split("url(#")[1].split(")")[0] in ids
    assert re.search(r"translate\(\d+\.\d\d? ", text)  # rounded, but not to whole points
    assert not re.search(r'\s(?:x|y|d|transform)="[^"]*[1-9]\.\d{3}', text)
    assert not any(needless in text for needless in ("<!", "<?", "metadata"))
    assert "font-family" not in text


def test_svg_embeds_the_pixels_as_they_are() -> None:
    text = svg_text(figures.feature_maps(np.ones((20, 20, 3), np.float32), layer="conv1"))
    data = base64.b64decode(text.split("base64,")[1].split('"')[0])
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))  # in the header of a PNG
    assert (width, height) == (20 * 3 + 2 * 3, 20)


def test_files_of_other_kinds_and_folders_that_cannot_be_written(tmp_path: Path) -> None:
    figure = figures.kernel_grid(np.ones((3, 3, 1, 2), np.float32), layer="conv1")
    with pytest.raises(OptionError, match=r"\.png or \.svg"):
        save_figure(figure, tmp_path / "figure.jpg")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="a part of the path is a file"):
        save_figure(figure, tmp_path / "file" / "figure.png")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
