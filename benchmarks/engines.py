"""The engines that are compared, and how each is set up for low latency in one thread.

What each engine's documentation recommends is done, tried against its alternatives, and the fastest is kept; ``setup`` says
what it is. Each engine gets its input in the form it likes best, made before the timing starts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import own_engines
import peer_engines
from engine_runner import Runner

FLOAT, INT8, BF16 = "float32", "int8", "bfloat16"
TOLERANCE: Final = 1e-3  # of a probability, between engines that compute in float32
ANY: Final = float("inf")
AGREEMENT: Final = 0.98  # share of the digits that an engine of lower precision must read as the float reference does


@dataclass(frozen=True)
class Engine:
    """An entry of the comparison.

    Attributes:
        title: As the tables name it.
        setup: What was chosen for low latency, in a line.
        kind: Of the file it opens, see ``compare_files.FIXED_BATCH``.
        open: Makes a file and a batch size a :class:`Runner`.
        modules: What a program imports to use it; what takes time to import.
        distribution: What a user installs.
        precision: Of its arithmetic; in float32 all classes must be the reference's, else :data:`AGREEMENT` of them.
        tolerance: Largest difference of a probability to the reference; not compared in lower precision.
        checks_all: Whether its answers to all test digits are compared, or to those alone that are timed.
        share: Part of the requested samples and pictures; ``predict`` needs 1,000 times longer than the others.
        every: Measured in each round, in every second, …
    """

    title: str
    setup: str
    kind: str
    open: Callable[[str, int], Runner]
    modules: tuple[str, ...]
    distribution: str
    precision: str = FLOAT
    tolerance: float = TOLERANCE
    checks_all: bool = True
    share: float = 1.0
    every: int = 1

    @property
    def is_float(self) -> bool:
        """Whether it computes what the reference computes, not an approximation of it."""
        return self.precision == FLOAT


REFERENCE: Final = "onnxruntime"  # whose answers the others must give
BASE: Final = "infer"  # to whose time the others' are set
BASE_INT8: Final = "infer_int8"
_OWN: Final = ("onnxruntime", "mnist_edge.runtime.classifier")
_PLANAR: Final = "float32 pictures [batch, 1, 28, 28], fixed batch"
_RUN_ONLY: Final = "one thread, one call of the function a program would call"

ENGINES: Final = {
    "infer": Engine(
        "mnist-edge `Engine.infer`",
        "as it comes; uint8 pictures",
        "onnx",
        own_engines.open_infer,
        _OWN,
        "mnist-edge",
    ),
    "classify": Engine(
        "mnist-edge `classify`",
        "as it comes; from a 28×28 array to the label, preprocessing included; batches by `classify_batch`",
        "onnx",
        own_engines.open_classify,
        _OWN,
        "mnist-edge",
        tolerance=ANY,  # its probabilities are calibrated by the model card's temperature
        checks_all=False,
    ),
    "infer_int8": Engine(
        "mnist-edge int8 `Engine.infer`",
        "the file of `mnist-edge export --precision int8`, made on this machine; uint8 pictures",
        "onnx_int8",
        own_engines.open_infer,
        _OWN,
        "mnist-edge",
        INT8,
    ),
    "classify_int8": Engine(
        "mnist-edge int8 `classify`",
        "as above; from a 28×28 array to the label",
        "onnx_int8",
        own_engines.open_classify,
        _OWN,
        "mnist-edge",
        INT8,
        checks_all=False,
    ),
    "onnxruntime": Engine(
        "onnxruntime `session.run`",
        "what programs usually call; not its fastest way. The same file; one intra-op thread, all graph optimizations (the "
        "default)",
        "onnx",
        own_engines.open_onnxruntime,
        ("onnxruntime",),
        "onnxruntime",
    ),
    "onnxruntime_bound": Engine(
        "onnxruntime, bound buffers",
        "as `session.run`, with io_binding: arrays bound once, run_with_iobinding, outputs copied as `infer` does it",
        "onnx",
        own_engines.open_onnxruntime_bound,
        ("onnxruntime",),
        "onnxruntime",
    ),
    "litert": Engine(
        "LiteRT float",
        "XNNPACK, num_threads=1, fixed batch, set_tensor – invoke – get_tensor (faster here than CompiledModel)",
        "litert",
        peer_engines.open_litert,
        ("ai_edge_litert.interpreter",),
        "ai-edge-litert",
    ),
    "litert_int8": Engine(
        "LiteRT int8",
        "as LiteRT float; full integer, calibrated with 1,000 training digits; int8 pictures",
        "litert_int8",
        peer_engines.open_litert,
        ("ai_edge_litert.interpreter",),
        "ai-edge-litert",
        INT8,
    ),
    "openvino": Engine(
        "OpenVINO float32",
        "PERFORMANCE_HINT=LATENCY, INFERENCE_NUM_THREADS=1, NUM_STREAMS=1, INFERENCE_PRECISION_HINT=f32; one infer request "
        f"whose tensors are written and read in place, infer(share_outputs=True) (faster here than start_async); {_PLANAR}",
        "planar",
        peer_engines.open_openvino,
        ("openvino",),
        "openvino",
    ),
    "openvino_bf16": Engine(
        "OpenVINO bf16",
        "as OpenVINO float32 with INFERENCE_PRECISION_HINT=bf16, its default where the processor has it",
        "planar",
        peer_engines.open_openvino_bf16,
        ("openvino",),
        "openvino",
        BF16,
    ),
    "opencv": Engine(
        "OpenCV dnn",
        "DNN_BACKEND_OPENCV, DNN_TARGET_CPU, setNumThreads(1), the classic engine where OpenCV has several (faster here "
        f"than the new one); {_PLANAR}",
        "planar",
        peer_engines.open_opencv,
        ("cv2",),
        "opencv-python",
    ),
    "mnn": Engine(
        "MNN",
        "converted from ONNX; session with numThread=1, backend CPU, precision normal; ready tensors (precision low and "
        "the Module API are as fast here)",
        "mnn",
        peer_engines.open_mnn,
        ("MNN",),
        "MNN",
    ),
    "ncnn": Engine(
        "ncnn",
        "converted from ONNX by pnnx; num_threads=1, light mode, no Vulkan, no fp16 (its default, but not float32), "
        "defaults for Winograd and sgemm; ready matrices, a new extractor a call, as its interface wants it",
        "ncnn",
        peer_engines.open_ncnn,
        ("ncnn",),
        "ncnn",
    ),
    "tf_function": Engine(
        "`tf.function`",
        f"a concrete function of fixed shape, ready tensors; {_RUN_ONLY}",
        "keras",
        peer_engines.open_tf_function,
        ("tensorflow", "keras"),
        "tensorflow",
        checks_all=False,
    ),
    "keras_predict": Engine(
        "`keras.predict`",
        f"model.predict(verbose=0), as the tutorials do it; {_RUN_ONLY}",
        "keras",
        peer_engines.open_keras_predict,
        ("tensorflow", "keras"),
        "tensorflow",
        checks_all=False,
        share=0.02,
        every=3,
    ),
}
OWN: Final = ("infer", "classify", "infer_int8", "classify_int8")
_ONLY_SIMPLE: Final = ("tf_function", "keras_predict")


def subjects(models: tuple[str, ...], names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pairs of engine and model that are compared: Keras itself only with the tutorials' network."""
    return [
        (name, model)
        for model in models
        for name in ENGINES
        if name in names and (name not in _ONLY_SIMPLE or model == "simple_cnn")
    ]
