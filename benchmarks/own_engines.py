"""mnist-edge and the plain onnxruntime below it, for ``engines.py``."""

from __future__ import annotations

from engine_runner import Runner


def open_infer(path: str, batch: int) -> Runner:
    """``Engine.infer`` of this project."""
    from mnist_edge.runtime.classifier import DigitClassifier

    engine = DigitClassifier(path).engine
    return Runner(engine.infer, engine.encode, lambda answer: answer[1])


def open_classify(path: str, batch: int) -> Runner:
    """``DigitClassifier.classify`` of one 28×28 array."""
    from mnist_edge.runtime.classifier import DigitClassifier

    classify = DigitClassifier(path).classify
    return Runner(classify, lambda pictures: pictures[0], lambda answer: answer.probabilities[None])


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
