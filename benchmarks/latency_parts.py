"""The parts of a call: layer by layer inside the network, step by step around it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import onnx
from latency_graphs import bound, cuts, one_node, until
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


def call_parts(name: str, digits: Sequence[Any]) -> list[Case]:
    """What a program calls, and what ``classify`` is made of, for uint8 ``[28, 28]`` in MNIST's form."""
    classifier = DigitClassifier(name, profile=False)
    engine, scorer = classifier.engine, Scorer(classifier.engine)
    logits = [(engine.infer_one(digit), digit) for digit in digits]
    pictures = [engine.encode(digit[None]) for digit in digits]
    files = [cv2.imencode(".png", digit)[1] for digit in digits]

    def infer_and_decode(pair: tuple[Any, Any]) -> None:
        engine.infer(pair[0])
        cv2.imdecode(pair[1], cv2.IMREAD_UNCHANGED)

    cases = {
        "infer": _in_turn(engine.infer, pictures),
        "end_to_end": _in_turn(classifier.classify, [file.tobytes() for file in files]),
        "infer_and_decode": _in_turn(infer_and_decode, list(zip(pictures, files, strict=True))),
        "classify": _in_turn(classifier.classify, digits),
        "infer_one": _in_turn(engine.infer_one, digits),
        "is_framed": _in_turn(is_framed, digits),
        "judge": _in_turn(lambda pair: scorer._judge_one(*pair), logits),
    }
    return [Case(f"{name}: {title}", title, call) for title, call in cases.items()]


def _in_turn(function: Callable[[Any], Any], arguments: Sequence[Any]) -> Callable[[], Any]:
    """Another picture in each call, so that none is always in the cache and no branch always the same."""
    following = itertools.cycle(arguments).__next__
    return lambda: function(following())
