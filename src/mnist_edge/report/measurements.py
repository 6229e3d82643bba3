"""What others have measured and left in files: the parity gate beside the model, and ``mnist-edge benchmark``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_edge import card_json
from mnist_edge.contract import ParitySummary
from mnist_edge.errors import OptionError
from mnist_edge.export.pipeline import report_path
from mnist_edge.export.verdict import RunVerdict
from mnist_edge.runtime.bench_options import JSON_FILE
from mnist_edge.runtime.bench_report import BatchResult, ClockResult
from mnist_edge.runtime.machine import Machine

if TYPE_CHECKING:
    from mnist_edge.report.models import OnnxSide


@dataclass(frozen=True)
class ParityFile:
    """What the report uses of ``*.parity.json``."""

    graph_sha256: str
    passed: bool
    images: int
    corner_inputs: int
    runs: tuple[RunVerdict, ...]


@dataclass(frozen=True)
class Parity:
    """How close the exported model is to Keras.

    Attributes:
        summary: The worst over all passes.
        file: Every pass; ``None`` if only the card tells.
    """

    summary: ParitySummary
    file: ParityFile | None


@dataclass(frozen=True)
class MeasuredModel:
    """A model of a benchmark."""

    label: str
    sha256: str


@dataclass(frozen=True)
class MeasuredConfiguration:
    """One model with one number of threads."""

    model: str
    threads: int
    clocks: tuple[ClockResult, ...]
    batches: tuple[BatchResult, ...]


@dataclass(frozen=True)
class Benchmark:
    """What the report uses of ``benchmark.json``."""

    created: str
    machine: Machine
    models: tuple[MeasuredModel, ...]
    results: tuple[MeasuredConfiguration, ...]


def read_parity(onnx: OnnxSide | None) -> Parity | None:
    """The gate's report beside the model, if it is about this very graph; else what the card says."""
    if onnx is None:
        return None
    try:
        file: ParityFile | None = card_json.build(ParityFile, _json(report_path(onnx.file)))
    except (OSError, TypeError, KeyError, ValueError, OverflowError, RecursionError):
        file = None  # written by hand or another version; the card has the figures that count
    if file is not None and file.graph_sha256 == onnx.card.graph_sha256 and file.runs:
        return Parity(_worst(file), file)
    return Parity(onnx.card.parity, None) if onnx.card.parity else None


def _worst(file: ParityFile) -> ParitySummary:
    return ParitySummary(
        images=file.images,
        corner_inputs=file.corner_inputs,
        flips=max(run.flips for run in file.runs),
        max_logit_difference=max(run.max_logit_difference for run in file.runs),
        max_probability_difference=max(run.max_probability_difference for run in file.runs),
    )


def read_benchmark(path: Path) -> Benchmark:
    """Reads a result of ``mnist-edge benchmark -o``.

    Args:
        path: ``benchmark.json``, or the folder it is in.

    Raises:
        OptionError: If there is none, or it is damaged.
    """
    expected = f"the {JSON_FILE} that mnist-edge benchmark -o DIR writes"
    try:
        file = path / JSON_FILE if path.is_dir() else path
        benchmark: Benchmark = card_json.build(Benchmark, _json(file))
    except OSError as error:
        reason = error.strerror or str(error)
        raise OptionError(f"{path} cannot be read", expected=expected, received=reason) from error
    except (TypeError, KeyError, ValueError, OverflowError, RecursionError) as error:
        raise OptionError(f"{path} is no result of a benchmark", expected=expected, received=str(error)) from error
    if not any(result.clocks for result in benchmark.results):
        raise OptionError(f"{path} holds no measurement", expected=expected)
    return benchmark


def _json(file: Path) -> Any:
    return json.loads(file.read_bytes())
