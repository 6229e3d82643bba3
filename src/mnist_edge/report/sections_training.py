"""The beginning of a page: summary, sample pictures, training; and its end: how to repeat all this."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mnist_edge.report.blocks import Block, Code, Facts, Note, Paragraph, Picture, Section, Table, Tile, Tiles
from mnist_edge.report.sections_card import versions
from mnist_edge.report.texts import Words, count, millions, moment, number, percent, size

if TYPE_CHECKING:
    from mnist_edge.report.contents import Contents
    from mnist_edge.train.evaluation.fit_verdict import FitVerdict


def summary(contents: Contents, words: Words) -> Section:
    """The key figures, and everything else that fits in one line each."""
    evaluation, epochs = contents.evaluation, contents.epochs
    low, high = evaluation.accuracy_interval
    tiles = [
        Tile(
            percent(evaluation.accuracy),
            words("summary.test_accuracy"),
            words("summary.interval", low=percent(low), high=percent(high)),
        ),
        Tile(count(contents.parameters), words("fact.parameters")),
        Tile(millions(contents.multiply_adds), words("fact.multiply_adds"), words("summary.per_picture")),
    ]
    tiles += [Tile(size(each), words("fact.size"), name) for name, each in contents.sizes[:1]]
    if epochs:
        tiles.append(Tile(str(epochs[1]), words("fact.epochs"), words("summary.best", epoch=epochs[0])))
    models = contents.models
    measured = contents.latency_of_onnx
    if measured and (models.same_weights or models.leads_with_onnx):
        tiles.append(Tile(f"{measured.p50_us:,.1f} µs", words("summary.latency"), words("summary.p50")))
    blocks: list[Block] = [Tiles(tuple(tiles)), Facts(_facts(contents, words))]
    if not models.same_weights:
        keras, onnx = contents.commands.keras, contents.commands.onnx
        this = onnx if models.leads_with_onnx else keras
        blocks.insert(0, Paragraph(words("summary.other_weights", keras=keras, onnx=onnx, this=this), strong=True))
    return Section("summary", words("summary.title"), tuple(blocks))


def _facts(contents: Contents, words: Words) -> tuple[tuple[str, str], ...]:
    evaluation, epochs = contents.evaluation, contents.epochs
    right = words.of(evaluation.correct, evaluation.total)
    data, other = contents.data, contents.other_training_data
    entries = (
        ("name", contents.models.name),
        ("architecture", words.data(contents.architecture)),
        ("parameters", count(contents.parameters)),
        ("multiply_adds", count(contents.multiply_adds)),
        ("epochs", words("summary.epochs", best=epochs[0], all=epochs[1]) if epochs else ""),
        ("train_accuracy", percent(contents.train_accuracy) if contents.train_accuracy is not None else ""),
        ("validation_accuracy", percent(contents.validation_accuracy) if contents.validation_accuracy is not None else ""),
        ("test_accuracy", f"{percent(evaluation.accuracy)} ({right})"),
        ("test_loss", number(evaluation.loss)),
        ("size", ", ".join(f"{name} {size(each)}" for name, each in contents.sizes)),
        ("created", moment(contents.created)),
        ("tools", versions(contents.tools)),
        ("data", words("summary.data", name=words.data(data.name), train=len(data.x_train), test=len(data.x_test))),
        ("data_hash", data.sha256[:16]),
        ("trained_on", words("summary.other_data", hash=other[:16]) if other else ""),
    )
    return tuple((words(f"fact.{key}"), value) for key, value in entries if value)


def samples(contents: Contents, words: Words) -> Section:
    """Some of the training pictures."""
    from mnist_edge.train.figures import sample_images

    data, options = contents.data, contents.options
    picture = Picture(
        "samples",
        words("samples.alt", count=min(options.num_samples, len(data.x_train))),
        lambda look: sample_images(data.x_train, data.y_train, count=options.num_samples, seed=options.seed, look=look),
        words("samples.caption", seed=options.seed),
    )
    text = words("samples.text", train=len(data.x_train), test=len(data.x_test))
    return Section("samples", words("samples.title"), (Paragraph(text), picture))


def training(contents: Contents, words: Words) -> Section:
    """How accuracy and loss went, and what that says."""
    from mnist_edge.train.evaluation.fit_verdict import judge_fit
    from mnist_edge.train.figures import training_curves

    title, run, models = words("training.title"), contents.models.run, contents.models
    if run is None:
        if models.keras is None:
            note = Note(words("training.onnx_only"), contents.commands.report(with_counterpart=True))
        elif models.keras.run:
            note = Note(words("training.of_other", keras=contents.commands.keras, onnx=contents.commands.onnx))
        else:
            note = Note(words("training.no_run", file=models.keras.file.name))
        return Section("training", title, (note,))
    blocks: list[Block] = []
    if not run.finished:
        resume = f"mnist-edge train -o {shlex.quote(str(run.folder))} --resume"
        blocks.append(Note(words("training.unfinished"), resume))
    if not run.history:
        return Section("training", title, (*blocks, Note(words("training.no_history"))))
    blocks.append(Paragraph(fit_text(judge_fit(run.history), words), strong=True))
    history = run.history
    rows = tuple(
        (str(each.epoch), percent(each.accuracy), percent(each.val_accuracy), number(each.loss), number(each.val_loss))
        for each in history
    )
    caption = words("training.caption")
    if run.config.l2 or run.config.label_smoothing:
        caption += words("training.penalty")
    if run.config.outlier_share:
        caption += words("training.eleven")
    if run.config.teacher:
        caption += words("training.taught")
    header = words.columns("epoch", "train_accuracy", "validation_accuracy", "train_loss", "validation_loss")
    blocks += [
        Picture(
            "training",
            words("training.alt", epochs=len(history)),
            lambda look: training_curves(history, look=look),
            caption,
        ),
        Table(header, rows, "rrrrr", title),
    ]
    return Section("training", title, tuple(blocks))


def fit_text(verdict: FitVerdict, words: Words) -> str:
    """One or two sentences on over- or underfitting."""
    key = f"fit.{verdict.kind.value}"
    match verdict.kind.value:
        case "overfitting" if verdict.loss_rose:
            key += "_loss" if verdict.training_loss_fell else "_flat"
        case "overfitting":
            key += "_gap"
        case "underfitting":
            key += "_learning" if verdict.still_learning else "_stuck"
        case "bad_ending" if verdict.best_epoch == verdict.epochs:
            key += "_kept"
    text = words(
        key,
        accuracy=percent(verdict.accuracy),
        val_accuracy=percent(verdict.val_accuracy),
        best=verdict.best_epoch,
        best_val_accuracy=percent(verdict.best_val_accuracy),
        lowest=verdict.lowest_loss_epoch,
        lowest_loss=number(verdict.lowest_val_loss),
        loss=number(verdict.loss),
        val_loss=number(verdict.val_loss),
        rise=percent(verdict.rise, 0),
        gap=f"{abs(verdict.gap) * 100:.2f}",
        epochs=verdict.epochs,
    )
    harmless = verdict.kind.value in ("good", "underfitting", "too_short")  # elsewhere something is wrong
    return text + words("fit.below") if harmless and verdict.training_below_validation else text


def reproduce(contents: Contents, words: Words) -> Section:
    """The commands that give this model and this page again."""
    blocks: list[Block] = [Paragraph(words("reproduce.text")), Code(contents.commands.all())]
    if contents.commands.train() is None:
        blocks.append(Paragraph(words("reproduce.no_training")))
    return Section("reproduce", words("reproduce.title"), tuple(blocks))
