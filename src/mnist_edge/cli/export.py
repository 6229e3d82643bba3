"""``mnist-edge export``: Keras to ONNX with a parity gate."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnist_edge.cli.common import Console, data_options, verbosity
from mnist_edge.cli.export_options import precision_options, reduction_from
from mnist_edge.cli.precision_text import flip_text, gate_text, precision_text
from mnist_edge.contract import INPUT_DTYPES
from mnist_edge.export.options import MAX_FIXED_BATCH, MAX_OPSET, MIN_OPSET, ExportOptions

if TYPE_CHECKING:
    from mnist_edge.export.pipeline import ExportResult
    from mnist_edge.export.quantization.reduce import Reduced

_DEFAULTS = ExportOptions()
_FLIPS_SHOWN = 5


@click.command("export")
@click.argument("source", type=click.Path(path_type=Path), metavar="RUN|MODEL.keras")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=None,
    show_default="beside the Keras model, *.onnx or *.PRECISION.onnx",
    help="The ONNX file.",
)
@click.option(
    "--input-dtype",
    type=click.Choice(INPUT_DTYPES),
    default=_DEFAULTS.input_dtype,
    help="uint8: 0 to 255, scaled inside the graph; float32: 0 to 1.",
)
@click.option(
    "--batch",
    type=click.IntRange(1, MAX_FIXED_BATCH),
    default=_DEFAULTS.batch,
    show_default="any",
    help="Fix the batch size.",
)
@click.option("--opset", type=click.IntRange(MIN_OPSET, MAX_OPSET), default=_DEFAULTS.opset, help="ONNX operator set.")
@click.option(
    "--name", default=_DEFAULTS.name, show_default="the architecture, or the file's name", help="Name in the model card."
)
@click.option("--licence", default=_DEFAULTS.licence, help="SPDX identifier of the weights, for the model card.")
@precision_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@data_options
@verbosity
def command(
    console: Console,
    source: Path,
    output: Path | None,
    as_json: bool,
    data: Path | None,
    allow_any_data: bool,
    **given: Any,
) -> None:
    """Convert a Keras model to ONNX and prove that it computes the same.

    The ONNX model is compared with Keras on the whole test set and on corner inputs. One that passes is written with a
    model card inside and MODEL.parity.json beside it; one that fails is kept only as MODEL.rejected.onnx, and the exit code
    is 3.

    With --precision int8 or fp16 that float model is then reduced. The result has a gate of its own: it is compared with
    the float model on validation digits (the last tenth of the training pictures). Then it is timed against the float
    model, and the verdict says whether it pays on this machine.

    \b
    Examples:
      mnist-edge export runs/first -o first.onnx
      mnist-edge export model.keras -o model.onnx --input-dtype float32
      mnist-edge export runs/first -o camera.onnx --batch 1 --opset 13
      mnist-edge export runs/first -o first.int8.onnx --precision int8
      mnist-edge export runs/first -o small.onnx --precision int8 --layers none
      mnist-edge export runs/first -o arm.onnx --precision int8 --target arm --layers conv2,conv3
    """
    from mnist_edge.dataset import load_dataset
    from mnist_edge.export.keras_process import require_export_extra
    from mnist_edge.export.pipeline import check_export, export_model
    from mnist_edge.keras_model import resolve_keras_path

    options = ExportOptions(**{field.name: given.pop(field.name) for field in dataclasses.fields(ExportOptions)})
    reduction = reduction_from(**given)
    require_export_extra("Export")
    suffix = f".{reduction.precision}.onnx" if reduction else ".onnx"
    target = output or resolve_keras_path(source).with_suffix(suffix)
    check_export(source, target)  # before the data, which may have to be fetched
    dataset = load_dataset(data, allow_any=allow_any_data, show_progress=console.shows_progress)
    result = export_model(source, target, dataset, options, reduction=reduction, notify=console.note)
    for note in result.notes:
        console.note(f"Note: {note}")
    if as_json:
        console.result_json(_as_json(result))
    else:
        console.result(_report(result))


def _as_json(result: ExportResult) -> dict[str, Any]:
    return {
        "model": str(result.path),
        "report": str(result.report),
        "size_bytes": result.size_bytes,
        "notes": list(result.notes),
        "parity": result.verdict.to_dict(),
        **({"precision": result.reduced.to_dict()} if result.reduced else {}),
        "card": dataclasses.asdict(result.card),
    }


def _report(result: ExportResult) -> str:
    parity, test, card = result.verdict.summary(), result.card.test, result.card
    accuracy = f"{test.accuracy:.2%} of {test.total:,} {test.dataset} test images" if test else "not measured"
    lines = _reduced(result.reduced) if result.reduced else []
    return "\n".join(
        [
            f"{result.path}  {result.size_bytes / 1024:,.0f} KiB",
            f"  model     {card.name}: {card.architecture}, {card.parameters:,} parameters, opset {card.opset}, "
            f"input {card.input.dtype} [{', '.join(card.input.shape)}]",
            f"  parity    {parity.flips} flips in {parity.images:,} test and {parity.corner_inputs:,} corner inputs; "
            f"logits differ by at most {parity.max_logit_difference:.1e}, "
            f"probabilities by {parity.max_probability_difference:.1e}",
            f"  accuracy  {accuracy}",
            *lines,
            f"  report    {result.report}",
        ]
    )


def _reduced(reduced: Reduced) -> list[str]:
    """Precision, flips and verdict of an int8 or fp16 model."""
    precision, machine = reduced.card.precision, reduced.machine
    lines = [f"  precision {precision_text(precision)}", f"  gate      {gate_text(precision)}"]
    lines += [f"            {flip_text(flip)}" for flip in reduced.gate.flips[:_FLIPS_SHOWN]]
    more = len(reduced.gate.flips) - _FLIPS_SHOWN
    lines += [f"            and {more} more, see the report"] if more > 0 else []
    if machine is not None:
        ratio = machine.latency.ratio
        lines += [
            f"  latency   {machine.latency.latency.p50_us:.1f} µs, p90 {machine.latency.latency.p90_us:.1f}; float "
            f"{machine.float_latency.latency.p50_us:.1f}, p90 {machine.float_latency.latency.p90_us:.1f}; ratio "
            f"{ratio.value:.3f} ({ratio.low:.3f} to {ratio.high:.3f})",
            f"  size      {machine.size_bytes:,} bytes; float {machine.float_size_bytes:,}",
            f"  verdict   {machine.sentence}",
        ]
    return lines
