"""The part of the model card that tells with which numbers a file computes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mnist_edge.contract import ModelCard, Precision


def test_cards_without_a_precision_are_of_float_files() -> None:
    text = json.loads(ModelCard("n", "a", 1, 17, "0", "now").to_json())
    assert text.pop("precision")["name"] == "float32"
    assert not ModelCard.from_json(json.dumps(text)).precision.is_reduced


@pytest.mark.parametrize(
    "broken",
    [
        *({"name": "int4"}, {"images": 5, "correct": 6}, {"flips": -1}, {"max_logit_difference": -1.0}),
        *({"name": "int8"}, {"name": "fp16"}, {"weights": "int8"}),
        {"name": "int8", "weights": "int8", "int8_layers": ("conv1",)},
        {"name": "fp16", "weights": "float16", "int8_layers": ("conv1",), "target": "x86"},
    ],
)
def test_impossible_precisions_are_problems(broken: dict[str, Any]) -> None:
    assert Precision().problem() is None
    assert Precision("int8", "int8").problem() is None
    assert Precision("int8", "int8", "uint8", "x86", ("conv1",)).problem() is None
    assert Precision(**broken).problem()
