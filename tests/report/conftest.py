"""Reports on the packaged model, which need no TensorFlow, and a reader of pages."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.report import ReportOptions, ReportResult, open_models, write_report
from mnist_edge.report.pictures import DrawnPicture
from mnist_edge.runtime.packaged import MODELS_FOLDER

VOID = {"br", "hr", "img", "link", "meta", "source"}


class Page(HTMLParser):
    """A page taken apart; refuses one whose tags do not close in the order in which they opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of the elements of a name."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def pictures(self) -> list[str]:
        """Addresses of all pictures of the page."""
        return [image["src"] for image in self.all("img")] + [source["srcset"] for source in self.all("source")]


def decoded(uri: str) -> bytes:
    """The content of a base64 data URI."""
    start, comma, content = uri.partition(",")
    assert start.startswith("data:")
    assert start.endswith(";base64")
    assert comma
    return base64.b64decode(content, validate=True)


@pytest.fixture(scope="session")
def shipped_model() -> Path:
    """The packaged tutorial network, whatever the default is: these tests know its layers."""
    return MODELS_FOLDER / "simple_cnn.onnx"


@pytest.fixture(scope="session")
def read_page() -> Callable[[str], Page]:
    return Page


@pytest.fixture(scope="session")
def decode_uri() -> Callable[[str], bytes]:
    return decoded


@pytest.fixture(scope="session")
def english(shipped_model: Path, tiny_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> ReportResult:
    return write_report(open_models(shipped_model), tiny_dataset, tmp_path_factory.mktemp("report") / "en")


@pytest.fixture(scope="session")
def chinese(shipped_model: Path, tiny_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> ReportResult:
    options = ReportOptions(lang="zh", num_samples=4, layers=("conv1", "fc1"))
    return write_report(open_models(shipped_model), tiny_dataset, tmp_path_factory.mktemp("report") / "zh", options)


@pytest.fixture
def blank_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports of this test have no drawings, which take most of their time."""
    blank = DrawnPicture("data:image/png;base64,", "data:image/png;base64,", 200, 100, b"<svg/>", b"PNG")
    monkeypatch.setattr("mnist_edge.report.pictures.draw", lambda picture, lang, advance: blank)
