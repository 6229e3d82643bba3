"""The model card, and the names of tools."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mnist_edge.report.blocks import Facts, Note, Paragraph, Section
from mnist_edge.report.texts import Words, count, moment, percent

if TYPE_CHECKING:
    from mnist_edge.contract import ModelCard, Rejection, TrainingRecord
    from mnist_edge.report.contents import Contents


def card(contents: Contents, words: Words) -> Section:
    """The model card."""
    title, found = words("card.title"), contents.models.card
    if found is None and contents.models.onnx:
        other = words("card.of_other", keras=contents.commands.keras, onnx=contents.commands.onnx)
        return Section("card", title, (Note(other),))
    if found is None:
        return Section("card", title, (Note(words("card.missing"), contents.commands.export()),))
    return Section("card", title, (Paragraph(words("card.text")), Facts(card_facts(found, words))))


def card_facts(found: ModelCard, words: Words) -> tuple[tuple[str, str], ...]:
    """The card's entries that hold something."""
    training, test, image = found.training, found.test, found.input
    entries: tuple[tuple[str, object], ...] = (
        ("name", found.name),
        ("architecture", words.data(found.architecture)),
        ("parameters", count(found.parameters)),
        (
            "input",
            _list((f"{image.dtype} [{', '.join(image.shape)}]", words("card.polarity"), words("card.framing")), words),
        ),
        ("outputs", ", ".join(found.outputs)),
        ("recipe", training.recipe),
        ("seed", training.seed),
        ("epochs", _epochs(training, words)),
        ("data", words.data(training.dataset)),
        ("drawn_share", percent(training.drawn_share, 0) if training.drawn_share else ""),
        ("photographed_share", percent(training.photographed_share, 0) if training.photographed_share else ""),
        ("outlier_share", percent(training.outlier_share, 0) if training.outlier_share else ""),
        ("teachers", str(training.teachers) if training.teachers else ""),
        ("data_hash", training.data_sha256[:16]),
        ("validation_accuracy", percent(training.validation_accuracy) if training.validation_accuracy is not None else ""),
        (
            "test_accuracy",
            f"{percent(test.accuracy)} ({words.of(test.correct, test.total)}, {words.data(test.dataset)})" if test else "",
        ),
        ("temperature", f"{found.temperature:g}" if found.temperature != 1 else words("card.uncalibrated")),
        *_rejection(found.rejection, words),
        ("opset", str(found.opset)),
        ("graph_hash", found.graph_sha256[:16]),
        ("created", moment(found.created)),
        ("tools", versions(found.tools)),
        ("licence", found.licence),
    )
    return tuple((words(f"fact.{key}"), str(value)) for key, value in entries if value not in (None, ""))


def _rejection(rejection: Rejection, words: Words) -> tuple[tuple[str, str], ...]:
    if rejection.points:
        share = percent(rejection.default, 1)
        return (("refused", words("card.refused", share=share) if rejection.default else words("card.never")),)
    least = rejection.min_confidence
    return (("rejection", percent(least) if least is not None else words("card.never")),)


def _list(parts: Iterable[str], words: Words) -> str:
    return words("list.separator").join(parts)


def _epochs(training: TrainingRecord, words: Words) -> str:
    if training.epochs is None or training.best_epoch is None:
        return ""
    return words("summary.epochs", best=training.best_epoch, all=training.epochs)


def versions(tools: dict[str, str]) -> str:
    """Names and versions in one line."""
    return ", ".join(f"{name} {version}" for name, version in tools.items())
