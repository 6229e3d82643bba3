"""The benchmark of session options, and its part of the documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from benchmark_scripts import script

from mnist_edge.runtime.packaged import read_model
from mnist_edge.runtime.session import open_session

Load = Callable[[str], ModuleType]


@pytest.mark.real
def test_models_are_tuned_and_rendered(load: Load, tmp_path: Path) -> None:
    done = script("tuning", "tiny", "--repeats", "5", "--seconds", "0.005", "-o", tmp_path / "tuning.json")
    assert done.returncode == 0, done.stderr
    measured = json.loads((tmp_path / "tuning.json").read_text("utf-8"))
    text = load("tuning_text").tuning_text(measured, load("render_docs").table)
    for word in ("`tiny`", "the defaults again", "no memory arena", "5 rounds", "onnxruntime"):
        assert word in text
    stored = measured["models"][0]["stored_model"]
    assert stored["stored_ms"] > 0
    assert stored["bytes"]["stored"] > stored["bytes"]["as_exported"] / 2
    assert "| `tiny` |" in load("tuning_text").stored_text(measured, load("render_docs").table)


def test_a_model_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = script("tuning", "none.onnx", "-o", tmp_path / "tuning.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "There is no model none.onnx" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_stored_model_computes_the_same(load: Load) -> None:
    _, data = read_model("tiny")
    pictures = np.random.default_rng(0).integers(0, 256, (9, 28, 28, 1), np.uint8)
    sessions = open_session(data), open_session(load("tuning").optimised(data), optimize=False)
    one, other = (session.run(None, {"image": pictures}) for session in sessions)
    for expected, received in zip(one, other, strict=True):
        np.testing.assert_array_equal(received, expected)


def some_result(pays: bool, reasons: tuple[str, ...]) -> dict[str, Any]:
    ratio = {"value": 0.9, "low": 0.88, "high": 0.92}
    looked = [{"name": "no memory arena", "ratio": ratio}, {"name": "2 threads", "ratio": None}]
    tuning = {
        "looked": looked,
        "controls": [{"value": 1.0, "low": 0.99, "high": 1.01}],
        "host": {"usable_threads": 2, "onnxruntime": "1.31"},
        "options": {"repeats": 25},
        "pays": pays,
        "steps": looked[:1] if pays else [],
        "noise": {"reasons": list(reasons)},
    }
    machine = {"cpu": "A processor"}
    return {"created": "2026-01-02T03:04:05", "machine": machine, "models": [{"name": "mine", "tuning": tuning}]}


@pytest.mark.parametrize(
    ("pays", "reasons", "words"),
    [
        (True, (), "What pays: `mine`: no memory arena."),
        (False, (), "Nothing pays for any of them, so the defaults stay."),
        (False, (), "The machine was quiet throughout."),
        (False, ("others took 40%",), "The machine was not quiet: `mine`: others took 40%."),
    ],
)
def test_the_document_says_what_was_found(load: Load, pays: bool, reasons: tuple[str, ...], words: str) -> None:
    text = load("tuning_text").tuning_text(some_result(pays, reasons), load("render_docs").table)
    assert words in text
    assert "| no memory arena | 0.90 (0.88 to 0.92) |" in text
    assert "| 2 threads | refused |" in text
