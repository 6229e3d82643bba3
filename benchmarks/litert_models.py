"""Converts the Keras model to LiteRT, float and full-integer: config as JSON on stdin, ``{}`` on stdout when done.

LiteRT gets the form it is fastest with: a fixed batch of 1, so that XNNPACK takes over the whole graph.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any, Final

from mnist_edge.dataset import load_dataset
from mnist_edge.errors import MnistEdgeError
from mnist_edge.files import write_bytes
from mnist_edge.keras_model import load_keras_model
from mnist_edge.scaling import scale_to_unit

CALIBRATION_PICTURES: Final = 1000  # the first training pictures; test pictures would leak into the quantization ranges


def convert(keras_path: str, litert: str, litert_int8: str, data: str | None) -> None:
    """Writes both files."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    keras_model = load_keras_model(keras_path, purpose="Converting to LiteRT", extra="bench")
    import keras

    image = keras.Input(batch_shape=(1, 28, 28, 1))
    model = keras.Model(image, keras_model(image))
    write_bytes(litert, tf.lite.TFLiteConverter.from_keras_model(model).convert())
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: _calibration(data)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    write_bytes(litert_int8, converter.convert())


def _calibration(data: str | None) -> Iterator[list[Any]]:
    for picture in load_dataset(data).x_train[:CALIBRATION_PICTURES]:
        yield [scale_to_unit(picture.reshape(1, 28, 28, 1))]


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
