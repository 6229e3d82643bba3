"""Asking a Keras model in a process of its own, so that this one never imports TensorFlow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge import errors
from mnist_edge.errors import ExportError, MissingExtraError, MnistEdgeError, WorkerError
from mnist_edge.export import keras_worker
from mnist_edge.export.options import ExportOptions
from mnist_edge.extras import require
from mnist_edge.files import output_errors
from mnist_edge.keras_model import resolve_keras_path

Float32Array = npt.NDArray[np.float32]
UInt8Array = npt.NDArray[np.uint8]

_MODULES: Final = ("keras", "tensorflow", "onnx", "onnxslim", "tf2onnx")
_PARITY_NEEDS_THE_CPU: Final = {"CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}


@dataclass(frozen=True, eq=False)
class KerasAnswer:
    """What the Keras process found out.

    Attributes:
        name: Name of the Keras model.
        parameters: Weights, trainable or not.
        tools: Versions of keras and tensorflow, and of tf2onnx after a conversion.
        logits: float32 ``[n, 10]`` for the images that were sent, what goes into the last softmax.
        probabilities: float32 ``[n, 10]``, the softmax of the logits.
        layers: Layer name to its output for the probe images, float32, first axis the batch, in order of computation.
        onnx: The serialized raw conversion, if one was asked for.
    """

    name: str
    parameters: int
    tools: dict[str, str]
    logits: Float32Array
    probabilities: Float32Array
    layers: dict[str, Float32Array] = field(default_factory=dict)
    onnx: bytes = b""


def require_export_extra(purpose: str) -> None:
    """Checks that the extra ``export`` is installed.

    Raises:
        MissingExtraError: If a module is missing.
    """
    require(purpose, *_MODULES, extra="export")


def ask_keras(
    keras: str | os.PathLike[str],
    images: UInt8Array,
    *,
    probe: UInt8Array | None = None,
    convert: ExportOptions | None = None,
) -> KerasAnswer:
    """Loads a Keras model in a new process and computes what an export or a comparison needs.

    Ctrl-C ends the process at once and leaves no file.

    Args:
        keras: A ``.keras`` file or a run folder.
        images: uint8 ``[n, 28, 28, 1]``, 0 to 255, white ink on black: inputs for logits and probabilities.
        probe: Images of the same form for which every layer's output is wanted.
        convert: Also convert to ONNX, with these options.

    Raises:
        KerasModelError: If the model cannot be used.
        ExportError: If the conversion fails.
        MissingExtraError: If the extra ``export`` is not installed.
        OutputError: If the temporary folder cannot be written.
        WorkerError: If the process dies.
    """
    path = resolve_keras_path(keras)
    require_export_extra("Comparing with Keras" if convert is None else "Export")
    with output_errors(tempfile.gettempdir()), tempfile.TemporaryDirectory(prefix="mnist-edge-") as name:
        folder = Path(name)
        wanted = {"input_dtype": convert.input_dtype, "batch": convert.batch, "opset": convert.opset} if convert else None
        request = {"keras": str(path.resolve()), "convert": wanted}
        (folder / keras_worker.REQUEST_FILE).write_text(json.dumps(request), encoding="utf-8")
        np.save(folder / keras_worker.IMAGES_FILE, images)
        if probe is not None:
            np.save(folder / keras_worker.PROBE_FILE, probe)
        _run(folder)
        return _read(folder, with_onnx=convert is not None)


def _run(folder: Path) -> None:
    environment = {**os.environ, **_PARITY_NEEDS_THE_CPU}
    environment.pop("PYTHONWARNINGS", None)  # TensorFlow does not import with warnings as errors
    log = folder / "log.txt"
    with log.open("wb") as output:
        # -P: a keras.py or onnx.py in the working folder must not shadow the library.
        worker = subprocess.Popen(  # noqa: S603  # our own module, with a path that is no shell text
            [sys.executable, "-P", "-m", keras_worker.__name__, str(folder)],
            stdin=subprocess.PIPE,  # never written to: its end tells the worker that this process is gone
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        try:
            code = worker.wait()
        finally:
            if worker.poll() is None:
                worker.kill()
                worker.wait()
            if worker.stdin is not None:
                worker.stdin.close()
    if code != 0:
        raise _failure(folder, code, log)


def _failure(folder: Path, code: int, log: Path) -> MnistEdgeError:
    report = folder / keras_worker.ERROR_FILE
    if not report.is_file():
        lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        return WorkerError(
            f"The Keras process ended with code {code}" if code > 0 else f"The Keras process was killed by signal {-code}",
            received=lines[-1][:300] if lines else "",
            fix="Check the free memory, and try again",
        )
    kind, message = json.loads(report.read_text(encoding="utf-8"))
    found = getattr(errors, kind, ExportError)
    return ExportError(message) if found is MissingExtraError else found(message)


def _read(folder: Path, *, with_onnx: bool) -> KerasAnswer:
    info: dict[str, Any] = json.loads((folder / keras_worker.INFO_FILE).read_text(encoding="utf-8"))
    layers: dict[str, Float32Array] = {}
    if "layers" in info:
        with np.load(folder / keras_worker.LAYERS_FILE) as values:
            layers = {name: values[f"arr_{index}"] for index, name in enumerate(info["layers"])}
    with np.load(folder / keras_worker.REFERENCE_FILE) as reference:
        logits, probabilities = reference["logits"], reference["probabilities"]
    onnx = (folder / keras_worker.ONNX_FILE).read_bytes() if with_onnx else b""
    return KerasAnswer(info["name"], info["parameters"], info["tools"], logits, probabilities, layers, onnx)
