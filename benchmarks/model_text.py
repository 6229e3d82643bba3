"""What the documents say of the packaged models, for ``render_docs.py``: all of it from their cards and files."""

from __future__ import annotations

from collections.abc import Callable

from mnist_edge.contract import ModelCard, TestResult, TrainingRecord
from mnist_edge.precision import Precision
from mnist_edge.rejection import Rejection
from mnist_edge.runtime.model_list import PackagedModel
from mnist_edge.train.evaluation.intervals import wilson_interval

Table = Callable[[list[str], list[list[str]]], str]


def model_text(model: PackagedModel, table: Table) -> str:
    """One model in one table."""
    card, training = model.card, model.card.training
    if card.test is None or card.parity is None:
        raise SystemExit(f"{model.path} has not been proven. Export it with: mnist-edge export")
    parity, float_graph = card.parity, " of its float graph" if card.precision.is_reduced else ""
    return table(
        [f"`{model.name}`", ""],
        [
            ["network", f"`{card.architecture}`, {card.parameters:,} parameters, {model.multiply_adds:,} multiply-adds"],
            ["file", f"{model.size_bytes / 1000:,.0f} kB, {card.precision.name}, opset {card.opset}"],
            ["MNIST test accuracy", accuracy_text(card.test)],
            ["validation accuracy", f"{validation_accuracy(card):.2%}"],
            ["recipe", f"{training.recipe}, seed {training.seed}, epoch {training.best_epoch} of {training.epochs}"],
            ["training data", data_text(training)],
            ["refuses", refusal_text(card.rejection)],
            ["temperature", f"{card.temperature:.3g}"],
            *precision_rows(card.precision),
            [
                f"parity{float_graph} with Keras",
                f"{parity.flips} flips in {parity.images:,} test and {parity.corner_inputs} corner inputs",
            ],
            [
                "largest difference",
                f"logits {parity.max_logit_difference:.1e}, probabilities {parity.max_probability_difference:.1e}",
            ],
        ],
    )


def validation_accuracy(card: ModelCard) -> float:
    """Of this file: an int8 or fp16 one was measured anew, a float one answers as in its training."""
    precision = card.precision
    return precision.correct / precision.images if precision.images else card.training.validation_accuracy or 0.0


def precision_rows(precision: Precision) -> list[list[str]]:
    """What an int8 or fp16 file has lost, and what it brings; of a float file there is nothing to say."""
    if not precision.is_reduced:
        return []
    lost = f"{precision.flips} flips in {precision.images:,} validation digits, a drop of {precision.drop:.2f} points"
    return [["against its float graph", lost], ["verdict", precision.verdict]]


def accuracy_text(test: TestResult) -> str:
    """Accuracy, count, and the 95 % interval after Wilson."""
    low, high = wilson_interval(test.correct, test.total)
    return f"{test.accuracy:.2%}, {test.correct:,} of {test.total:,} (95 % interval {low:.2%} to {high:.2%})"


def data_text(training: TrainingRecord) -> str:
    """What was learned from."""
    shares = {
        "drawn digits": training.drawn_share,
        "digits written anew and photographed": training.photographed_share,
        "what is no digit": training.outlier_share,
    }
    added = [f"{share:.0%} of {what}" for what, share in shares.items() if share]
    name = "MNIST" if training.dataset == "mnist" else training.dataset
    count = training.teachers
    taught = f"; taught by {count} other network{'s' if count > 1 else ''}" if count else ""
    return f"{name}{', and on top of it ' if added else ''}{', '.join(added)}{taught}"


def refusal_text(rejection: Rejection) -> str:
    """What is given up by default, and by choice."""
    if not rejection.points:
        return "nothing"
    least, most = rejection.points[0].refused, rejection.points[-1].refused
    return f"{rejection.default:.1%} of real digits; {least:.1%} to {most:.1%} by `reject`, 0 for never"


def tools_text(model: PackagedModel) -> str:
    """What a model was made with."""
    card = model.card
    return ", ".join(f"{name} {version}" for name, version in sorted(card.tools.items())) + f"; {card.created[:10]}.\n"


def overview_text(models: list[PackagedModel], table: Table) -> str:
    """All models in one table, with links to their cards."""
    rows = []
    for model in models:
        card, test = model.card, model.card.test
        rows.append(
            [
                f"[`{model.name}`]({model.name.partition('.')[0]}.md){' (default)' if model.is_default else ''}",
                f"{card.parameters:,}",
                f"{model.multiply_adds:,}",
                f"{model.size_bytes / 1000:,.0f}",
                accuracy_text(test) if test else "unknown",
                card.training.recipe,
            ]
        )
    return table(["model", "parameters", "multiply-adds", "kB", "MNIST test", "recipe"], rows)
