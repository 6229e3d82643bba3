"""The page: sections and drawn figures through the template."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mnist_edge import __version__
from mnist_edge.errors import MissingExtraError
from mnist_edge.report import sections_answers as answers
from mnist_edge.report import sections_card as card
from mnist_edge.report import sections_model as model
from mnist_edge.report import sections_training as training
from mnist_edge.report.blocks import Section
from mnist_edge.report.pictures import THEMES, DrawnPicture
from mnist_edge.report.texts import Words, percent
from mnist_edge.train.environment import utc_now

if TYPE_CHECKING:
    from mnist_edge.report.contents import Contents

_FOLDER = Path(__file__).parent
_STYLE = _FOLDER / "style.css"
_TEMPLATE = "page.html.j2"
_UNPAIRED = re.compile("[\ud800-\udfff]")  # stands for a byte of a file name that is not UTF-8
_SECTIONS: Final = (
    training.summary,
    training.samples,
    training.training,
    answers.predictions,
    answers.confusion,
    answers.classes,
    answers.mistakes,
    answers.calibration,
    model.layers,
    model.architecture,
    model.parity,
    model.latency,
    card.card,
    training.reproduce,
)


def import_jinja2() -> Any:
    """The module ``jinja2``.

    Raises:
        MissingExtraError: If it is not installed.
    """
    try:
        return importlib.import_module("jinja2")
    except ModuleNotFoundError as error:
        raise MissingExtraError("A report", extra="evaluate", module="jinja2") from error


@dataclass(frozen=True)
class Head:
    """What stands above the sections, and at the foot.

    Attributes:
        name: Name of the model.
        lead: The sentence under it.
        date: When the page is made, UTC.
    """

    name: str
    lead: str
    date: str


def head(contents: Contents, words: Words) -> Head:
    """The head of a page."""
    evaluation = contents.evaluation
    low, high = evaluation.accuracy_interval
    lead = words(
        "page.lead",
        correct=evaluation.correct,
        total=evaluation.total,
        data=words.data(contents.data.name),
        accuracy=percent(evaluation.accuracy),
        low=percent(low),
        high=percent(high),
    )
    return Head(contents.models.name, lead, utc_now()[:10])


def all_sections(contents: Contents, words: Words) -> tuple[Section, ...]:
    """The sections of a page, in its order; each says itself what is missing."""
    return tuple(make(contents, words) for make in _SECTIONS)


def render(sections: Sequence[Section], pictures: Mapping[str, DrawnPicture], words: Words, top: Head) -> str:
    """The finished HTML; it can be encoded, whatever the names in it are.

    Args:
        sections: In the order of the page.
        pictures: The drawn figures by the names of their blocks.
        words: The language.
        top: What stands above the sections.

    Raises:
        MissingExtraError: If Jinja2 is not installed.
    """
    jinja2 = import_jinja2()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    text: str = environment.get_template(_TEMPLATE).render(
        lang="zh-CN" if words.lang == "zh" else "en",
        version=__version__,
        title=words("page.title", name=top.name),
        kicker=words("page.kicker"),
        contents_title=words("page.contents"),
        footer=words("page.footer", version=__version__, date=top.date),
        style=_STYLE.read_text("utf-8"),
        colours=_colours(),
        name=top.name,
        lead=top.lead,
        sections=sections,
        pictures=pictures,
    )
    return _UNPAIRED.sub("\ufffd", text)


def _colours() -> dict[str, dict[str, str]]:
    """The colours of both themes under the names of the style sheet, taken from the figures."""
    from mnist_edge.train.figures import page_colours

    return {theme: page_colours(theme) for theme in THEMES}
