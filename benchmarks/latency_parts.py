"""The parts of a call: layer by layer inside the network, step by step around it."""

from __future__ import annotations

import onnx
from latency_graphs import PICTURE, bound, cuts, one_node, until
from latency_turns import Case

from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.framed import is_framed
from mnist_edge.runtime.packaged import read_model
from mnist_edge.runtime.scoring import Scorer


def model_parts(name: str) -> list[Case]:
    """A packaged network cut off behind each of its layers, see :func:`graph_parts`."""
    return graph_parts(name, onnx.load_model_from_string(read_model(name)[1]))


def graph_parts(name: str, model: onnx.ModelProto) -> list[Case]:
    """A graph cut off at one place after the other; the first case is a graph of one node, which is the call itself."""
    *places, (last, _) = cuts(model)
    return [
        Case(f"{name}: call", "call", bound(one_node())),
        *(Case(f"{name}: until {tensor}", operators, bound(until(model, tensor))) for operators, tensor in places),
        Case(f"{name}: whole", last, bound(model)),
    ]


def call_parts(name: str) -> list[Case]:
    """What a program calls, and what ``classify`` is made of."""
    classifier = DigitClassifier(name, profile=False)
    engine, scorer = classifier.engine, Scorer(classifier.engine)
    digit, picture = PICTURE[0, ..., 0], engine.encode(PICTURE)
    logits = engine.infer_one(digit)
    cases = {
        "infer": lambda: engine.infer(picture),
        "classify": lambda: classifier.classify(digit),
        "infer_one": lambda: engine.infer_one(digit),
        "is_framed": lambda: is_framed(digit),
        "copy": digit.copy,
        "judge": lambda: scorer._judge_one(logits, digit),
    }
    return [Case(f"{name}: {title}", title, call) for title, call in cases.items()]
