"""``mnist-edge export``: Keras to ONNX with a parity gate."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnist_edge.cli.common import Console, data_options, verbosity
from mnist_edge.contract import INPUT_DTYPES
from mnist_edge.export.options import MAX_FIXED_BATCH, MAX_OPSET, MIN_OPSET, ExportOptions

if TYPE_CHECKING:
    from mnist_edge.export.pipeline import ExportResult

_DEFAULTS = ExportOptions()


@click.command("export")
@click.argument("source", type=click.Path(path_type=Path), metavar="RUN|MODEL.keras")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=None,
    show_default="beside the Keras model, *.onnx",
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
    **numbers: Any,
) -> None:
    """Convert a Keras model to ONNX and prove that it computes the same.

    The ONNX model is compared with Keras on the whole test set and on corner inputs. One that passes is written with a
    model card inside and MODEL.parity.json beside it; one that fails is kept only as MODEL.rejected.onnx, and the exit code
    is 3.

    \b
    Examples:
      mnist-edge export runs/first -o first.onnx
      mnist-edge export model.keras -o model.onnx --input-dtype float32
      mnist-edge export runs/first -o camera.onnx --batch 1 --opset 13
    """
    from mnist_edge.dataset import load_dataset
    from mnist_edge.export.keras_process import require_export_extra
    from mnist_edge.export.pipeline import check_export, export_model
    from mnist_edge.keras_model import resolve_keras_path

    options = ExportOptions(**numbers)
    require_export_extra("Export")
    target = output or resolve_keras_path(source).with_suffix(".onnx")
    check_export(source, target)  # before the data, which may have to be fetched
    dataset = load_dataset(data, allow_any=allow_any_data, show_progress=console.shows_progress)
    result = export_model(source, target, dataset, options, notify=console.note)
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
        "card": dataclasses.asdict(result.card),
    }


def _report(result: ExportResult) -> str:
    parity, test, card = result.verdict.summary(), result.card.test, result.card
    accuracy = f"{test.accuracy:.2%} of {test.total:,} {test.dataset} test images" if test else "not measured"
    return "\n".join(
        [
            f"{result.path}  {result.size_bytes / 1024:,.0f} KiB",
            f"  model     {card.name}: {card.architecture}, {card.parameters:,} parameters, opset {card.opset}, "
            f"input {card.input.dtype} [{', '.join(card.input.shape)}]",
            f"  parity    {parity.flips} flips in {parity.images:,} test and {parity.corner_inputs:,} corner inputs; "
            f"logits differ by at most {parity.max_logit_difference:.1e}, "
            f"probabilities by {parity.max_probability_difference:.1e}",
            f"  accuracy  {accuracy}",
            f"  report    {result.report}",
        ]
    )
