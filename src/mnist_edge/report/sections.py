"""The order of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mnist_edge.report import sections_answers as answers
from mnist_edge.report import sections_model as model
from mnist_edge.report import sections_training as training

if TYPE_CHECKING:
    from mnist_edge.report.blocks import Section
    from mnist_edge.report.contents import Contents
    from mnist_edge.report.texts import Words

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
    model.card,
    training.reproduce,
)


def all_sections(contents: Contents, words: Words) -> tuple[Section, ...]:
    """The sections of a page; each says itself what is missing."""
    return tuple(make(contents, words) for make in _SECTIONS)
