"""mnist-edge and the plain onnxruntime below it, for ``engines.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from engine_runner import Float32Array, Runner

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
    import onnxruntime as ort

    from mnist_edge.contract import INPUT_NAME, OUTPUT_NAMES

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names, run = list(OUTPUT_NAMES), session.run
    return Runner(
        lambda pictures: run(names, {INPUT_NAME: pictures}),
        lambda pictures: pictures[..., None],
        lambda answer: answer[1],
    )
