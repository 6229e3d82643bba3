"""``benchmarks/seeds.py``: which runs it takes and makes, and how it sums them up."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
from benchmark_scripts import module

from mnist_edge.runtime.packaged import read_model
from mnist_edge.runtime.session import read_card
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.overrides import Overrides, from_recipe

ROOT = Path(__file__).parents[2]


def _write(folder: Path, config: TrainConfig, validation: float, test: float) -> None:
    folder.mkdir(parents=True)
    parts = {"validation": {"accuracy": validation, "loss": 0.02}, "test": {"accuracy": test, "loss": 0.02}}
    (folder / "metrics.json").write_text(json.dumps({"epochs": config.epochs, **parts}))
    (folder / "environment.json").write_text(json.dumps({"versions": {"keras": "3"}}))
    (folder / "config.json").write_text(json.dumps(dataclasses.asdict(config)))


def _config(seed: int, runs: Path, **numbers: Any) -> TrainConfig:
    return from_recipe(Overrides(arch="tiny", recipe="best", teacher=(str(runs / "accurate"),), seed=seed, **numbers))


def test_the_packaged_model_is_the_first_seed_and_the_others_differ_in_the_seed_alone(tmp_path: Path) -> None:
    variant = module("seeds").Variant("edge")
    own, other = (variant.command(tmp_path, seed) for seed in (TrainConfig.seed, 1))
    assert own[own.index("-o") + 1] == str(tmp_path / "edge")
    assert "--seed" not in own
    assert [part for part in other if part not in own] == ["--seed", "1", other[other.index("-o") + 1]]


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

    def pretend(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        folder = Path(command[command.index("-o") + 1])
        _write(folder, _config(2, tmp_path), 0.995, 0.994)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(seeds.subprocess, "run", pretend)
    variant = seeds.Variant("tiny")
    _write(variant.folder(tmp_path, 1), _config(1, tmp_path), 0.99, 0.989)
    runs = [seeds.trained(variant, tmp_path, seed) for seed in (1, 2)]
    assert [run["validation_accuracy"] for run in runs] == [0.99, 0.995]
    assert len(calls) == 1
    summary = seeds.summarize(variant, runs)
    assert summary["validation_accuracy"]["mean"] == pytest.approx(0.9925)
    assert summary["validation_accuracy"]["deviation"] == pytest.approx(0.003536, abs=1e-6)
    assert seeds.summarize(variant, runs[:1])["test_accuracy"]["deviation"] is None
    alone = seeds.summarize(seeds.Variant("tiny", 12, is_taught=False), runs[:1])
    text = module("time_text").seeds_text({"variants": [summary, alone]}, module("render_docs").table)
    assert "| `tiny` | the same in 80 epochs, 3 views, without a teacher | 1 | 99.00% | 98.90% |" in text
    assert "| `tiny` | recipe `best` | 2 | 99.25% ± 0.35 (99.00% to 99.50%) | 99.15% ± 0.35 (98.90% to 99.40%) |" in text


@pytest.mark.parametrize("numbers", [{"outlier_share": 0.35}, {"views": 3}])
def test_a_run_of_another_recipe_is_not_counted(numbers: dict[str, Any], tmp_path: Path) -> None:
    seeds = module("seeds")
    variant = seeds.Variant("tiny")
    _write(variant.folder(tmp_path, 1), _config(1, tmp_path, **numbers), 0.99, 0.989)
    with pytest.raises(click.ClickException, match="in another way"):
        seeds.trained(variant, tmp_path, 1)


def test_a_training_that_fails_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = module("seeds")
    monkeypatch.setattr(seeds.subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1))
    with pytest.raises(click.ClickException, match="failed"):
        seeds.trained(seeds.Variant("tiny"), tmp_path, 1)


def test_the_first_seed_of_the_committed_result_is_the_packaged_model() -> None:
    measured = json.loads((ROOT / "benchmarks" / "results" / "seeds.json").read_text("utf-8"))
    recipes = [variant for variant in measured["variants"] if variant["is_recipe"] and variant["is_taught"]]
    assert recipes
    for variant in recipes:
        test = read_card(read_model(variant["arch"])[1], variant["arch"]).test
        assert test is not None
        assert variant["runs"][0]["seed"] == TrainConfig.seed
        assert variant["runs"][0]["test_accuracy"] == test.accuracy
        assert len(variant["runs"]) >= 3
