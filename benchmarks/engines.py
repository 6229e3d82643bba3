"""The engines that are compared: each turns a model file into a callable with its own kind of ready input.

Every engine gets one thread, its usual fast path, and its input in the form it likes best, made before the timing starts.
Heavy libraries are imported by the engine that needs them: an engine runs in a process of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.scaling import scale_to_unit

UInt8Array = npt.NDArray[np.uint8]
Float32Array = npt.NDArray[np.float32]

TOP1_ONLY: Final = float("inf")  # int8 arithmetic: probabilities are not comparable, classes are


@dataclass(frozen=True)
class Files:
    """The same network in each engine's format.

    Attributes:
        onnx: Exported by mnist-edge.
        keras: The trained model.
        litert: Float LiteRT, batch 1.
        litert_int8: Full-integer LiteRT, batch 1.
    """

    onnx: str
    keras: str
    litert: str
    litert_int8: str


@dataclass(frozen=True)
class Runner:
    """An engine ready to be timed.

    Attributes:
        call: What is timed; takes one prepared input.
        inputs: One for each picture.
        probabilities_of: Turns what ``call`` returned into float32 ``[10]``.
    """

    call: Callable[[Any], Any]
    inputs: list[Any]
    probabilities_of: Callable[[Any], Float32Array]


def mnist_edge_infer(files: Files, pictures: UInt8Array) -> Runner:
    """``Engine.infer`` of this project."""
    from mnist_edge.runtime.session import Engine

    engine = Engine(files.onnx)
    return Runner(engine.infer, [engine.encode(picture) for picture in pictures], lambda answer: answer[1][0])


def mnist_edge_classify(files: Files, pictures: UInt8Array) -> Runner:
    """``DigitClassifier.classify`` of the same 28x28 picture: preprocessing and label included."""
    from mnist_edge.runtime.classifier import DigitClassifier

    return Runner(DigitClassifier(files.onnx).classify, list(pictures), lambda answer: answer.probabilities)


def plain_onnxruntime(files: Files, pictures: UInt8Array) -> Runner:
    """``InferenceSession.run`` on the same file: default options but for the one thread."""
    import onnxruntime as ort

    from mnist_edge.contract import INPUT_NAME, OUTPUT_NAMES

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(files.onnx, options, providers=["CPUExecutionProvider"])
    names, run = list(OUTPUT_NAMES), session.run
    is_uint8 = session.get_inputs()[0].type == "tensor(uint8)"
    ready = [picture[None, ..., None] if is_uint8 else _scaled(picture) for picture in pictures]
    return Runner(lambda image: run(names, {INPUT_NAME: image}), ready, lambda answer: answer[1][0])


def keras_function(files: Files, pictures: UInt8Array) -> Runner:
    """The Keras model called through ``tf.function`` with a fixed signature, result as a numpy array."""
    tf, model = _load_keras(files)
    function = tf.function(
        lambda image: model(image, training=False), input_signature=[tf.TensorSpec((1, 28, 28, 1), tf.float32)]
    ).get_concrete_function()
    ready = [tf.constant(_scaled(picture)) for picture in pictures]
    return Runner(lambda image: function(image).numpy(), ready, lambda answer: answer[0])


def keras_predict(files: Files, pictures: UInt8Array) -> Runner:
    """``model.predict`` of one picture, as the tutorials do it."""
    _, model = _load_keras(files)
    ready = [_scaled(picture) for picture in pictures]
    return Runner(lambda image: model.predict(image, verbose=0), ready, lambda answer: answer[0])


def litert_float(files: Files, pictures: UInt8Array) -> Runner:
    """LiteRT (XNNPACK), float, set_tensor - invoke - get_tensor."""
    return _litert(files.litert, pictures)


def litert_int8(files: Files, pictures: UInt8Array) -> Runner:
    """LiteRT (XNNPACK), full-integer: int8 in, int8 out, static per-channel quantization."""
    return _litert(files.litert_int8, pictures)


def _litert(path: str, pictures: UInt8Array) -> Runner:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=path, num_threads=1)
    interpreter.allocate_tensors()
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()
    set_tensor, invoke, get_tensor = interpreter.set_tensor, interpreter.invoke, interpreter.get_tensor

    def call(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        set_tensor(source["index"], image)
        invoke()
        result: npt.NDArray[Any] = get_tensor(target["index"])
        return result

    ready = [_quantized(_scaled(picture), source) for picture in pictures]
    return Runner(call, ready, lambda answer: _dequantized(answer[0], target))


def _quantized(values: Float32Array, tensor: dict[str, Any]) -> npt.NDArray[Any]:
    scale, zero = tensor["quantization"]
    return np.round(values / scale + zero).clip(-128, 127).astype(np.int8) if scale else values


def _dequantized(values: npt.NDArray[Any], tensor: dict[str, Any]) -> Float32Array:
    scale, zero = tensor["quantization"]
    return ((values.astype(np.float32) - zero) * scale).astype(np.float32) if scale else values


def _scaled(picture: UInt8Array) -> Float32Array:
    """float32 ``[1, 28, 28, 1]``, 0 to 1."""
    return scale_to_unit(picture.reshape(1, 28, 28, 1))


def _load_keras(files: Files) -> tuple[Any, Any]:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    from mnist_edge.keras_model import load_keras_model

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return tf, load_keras_model(files.keras, purpose="The comparison of engines", extra="bench")


@dataclass(frozen=True)
class Engine:
    """An entry of the comparison.

    Attributes:
        title: As the table names it.
        open: Loads the model.
        tolerance: Largest difference of a probability to plain onnxruntime.
        share: Part of the requested samples; engines that need 1,000 times longer cannot give as many.
    """

    title: str
    open: Callable[[Files, UInt8Array], Runner]
    tolerance: float = 1e-3
    share: float = 1.0


REFERENCE: Final = "onnxruntime"
ENGINES: Final = {
    "onnxruntime": Engine("plain onnxruntime session.run", plain_onnxruntime),
    "infer": Engine("mnist-edge Engine.infer", mnist_edge_infer),
    "classify": Engine("mnist-edge classify (28x28 array to label)", mnist_edge_classify),
    "litert": Engine("LiteRT float (XNNPACK)", litert_float),
    "litert_int8": Engine("LiteRT int8 (XNNPACK)", litert_int8, tolerance=TOP1_ONLY),
    "keras_function": Engine("Keras through tf.function", keras_function),
    "keras_predict": Engine("keras.predict", keras_predict, share=0.02),
}
