"""The gate of reduced precision on any exported int8 or fp16 model and Keras model."""

from __future__ import annotations

import os

from mnist_edge.dataset import Dataset
from mnist_edge.export.keras_process import ask_keras, require_export_extra
from mnist_edge.export.quantization.calibration import validation_digits
from mnist_edge.export.quantization.gate import PrecisionVerdict, judge
from mnist_edge.export.quantization.presets import ReductionOptions
from mnist_edge.export.signature import read_onnx


def verify_reduced(
    onnx: str | os.PathLike[str], keras: str | os.PathLike[str], dataset: Dataset, *, max_drop: float | None = None
) -> PrecisionVerdict:
    """Compares an int8 or fp16 model with Keras on validation digits.

    Args:
        onnx: An ONNX file with a model card.
        keras: A ``.keras`` file or a run folder.
        dataset: The last tenth of its training pictures is compared.
        max_drop: Largest loss of accuracy allowed, in percentage points; ``None`` takes what an export allows.

    Raises:
        ModelFormatError: If the file is not an ONNX model, or has no card.
        ModelNotFoundError: If there is no such file.
        KerasModelError: If the Keras model cannot be used.
        MissingExtraError: If the extra ``export`` is not installed.
    """
    require_export_extra("Verifying a model")
    data, _ = read_onnx(onnx)
    digits = validation_digits(dataset)
    allowed = ReductionOptions.max_drop if max_drop is None else max_drop
    return judge(data, ask_keras(keras, digits.images).logits, digits, allowed, where=os.fspath(onnx))
