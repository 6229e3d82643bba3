"""``mnist-edge train``: Keras training into a run folder."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from mnist_edge.cli.common import Console, F, data_options, text_table, verbosity
from mnist_edge.errors import MnistEdgeError
from mnist_edge.native_logs import LEVEL_VARIABLE
from mnist_edge.train.architectures import DEFAULT_ARCHITECTURE, architecture_names, build, layer_table
from mnist_edge.train.config import DEFAULT_RECIPE, LARGEST_SEED, Overrides, TrainConfig, from_recipe, recipe_names
from mnist_edge.train.progress import Listener
from mnist_edge.train.run import EpochRecord, Run, load_run, resumable_config

_OF_RECIPE = "the recipe's"


def _number(name: str, kind: click.ParamType[Any], text: str) -> Callable[[F], F]:
    return click.option(name, type=kind, default=None, show_default=_OF_RECIPE, help=text)


@click.command("train")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=None, help="Run folder; made if needed.  [required]"
)
@click.option("--arch", type=click.Choice(architecture_names()), show_default=DEFAULT_ARCHITECTURE, help="The network.")
@click.option(
    "--recipe", type=click.Choice(recipe_names()), show_default=DEFAULT_RECIPE, help="Preset of all numbers below."
)
@_number("--epochs", click.IntRange(min=1), "Passes over the training images, at most.")
@_number("--batch-size", click.IntRange(min=1), "Images a step.")
@_number("--learning-rate", click.FloatRange(min=0, min_open=True), "Step size of Adam.")
@_number(
    "--validation-split",
    click.FloatRange(0, 1, min_open=True, max_open=True),
    "Share of the training images held back, from their end.",
)
@_number(
    "--drawn-share",
    click.FloatRange(0, 1),
    "Drawn digits to add, as a share of the training images: 1 with a flag, crossed 7, slashed 0 and the like.",
)
@_number("--seed", click.IntRange(0, LARGEST_SEED), "Seed of weights, order, drawn digits and dropout.")
@_number("--patience", click.IntRange(min=0), "Stop after so many epochs without a lower validation loss; 0 never does.")
@click.option(
    "--xla/--no-xla",
    "jit_compile",
    default=None,
    show_default=_OF_RECIPE,
    help="Compile the step with XLA; slower on a CPU.",
)
@click.option("--resume", is_flag=True, help="Go on with an unfinished run; starts one if there is none.")
@click.option("--summary", is_flag=True, help="Print the layers of the network and stop.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@data_options
@verbosity
def command(
    console: Console,
    output: Path | None,
    resume: bool,
    summary: bool,
    as_json: bool,
    data: Path | None,
    allow_any_data: bool,
    **numbers: Any,
) -> None:
    """Train a CNN in Keras and leave a run folder.

    The folder holds the best and the last model, history, metrics, configuration and versions. A run that was killed goes
    on with --resume and ends with the same weights as one that was not.

    \b
    Examples:
      mnist-edge train -o runs/first
      mnist-edge train --arch dropout_cnn --epochs 20 --patience 3 -o runs/dropout
      mnist-edge train -o runs/first --resume
      mnist-edge train --arch dropout_cnn --summary
    """
    if console.level > 1:
        os.environ.setdefault(LEVEL_VARIABLE, "0")
    overrides = Overrides(**numbers)
    if summary:
        _print_summary(console, from_recipe(overrides), as_json=as_json)
        return
    if output is None:
        raise click.UsageError("Missing option '-o' / '--output'.")
    config = resumable_config(output, overrides) if resume else from_recipe(overrides)
    from mnist_edge.dataset import load_dataset
    from mnist_edge.train.fitting import train
    from mnist_edge.train.folder import check_folder

    check_folder(output, resume=resume)  # before the data, which may have to be downloaded
    dataset = load_dataset(data, allow_any=allow_any_data, show_progress=console.shows_progress)
    if dataset.name == "custom":
        console.note(f"The data of {dataset.origin} are not MNIST; run and model card will say custom.")
    with _interruption_explained(output), _listener(console) as listener:
        result = train(config, dataset, output, resume=resume, listener=listener)
    if result.already_finished:
        console.note(f"The run in {output} is finished already; nothing was changed.")
    if as_json:
        console.result_json(_as_json(result.run))
    else:
        console.result(_report(result.run))


@contextlib.contextmanager
def _interruption_explained(output: Path) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        with contextlib.suppress(MnistEdgeError):  # interrupted before the folder was a run: nothing to go on with
            run = load_run(output)
            kept = f"{len(run.history)} of {run.config.epochs} epochs are finished and kept"
            click.echo(f"Stopped; {kept}. Go on with: mnist-edge train -o {output} --resume", err=True)
        raise


def _print_summary(console: Console, config: TrainConfig, *, as_json: bool) -> None:
    model = build(config.arch, seed=config.seed)
    rows, parameters = layer_table(model), model.count_params()
    if as_json:
        layers = [dataclasses.asdict(row) for row in rows]
        console.result_json({"arch": config.arch, "parameters": parameters, "layers": layers})
        return
    cells = [(row.name, row.kind, row.output_shape, f"{row.parameters:,}") for row in rows]
    table = text_table(("layer", "kind", "output", "parameters"), cells)
    console.result(f"{config.arch}\n\n{table}\n\n{parameters:,} parameters")


def _as_json(run: Run) -> dict[str, Any]:
    return {
        "folder": str(run.folder),
        "config": dataclasses.asdict(run.config),
        "data": run.environment["data"],
        "history": [dataclasses.asdict(record) for record in run.history],
        "metrics": run.metrics,
    }


def _report(run: Run) -> str:
    metrics = run.metrics or {}
    rows = [
        (name, f"{part['accuracy']:.2%}", f"{part['loss']:.4f}", f"{part['correct']:,} of {part['total']:,}")
        for name, part in ((name, metrics[name]) for name in ("train", "validation", "test"))
    ]
    return "\n".join(
        [
            text_table(("split", "accuracy", "loss", "right"), rows),
            "",
            f"{run.config.arch}, {metrics['parameters']:,} parameters, {run.environment['data']['name']} data: "
            f"epoch {metrics['best_epoch']} of {metrics['epochs']} is the best on validation; "
            f"fitted in {metrics['fit_seconds']:.0f} s.",
            f"{run.folder}",
        ]
    )


class _Lines(Listener):
    """One line an epoch, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._epochs = 0

    def fit_began(self, config: TrainConfig, *, epochs_done: int, steps: int) -> None:
        self._epochs = config.epochs
        after = f", after {epochs_done} finished epochs" if epochs_done else ""
        self._console.note(f"Training {config.arch}: {steps:,} steps of {config.batch_size} images an epoch{after}.")

    def epoch_ended(self, record: EpochRecord) -> None:
        self._console.note(
            f"epoch {record.epoch}/{self._epochs}  loss {record.loss:.4f}  accuracy {record.accuracy:.4f}  "
            f"val_loss {record.val_loss:.4f}  val_accuracy {record.val_accuracy:.4f}  {record.seconds:.1f} s"
        )

    def notice(self, text: str) -> None:
        self._console.note(text)

    def measuring(self) -> None:
        self._console.note("Measuring the best model on all three splits.")


class _Bar(_Lines):
    """The same lines above a progress bar, for terminals."""

    wants_batches = True

    def __init__(self, console: Console, progress: Any) -> None:
        super().__init__(console)
        self._progress = progress
        self._task: Any = None
        self._steps = 0
        self._done = 0

    def fit_began(self, config: TrainConfig, *, epochs_done: int, steps: int) -> None:
        super().fit_began(config, epochs_done=epochs_done, steps=steps)
        self._steps, self._done = steps, epochs_done
        self._task = self._progress.add_task(config.arch, total=steps * config.epochs, completed=steps * epochs_done)

    def batch_ended(self, step: int) -> None:
        self._progress.update(self._task, completed=self._done * self._steps + step)

    def epoch_ended(self, record: EpochRecord) -> None:
        self._done = record.epoch
        super().epoch_ended(record)


@contextlib.contextmanager
def _listener(console: Console) -> Iterator[Listener]:
    if not console.shows_progress:
        yield _Lines(console)
        return
    try:
        from rich.console import Console as RichConsole
        from rich.progress import Progress
    except ModuleNotFoundError:  # a bar is not worth failing for
        yield _Lines(console)
        return
    with Progress(console=RichConsole(stderr=True), transient=True) as progress:
        yield _Bar(console, progress)
