"""``mnist-edge train``: Keras training into a run folder."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from mnist_edge.cli.common import Console, text_table, verbosity
from mnist_edge.cli.grouped import GroupedCommand
from mnist_edge.cli.layer_text import layer_formulas, layer_summary
from mnist_edge.cli.train_options import train_options
from mnist_edge.cli.train_view import training_view
from mnist_edge.errors import MnistEdgeError
from mnist_edge.layer_arithmetic import total_multiply_adds
from mnist_edge.native_logs import LEVEL_VARIABLE
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.networks.architectures import build
from mnist_edge.train.networks.layer_table import layer_table
from mnist_edge.train.overrides import Overrides, from_recipe
from mnist_edge.train.run import METRICS_FILE, TENSORBOARD_FOLDER, Run, load_run, resumable_config


@click.command("train", cls=GroupedCommand)
@train_options
@verbosity
def command(
    console: Console,
    output: Path | None,
    resume: bool,
    summary: bool,
    tensorboard: bool,
    as_json: bool,
    data: Path | None,
    allow_any_data: bool,
    **numbers: Any,
) -> None:
    """Train a CNN in Keras and leave a run folder.

    The folder holds the best and the last model, history, metrics, configuration, versions and a log. A run that was killed
    goes on with --resume and ends with the same weights as one that was not. All numbers start from the recipe. With -v,
    TensorFlow's own log is shown too.

    \b
    Examples:
      mnist-edge train -o runs/first
      mnist-edge train --arch dropout_cnn --epochs 20 --patience 3 -o runs/dropout
      mnist-edge train --rotation 10 --shift 2 --elastic 1 -o runs/augmented
      mnist-edge train --arch resnet_cnn --schedule one-cycle -o runs/resnet
      mnist-edge train --arch accurate --recipe best -o runs/accurate
      mnist-edge train --arch edge --recipe best --teacher runs/accurate -o runs/edge
      mnist-edge train -o runs/first --resume
      mnist-edge train --arch vgg_cnn --summary
    """
    if console.level > 1:
        os.environ.setdefault(LEVEL_VARIABLE, "0")
    overrides = Overrides(**numbers)
    if output is None and not summary:
        raise click.UsageError("Missing option '-o' / '--output'.")
    config = resumable_config(output, overrides) if resume and output is not None else from_recipe(overrides)
    if summary or output is None:
        _print_summary(console, config, as_json=as_json)
        return
    from mnist_edge.dataset import load_dataset
    from mnist_edge.extras import require
    from mnist_edge.train.fitting import train
    from mnist_edge.train.folder import check_folder
    from mnist_edge.train.teaching import describe_teachers

    check_folder(output, resume=resume)  # before the data, which may have to be downloaded
    require("Training", "keras", "tensorflow", "filelock", extra="train")
    if not (output / METRICS_FILE).exists():
        describe_teachers(config.teacher, with_none=config.outlier_share > 0)
    dataset = load_dataset(data, allow_any=allow_any_data, show_progress=console.shows_progress)
    if dataset.name == "custom":
        console.note(f"The data of {dataset.origin} are not MNIST; run and model card will say custom.")
    go_on = _resume_command(output, data, allow_any_data=allow_any_data)
    with _interruption_explained(output, go_on), training_view(console) as listener:
        result = train(config, dataset, output, resume=resume, tensorboard=tensorboard, listener=listener)
    if result.already_finished:
        console.note(f"The run in {output} is finished already; nothing was changed.")
    elif (output / TENSORBOARD_FOLDER).exists():
        console.note(f"View the curves with: {shlex.join(['tensorboard', '--logdir', str(output / TENSORBOARD_FOLDER)])}")
    if as_json:
        console.result_json(_as_json(result.run))
    else:
        console.result(_report(result.run))


def _resume_command(output: Path, data: Path | None, *, allow_any_data: bool) -> str:
    """What goes on with a run; all that is not in its folder has to be said again."""
    where = [] if data is None else ["--data", str(data)]
    return shlex.join(
        ["mnist-edge", "train", *where, *(["--allow-any-data"] if allow_any_data else []), "-o", str(output), "--resume"]
    )


@contextlib.contextmanager
def _interruption_explained(output: Path, go_on: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        with contextlib.suppress(MnistEdgeError):  # interrupted before the folder was a run: nothing to go on with
            run = load_run(output)
            if not run.finished:
                kept = f"{len(run.history)} of {run.config.epochs} epochs are finished and kept"
                click.echo(f"Stopped; {kept}. Go on with: {go_on}", err=True)
        raise


def _print_summary(console: Console, config: TrainConfig, *, as_json: bool) -> None:
    model = build(config.arch, seed=config.seed, options=config.layer_options)
    rows, parameters = layer_table(model), model.count_params()
    if as_json:
        layers = [dataclasses.asdict(row) for row in rows]
        sums = {"parameters": parameters, "multiply_adds": total_multiply_adds(rows)}
        console.result_json({"arch": config.arch, **sums, "layers": layers})
        return
    explained = f"\n\n{layer_formulas(rows)}" if console.level > 1 else ""
    console.result(f"{config.arch}\n\n{layer_summary(rows)}{explained}")


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
