"""The commands on the page are ones that the command line takes, and mean the same."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

from mnist_edge.cli import cli
from mnist_edge.contract import TrainingRecord
from mnist_edge.report import ReportOptions, open_models
from mnist_edge.report.commands import Commands, train_command
from mnist_edge.runtime.session import Engine
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.overrides import Overrides, from_recipe

CONFIGS = [
    TrainConfig(),
    from_recipe(Overrides(arch="dropout_cnn", recipe="fast", epochs=3, drawn_share=0.1, batch_size=32, seed=7)),
    from_recipe(Overrides(arch="edge", recipe="best", teacher=("runs/a b", "runs/c"), distill=0.5)),
    TrainConfig(learning_rate=3e-4, jit_compile=True, patience=2, validation_split=0.25),
    TrainConfig(batch_norm=False, rotation=10, shift=1.5, l2=1e-5, label_smoothing=0.1, schedule="cosine", warmup_epochs=1),
    TrainConfig(batch_norm=True, dropout=0.3, ema=0.99, noise=0.05, elastic=1),
]


def parse(command: str) -> dict[str, Any]:
    """What click makes of a command line."""
    program, name, *arguments = shlex.split(command)
    assert program == "mnist-edge"
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found.make_context(name, arguments).params


@pytest.mark.parametrize("config", CONFIGS)
def test_the_training_command_gives_the_same_configuration(config: TrainConfig) -> None:
    given = parse(train_command(config, "runs/my run"))
    assert given["output"] == Path("runs/my run")
    fields = {name: given[name] for name in Overrides.__dataclass_fields__}
    assert from_recipe(Overrides(**fields)) == config


def test_every_command_is_understood() -> None:
    models: Any = SimpleNamespace(
        given=Path("runs/a b"),
        keras=SimpleNamespace(given=Path("runs/a b")),
        onnx=SimpleNamespace(given=Path("a.onnx")),
        run=SimpleNamespace(config=TrainConfig(), folder=Path("runs/a b")),
        card=None,
        leads_with_onnx=False,
        same_weights=True,
        sides=(None, None),
    )
    options = ReportOptions(
        onnx=Path("a.onnx"),
        benchmark=Path("bench"),
        num_samples=9,
        seed=3,
        layers=("conv1", "x y"),
        image="a b.png",
        lang="zh",
    )
    commands = Commands(models, options, Path("out dir")).all()
    assert [shlex.split(command)[1] for command in commands] == ["train", "export", "verify", "benchmark", "report"]
    given = [parse(command) for command in commands][-1]
    names = ReportOptions.__dataclass_fields__
    assert ReportOptions(**{name: given[name] for name in names}) == options
    assert (given["model"], given["output"]) == (Path("runs/a b"), Path("out dir"))


def test_a_packaged_model_is_trained_and_exported_as_its_card_says() -> None:
    train, export, report = Commands(open_models("simple_cnn"), ReportOptions(), Path("out")).all()
    recipe = Engine("simple_cnn").card.training.recipe
    assert train == f"mnist-edge train --arch simple_cnn --recipe {recipe} --seed 42 --teacher TEACHER -o RUN"
    assert export == "mnist-edge export RUN -o simple_cnn.onnx"
    assert report == "mnist-edge report simple_cnn.onnx -o out"  # the name alone would mean the packaged file


def test_steps_after_an_export_use_its_file() -> None:
    models = dataclasses.replace(open_models("simple_cnn"), keras=SimpleNamespace(given=Path("-run"), run=None))
    options = ReportOptions(keras=Path("-run"), benchmark=Path("-bench"))
    _, export, verify, benchmark, report = Commands(models, options, Path("-out")).all()
    assert export == "mnist-edge export ./-run -o simple_cnn.onnx"
    assert verify == "mnist-edge verify simple_cnn.onnx ./-run"
    assert parse(benchmark)["output"] == Path("-bench")
    given = parse(report)  # names that begin with a dash are no options
    assert (given["model"], given["output"]) == (Path("simple_cnn.onnx"), Path("-out"))
    assert (given["keras"], given["benchmark"]) == (Path("-run"), Path("-bench"))


def test_an_export_without_a_record_of_its_training_is_no_step() -> None:
    models = open_models("simple_cnn")
    assert models.onnx is not None
    card = dataclasses.replace(models.onnx.card, training=TrainingRecord())
    unknown = dataclasses.replace(models, onnx=dataclasses.replace(models.onnx, card=card))
    assert Commands(unknown, ReportOptions(), Path("out")).all() == ("mnist-edge report simple_cnn -o out",)


def test_data_of_ones_own_is_named_wherever_it_was_used() -> None:
    models = open_models("simple_cnn")
    own = " --data 'my digits.npz' --allow-any-data"
    here = Commands(models, ReportOptions(), Path("out"), data="my digits.npz").all()
    assert [command.endswith(own) for command in here] == [True, True, True]
    elsewhere = Commands(models, ReportOptions(), Path("out"), data="my digits.npz", trained_elsewhere=True).all()
    assert [command.endswith(own) for command in elsewhere] == [False, True, True]
    assert parse(here[-1])["data"] == Path("my digits.npz")


@pytest.mark.parametrize("given", ["bench", "bench/benchmark.json"])
def test_the_benchmark_is_written_to_the_folder_it_was_read_from(given: str) -> None:
    options = ReportOptions(benchmark=Path(given))
    assert Commands(open_models("simple_cnn"), options, Path("out")).benchmark().endswith("-o bench")
