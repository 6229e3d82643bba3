"""``benchmarks/recipes.py``: the share of the tutorial's time is that of the same round."""

from __future__ import annotations

from typing import Any

from benchmark_scripts import module


def _run(seed: int, seconds: float, validation: float, test: float) -> dict[str, Any]:
    return {
        "seed": seed,
        "fit_seconds": seconds,
        "epochs": 1,
        "validation_accuracy": validation,
        "test_accuracy": test,
        "environment": {"cpu": "any"},
    }


def test_times_are_compared_within_a_round_and_accuracies_averaged_over_all() -> None:
    tutorial = [_run(1, 40.0, 0.98, 0.98), _run(2, 80.0, 0.98, 0.99), _run(3, 50.0, 0.98, 0.985)]
    fast = [_run(1, 10.0, 0.99, 0.991), _run(2, 10.0, 0.992, 0.992), _run(3, 20.0, 0.994, 0.99)]
    summary = module("recipes").summarize({"tutorial": tutorial, "fast": fast})
    assert summary["tutorial"]["shares_of_time"] == [1.0, 1.0, 1.0]
    assert summary["fast"]["shares_of_time"] == [0.25, 0.125, 0.4]
    assert (summary["tutorial"]["fit_seconds"], summary["fast"]["fit_seconds"]) == (50.0, 10.0)
    assert (summary["fast"]["mean_test_accuracy"], summary["fast"]["mean_validation_accuracy"]) == (0.991, 0.992)
    assert [run["seed"] for run in summary["fast"]["runs"]] == [1, 2, 3]
    assert all("environment" not in run for recipe in summary.values() for run in recipe["runs"])


def test_the_document_has_shares_of_time_and_the_spread_of_the_seeds() -> None:
    measured = {
        "tutorial": [_run(1, 40.0, 0.98, 0.98), _run(2, 80.0, 0.98, 0.99)],
        "fast": [_run(1, 10.0, 0.99, 0.99), _run(2, 10.0, 0.992, 0.994)],
    }
    report = {"arch": "simple_cnn", "repeats": 2, "recipes": module("recipes").summarize(measured)}
    text = module("time_text").recipes_text(report, module("render_docs").table)
    assert "| `tutorial` | 1 | 60 | 1.00 | 98.00% | 98.50% (98.00% to 99.00%) |" in text
    assert "| `fast` | 1 | 10 | 0.19 | 99.10% | 99.20% (99.00% to 99.40%) |" in text
