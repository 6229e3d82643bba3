"""``benchmarks/seeds.py``: which runs it takes and makes, and how it sums them up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from benchmark_scripts import module

from mnist_edge.train.config import TrainConfig


def _write(folder: Path, validation: float, test: float) -> None:
    folder.mkdir(parents=True)
    parts = {"validation": {"accuracy": validation, "loss": 0.02}, "test": {"accuracy": test, "loss": 0.02}}
    (folder / "metrics.json").write_text(json.dumps({"epochs": 50, **parts}))


def test_the_packaged_model_is_the_first_seed_and_the_others_differ_in_the_seed_alone(tmp_path: Path) -> None:
    variant = module("seeds").Variant("edge")
    own, other = (variant.command(tmp_path, seed) for seed in (TrainConfig.seed, 1))
    assert own[own.index("-o") + 1] == str(tmp_path / "edge")
    assert "--seed" not in own
    at = other.index("--seed")
    assert other[at + 1] == "1"
    assert [part for part in other[:at] + other[at + 2 :] if "seed" not in part] == [
        part for part in own if part != str(tmp_path / "edge")
    ]


def test_every_variant_has_a_folder_of_its_own(tmp_path: Path) -> None:
    seeds = module("seeds")
    variants = seeds.variants_of(("edge", "tiny"))
    folders = {variant.folder(tmp_path, seed) for variant in variants for seed in (TrainConfig.seed, 1, 2)}
    assert len(folders) == 3 * len(variants) == 18
    assert seeds.TEACHER.folder(tmp_path, seeds.TEACHERS_SEED) == tmp_path / "accurate"
    assert seeds.TEACHER.command(tmp_path, 1)[-5:] == ["--seed", "1", "-o", str(tmp_path / "accurate"), "--resume"]
    alone = [variant for variant in variants if not variant.is_taught]
    assert all("--teacher" not in variant.command(tmp_path, 1) for variant in alone)
    assert {variant.epochs for variant in variants} == {None, seeds.SHORT}


def test_runs_that_are_there_are_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = module("seeds")
    calls: list[list[str]] = []

    def pretend(command: list[str], **_: Any) -> None:
        calls.append(command)
        _write(Path(command[command.index("-o") + 1]), 0.995, 0.994)

    monkeypatch.setattr(seeds.subprocess, "run", pretend)
    variant = seeds.Variant("tiny")
    _write(variant.folder(tmp_path, 1), 0.99, 0.989)
    runs = [seeds.trained(variant, tmp_path, seed) for seed in (1, 2)]
    assert [run["validation_accuracy"] for run in runs] == [0.99, 0.995]
    assert len(calls) == 1
    summary = seeds.summarize(variant, runs)
    assert summary["validation_accuracy"]["mean"] == pytest.approx(0.9925)
    assert summary["validation_accuracy"]["deviation"] == pytest.approx(0.003536, abs=1e-6)
    assert seeds.summarize(variant, runs[:1])["test_accuracy"]["deviation"] is None
    text = module("time_text").seeds_text({"variants": [summary]}, module("render_docs").table)
    assert "| `tiny` | recipe `best` | 2 | 99.25% ± 0.35 (99.00% to 99.50%) | 99.15% ± 0.35 (98.90% to 99.40%) |" in text
