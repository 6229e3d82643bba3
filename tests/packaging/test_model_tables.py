"""The tables and pages that are made of the results and cards of all packaged models."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from mnist_edge.precision import Precision
from mnist_edge.runtime.model_list import list_models

Load = Callable[[str], ModuleType]


@pytest.fixture
def results() -> dict[str, Any]:
    """Results of all packaged models, with figures that are easy to find again."""
    shares = {"error": 0.031, "misread": 0.02, "refused": 0.01, "network_error": 0.3}
    accuracy = {"accuracy": 0.97, "accuracy_interval": [0.96, 0.98]}
    parts = {
        "models": {
            "mnist": {**accuracy, "ece": 0.0012},
            "photographed": accuracy,
            "scenes": {"edit_error": 0.11, "edit_error_interval": [0.1, 0.12], "exact": 0.7},
            "pictures": {"classify": 0.99},
        },
        "robustness": {"clean": shares, "fog": shares | {"error": 0.044}, "mean": shares},
        "transfer": {"load_digits": accuracy},
    }
    models = list_models()
    entries = {
        name: {model.name: {"graph_sha256": model.card.graph_sha256, "parts": copy.deepcopy(each)} for model in models}
        for name, each in parts.items()
    }
    latency = {model.name: {"ratio": 1.0, "ratio_interval": [0.9, 1.1], "p50_us": 30.0} for model in models}
    return {
        "models": {
            "models": entries["models"],
            "latency": latency,
            "sizes": {"scenes": 10},
            "environment": {"cpu": "a CPU"},
            "created": "2026-01-02T03:04:05",
        },
        "robustness": {"models": entries["robustness"], "count": 10000},
        "transfer": {"models": entries["transfer"], "count": 1797},
        "rejection": {
            "models": [{"graph_sha256": models[0].card.graph_sha256, "auroc": {"photographed": {"all": 0.98765}}}],
        },
    }


def table(header: list[str], rows: list[list[str]]) -> str:
    return "\n".join(" | ".join(cells) for cells in [header, *rows]) + "\n"


def test_the_table_has_a_column_for_each_model(results: dict[str, Any], load: Load) -> None:
    text, models = load("models_text"), list_models()
    lines = dict(line.split(" | ", 1) for line in text.models_text(models, results, table).splitlines() if " | " in line)
    assert lines[""] == " | ".join(f"`{model.name}`" for model in models)
    assert lines["MNIST-C, mean error"].startswith("3.1%")
    assert lines["what is no digit, AUROC"].startswith("0.9877" if models[0].card.rejection.points else "0.98")
    assert lines["scikit-learn's `load_digits`"].startswith("97.00% (96.00% to 98.00%)")
    assert lines["parameters"].startswith(f"{models[0].card.parameters:,}")
    corrupted = text.robustness_text(models, results, table)
    assert "fog | 4.4% (30.0%)" in corrupted


def test_a_run_that_was_broken_off_makes_no_table(results: dict[str, Any], load: Load) -> None:
    text, models = load("models_text"), list_models()
    del results["robustness"]["models"][models[0].name]["parts"]["mean"]
    with pytest.raises(SystemExit, match=f"Measure it with: python benchmarks/robustness.py -m {models[0].name}"):
        text.robustness_text(models, results, table)


def test_a_table_of_another_model_is_refused(results: dict[str, Any], load: Load) -> None:
    text, models = load("models_text"), list_models()
    results["transfer"]["models"][models[0].name]["graph_sha256"] = "0" * 64
    with pytest.raises(SystemExit, match=f"Measure it with: python benchmarks/transfer.py -m {models[0].name}"):
        text.models_text(models, results, table)


def test_a_reduced_model_is_told_by_its_own_figures(load: Load) -> None:
    text, model = load("model_text"), list_models()[0]
    precision = Precision("int8", "int8", images=6000, correct=5970, float_correct=5976, flips=9, verdict="use it")
    reduced = dataclasses.replace(model, card=dataclasses.replace(model.card, precision=precision))
    lines = dict(line.split(" | ") for line in text.model_text(reduced, table).splitlines())
    assert lines["validation accuracy"] == "99.50%"
    assert lines["against its float graph"] == "9 flips in 6,000 validation digits, a drop of 0.10 points"
    assert lines["verdict"] == "use it"
    assert "parity of its float graph with Keras" in lines
    plain = text.model_text(model, table)
    assert "parity with Keras | " in plain
    assert f"validation accuracy | {model.card.training.validation_accuracy:.2%}" in plain
    assert "verdict" not in plain


def test_a_list_of_models_with_other_weights_makes_no_document(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    render, models = load("render_docs"), list_models()
    listed = [{"name": model.name, "graph_sha256": model.card.graph_sha256} for model in models]
    monkeypatch.setattr(render, "result", lambda name: {"models": listed})
    assert render.result_of_models("confidence")["models"] == listed
    listed[-1]["graph_sha256"] = "0" * 64
    with pytest.raises(SystemExit, match=f"lacks figures of this {models[-1].name}. Measure .* benchmarks/confidence.py"):
        render.result_of_models("confidence")
