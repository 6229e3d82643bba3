"""The Keras side of an export, as a program of its own: ``python -m mnist_edge.export.keras_worker FOLDER``.

TensorFlow and tf2onnx change logging, signal handling and threading of the process they live in, so they get one that
ends with the job. FOLDER holds ``request.json`` and the input arrays; the answer is written beside them. An error of
mnist-edge crosses back as ``error.json``; see :mod:`mnist_edge.export.keras_process` for the other side.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import INPUT_NAME, LOGITS, PROBABILITIES
from mnist_edge.errors import ExportError, KerasModelError, MnistEdgeError
from mnist_edge.export.keras_head import layer_outputs, logits_model
from mnist_edge.keras_model import load_keras_model
from mnist_edge.scaling import scale_to_unit

REQUEST_FILE: Final = "request.json"
ERROR_FILE: Final = "error.json"
INFO_FILE: Final = "info.json"
ONNX_FILE: Final = "converted.onnx"
IMAGES_FILE: Final = "images.npy"
PROBE_FILE: Final = "probe.npy"
REFERENCE_FILE: Final = "reference.npz"
LAYERS_FILE: Final = "layers.npz"

_BATCH: Final = 1000
# What tf2onnx warns of although the graph is right: slow parsing, a text library nobody uses, an optimizer that gave up.
_HARMLESS: Final = ("protobuf is not cpp accelerated", "tensorflow_text not installed", "Failed to apply")


def end_with_parent() -> None:
    """Ends this process when the other end of its standard input is closed, however the parent ended."""

    def wait() -> None:
        os.read(0, 1)  # past sys.stdin, whose lock would be held when the interpreter shuts down
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def main(folder: Path) -> int:
    """Does what ``folder/request.json`` asks for; returns the exit code."""
    request = json.loads((folder / REQUEST_FILE).read_text(encoding="utf-8"))
    try:
        _answer(folder, request)
    except MnistEdgeError as error:
        failure = (type(error).__name__, str(error))
    except Exception as error:  # noqa: BLE001  # TensorFlow and tf2onnx raise anything; the parent makes one line of it
        lines = str(error).strip().splitlines() or [""]
        failure = (ExportError.__name__, f"Keras or tf2onnx failed with {type(error).__name__}: {lines[0][:300]}")
    else:
        return 0
    (folder / ERROR_FILE).write_text(json.dumps(failure), encoding="utf-8")
    return 1


def _answer(folder: Path, request: dict[str, Any]) -> None:
    model = load_keras_model(request["keras"], purpose="Export", extra="export")
    tools = _versions()
    info = {"name": model.name, "parameters": int(model.count_params()), "tools": tools}
    probe_file, images_file = folder / PROBE_FILE, folder / IMAGES_FILE
    if probe_file.is_file():
        layers = _layer_values(model, scale_to_unit(np.load(probe_file)))
        np.savez(folder / LAYERS_FILE, *layers.values())
        info["layers"] = list(layers)
    head = logits_model(model)  # changes the model: from here on only its logits are asked for
    if images_file.is_file():
        logits, probabilities = _reference(head, np.load(images_file))
        np.savez(folder / REFERENCE_FILE, logits=logits, probabilities=probabilities)
    if request.get("convert"):
        tools["tf2onnx"] = _convert(head, folder / ONNX_FILE, **request["convert"])
    (folder / INFO_FILE).write_text(json.dumps(info), encoding="utf-8")


def _layer_values(model: Any, images: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.float32]]:
    import keras

    outputs = layer_outputs(model)
    values = keras.Model(model.inputs, list(outputs.values()))(images, training=False)
    return {name: np.asarray(value, np.float32) for name, value in zip(outputs, values, strict=True)}


def _reference(head: Any, images: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    import tensorflow as tf

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator,unused-ignore]
    def run(batch: Any) -> tuple[Any, Any]:
        logits = tf.cast(head(batch, training=False), tf.float32)
        return logits, tf.nn.softmax(logits)

    parts = [run(tf.constant(scale_to_unit(images[start : start + _BATCH]))) for start in range(0, len(images), _BATCH)]
    logits = np.concatenate([part[0].numpy() for part in parts])
    if not np.isfinite(logits).all():
        raise KerasModelError(
            "The Keras model gives logits that are not finite",
            received=f"{int((~np.isfinite(logits).all(axis=1)).sum())} of {len(logits)} pictures",
            fix="Train it again with a lower learning rate",
        )
    return logits, np.concatenate([part[1].numpy() for part in parts])


def _convert(head: Any, target: Path, *, input_dtype: str, batch: int | None, opset: int) -> str:
    """Writes the raw conversion; returns the version of tf2onnx."""
    import tensorflow as tf
    import tf2onnx.convert

    from mnist_edge.contract import IMAGE_SIZE

    signature = [tf.TensorSpec([batch, IMAGE_SIZE, IMAGE_SIZE, 1], tf.as_dtype(input_dtype), name=INPUT_NAME)]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator,unused-ignore]
    def classify(image: Any) -> dict[str, Any]:
        scaled = tf.cast(image, tf.float32) * (1 / 255) if input_dtype == "uint8" else image
        logits = head(scaled, training=False)
        return {LOGITS: logits, PROBABILITIES: tf.nn.softmax(logits)}

    records = _Warnings()
    logging.getLogger("tf2onnx").addHandler(records)
    try:
        converted, _ = tf2onnx.convert.from_function(classify, input_signature=signature, opset=opset)
    except Exception:
        records.check()  # what tf2onnx logged says more than what it raised
        raise
    records.check()
    target.write_bytes(converted.SerializeToString())
    return str(tf2onnx.__version__)


class _Warnings(logging.Handler):
    """Collects what tf2onnx warns of: it converts on after an error, and leaves an operator that no runtime knows."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = " ".join(record.getMessage().split())
        if not any(harmless in message for harmless in _HARMLESS):
            self._messages.append(message)

    def check(self) -> None:
        if self._messages:
            raise ExportError(
                "tf2onnx could not convert the model faithfully",
                received=self._messages[0][:300],
                fix="Replace this layer or activation by one that ONNX has",
            )


def _versions() -> dict[str, str]:
    import keras
    import tensorflow as tf

    return {"keras": keras.__version__, "tensorflow": tf.__version__}


if __name__ == "__main__":
    end_with_parent()
    raise SystemExit(main(Path(sys.argv[1])))
