"""What the model answers: predictions, confusion, classes, mistakes, calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mnist_edge.report.blocks import Block, Paragraph, Picture, Section, Table
from mnist_edge.report.texts import NOTHING, Words, confidence, count, number, percent

if TYPE_CHECKING:
    from mnist_edge.report.contents import Contents

_SHOWN_PAIRS: Final = 10
_SHOWN_MISTAKES: Final = 15
_FAIR_GAP: Final = 0.01  # of mean confidence and accuracy


def predictions(contents: Contents, words: Words) -> Section:
    """The model's answers to some pictures, the wrong ones first."""
    from mnist_edge.train.figures import prediction_grid

    options, evaluation, images = contents.options, contents.evaluation, contents.data.x_test
    picture = Picture(
        "predictions",
        words("predictions.alt", count=min(options.num_samples, evaluation.total)),
        lambda look: prediction_grid(images, evaluation, count=options.num_samples, seed=options.seed, look=look),
        words("predictions.caption", seed=options.seed),
    )
    wrong = evaluation.total - evaluation.correct
    text = words("predictions.text", wrong=wrong, total=evaluation.total, top2=percent(evaluation.top2_accuracy))
    return Section("predictions", words("predictions.title"), (Paragraph(text), picture))


def confusion(contents: Contents, words: Words) -> Section:
    """Which digit is taken for which."""
    from mnist_edge.train.figures import confusion_heatmap

    evaluation = contents.evaluation
    picture = Picture("confusion", words("confusion.alt"), lambda look: confusion_heatmap(evaluation, look=look))
    blocks: list[Block] = [Paragraph(words("confusion.text")), picture]
    pairs = evaluation.confused_pairs[:_SHOWN_PAIRS]
    if pairs:
        rows = tuple(
            (
                words("confusion.pair", truth=pair.truth, answer=pair.answer),
                count(pair.count),
                percent(pair.count / evaluation.classes[pair.truth].support),
            )
            for pair in pairs
        )
        header = words.columns("pair", "images", "share_of_digit")
        blocks += [
            Paragraph(words("confusion.pairs", shown=len(pairs), all=len(evaluation.confused_pairs))),
            Table(header, rows, "lrr", words("confusion.pairs_title")),
        ]
    else:
        blocks.append(Paragraph(words("confusion.none"), strong=True))
    return Section("confusion", words("confusion.title"), tuple(blocks))


def classes(contents: Contents, words: Words) -> Section:
    """Precision, recall, F1 and right answers of each digit."""
    from mnist_edge.train.figures import class_bars

    evaluation = contents.evaluation
    rows: list[tuple[str, ...]] = [
        (
            each.name,
            number(each.precision),
            number(each.recall),
            number(each.f1),
            count(each.support),
            count(each.correct),
            percent(each.accuracy),
        )
        for each in evaluation.classes
    ]
    total, right = count(evaluation.total), count(evaluation.correct)
    rows += [
        (words(f"classes.{name}"), *map(number, (mean.precision, mean.recall, mean.f1)), total, right, accuracy)
        for name, mean, accuracy in (
            ("macro", evaluation.macro, NOTHING),
            ("weighted", evaluation.weighted, percent(evaluation.accuracy)),
        )
    ]
    header = words.columns("digit", "precision", "recall", "f1", "images", "right", "accuracy")
    blocks: list[Block] = [
        Paragraph(words("classes.text")),
        Table(header, tuple(rows), "lrrrrrr", words("classes.title"), totals=2),
    ]
    absent = [each.name for each in evaluation.classes if not each.support]
    if absent:
        blocks.append(Paragraph(words("classes.absent", digits=words("list.separator").join(absent))))
    blocks.append(Picture("classes", words("classes.alt"), lambda look: class_bars(evaluation, look=look)))
    return Section("classes", words("classes.title"), tuple(blocks))


def mistakes(contents: Contents, words: Words) -> Section:
    """The wrong answers that the model was surest of."""
    evaluation = contents.evaluation
    if not len(evaluation.mistakes):
        return Section("mistakes", words("mistakes.title"), (Paragraph(words("confusion.none")),))
    rows = []
    for index in evaluation.mistakes[:_SHOWN_MISTAKES].tolist():
        label, answer = int(evaluation.labels[index]), int(evaluation.answers[index])
        rows.append(
            (
                str(index),
                str(label),
                str(answer),
                confidence(float(evaluation.confidences[index])),
                confidence(float(evaluation.probabilities[index, label])),
            )
        )
    header = words.columns("index", "label", "answer", "confidence", "of_label")
    text = words("mistakes.text", shown=len(rows), wrong=len(evaluation.mistakes))
    table = Table(header, tuple(rows), "lrrrr", words("mistakes.title"))
    return Section("mistakes", words("mistakes.title"), (Paragraph(text), table))


def calibration(contents: Contents, words: Words) -> Section:
    """Whether the confidences can be believed."""
    from mnist_edge.train.figures import confidence_histogram, reliability_diagram, risk_coverage

    evaluation = contents.evaluation
    found = evaluation.calibration
    gap = float(evaluation.confidences.mean()) - evaluation.accuracy
    kind = "fair" if abs(gap) < _FAIR_GAP else "too_sure" if gap > 0 else "too_modest"
    worst = max((each for each in found.bins if each.gap is not None), key=lambda each: abs(each.gap or 0))
    finding = words(
        f"calibration.{kind}",
        confidence=percent(float(evaluation.confidences.mean())),
        accuracy=percent(evaluation.accuracy),
        points=f"{abs(gap) * 100:.1f}",
    ) + words(
        "calibration.figures",
        ece=percent(found.ece),
        brier=number(found.brier),
        largest=percent(found.max_error),
        images=words.images(worst.count),
    )
    most, many = (percent(evaluation.selective.at(share).accuracy) for share in (0.99, 0.95))
    selective = words("calibration.selective", most=most, many=many)
    return Section(
        "calibration",
        words("calibration.title"),
        (
            Paragraph(words("calibration.text")),
            Paragraph(finding, strong=True),
            Picture(
                "reliability",
                words("calibration.reliability_alt"),
                lambda look: reliability_diagram(evaluation, look=look),
                words("calibration.reliability_caption"),
                small=True,
            ),
            Picture(
                "confidence",
                words("calibration.confidence_alt"),
                lambda look: confidence_histogram(evaluation, look=look),
                words("calibration.confidence_caption"),
                small=True,
            ),
            Paragraph(selective),
            Picture(
                "risk",
                words("calibration.risk_alt"),
                lambda look: risk_coverage(evaluation, look=look),
                words("calibration.risk_caption"),
                small=True,
            ),
        ),
    )
