"""``mnist-edge models``."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import click

from mnist_edge.cli.common import Console, text_table, verbosity

if TYPE_CHECKING:
    from mnist_edge.runtime.machine import Machine
    from mnist_edge.runtime.model_list import PackagedModel
    from mnist_edge.runtime.model_speed import ModelSpeed

LONGEST_RECIPE: Final = 40
_HOW: Final = "the network alone, one picture a call, one thread"


@click.command(name="models", short_help="List the models inside the package.")
@click.option("--measure/--no-measure", default=True, help="Time each model on this machine, for about a second in all.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the whole model cards.")
@verbosity
def command(console: Console, measure: bool, as_json: bool) -> None:
    """List the models inside the package: what they are, how good they are, and how fast they are here.

    Accuracy is that of the exported file on all of MNIST's test set, from its model card. Multiply-adds are counted in the
    graph. Latency is measured now, with all models in turns: a quick look; benchmark takes longer and is more exact. A name
    from this list is a MODEL for every command, and for DigitClassifier in Python.

    \b
    Examples:
      mnist-edge models
      mnist-edge models --no-measure -v      where each comes from, and what it refuses
      mnist-edge models --json > models.json
      mnist-edge classify photo.jpg -m simple_cnn
    """
    from mnist_edge.runtime.model_list import list_models

    models = list_models()
    speeds: dict[str, ModelSpeed] = {}
    machine = None
    if measure:
        from mnist_edge.runtime.machine import describe_machine
        from mnist_edge.runtime.model_speed import measure_models

        # By path: a file in the current folder may have the name of a packaged model.
        timed, machine = measure_models([str(model.path) for model in models]), describe_machine()
        speeds = {model.name: timed[str(model.path)] for model in models}
    if as_json:
        console.result_json(to_dict(models, speeds, machine))
        return
    parts = [_facts_table(models), _use_table(models), _speed_table(models, speeds)]
    if console.level >= 2:
        parts += [_details(model) for model in models]
    parts.append(_places(models, machine))
    console.result("\n\n".join(part for part in parts if part))


def to_dict(models: list[PackagedModel], speeds: dict[str, ModelSpeed], machine: Machine | None) -> dict[str, Any]:
    """Everything, ready for JSON."""
    listed = []
    for model in models:
        speed = speeds.get(model.name)
        listed.append({**model.to_dict(), "latency": dataclasses.asdict(speed) if speed else None})
    return {
        "folder": str(models[0].path.parent),
        "machine": dataclasses.asdict(machine) if machine else None,
        "latency_of": _HOW if speeds else None,
        "models": listed,
    }


def _facts_table(models: list[PackagedModel]) -> str:
    rows = []
    for model in models:
        card, test = model.card, model.card.test
        right = (f"{test.accuracy:.2%}", f"{test.correct:,} of {test.total:,}") if test else ("unknown", "")
        rows.append(
            (
                _marked(model),
                card.architecture,
                f"{card.parameters:,}",
                f"{model.multiply_adds:,}",
                f"{model.size_bytes / 1e3:,.0f}",
                card.precision.name,
                *right,
            )
        )
    header = ("model", "network", "parameters", "multiply-adds", "kB", "precision", "MNIST", "right")
    return text_table(header, rows)


def _use_table(models: list[PackagedModel]) -> str:
    rows = []
    for model in models:
        rejection, training = model.card.rejection, model.card.training
        refuses = f"{rejection.default:.1%} of digits" if rejection.default else "nothing"
        recipe = training.recipe or "unknown"
        short = recipe if len(recipe) <= LONGEST_RECIPE else f"{recipe[: LONGEST_RECIPE - 1]}…"
        rows.append((_marked(model), f"{model.card.temperature:.3g}", refuses, short))
    return text_table(("model", "temperature", "refuses", "recipe"), rows)


def _speed_table(models: list[PackagedModel], speeds: dict[str, ModelSpeed]) -> str:
    if not speeds:
        return ""
    rows = []
    for model in models:
        latency, ratio = speeds[model.name].latency, speeds[model.name].to_reference
        times = (f"{time:,.1f}" for time in (latency.p50_us, latency.p99_us))
        between = f"{ratio.low:.2f} to {ratio.high:.2f}"
        rows.append((_marked(model), *times, f"{latency.n:,}", f"{ratio.value:.2f}", between))
    header = ("model", "p50", "p99", "calls", f"to {models[0].name}", "95 % interval")
    return f"latency here and now in µs: {_HOW}, no outlier dropped\n{text_table(header, rows)}"


def _details(model: PackagedModel) -> str:
    """Where a model comes from."""
    card = model.card
    training, parity, rejection = card.training, card.parity, card.rejection
    history = f"recipe {training.recipe}, seed {training.seed}, epoch {training.best_epoch} of {training.epochs}"
    if training.validation_accuracy is not None:
        history += f", {training.validation_accuracy:.2%} on validation"
    rows = [
        ("file", f"{model.path}"),
        ("sha256", model.sha256),
        ("training", history),
        ("input", f"{card.input.dtype} [{', '.join(card.input.shape)}], opset {card.opset}"),
    ]
    if parity is not None:
        rows.append(("parity", f"{parity.flips} flips in {parity.images:,} + {parity.corner_inputs:,} inputs"))
    if rejection.points:
        least, most = rejection.points[0].refused, rejection.points[-1].refused
        rows.append(("--reject", f"{least:.1%} to {most:.1%}, {rejection.default:.1%} if not given"))
    rows.append(("made", f"{card.created}, licence {card.licence}"))
    return "\n".join([model.name, *(f"  {key:<10} {value}" for key, value in rows)])


def _places(models: list[PackagedModel], machine: Machine | None) -> str:
    from mnist_edge.runtime.machine import load_average

    lines = [f"* the default: {models[0].name}"] if models[0].is_default else []
    if machine is not None:
        load = load_average()
        busy = f"; load average {load[0]:.2f}" if load else ""
        lines.append(f"processor: {machine.cpu} ({machine.architecture}); {machine.threads_text}{busy}")
    return "\n".join([*lines, f"files: {models[0].path.parent}"])


def _marked(model: PackagedModel) -> str:
    return f"{model.name} *" if model.is_default else model.name
