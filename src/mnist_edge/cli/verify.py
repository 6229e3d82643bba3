"""``mnist-edge verify``: the parity gate on an exported model and any Keras model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnist_edge.cli.common import Console, data_options, keep_apart, text_table, verbosity

if TYPE_CHECKING:
    from mnist_edge.export.verdict import ParityVerdict


@click.command("verify")
@click.argument("onnx", type=click.Path(path_type=Path), metavar="MODEL.onnx")
@click.argument("keras", type=click.Path(path_type=Path), metavar="RUN|MODEL.keras")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=None, help="Also write the report to this JSON file."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@data_options
@verbosity
def command(
    console: Console,
    onnx: Path,
    keras: Path,
    output: Path | None,
    as_json: bool,
    data: Path | None,
    allow_any_data: bool,
) -> None:
    """Run the parity gate on any exported model and Keras model.

    MODEL.onnx needs the model card that mnist-edge export writes. Compares interface, logits and probabilities on the whole
    test set and on corner inputs, at batch sizes 1, 2, 7 and 256, with graph optimizations on and off. The exit code is 0
    if they are equal, 3 if not, 1 if a file cannot be used.

    \b
    Examples:
      mnist-edge verify first.onnx runs/first
      mnist-edge verify model.onnx model.keras --json
    """
    from mnist_edge.dataset import load_dataset
    from mnist_edge.export.keras_process import require_export_extra
    from mnist_edge.export.parity import verify
    from mnist_edge.export.signature import read_onnx
    from mnist_edge.files import write_json
    from mnist_edge.keras_model import resolve_keras_path
    from mnist_edge.runtime.session import read_card

    require_export_extra("Verifying a model")
    read_card(read_onnx(onnx)[0], str(onnx))  # before the data, which may have to be fetched
    keep_apart(output, [onnx, resolve_keras_path(keras)])
    dataset = load_dataset(data, allow_any=allow_any_data, show_progress=console.shows_progress)
    console.note(f"Comparing {onnx} with {keras}")
    verdict = verify(onnx, keras, dataset.x_test)
    report = {"model": str(onnx), "keras": str(keras), **verdict.to_dict()}
    if output is not None:
        write_json(output, report)
    if as_json:
        console.result_json(report)
    else:
        console.result(_report(verdict))
    if not verdict.passed:
        raise verdict.error(str(onnx), str(keras))


def _report(verdict: ParityVerdict) -> str:
    runs = [
        (
            f"batch {run.batch}, {'optimized' if run.optimized else 'as written'}",
            run.flips,
            run.logit_misses,
            run.probability_misses,
            f"{run.max_logit_difference:.1e}",
            f"{run.max_probability_difference:.1e}",
        )
        for run in verdict.runs
    ]
    parts = [f"{verdict.images:,} test images, {verdict.corner_inputs:,} corner inputs"]
    if runs:
        parts.append(
            text_table(("run", "flips", "logit misses", "probability misses", "max logit", "max probability"), runs)
        )
    if verdict.layers:
        layer_rows = [(v.layer, f"{v.max_difference:.1e}", "departs" if v.departs else "equal") for v in verdict.layers]
        parts.append(text_table(("layer, on the worst inputs", "max difference", ""), layer_rows))
    if verdict.worst:
        rows = [
            (
                miss.name,
                f"{miss.logit_difference:.1e}",
                f"{miss.probability_difference:.1e}",
                miss.keras_class,
                miss.onnx_class,
            )
            for miss in verdict.worst
        ]
        parts.append(text_table(("worst inputs", "logits", "probabilities", "Keras says", "ONNX says"), rows))
    parts.append("equal" if verdict.passed else "NOT equal: " + "; ".join(verdict.failures))
    return "\n\n".join(parts)
