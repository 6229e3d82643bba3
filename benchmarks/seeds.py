"""How much of a model's accuracy is chance, and how much its teacher's: trainings that differ in nothing but the seed.

The networks are trained by their recipe ``best`` with several seeds, the first of them that of the packaged model. Then, in
fewer epochs, with and without the teacher. Runs are kept, and gone on with if this is stopped, and the result is written
after each variant. Validation is what compares; the test accuracies are those that each run measures when it is done.

    python benchmarks/seeds.py
    python benchmarks/seeds.py --arch tiny --seeds 5
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from mnist_edge.files import write_json
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.overrides import Overrides, from_recipe
from mnist_edge.train.run import load_config

ROOT: Final = Path(__file__).parents[1]
RESULT: Final = Path(__file__).parent / "results" / "seeds.json"
STUDENTS: Final = ("edge", "tiny", "simple_cnn")
SHORT: Final = 12  # epochs in which the teacher's part is measured
SHORT_VIEWS: Final = 3  # of these; what the teacher says of each picture is most of the time


@dataclass(frozen=True)
class Variant:
    """One way of training a network.

    Attributes:
        arch: The network.
        epochs: How many; ``None`` are those of the recipe.
        is_taught: Whether it learns from the teacher, too.
    """

    arch: str
    epochs: int | None = None
    is_taught: bool = True

    def folder(self, runs: Path, seed: int) -> Path:
        """Where the run is; those of the teacher and of the packaged models are the ones that the Makefile makes."""
        if self == TEACHER or (self == Variant(self.arch) and seed == TrainConfig.seed):
            return runs / self.arch
        length = f"-{self.epochs}" if self.epochs else ""
        return runs / "seeds" / f"{self.arch}{length}{'' if self.is_taught else '-alone'}-seed{seed}"

    def options(self, runs: Path, seed: int) -> dict[str, Any]:
        """What ``mnist-edge train`` is told, by the names of :class:`~mnist_edge.train.overrides.Overrides`."""
        options: dict[str, Any] = {"arch": self.arch, "recipe": "best"}
        if self.epochs:
            options |= {"epochs": self.epochs, "views": SHORT_VIEWS}
        if self.is_taught:
            options["teacher"] = (str(TEACHER.folder(runs, TEACHERS_SEED)),)
        if seed != TrainConfig.seed:
            options["seed"] = seed
        return options

    def command(self, runs: Path, seed: int) -> list[str]:
        """What trains it."""
        command = [sys.executable, "-m", "mnist_edge", "train"]
        for name, value in self.options(runs, seed).items():
            command += [f"--{name}", value[0] if isinstance(value, tuple) else str(value)]
        return [*command, "-o", str(self.folder(runs, seed)), "--resume"]


TEACHER: Final = Variant("accurate", is_taught=False)
TEACHERS_SEED: Final = 1  # as in the Makefile; a student of the same seed would learn from the very same pictures


def variants_of(archs: tuple[str, ...]) -> list[Variant]:
    """The variants to train of each network, the recipe of all of them first."""
    short = [Variant(arch, SHORT, is_taught=is_taught) for arch in archs for is_taught in (True, False)]
    return [*(Variant(arch) for arch in archs), *short]


def trained(variant: Variant, runs: Path, seed: int) -> dict[str, Any]:
    """The accuracies of a run, which is trained first if there is none.

    Raises:
        click.ClickException: If the run that is there was trained otherwise, or training failed.
    """
    folder = variant.folder(runs, seed)
    if not (folder / "metrics.json").exists() and subprocess.run(variant.command(runs, seed), check=False).returncode:
        raise click.ClickException(f"The training of {folder} failed")
    expected, found = from_recipe(Overrides(**variant.options(runs, seed))), load_config(folder)
    if dataclasses.replace(found, teacher=expected.teacher) != expected or bool(found.teacher) != variant.is_taught:
        raise click.ClickException(f"{folder} was trained in another way than the recipe says now: delete it")
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    return {
        "seed": seed,
        "epochs": metrics["epochs"],
        "validation_accuracy": metrics["validation"]["accuracy"],
        "validation_loss": metrics["validation"]["loss"],
        "test_accuracy": metrics["test"]["accuracy"],
        "versions": json.loads((folder / "environment.json").read_text("utf-8"))["versions"],
    }


def summarize(variant: Variant, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Means, and the standard deviation between seeds."""
    figures: dict[str, Any] = {"arch": variant.arch, "epochs": runs[0]["epochs"], "is_taught": variant.is_taught}
    figures |= {"is_recipe": variant.epochs is None, "views": SHORT_VIEWS if variant.epochs else None}
    for name in ("validation_accuracy", "validation_loss", "test_accuracy"):
        values = [run[name] for run in runs]
        figures[name] = {
            "mean": round(statistics.mean(values), 6),
            "deviation": round(statistics.stdev(values), 6) if len(values) > 1 else None,
        }
    return {**figures, "runs": runs}


@click.command()
@click.option("--arch", "archs", multiple=True, type=click.Choice(STUDENTS), default=STUDENTS[:2], show_default=True)
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True, help="Trainings of each variant.")
@click.option("--runs", type=click.Path(path_type=Path), default=ROOT / "runs", help="Where the runs are kept.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=RESULT, show_default=True)
def main(archs: tuple[str, ...], seeds: int, runs: Path, output: Path) -> None:
    """Train with several seeds and write means and spread as JSON."""
    runs = runs.absolute()
    chosen = (TrainConfig.seed, *range(TEACHERS_SEED + 1, TEACHERS_SEED + seeds))
    found = [summarize(TEACHER, [trained(TEACHER, runs, TEACHERS_SEED)])]
    for variant in variants_of(archs):
        found.append(summarize(variant, [trained(variant, runs, seed) for seed in chosen]))
        write_json(output, {"created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "variants": found})
        accuracy, taught = found[-1]["validation_accuracy"]["mean"], "taught" if variant.is_taught else "alone"
        print(f"{variant.arch:6s} {found[-1]['epochs']:3d} epochs  {taught:6s}  {accuracy:.2%}")


if __name__ == "__main__":
    main()
