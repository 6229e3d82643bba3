"""Does XLA pay when the tutorial CNN is trained here? Also: what do TensorFlow's deterministic operations cost?

Each measurement is a fresh process that trains two epochs with ``mnist_edge.train.fitting.train`` on the whole data; the
variants take turns. The first epoch contains tracing and compiling, the second does not.

    python benchmarks/fit_xla.py --repeats 3
"""

from __future__ import annotations

import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from mnist_edge.dataset import load_dataset
from mnist_edge.files import write_json
from mnist_edge.train import fitting
from mnist_edge.train.overrides import Overrides, from_recipe

RESULT = Path(__file__).parent / "results" / "fit_xla.json"
DEFAULT, XLA, FREE = "default", "xla", "without determinism"
VARIANTS = (DEFAULT, XLA, FREE)


def measure(arch: str, variant: str) -> dict[str, Any]:
    """Trains two epochs in this process; gives the seconds of each and the accuracy that was reached."""
    if variant == FREE:
        fitting._settle_determinism = lambda config: None
    config = dataclasses.replace(from_recipe(Overrides(arch=arch)), epochs=2, jit_compile=variant == XLA)
    with tempfile.TemporaryDirectory() as folder:
        run = fitting.train(config, load_dataset(), Path(folder) / "run").run
    return {
        "seconds": [record.seconds for record in run.history],
        "test_accuracy": (run.metrics or {})["test"]["accuracy"],
        "last_loss": run.history[-1].loss,
        "environment": {key: value for key, value in run.environment.items() if key != "data"},
    }


def measure_apart(arch: str, variant: str) -> dict[str, Any]:
    """:func:`measure` in a fresh process."""
    command = [sys.executable, __file__, "--arch", arch, "--worker", variant]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    measured: dict[str, Any] = json.loads(answer)
    if measured["test_accuracy"] < 0.97:
        raise SystemExit(f"{variant} did not learn: test accuracy {measured['test_accuracy']}")
    return measured


def summarize(measured: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Medians over the repeats, and their ratio to the default."""
    medians = {
        variant: {
            "first_epoch_seconds": statistics.median(one["seconds"][0] for one in repeats),
            "later_epoch_seconds": statistics.median(one["seconds"][1] for one in repeats),
            "all_seconds": [one["seconds"] for one in repeats],
            "test_accuracies": [one["test_accuracy"] for one in repeats],
            "same_result_each_time": len({one["last_loss"] for one in repeats}) == 1 if len(repeats) > 1 else None,
        }
        for variant, repeats in measured.items()
    }
    for summary in medians.values():
        for epoch in ("first", "later"):
            key = f"{epoch}_epoch_seconds"
            summary[f"{epoch}_epoch_ratio"] = round(summary[key] / medians[DEFAULT][key], 3)
    return medians


@click.command()
@click.option("--arch", default="simple_cnn", show_default=True)
@click.option("--repeats", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=RESULT, show_default=True)
@click.option("--worker", type=click.Choice(VARIANTS), hidden=True)
def main(arch: str, repeats: int, output: Path, worker: str | None) -> None:
    """Measures epoch seconds with and without XLA and writes them as JSON."""
    if worker:
        print(json.dumps(measure(arch, worker)))
        return
    measured: dict[str, list[dict[str, Any]]] = {variant: [] for variant in VARIANTS}
    for repeat in range(repeats):
        for variant in VARIANTS:
            measured[variant].append(measure_apart(arch, variant))
            print(f"{repeat + 1}/{repeats} {variant}: {measured[variant][-1]['seconds']} s", file=sys.stderr)
    summary = summarize(measured)
    environment = measured[DEFAULT][0]["environment"]
    write_json(output, {"arch": arch, "repeats": repeats, "environment": environment, "variants": summary})
    for variant, figures in summary.items():
        print(f"{variant:20s} first {figures['first_epoch_seconds']:.2f} s  later {figures['later_epoch_seconds']:.2f} s")


if __name__ == "__main__":
    main()
