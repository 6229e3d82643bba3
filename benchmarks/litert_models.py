"""Converts a Keras model to LiteRT, float and full-integer: config as JSON on stdin, ``{}`` on stdout when done.

LiteRT gets the form it is fastest with: a fixed batch, so that XNNPACK takes over the whole graph.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from mnist_edge.dataset import load_dataset
from mnist_edge.errors import MnistEdgeError
from mnist_edge.files import write_bytes
from mnist_edge.keras_model import load_keras_model
from mnist_edge.scaling import scale_to_unit

CALIBRATION_PICTURES: Final = 1000  # the first training pictures; test pictures would leak into the quantization ranges


def convert(keras_path: str, files: list[tuple[int, str, str]], data: str | None) -> None:
    """Writes two files for each batch size, the float one and the full-integer one."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    keras_model = load_keras_model(keras_path, purpose="Converting to LiteRT", extra="bench")
    import keras

    for batch, litert, litert_int8 in files:
        image = keras.Input(batch_shape=(batch, 28, 28, 1))
        model = keras.Model(image, keras_model(image))
        write_bytes(litert, tf.lite.TFLiteConverter.from_keras_model(model).convert())
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda size=batch: _calibration(data, size)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
        write_bytes(litert_int8, converter.convert())


def _calibration(data: str | None, batch: int) -> Iterator[list[Any]]:
    """The same pictures for each batch size; the last batch is filled up with the first ones, which changes no range."""
    pictures = scale_to_unit(load_dataset(data).x_train[:CALIBRATION_PICTURES, ..., None])
    for start in range(0, len(pictures), batch):
        yield [pictures[np.arange(start, start + batch) % len(pictures)]]


def main() -> int:
    """Entry point."""
    try:
        convert(**json.load(sys.stdin))
    except MnistEdgeError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n{}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
