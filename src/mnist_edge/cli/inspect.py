"""``mnist-edge inspect``: what is inside an ONNX model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnist_edge.cli.common import Console, text_table, verbosity
from mnist_edge.cli.layer_text import number_text
from mnist_edge.cli.precision_text import gate_text, precision_text

if TYPE_CHECKING:
    from mnist_edge.contract import ModelCard, Rejection
    from mnist_edge.export.inspection import Inspection, TensorInfo


@click.command("inspect")
@click.argument("model", type=click.Path(path_type=Path), metavar="MODEL.onnx")
@click.option("--onnxruntime", "version", metavar="VERSION", help="Also say whether this onnxruntime runs it.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@verbosity
def command(console: Console, model: Path, version: str | None, as_json: bool) -> None:
    """Show what is inside an ONNX model: card, interface, operators, weights, work, and what runs it.

    \b
    Examples:
      mnist-edge inspect model.onnx
      mnist-edge inspect model.onnx --onnxruntime 1.17.3
      mnist-edge inspect model.onnx --json
    """
    from mnist_edge.export.inspection import inspect_model

    found = inspect_model(model)
    if as_json:
        answer: dict[str, Any] = found.to_dict()
        if version is not None:
            answer["onnxruntime"] = {"version": version, "runs": found.runs_on(version)}
        console.result_json(answer)
        return
    parts = [_file(found, version), _card(found), _interface(found), _operators(found), _work(found)]
    console.result("\n\n".join(part for part in parts if part))


def _file(found: Inspection, version: str | None) -> str:
    oldest = f"{found.oldest_onnxruntime} or newer" if found.oldest_onnxruntime else "newer than this mnist-edge knows"
    lines = [
        f"{found.path}  {found.size_bytes:,} bytes",
        f"  made by      {found.producer or 'unknown'}",
        f"  format       opset {found.opset}, IR {found.ir_version}",
        f"  onnxruntime  {oldest}",
    ]
    if version is not None:
        answers = {True: "runs it", False: "does not run it", None: "is older than the versions that were tried"}
        lines.append(f"               {version} {answers[found.runs_on(version)]}")
    lines.append(f"  parameters   {found.parameters:,}")
    lines.append(
        f"  work         {number_text(found.multiply_adds)}{' multiply-adds for one picture' if found.work else ''}"
    )
    return "\n".join(lines)


def _card(found: Inspection) -> str:
    card = found.card
    if card is None:
        return (
            "No model card: the runner will refuse this model. Make one with: mnist-edge export MODEL.keras -o MODEL.onnx"
        )
    rows = [("name", card.name), ("architecture", card.architecture), *_history(card)]
    rows += [("created", f"{card.created}, licence {card.licence}")]
    rows += [("tools", ", ".join(f"{name} {version}" for name, version in card.tools.items()))]
    if not found.card_fits:
        rows.append(("WARNING", "the card belongs to another graph; the file was changed after its export"))
    return "\n".join(["Model card", *(f"  {key:<12} {value}" for key, value in rows)])


def _history(card: ModelCard) -> list[tuple[str, str]]:
    training, test, parity, rejection = card.training, card.test, card.parity, card.rejection
    rows = []
    if training.recipe or training.dataset:
        shares = {
            "drawn digits": training.drawn_share,
            "photographed digits": training.photographed_share,
            "what is no digit": training.outlier_share,
        }
        added = "".join(f" and {share:.0%} of {what}" for what, share in shares.items() if share)
        told = [f"recipe {training.recipe or 'unknown'}", f"data {training.dataset or 'unknown'}{added}"]
        told += [f"seed {training.seed}"] if training.seed is not None else []
        told += [f"epoch {training.best_epoch} of {training.epochs}"] if training.epochs is not None else []
        told += [f"teachers {training.teachers}"] if training.teachers else []
        rows.append(("training", ", ".join(told)))
    if test is not None:
        accuracy = f"{test.accuracy:.2%}" if test.total else "unknown"
        rows.append(("test", f"{accuracy}, {test.correct:,} of {test.total:,} ({test.dataset})"))
    rows.append(("rejection", _rejection(rejection)))
    if parity is not None:
        rows.append(
            (
                "float parity" if card.precision.is_reduced else "parity",
                f"{parity.flips} flips in {parity.images:,} + {parity.corner_inputs:,} inputs, logits within "
                f"{parity.max_logit_difference:.1e}, probabilities within {parity.max_probability_difference:.1e}",
            )
        )
    rows.append(("precision", precision_text(card.precision)))
    if card.precision.is_reduced:
        rows += [("", gate_text(card.precision)), ("", card.precision.verdict)]
    rows.append(("input", f"{card.input.polarity}, {card.input.framing}"))
    return rows


def _rejection(rejection: Rejection) -> str:
    """What the thresholds mean, in words."""
    said = []
    if rejection.min_confidence:
        said.append(f"refuses what is read with a confidence below {rejection.min_confidence:.1%}")
    if rejection.points:
        lowest, highest = rejection.points[0].refused, rejection.points[-1].refused
        cost = f"and with it about {rejection.default:.1%} of real digits" if rejection.default else "only with --reject"
        said.append(f"refuses what does not look like a digit, {cost}; --reject takes {lowest:.1%} to {highest:.1%}")
        said += [f"measured on {rejection.digits}"] if rejection.digits else []
    return "; ".join(said) or "never refuses: all ink is read as some digit"


def _interface(found: Inspection) -> str:
    def rows(kind: str, tensors: tuple[TensorInfo, ...]) -> list[tuple[str, str, str, str]]:
        return [(kind, tensor.name, tensor.dtype, f"[{', '.join(tensor.shape)}]") for tensor in tensors]

    return text_table(("", "name", "type", "shape"), [*rows("input", found.inputs), *rows("output", found.outputs)])


def _operators(found: Inspection) -> str:
    total = sum(found.operators.values())
    listed = ", ".join(f"{count} {name}" for name, count in found.operators.items())
    return f"{total} operator{'' if total == 1 else 's'}: {listed}"


def _work(found: Inspection) -> str:
    rows = [
        (row.name, row.kind, row.shape_text or "unknown", f"{row.parameters:,}", number_text(row.multiply_adds))
        for row in found.work
    ]
    return text_table(("node", "operator", "output", "parameters", "multiply-adds"), rows) if rows else ""
