"""How much of the tutorial's training time does the recipe ``fast`` need, and how accurate is what it gives?

Each measurement is a fresh process that trains on the whole data with ``mnist_edge.train.fitting.train``; the recipes take
turns, with another seed in every round. The time is that of fitting, validation after each epoch included; tracing is in
it, imports and the reading of the data are not.

    python benchmarks/recipes.py --repeats 3
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import click

from mnist_edge.dataset import load_dataset
from mnist_edge.files import write_json
from mnist_edge.train.fitting import train
from mnist_edge.train.overrides import Overrides, from_recipe

RESULT: Final = Path(__file__).parent / "results" / "recipes.json"
RECIPES: Final = ("tutorial", "fast")


def measure(arch: str, recipe: str, seed: int) -> dict[str, Any]:
    """Trains in this process."""
    config = from_recipe(Overrides(arch=arch, recipe=recipe, seed=seed))
    with tempfile.TemporaryDirectory() as folder:
        run = train(config, load_dataset(), Path(folder) / "run").run
    metrics = run.metrics or {}
    return {
        "seed": seed,
        "fit_seconds": metrics["fit_seconds"],
        "epochs": metrics["epochs"],
        "validation_accuracy": metrics["validation"]["accuracy"],
        "test_accuracy": metrics["test"]["accuracy"],
        "environment": {key: value for key, value in run.environment.items() if key != "data"},
    }


def measure_apart(arch: str, recipe: str, seed: int) -> dict[str, Any]:
    """:func:`measure` in a fresh process."""
    command = [sys.executable, __file__, "--arch", arch, "--worker", recipe, "--seed", str(seed)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    measured: dict[str, Any] = json.loads(answer)
    return measured


def summarize(measured: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Means over the seeds, and the share of the tutorial's time in each round."""
    first = measured[RECIPES[0]]
    return {
        recipe: {
            "runs": [{key: value for key, value in run.items() if key != "environment"} for run in runs],
            "mean_test_accuracy": round(statistics.mean(run["test_accuracy"] for run in runs), 5),
            "mean_validation_accuracy": round(statistics.mean(run["validation_accuracy"] for run in runs), 5),
            "fit_seconds": statistics.median(run["fit_seconds"] for run in runs),
            "shares_of_time": [
                round(run["fit_seconds"] / other["fit_seconds"], 3) for run, other in zip(runs, first, strict=True)
            ],
        }
        for recipe, runs in measured.items()
    }


@click.command()
@click.option("--arch", default="simple_cnn", show_default=True)
@click.option("--repeats", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=RESULT, show_default=True)
@click.option("--worker", type=click.Choice(RECIPES), hidden=True)
@click.option("--seed", type=int, default=0, hidden=True)
def main(arch: str, repeats: int, output: Path, worker: str | None, seed: int) -> None:
    """Measures time and accuracy of the recipes and writes them as JSON."""
    if worker:
        print(json.dumps(measure(arch, worker, seed)))
        return
    measured: dict[str, list[dict[str, Any]]] = {recipe: [] for recipe in RECIPES}
    for repeat in range(repeats):
        for recipe in RECIPES:
            measured[recipe].append(measure_apart(arch, recipe, seed=repeat + 1))
            last = measured[recipe][-1]
            print(f"{repeat + 1}/{repeats} {recipe}: {last['fit_seconds']} s, {last['test_accuracy']:.2%}", file=sys.stderr)
    summary = summarize(measured)
    environment = measured[RECIPES[0]][0]["environment"]
    write_json(output, {"arch": arch, "repeats": repeats, "environment": environment, "recipes": summary})
    for recipe, figures in summary.items():
        print(f"{recipe:10s} {figures['fit_seconds']:6.1f} s  test {figures['mean_test_accuracy']:.2%}")


if __name__ == "__main__":
    main()
