"""``mnist-edge verify``: the parity gate on an exported model and any Keras model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnist_edge.cli.common import Console, data_options, keep_apart, text_table, verbosity
from mnist_edge.cli.export_options import max_drop_option
from mnist_edge.cli.precision_text import flip_text

if TYPE_CHECKING:
    from mnist_edge.export.quantization.gate import PrecisionVerdict
    from mnist_edge.export.verdict import ParityVerdict


@click.command("verify")
@click.argument("onnx", type=click.Path(path_type=Path), metavar="MODEL.onnx")
@click.argument("keras", type=click.Path(path_type=Path), metavar="RUN|MODEL.keras")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=None, help="Also write the report to this JSON file."
)
@max_drop_option
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@data_options
@verbosity
def command(
    console: Console,
    onnx: Path,
    keras: Path,
    output: Path | None,
    max_drop: float | None,
    as_json: bool,
    data: Path | None,
    allow_any_data: bool,
) -> None:
    """Run the parity gate on any exported model and Keras model.

    MODEL.onnx needs the model card that mnist-edge export writes. Compares interface, logits and probabilities on the whole
    test set and on corner inputs, at batch sizes 1, 2, 7 and 256, with graph optimizations on and off. The exit code is 0
    if they are equal, 3 if not, 1 if a file cannot be used.

    An int8 or fp16 model is not equal to its Keras model. It is compared on the validation digits (the last tenth of the
    training pictures), and fails if it reads too many of them worse.

    \b
    Examples:
      mnist-edge verify first.onnx runs/first
      mnist-edge verify model.onnx model.keras --json
      mnist-edge verify first.int8.onnx runs/first --max-drop 0.05
    """
    from mnist_edge.dataset import load_dataset
    from mnist_edge.export.keras_process import require_export_extra
    from mnist_edge.export.parity import verify
    from mnist_edge.export.quantization.gate import PrecisionVerdict
    from mnist_edge.export.quantization.verify import verify_reduced
    from mnist_edge.export.signature import read_onnx
    from mnist_edge.files import write_json
    from mnist_edge.keras_model import resolve_keras_path
    from mnist_edge.runtime.session import read_card

    require_export_extra("Verifying a model")
    is_reduced = read_card(read_onnx(onnx)[0], str(onnx)).precision.is_reduced  # before the data is fetched
    if max_drop is not None and not is_reduced:
        raise click.UsageError(f"--max-drop goes with int8 and fp16 models only; {onnx} is a float32 one.")
    keep_apart(output, [onnx, resolve_keras_path(keras)])
    dataset = load_dataset(data, allow_any=allow_any_data, show_progress=console.shows_progress)
    console.note(f"Comparing {onnx} with {keras}")
    verdict: ParityVerdict | PrecisionVerdict = (
        verify_reduced(onnx, keras, dataset, max_drop=max_drop) if is_reduced else verify(onnx, keras, dataset.x_test)
    )
    report = {"model": str(onnx), "keras": str(keras), **verdict.to_dict()}
    if output is not None:
        write_json(output, report)
    if as_json:
        console.result_json(report)
    else:
        console.result(_report_reduced(verdict) if isinstance(verdict, PrecisionVerdict) else _report(verdict))
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


def _report_reduced(verdict: PrecisionVerdict) -> str:
    rows = [
        (
            f"batch {run.batch}, {'optimized' if run.optimized else 'as written'}",
            f"{run.correct:,}",
            run.flips,
            f"{run.mean_logit_difference:.3f}",
            f"{run.max_logit_difference:.2f}",
        )
        for run in verdict.runs
    ]
    parts = [f"{verdict.images:,} validation digits, {verdict.float_correct:,} read right by Keras"]
    if rows:
        parts.append(text_table(("run", "right", "flips", "mean logit", "max logit"), rows))
    if verdict.flips:
        parts.append("\n".join(flip_text(flip) for flip in verdict.flips))
    allowed = f"at most {verdict.max_drop:g} points are allowed"
    parts.append(
        f"good enough: a drop of {verdict.drop:.3f} points, {allowed}"
        if verdict.passed
        else "NOT good enough: " + "; ".join(verdict.failures)
    )
    return "\n\n".join(parts)
