"""The parity gate: an ONNX model passes only if it computes what its Keras model computes."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_edge.errors import ModelFormatError
from mnist_edge.export.comparison import FLIPS_SHOWN, Comparison, GateInputs
from mnist_edge.export.departure import compare_layers
from mnist_edge.export.keras_process import KerasAnswer, ask_keras, require_export_extra
from mnist_edge.export.signature import parse_onnx, read_onnx, signature_failures
from mnist_edge.export.verdict import ParityVerdict, Tolerance
from mnist_edge.runtime.session import Engine, read_card

UInt8Array = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class GateResult:
    """A verdict, and the classes that the ONNX model gave to the inputs: int ``[n + k]``, empty if it could not run."""

    verdict: ParityVerdict
    classes: npt.NDArray[np.intp]


def verify(
    onnx: str | os.PathLike[str],
    keras: str | os.PathLike[str],
    x_test: UInt8Array,
    *,
    tolerance: Tolerance | None = None,
) -> ParityVerdict:
    """Runs the gate on any exported model and Keras model.

    Args:
        onnx: An ONNX file with a model card.
        keras: A ``.keras`` file or a run folder.
        x_test: uint8 ``[n, 28, 28]``, the test images.
        tolerance: What is allowed; ``None`` takes the defaults.

    Raises:
        ModelFormatError: If the file is not an ONNX model, or has no card.
        ModelNotFoundError: If there is no such file.
        KerasModelError: If the Keras model cannot be used.
        MissingExtraError: If the extra ``export`` is not installed.
    """
    require_export_extra("Verifying a model")
    data, _ = read_onnx(onnx)
    read_card(data, os.fspath(onnx))
    inputs = GateInputs.from_test_images(x_test)
    answer = ask_keras(keras, inputs.images)
    return run_gate(data, keras, inputs, answer, tolerance=tolerance, where=os.fspath(onnx)).verdict


def run_gate(
    data: bytes,
    keras: str | os.PathLike[str],
    inputs: GateInputs,
    answer: KerasAnswer,
    *,
    tolerance: Tolerance | None = None,
    where: str = "the model",
) -> GateResult:
    """Compares a serialized ONNX model with what Keras answered for the same inputs.

    Every input goes through :class:`~mnist_edge.runtime.session.Engine`, the code that ships, at batch sizes 1, 2, 7 and
    256, with graph optimizations on and off. Only on a miss is Keras asked again, for the layers of the worst inputs.

    Args:
        data: The serialized model, with its card.
        keras: The Keras model, asked again on a miss.
        inputs: The inputs.
        answer: Keras's logits and probabilities for ``inputs.images``.
        tolerance: What is allowed; ``None`` takes the defaults.
        where: Name of the ONNX model, for messages.

    Raises:
        ModelFormatError: If the file is no ONNX model, or has no card.
    """
    allowed = tolerance or Tolerance()
    card, model = read_card(data, where), parse_onnx(data, where)
    failures = signature_failures(model, card)
    comparison = Comparison(inputs, answer, allowed)
    refusal = _run(comparison, data)
    if refusal and not failures:  # the signature is right, so the runner's own sentence says what is not
        failures.append(refusal)
    worst = comparison.worst()
    layers, departing = compare_layers(model, card, keras, inputs.images[worst]) if worst else ((), "")
    if departing:
        failures.append(f"the first layer that departs is {departing}")
    failures += comparison.failures()
    verdict = ParityVerdict(
        failures=tuple(failures),
        images=inputs.test_images,
        corner_inputs=len(inputs.corners.names),
        runs=tuple(comparison.runs),
        worst=tuple(comparison.describe(index) for index in worst),
        flipped=tuple(comparison.describe(int(index)) for index in np.flatnonzero(comparison.flips)[:FLIPS_SHOWN]),
        layers=layers,
        first_departing_layer=departing,
        tolerance=allowed,
    )
    return GateResult(verdict, comparison.classes)


def _run(comparison: Comparison, data: bytes) -> str:
    """Runs everything; returns why the runner refuses the model, or nothing."""
    try:
        for optimized in (True, False):
            comparison.run_all(Engine(data, optimize=optimized), optimized)
    except ModelFormatError as error:
        return str(error).rstrip(".").replace("<bytes>", "the file")
    return ""
