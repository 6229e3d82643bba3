"""mnist-edge and the plain onnxruntime below it, for ``engines.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from engine_runner import Float32Array, Runner, UInt8Array

if TYPE_CHECKING:
    from mnist_edge.runtime.prediction import Prediction


def open_infer(path: str, batch: int) -> Runner:
    """``Engine.infer`` of this project."""
    from mnist_edge.runtime.classifier import DigitClassifier

    engine = DigitClassifier(path, profile=False).engine
    return Runner(engine.infer, engine.encode, lambda answer: answer[1])


def open_classify(path: str, batch: int) -> Runner:
    """``DigitClassifier.classify`` of one 28×28 array, or ``classify_batch`` of several."""
    from mnist_edge.runtime.classifier import DigitClassifier

    classifier = DigitClassifier(path, profile=False)
    if batch == 1:
        return Runner(classifier.classify, lambda pictures: pictures[0], lambda answer: answer.probabilities[None])
    return Runner(classifier.classify_batch, lambda pictures: pictures, _probabilities)


def _probabilities(answers: Sequence[Prediction]) -> Float32Array:
    return np.array([answer.probabilities for answer in answers], np.float32)


def open_onnxruntime(path: str, batch: int) -> Runner:
    """``InferenceSession.run`` on the same file: default options but for the one thread."""
    session = _session(path)
    source, targets = _names(session)
    run = session.run
    return Runner(lambda pictures: run(targets, {source: pictures}), _with_channel, lambda answer: answer[1])


def open_onnxruntime_bound(path: str, batch: int) -> Runner:
    """The same between arrays that are bound once; what it returns are copies, as in ``Engine.infer``."""
    session = _session(path)
    source_name, target_names = _names(session)
    source = np.zeros((batch, 28, 28, 1), np.uint8)
    logits, probabilities = targets = [np.zeros((batch, 10), np.float32) for _ in target_names]
    binding, run = session.io_binding(), session.run_with_iobinding
    binding.bind_input(source_name, "cpu", 0, np.uint8, source.shape, source.ctypes.data)
    for name, target in zip(target_names, targets, strict=True):
        binding.bind_output(name, "cpu", 0, np.float32, target.shape, target.ctypes.data)

    def call(pictures: UInt8Array) -> tuple[Float32Array, Float32Array]:
        source[...] = pictures
        run(binding)
        return logits.copy(), probabilities.copy()

    return Runner(call, _with_channel, lambda answer: answer[1])


def _session(path: str) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _names(session: Any) -> tuple[str, list[str]]:
    """Of the input, and of the outputs: logits, then probabilities; importing the contract would count as loading time."""
    return session.get_inputs()[0].name, [output.name for output in session.get_outputs()]


def _with_channel(pictures: UInt8Array) -> UInt8Array:
    return pictures[..., None]
