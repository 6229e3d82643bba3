"""Everything that a page tells, gathered before anything is drawn."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_edge.dataset import Dataset
from mnist_edge.layer_arithmetic import LayerRow, total_multiply_adds
from mnist_edge.report.belonging import check_same_network
from mnist_edge.report.commands import Commands
from mnist_edge.report.layer_views import LayerViews, choose_picture, look_inside
from mnist_edge.report.measurements import Benchmark, Parity, read_benchmark, read_parity
from mnist_edge.report.models import Models
from mnist_edge.report.options import ReportOptions
from mnist_edge.runtime.bench_stats import LatencySummary
from mnist_edge.train.evaluation.scores import Evaluation, check_split, score
from mnist_edge.train.run import best_epoch

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Is called with what is done and the number of steps; what it yields is told how many are done since the last time."""

CUSTOM = "custom"


def no_progress(text: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
    """Shows nothing."""
    return nullcontext(lambda done: None)


@dataclass(frozen=True, eq=False)
class Contents:
    """What the sections of a page are made from.

    Attributes:
        evaluation: On the test set.
        table: The layers of the Keras model, or of the graph where there is no Keras model.
        views: What the layers make of one picture.
        benchmark: Latencies; ``None`` if no benchmark was named.
        commands: The commands that lead here.
    """

    models: Models
    data: Dataset
    options: ReportOptions
    evaluation: Evaluation
    table: tuple[LayerRow, ...]
    views: LayerViews
    parity: Parity | None
    benchmark: Benchmark | None
    commands: Commands

    @property
    def architecture(self) -> str:
        """Name in the registry of architectures, or ``"custom"``."""
        run, card = self.models.run, self.models.card
        return run.config.arch if run else card.architecture if card else CUSTOM

    @property
    def other_training_data(self) -> str:
        """Hash of the data that the model was trained on, if it is not this data; empty if it is, or nobody knows."""
        return other_training_data(self.models, self.data)

    @property
    def parameters(self) -> int:
        """Weights of the Keras model; the export may have folded some of them together."""
        card = self.models.card
        return card.parameters if card and not self.models.keras else sum(row.parameters for row in self.table)

    @property
    def multiply_adds(self) -> int | None:
        """For one picture; ``None`` if those of a layer are not known."""
        return total_multiply_adds(self.table)

    @property
    def epochs(self) -> tuple[int, int] | None:
        """The epoch whose weights these are, and how many there were; ``None`` if that is not known."""
        run, card = self.models.run, self.models.card
        if run and run.history:
            return best_epoch(run.history).epoch, len(run.history)
        if card and card.training.best_epoch is not None and card.training.epochs is not None:
            return card.training.best_epoch, card.training.epochs
        return None

    @property
    def train_accuracy(self) -> float | None:
        """Of these weights on the training split, 0 to 1; ``None`` if nobody measured it."""
        return self._of_metrics("train")

    @property
    def validation_accuracy(self) -> float | None:
        """Of these weights on the validation split, 0 to 1; ``None`` if nobody measured it."""
        measured, card = self._of_metrics("validation"), self.models.card
        return measured if measured is not None or card is None else card.training.validation_accuracy

    def _of_metrics(self, split: str) -> float | None:
        metrics: Any = self.models.run.metrics if self.models.run else None
        part = metrics.get(split) if metrics else None
        value = part.get("accuracy") if isinstance(part, dict) else None
        return float(value) if isinstance(value, int | float) else None

    @property
    def created(self) -> str:
        """When the training ended, or the export was made; empty if that is not known."""
        run, card = self.models.run, self.models.card
        if run and run.metrics:
            return str(run.metrics.get("finished", ""))
        return card.created if card else ""

    @property
    def tools(self) -> dict[str, str]:
        """Versions of the libraries that made the model."""
        run, card = self.models.run, self.models.card
        found = run.environment.get("versions") if run else None
        versions = found if isinstance(found, dict) else {}
        return {**{str(name): str(version) for name, version in versions.items()}, **(card.tools if card else {})}

    @property
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """Name and bytes of the model's files, that of the evaluated one first."""
        sides = self.models.sides if self.models.same_weights else self.models.sides[:1]
        return tuple((side.file.name, side.file.stat().st_size) for side in sides)

    @property
    def latency_of_onnx(self) -> LatencySummary | None:
        """The exported network alone, with the fewest threads; ``None`` if this very file was not measured."""
        if self.benchmark is None or self.models.onnx is None:
            return None
        digest = hashlib.sha256(self.models.onnx.data).hexdigest()
        labels = {model.label for model in self.benchmark.models if model.sha256 == digest}
        results = [result for result in self.benchmark.results if result.model in labels]
        clocks = min(results, key=lambda result: result.threads).clocks if results else ()
        return next((clock.latency for clock in clocks if clock.clock == "infer"), None)


def other_training_data(models: Models, data: Dataset) -> str:
    """Hash of the data that a model was trained on, if it is not ``data``; empty if it is, or nobody knows."""
    recorded = models.run.environment.get("data") if models.run else None
    card = models.card
    told = recorded.get("sha256") if isinstance(recorded, dict) else card.training.data_sha256 if card else ""
    return str(told) if told and told != data.sha256 else ""


def gather(models: Models, dataset: Dataset, output: Path, options: ReportOptions, progress: Progress) -> Contents:
    """Evaluates the model and reads everything else.

    Raises:
        OptionError: If the picture or a layer does not exist, the benchmark cannot be read, or the models are different
            networks.
        ImageError: If the picture cannot be used.
        DatasetFormatError: If there are no test pictures.
    """
    check_split(len(dataset.x_test), len(dataset.y_test))
    check_same_network(models)
    benchmark = read_benchmark(options.benchmark) if options.benchmark is not None else None
    picture = choose_picture(options.image, dataset)
    views = look_inside(models, options.layers, picture, dataset)  # before the evaluation: a misspelt layer is told at once
    models = dataclasses.replace(models, same_weights=views.comparison is None or views.comparison.same)
    with progress("Evaluating", len(dataset.x_test)) as advance:
        evaluation = score(models.predict(dataset.x_test, advance), dataset.y_test)
    return Contents(
        models=models,
        data=dataset,
        options=options,
        evaluation=evaluation,
        table=tuple((models.keras or models.sides[0]).table()),
        views=views,
        parity=read_parity(models.onnx),
        benchmark=benchmark,
        commands=Commands(
            models,
            options,
            output,
            data="" if dataset.name == "mnist" else dataset.origin,
            trained_elsewhere=bool(other_training_data(models, dataset)),
        ),
    )
