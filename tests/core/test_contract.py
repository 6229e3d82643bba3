from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from mnist_edge.contract import FORMAT_VERSION, ModelCard, ParitySummary, TestResult, TrainingRecord
from mnist_edge.errors import ModelFormatError

CARD = ModelCard(
    name="simple_cnn",
    architecture="simple_cnn",
    parameters=93_322,
    opset=17,
    graph_sha256="0" * 64,
    created="2026-01-01T00:00:00+00:00",
    training=TrainingRecord(recipe="tutorial", seed=42, epochs=5, best_epoch=4, dataset="mnist", validation_accuracy=0.99),
    test=TestResult("mnist", 9_876, 10_000),
    parity=ParitySummary(10_000, 50, 0, 1e-6, 2e-7),
    layers={"conv1": "conv1"},
)


def changed(**changes: Any) -> str:
    return json.dumps({**dataclasses.asdict(CARD), **changes})


def test_a_card_comes_back_as_it_was() -> None:
    assert ModelCard.from_json(CARD.to_json()) == CARD


def test_accuracy_is_derived_from_counts() -> None:
    assert CARD.test is not None
    assert CARD.test.accuracy == 0.9876


def test_keys_of_later_versions_are_ignored() -> None:
    assert ModelCard.from_json(changed(later_field=1)) == CARD


def test_optional_parts_may_be_absent() -> None:
    raw = dataclasses.asdict(CARD)
    for key in ("training", "test", "parity", "rejection", "temperature", "tools", "layers"):
        del raw[key]
    card = ModelCard.from_json(json.dumps(raw))
    assert card.test is None
    assert card.temperature == 1.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "no format version"),
        ("{}", "no format version"),
        (changed(format_version=FORMAT_VERSION + 1), "newer mnist-edge.*Upgrade"),
        (changed(parameters="many"), "damaged.*ModelCard.parameters is str"),
        (changed(parameters=True), "damaged.*ModelCard.parameters is bool"),
        (changed(test={"dataset": "mnist"}), "damaged.*TestResult.correct is missing"),
        (changed(input=3), "damaged.*InputSpec is not an object"),
        (changed(outputs=["logits"]), "another outputs"),
        (changed(class_names=["a"] * 10), "another class names"),
        (changed(input={"name": "x"}), "another input name"),
        (changed(input={"dtype": "int64"}), "unknown input dtype.*uint8 or float32"),
        (changed(input={"polarity": "black ink on white"}), "another polarity"),
        (changed(temperature=0), "impossible temperature"),
        (changed(temperature=0).replace('"temperature": 0', '"temperature": 1e999'), "damaged.*temperature is inf"),
        (changed(temperature=float("nan")), "damaged.*temperature is nan"),
        (changed(temperature=10**400), "damaged"),
        ('{"format_version": ' + "[" * 100_000, "is not JSON"),
        (changed(format_version=True), "no format version"),
        (changed(format_version=0), "no format version"),
        (changed(layers={"a": 5}), r"damaged.*ModelCard\.layers\['a'\] is int"),
        (changed(outputs=["logits", 2]), r"damaged.*ModelCard\.outputs\[1\] is int"),
        (changed(input={"shape": [1, 2]}), r"damaged.*InputSpec\.shape\[0\] is int"),
        (changed(input={"shape": []}), "another input shape"),
        (changed(input={"shape": ["batch", "28", "28", "3"]}), "another input shape"),
        (changed(input={"value_range": [0, 1, 2]}), "damaged.*value_range has 3 entries instead of 2"),
        (changed(input={"dtype": "float32"}), "another value range"),
        (changed(test={"dataset": "mnist", "correct": 11, "total": 10}), "impossible test result"),
        (changed(test={"dataset": "mnist", "correct": -1, "total": 10}), "impossible test result"),
        (changed(test={"dataset": "mnist", "correct": 0, "total": 0}), "impossible test result"),
        (changed(training={"drawn_share": -0.1}), "impossible drawn share"),
        (changed(training={"validation_accuracy": 1.1}), "impossible validation accuracy"),
        (changed(rejection={"min_confidence": 2}), "impossible lowest confidence"),
        (changed(parity={**dataclasses.asdict(CARD)["parity"], "flips": -1}), "impossible parity"),
    ],
)
def test_a_bad_card_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(ModelFormatError, match=words):
        ModelCard.from_json(text, where="m.onnx")


def test_a_card_without_a_required_field() -> None:
    raw = dataclasses.asdict(CARD)
    del raw["opset"]
    with pytest.raises(ModelFormatError, match=r"ModelCard\.opset is missing"):
        ModelCard.from_json(json.dumps(raw))
