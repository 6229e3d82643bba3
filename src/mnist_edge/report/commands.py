"""The command lines that made a model and its report, for readers who want to do it again."""

from __future__ import annotations

import dataclasses
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mnist_edge.report.models import Models
from mnist_edge.report.options import ReportOptions
from mnist_edge.train.config import TrainConfig, option_name
from mnist_edge.train.overrides import Overrides, from_recipe, recipe_names

_SOME_RUN: Final = "RUN"
_SOME_MODEL: Final = "MODEL.onnx"
_SOME_FOLDER: Final = "bench"


@dataclass(frozen=True)
class Commands:
    """The commands that go with a report.

    Attributes:
        models: What the report is about.
        options: The report's options.
        output: Its folder.
        data: Where the data is, if it is not MNIST.
        trained_elsewhere: Whether the model was trained on other data than this.
        exported: The file that takes the place of a packaged model whose export is one of the commands.
    """

    models: Models
    options: ReportOptions
    output: Path
    data: str = ""
    trained_elsewhere: bool = False
    exported: str = ""

    @property
    def keras(self) -> str:
        """The run or Keras model as the user named it, or a placeholder."""
        return _path(self.models.keras.given) if self.models.keras else _SOME_RUN

    @property
    def source(self) -> str:
        """What the exported model comes from, or a placeholder."""
        return self.keras if self.models.same_weights else _SOME_RUN

    @property
    def onnx(self) -> str:
        """The exported model as the user named it, or a placeholder."""
        return self.exported or _path(self.models.onnx.given) if self.models.onnx else _SOME_MODEL

    @property
    def target(self) -> str:
        """Where an export would go: a packaged model has a name only."""
        return self.onnx if self.onnx.endswith(".onnx") else f"{self.onnx}.onnx"

    def train(self) -> str | None:
        """Trains the model again; ``None`` if it is not recorded how."""
        run, card = self.models.run, self.models.card
        if run is not None:
            return self._on_data(train_command(run.config, _path(run.folder)), known=not self.trained_elsewhere)
        if card is None or not card.training.recipe or ", changed" in card.training.recipe:
            return None  # the card tells the changes in words only
        seed = [] if card.training.seed is None else ["--seed", str(card.training.seed)]
        teachers = ["--teacher", "TEACHER"] * card.training.teachers
        recipe = ["--arch", card.architecture, "--recipe", card.training.recipe, *seed, *teachers]
        return self._on_data(
            shlex.join(["mnist-edge", "train", *recipe, "-o", self.source]), known=not self.trained_elsewhere
        )

    def export(self) -> str:
        """Exports the Keras model."""
        card = self.models.card
        dtype = ["--input-dtype", "float32"] if card and card.input.dtype == "float32" else []
        return self._on_data(shlex.join(["mnist-edge", "export", self.source, "-o", self.target, *dtype]))

    def verify(self) -> str:
        """Runs the parity gate again."""
        return self._on_data(shlex.join(["mnist-edge", "verify", self.onnx, self.source]))

    def benchmark(self) -> str:
        """Measures the latency."""
        folder = self.options.benchmark or Path(_SOME_FOLDER)
        folder = folder.parent if folder.suffix == ".json" else folder  # the option takes the file as well
        return self._on_data(shlex.join(["mnist-edge", "benchmark", self.onnx, "-o", _path(folder)]))

    def report(self, *, with_counterpart: bool = False) -> str:
        """Makes the report again; with a placeholder for the counterpart that it lacks, if that is wanted."""
        options, default = self.options, ReportOptions()
        given = self.onnx if self.models.leads_with_onnx else _path(self.models.given)
        words = ["mnist-edge", "report", given, "-o", _path(self.output)]
        if len(self.models.sides) == 2 or with_counterpart:
            words += ["--keras", self.keras] if self.models.leads_with_onnx else ["--onnx", self.onnx]
        if options.benchmark is not None:
            words += ["--benchmark", _path(options.benchmark)]
        for layer in options.layers:
            words += ["--layer", layer]
        for name in ("num_samples", "seed", "image", "lang"):
            value = getattr(options, name)
            if value != getattr(default, name):
                words += [f"--{name.replace('_', '-')}", str(value)]
        return self._on_data(shlex.join(words))

    def _on_data(self, command: str, *, known: bool = True) -> str:
        return f"{command} --data {shlex.quote(self.data)} --allow-any-data" if self.data and known else command

    def all(self) -> tuple[str, ...]:
        """From training to this page, in order; the steps that are known and lead to this very model."""
        models, train = self.models, self.train()
        steps, later = [train], self
        keras = models.keras if models.same_weights else None
        if models.onnx and (keras or (train and models.leads_with_onnx)):
            steps.append(self.export())
            later = dataclasses.replace(self, exported=self.target)
            if keras:
                steps.append(later.verify())
        if self.options.benchmark is not None and models.onnx:
            steps.append(later.benchmark())
        return (*(step for step in steps if step), later.report())


def _path(path: Path) -> str:
    """A path as an argument: one that begins with a dash would be taken for an option."""
    text = str(path)
    return f"./{text}" if text.startswith("-") else text


def train_command(config: TrainConfig, folder: str) -> str:
    """The command that trains with a configuration: its recipe, and the options that differ from it."""
    known = config.recipe in recipe_names()  # a run may be older than this version's recipes
    preset = from_recipe(Overrides(arch=config.arch, recipe=config.recipe if known else None))
    words = ["mnist-edge", "train", "--arch", config.arch, "--recipe", preset.recipe, "--seed", str(config.seed)]
    for item in dataclasses.fields(config):
        value = getattr(config, item.name)
        if item.name in {"arch", "recipe", "seed"} or value == getattr(preset, item.name):
            continue
        option = option_name(item.name)
        if isinstance(value, tuple):
            words += [word for part in value for word in (option, str(part))]
        elif isinstance(value, bool):
            words.append(option if value else option.replace("--", "--no-", 1))
        else:
            words += [option, str(value)]
    return shlex.join([*words, "-o", folder])
