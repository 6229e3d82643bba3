"""Other programs' engines, for ``engines.py``. Each imports its library itself, for it runs in a process of its own."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt
from engine_runner import Float32Array, Runner, UInt8Array


def open_litert(path: str, batch: int) -> Runner:
    """LiteRT's interpreter; with a full-integer file it takes and gives int8."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=path, num_threads=1)
    interpreter.allocate_tensors()
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()
    set_tensor, invoke, get_tensor = interpreter.set_tensor, interpreter.invoke, interpreter.get_tensor
    source_index, target_index = source["index"], target["index"]

    def call(pictures: npt.NDArray[Any]) -> npt.NDArray[Any]:
        set_tensor(source_index, pictures)
        invoke()
        result: npt.NDArray[Any] = get_tensor(target_index)
        return result

    return Runner(call, lambda pictures: _quantized(_scaled(pictures), source), lambda answer: _dequantized(answer, target))


def _quantized(values: Float32Array, tensor: dict[str, Any]) -> npt.NDArray[Any]:
    scale, zero = tensor["quantization"]
    return np.round(values / scale + zero).clip(-128, 127).astype(np.int8) if scale else values


def _dequantized(values: npt.NDArray[Any], tensor: dict[str, Any]) -> Float32Array:
    scale, zero = tensor["quantization"]
    return ((values.astype(np.float32) - zero) * scale).astype(np.float32) if scale else values


def open_openvino(path: str, batch: int) -> Runner:
    """OpenVINO in float32."""
    return _openvino(path, "f32")


def open_openvino_bf16(path: str, batch: int) -> Runner:
    """OpenVINO in bfloat16."""
    return _openvino(path, "bf16")


def _openvino(path: str, precision: str) -> Runner:
    import openvino

    core = openvino.Core()
    hints = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": 1,
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": precision,
    }
    compiled = core.compile_model(path, "CPU", hints)
    if precision not in str(compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()):
        raise RuntimeError(f"this processor is not given {precision} by OpenVINO")
    request = compiled.create_infer_request()
    # A dictionary of inputs would cost 10 µs a call, so the request's own memory is written and read. The dictionary of
    # outputs is made all the same, here without copying them; start_async and wait, which make none, take 7 µs longer.
    source, target, infer = request.get_input_tensor().data, request.get_output_tensor().data, request.infer

    def call(pictures: Float32Array) -> Float32Array:
        source[...] = pictures
        infer(share_outputs=True)
        result: Float32Array = target.copy()
        return result

    return Runner(call, _planar, lambda answer: answer)


def open_opencv(path: str, batch: int) -> Runner:
    """OpenCV's dnn module, with the classic engine where OpenCV 5 offers several."""
    import cv2

    cv2.setNumThreads(1)
    classic = getattr(cv2.dnn, "ENGINE_CLASSIC", None)
    net = cv2.dnn.readNetFromONNX(path) if classic is None else cv2.dnn.readNetFromONNX(path, classic)
    net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)
    set_input, forward = net.setInput, net.forward

    def call(pictures: Float32Array) -> Float32Array:
        set_input(pictures)
        result: Float32Array = forward()
        return result

    return Runner(call, _planar, lambda answer: answer)


def open_mnn(path: str, batch: int) -> Runner:
    """MNN's interpreter and session."""
    import MNN

    interpreter = MNN.Interpreter(path)
    session = interpreter.createSession({"backend": "CPU", "numThread": 1, "precision": "normal"})
    source, target, run = (
        interpreter.getSessionInput(session),
        interpreter.getSessionOutput(session),
        interpreter.runSession,
    )
    shape = (batch, 1, 28, 28)

    def encode(pictures: UInt8Array) -> Any:
        return MNN.Tensor(shape, MNN.Halide_Type_Float, _planar(pictures), MNN.Tensor_DimensionType_Caffe)

    def call(pictures: Any) -> Float32Array:
        source.copyFrom(pictures)
        run(session)
        return np.array(target.getNumpyData())

    return Runner(call, encode, lambda answer: answer.reshape(batch, 10))


def open_ncnn(path: str, batch: int) -> Runner:
    """Ncnn with a network that pnnx converted; ``path`` is that of the ``.param`` file."""
    import ncnn

    net = ncnn.Net()
    net.opt.num_threads = 1
    net.opt.lightmode = True
    net.opt.use_vulkan_compute = False
    # Half precision is its default, which is another computation than that of the engines in float32.
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    if net.load_param(path) != 0 or net.load_model(path.removesuffix(".param") + ".bin") != 0:
        raise RuntimeError("ncnn cannot load what pnnx wrote")

    def call(pictures: Any) -> Float32Array:
        extractor = net.create_extractor()
        extractor.input("in0", pictures)
        answer = extractor.extract("out0")[1]
        return np.array(answer if batch == 1 else answer.numpy(batch_index=0))

    borrowed = []  # a matrix does not hold on to the array whose memory it uses

    def encode(pictures: UInt8Array) -> Any:
        borrowed.append(_planar(pictures))
        return ncnn.Mat(borrowed[-1][0]) if batch == 1 else ncnn.Mat(borrowed[-1], batch_index=0)

    return Runner(call, encode, lambda answer: answer.reshape(batch, 10))


def open_tf_function(path: str, batch: int) -> Runner:
    """The Keras model called through ``tf.function``, result as a numpy array."""
    tf, model = _load_keras(path)
    function = tf.function(
        lambda pictures: model(pictures, training=False),
        input_signature=[tf.TensorSpec((batch, 28, 28, 1), tf.float32)],
    ).get_concrete_function()
    return Runner(
        lambda pictures: function(pictures).numpy(), lambda pictures: tf.constant(_scaled(pictures)), lambda answer: answer
    )


def open_keras_predict(path: str, batch: int) -> Runner:
    """``model.predict``."""
    _, model = _load_keras(path)
    return Runner(lambda pictures: model.predict(pictures, batch_size=batch, verbose=0), _scaled, lambda answer: answer)


def _load_keras(path: str) -> tuple[Any, Any]:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    from mnist_edge.keras_model import load_keras_model

    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:  # opened again for another batch size: set already
        pass
    return tf, load_keras_model(path, purpose="The comparison of engines", extra="bench")


def _scaled(pictures: UInt8Array) -> Float32Array:
    """float32 ``[batch, 28, 28, 1]``, 0 to 1."""
    from mnist_edge.scaling import scale_to_unit

    return scale_to_unit(pictures[..., None])


def _planar(pictures: UInt8Array) -> Float32Array:
    """float32 ``[batch, 1, 28, 28]``, 0 to 255: the graph's first kernel has the scale in it."""
    return np.ascontiguousarray(pictures[:, None], np.float32)
