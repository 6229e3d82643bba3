"""An export from beginning to end: convert, clean, prove equal, describe, write."""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mnist_edge.contract import NUM_CLASSES, ModelCard, TestResult
from mnist_edge.dataset import Dataset
from mnist_edge.errors import OptionError
from mnist_edge.export.card import CUSTOM, RunRecord, build_card, read_run, serialize, tested
from mnist_edge.export.comparison import GateInputs
from mnist_edge.export.crop_pass import crop_unread
from mnist_edge.export.graph import clean, finish
from mnist_edge.export.keras_process import KerasAnswer, ask_keras, require_export_extra
from mnist_edge.export.layers import SCALED, encode, match_layers
from mnist_edge.export.naming import name_after_layers
from mnist_edge.export.options import ExportOptions
from mnist_edge.export.parity import run_gate
from mnist_edge.export.verdict import ParityVerdict, Tolerance
from mnist_edge.files import output_errors, write_bytes, write_json
from mnist_edge.keras_model import resolve_keras_path

if TYPE_CHECKING:
    from onnx import ModelProto

    from mnist_edge.export.quantization.presets import ReductionOptions
    from mnist_edge.export.quantization.reduce import Reduced

_PROBE_DIGITS: Final = 4
_PROBE_CORNERS: Final = 4
_REPORT_BYTES: Final = 65536
_NEAR_CHANCE: Final = 2 / NUM_CLASSES


@dataclass(frozen=True)
class ExportResult:
    """A model that passed.

    Attributes:
        path: The ONNX file.
        report: The parity report beside it.
        card: Its model card.
        verdict: What the gate found.
        size_bytes: Size of the file.
        notes: What the user should know although it is no failure.
        reduced: Gate and verdict of an int8 or fp16 model; ``verdict`` is that of its float graph.
    """

    path: Path
    report: Path
    card: ModelCard
    verdict: ParityVerdict
    size_bytes: int
    notes: tuple[str, ...] = ()
    reduced: Reduced | None = None


def report_path(model: Path) -> Path:
    """Where the parity report of a model lies: ``model.onnx`` has ``model.parity.json`` beside it."""
    return model.with_name(f"{model.stem}.parity.json")


def rejected_path(model: Path) -> Path:
    """Where a model that failed the gate is kept: ``model.onnx`` becomes ``model.rejected.onnx``."""
    return model.with_name(f"{model.stem}.rejected.onnx")


def export_model(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    dataset: Dataset,
    options: ExportOptions | None = None,
    *,
    reduction: ReductionOptions | None = None,
    tolerance: Tolerance | None = None,
    notify: Callable[[str], None] = lambda text: None,
) -> ExportResult:
    """Exports a Keras model to ONNX and proves that it computes the same.

    A model that passes is written to ``output``, with ``*.parity.json`` beside it. One that fails is kept only as
    ``*.rejected.onnx`` with its report; what was at ``output`` stays as it is. A model of reduced precision has two gates
    to pass: its float graph that of parity, and then it is compared with the float graph on validation digits.

    Args:
        source: A ``.keras`` file or a run folder.
        output: The ONNX file to write, named ``*.onnx``.
        dataset: Its test images are compared and scored.
        options: How the model shall look; ``None`` takes the defaults.
        reduction: Makes it an int8 or fp16 model; ``None`` leaves it float32.
        tolerance: What the gate allows; ``None`` takes the defaults.
        notify: Called with a line of text when a step begins.

    Raises:
        ExportError: If the conversion fails.
        ParityError: If the ONNX model does not compute the same.
        PrecisionError: If reduced precision costs too much accuracy.
        MnistEdgeError: What :func:`check_export` raises.
    """
    chosen, target = options or ExportOptions(), Path(output)
    proven = _prove(source, target, dataset, chosen, tolerance, notify)
    if reduction is None:
        return _write(target, serialize(proven.model, proven.card), proven.card, proven.verdict)
    from mnist_edge.export.quantization.reduce import reduce_model

    reduced = reduce_model(proven.model, proven.card, dataset, reduction, notify=notify)
    if not reduced.gate.passed:
        _reject(target, reduced.data, proven.verdict, reduced)
        rejected = rejected_path(target)
        fix = f"See {report_path(rejected)}; the model is kept as {rejected}"
        raise reduced.gate.error(str(target), "the float model", fix=fix)
    return _write(target, reduced.data, reduced.card, proven.verdict, reduced)


@dataclass(frozen=True, eq=False)
class _Proven:
    """A float graph that passed the parity gate, its card and the verdict."""

    model: ModelProto
    card: ModelCard
    verdict: ParityVerdict


def _prove(
    source: str | os.PathLike[str],
    target: Path,
    dataset: Dataset,
    options: ExportOptions,
    tolerance: Tolerance | None,
    notify: Callable[[str], None],
) -> _Proven:
    """Converts, and compares with Keras; a graph that differs is kept as rejected, and an error says so."""
    keras, run = check_export(source, target)
    notify(f"Converting {keras}")
    inputs = GateInputs.from_test_images(dataset.x_test)
    model, names, answer = _convert(keras, inputs, options)
    name = options.name or (run.architecture if run.architecture != CUSTOM else keras.stem)
    card = build_card(model, answer, run, options, name=name, layers=names)
    notify(f"Comparing {len(inputs.images):,} inputs with Keras")
    data = serialize(model, card)
    gate = run_gate(data, keras, inputs, answer, tolerance=tolerance, where=str(target))
    if not gate.verdict.passed:
        _reject(target, data, gate.verdict)
        rejected = rejected_path(target)
        fix = f"See {report_path(rejected)}; the model is kept as {rejected}"
        raise gate.verdict.error(str(target), str(keras), fix=fix)
    correct = int((gate.classes[: inputs.test_images] == dataset.y_test).sum())
    test = TestResult(dataset.name, correct, len(dataset.y_test))
    return _Proven(model, tested(card, parity=gate.verdict.summary(), test=test), gate.verdict)


def check_export(source: str | os.PathLike[str], target: Path) -> tuple[Path, RunRecord]:
    """Finds out before any slow work whether ``source`` can be exported to ``target``.

    Returns:
        The ``.keras`` file, and what its run folder says.

    Raises:
        OptionError: If ``target`` is not named ``*.onnx``.
        KerasModelError: If there is no such Keras model, or its training is not finished.
        RunError: If the run folder is damaged.
        OutputError: If ``target`` cannot be written.
        MissingExtraError: If the extra ``export`` is not installed.
    """
    if target.suffix != ".onnx":
        raise OptionError("The output is no ONNX file", expected="a name that ends in .onnx", received=str(target))
    require_export_extra("Export")
    keras = resolve_keras_path(source)
    run = read_run(keras)
    check_writable(target, keras.stat().st_size + _REPORT_BYTES)
    return keras, run


def _convert(keras: Path, inputs: GateInputs, options: ExportOptions) -> tuple[ModelProto, dict[str, str], KerasAnswer]:
    """The cleaned graph, Keras layer to tensor, and what Keras answers for the inputs."""
    probe = np.concatenate([inputs.images[:_PROBE_DIGITS], inputs.images[-_PROBE_CORNERS:]])
    answer = ask_keras(keras, inputs.images, probe=probe, convert=options)
    model = clean(answer.onnx, batch=options.batch)
    layers = {SCALED: encode(probe, "float32"), **answer.layers} if options.input_dtype == "uint8" else answer.layers
    names = name_after_layers(model.graph, match_layers(model, layers, encode(probe, options.input_dtype)))
    crop_unread(model)
    finish(model)
    return model, names, answer


def check_writable(target: Path, size: int) -> None:
    """Finds out before the slow work whether ``target`` can be written and ``size`` bytes fit.

    Raises:
        OutputError: If not.
    """
    with output_errors(target):
        folder = target.absolute().parent
        while not folder.exists():
            folder = folder.parent
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        trial = folder / f".{uuid.uuid4().hex}.part"
        try:
            trial.write_bytes(bytes(size))
        finally:
            with contextlib.suppress(OSError):
                trial.unlink(missing_ok=True)


def _write(
    target: Path, data: bytes, card: ModelCard, verdict: ParityVerdict, reduced: Reduced | None = None
) -> ExportResult:
    report = report_path(target)
    # The report first: if the disk is full, no new model lies beside the proof of an old one.
    write_json(report, _report(target, verdict, reduced, graph_sha256=card.graph_sha256))
    write_bytes(target, data)
    for stale in (rejected_path(target), report_path(rejected_path(target))):
        with contextlib.suppress(OSError):
            stale.unlink(missing_ok=True)  # an earlier attempt under this name, now replaced by one that passed
    return ExportResult(target, report, card, verdict, len(data), _notes(card), reduced)


def _reject(target: Path, data: bytes, verdict: ParityVerdict, reduced: Reduced | None = None) -> None:
    rejected = rejected_path(target)
    write_json(report_path(rejected), _report(rejected, verdict, reduced))
    write_bytes(rejected, data)


def _report(model: Path, verdict: ParityVerdict, reduced: Reduced | None, **more: str) -> dict[str, Any]:
    """The parity of the float graph, and what was made of it."""
    report = {"model": model.name, **more, **verdict.to_dict()}
    if reduced is None:
        return report
    return {**report, "passed": verdict.passed and reduced.gate.passed, "precision": reduced.to_dict()}


def _notes(card: ModelCard) -> tuple[str, ...]:
    notes = []
    if card.test is not None and card.test.accuracy < _NEAR_CHANCE:
        notes.append(
            f"The model answers {card.test.accuracy:.1%} of the test set right, about what guessing does: was it trained?"
        )
    if card.test is not None and card.test.dataset == CUSTOM:
        notes.append("The test set is not MNIST; the card says so.")
    return tuple(notes)
