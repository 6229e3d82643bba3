"""What int8 and fp16 bring for float models: size, latency, accuracy; and which way of making them is best.

    python benchmarks/quantization.py                    the float models in the package
    python benchmarks/quantization.py a.onnx b.onnx      any exported float models

Everything is compared on MNIST's validation digits (the last tenth of the training pictures). The test digits are read
once, with the files that ``mnist-edge export`` would write.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from unittest import mock

import click
import numpy as np
from onnx import ModelProto

from mnist_edge.dataset import Dataset, load_dataset
from mnist_edge.errors import MnistEdgeError
from mnist_edge.export.card import serialize
from mnist_edge.export.quantization import int8_graph as int8
from mnist_edge.export.quantization.calibration import Digits, validation_digits
from mnist_edge.export.quantization.gate import judge, run_logits
from mnist_edge.export.quantization.presets import METHODS, PRESETS, ReductionOptions, own_target
from mnist_edge.export.quantization.reduce import describe, make_graph, reduce_model
from mnist_edge.export.quantization.timing import Run, compare_latency
from mnist_edge.export.signature import graph_hash, read_onnx
from mnist_edge.files import write_json
from mnist_edge.runtime.machine import describe_machine, load_average
from mnist_edge.runtime.packaged import packaged_models
from mnist_edge.runtime.scoring import log_odds
from mnist_edge.runtime.session import Engine, read_card
from mnist_edge.temperature import softmax
from mnist_edge.train.batches import Split
from mnist_edge.train.evaluation.calibration import calibrate
from mnist_edge.train.operating_points import real_digits

HERE: Final = Path(__file__).resolve().parent
COUNTS: Final = (10, 100, 1000, 5000)
ANY_DROP: Final = 100.0


@click.command()
@click.argument("models", nargs=-1)
@click.option("--rounds", type=click.IntRange(2), default=30, help="Rounds of the latency.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "quantization.json")
def main(models: tuple[str, ...], rounds: int, output: Path) -> None:
    """Measure reduced precision, and write quantization.json."""
    before = load_average()
    try:
        dataset = load_dataset()
        names = models or tuple(name for name in packaged_models() if not _is_reduced(name))
        measured = {Path(name).stem: FloatModel(name, dataset).measure(rounds) for name in names}
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    machine = dataclasses.asdict(describe_machine())
    result = {
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "load_before": before,
        "load_after": load_average(),
        "models": measured,
    }
    write_json(output, result)
    click.echo(f"{output}: {', '.join(measured)}")


def _is_reduced(name: str) -> bool:
    return read_card(read_onnx(name)[0], name).precision.is_reduced


class FloatModel:
    """One float model, and what can be made of it.

    Args:
        name: A path, or the name of a packaged model.
        dataset: MNIST.
    """

    def __init__(self, name: str, dataset: Dataset) -> None:
        self.name, self.dataset = name, dataset
        data, self.model = read_onnx(name)
        self.card = dataclasses.replace(read_card(data, name), graph_sha256=graph_hash(self.model))
        self.data = serialize(self.model, self.card)
        self.digits = validation_digits(dataset)
        self.reference = run_logits(Engine(self.data), self.digits)

    def measure(self, rounds: int) -> dict[str, Any]:
        """Calibrations, precisions and thresholds."""
        click.echo(f"{self.name}: calibrations", err=True)
        calibrations = [
            {"method": method, "digits": 1000, "bias": bias, **self._judged(self._options(method, 1000, bias))}
            for method in METHODS
            for bias in (False, True)
        ]
        counts = [{"digits": count, **self._judged(self._options("minmax", count, False))} for count in COUNTS]
        click.echo(f"{self.name}: precisions", err=True)
        return {"calibrations": calibrations, "counts": counts, **self._precisions(rounds)}

    def _options(self, method: str, count: int, bias: bool, layers: str = "all") -> ReductionOptions:
        return ReductionOptions(
            layers=layers, calibration=method, calibration_digits=count, bias_correction=bias, max_drop=ANY_DROP
        )

    def _file(self, graph: ModelProto, options: ReductionOptions) -> bytes:
        drafted = serialize(graph, dataclasses.replace(self.card, graph_sha256=graph_hash(graph)))
        gate = judge(drafted, self.reference, self.digits, ANY_DROP, where=self.name)
        return serialize(graph, describe(graph, self.model, self.card, options, gate))

    def _made(self, options: ReductionOptions) -> bytes:
        return self._file(make_graph(self.model, self.card, self.dataset, options, lambda graph: True)[0], options)

    def _judged(self, options: ReductionOptions) -> dict[str, Any]:
        return _figures(self._made(options))

    def _precisions(self, rounds: int) -> dict[str, Any]:
        """Files of each kind, timed together."""
        shipped = {
            name: reduce_model(self.model, self.card, self.dataset, ReductionOptions(precision), notify=_say)
            for name, precision in (("int8", "int8"), ("fp16", "fp16"))
        }
        chosen = shipped["int8"].card.precision.int8_layers
        layers = ",".join(chosen) or "none"
        files = {
            "float32": self.data,
            **{name: reduced.data for name, reduced in shipped.items()},
            "fp16_graph": self._fp16_graph(),
            "int8_all": self._made(ReductionOptions(layers="all", max_drop=ANY_DROP)),
            "int8_weights": self._made(ReductionOptions(layers="none", max_drop=ANY_DROP)),
        }
        wide = {**PRESETS, "x86": dataclasses.replace(PRESETS["x86"], narrow_weights=False)}
        if chosen:
            with mock.patch.dict(PRESETS, wide):
                files["int8_wide_weights"] = self._made(ReductionOptions(layers=layers, max_drop=ANY_DROP))
            with mock.patch.object(int8, "fence_pools"):
                files["int8_without_fences"] = self._made(ReductionOptions(layers=layers, max_drop=ANY_DROP))
        times = compare_latency(
            {name: _opener(data) for name, data in files.items()},
            self.digits.images[:50],
            reference="float32",
            rounds=rounds,
            seconds=0.05,
        )
        test = {name: dataclasses.asdict(reduced.card.test) for name, reduced in shipped.items() if reduced.card.test}
        choice = shipped["int8"].choice
        return {
            "test": {"float32": dataclasses.asdict(self.card.test) if self.card.test else None, **test},
            "target": own_target(),
            "choice": dataclasses.asdict(choice) if choice else None,
            "flips": [dataclasses.asdict(flip) for flip in shipped["int8"].gate.flips],
            "verdicts": {name: reduced.machine.sentence for name, reduced in shipped.items() if reduced.machine},
            "precisions": {
                name: {"bytes": len(data), **dataclasses.asdict(times[name]), **_figures(data)}
                for name, data in files.items()
            },
            "confidence": self._confidence({"float32": self.data, "int8": files["int8"], "fp16": files["fp16"]}),
        }

    def _fp16_graph(self) -> bytes:
        """All arithmetic in float16, as the converter that comes with onnxruntime makes it; inputs and outputs stay."""
        from onnxruntime.transformers.float16 import convert_float_to_float16

        whole = ModelProto()
        whole.CopyFrom(self.model)
        return self._file(convert_float_to_float16(whole, keep_io_types=True), ReductionOptions("fp16", max_drop=ANY_DROP))

    def _confidence(self, files: dict[str, bytes]) -> dict[str, Any]:
        """Whether the card's temperature and thresholds, measured on the float model, still hold."""
        split = Split(self.digits.images[..., 0], self.digits.labels)
        hard = real_digits(split, 0)
        rejection, temperature = self.card.rejection, self.card.temperature
        found: dict[str, Any] = {}
        for name, data in files.items():
            engine = Engine(data)
            plain = run_logits(engine, self.digits)
            logits = run_logits(engine, Digits(hard.images[..., np.newaxis], hard.labels))
            scores = log_odds(logits, none_logit=rejection.none_logit)[logits.argmax(axis=1) == hard.labels]
            found[name] = {
                "ece": calibrate(softmax(plain / np.float32(temperature)), self.digits.labels).ece,
                "refused": [float((scores < point.log_odds).mean()) for point in rejection.points],
            }
        return {"points": [point.refused for point in rejection.points], "temperature": temperature, **found}


def _figures(data: bytes) -> dict[str, Any]:
    precision = read_card(data, "the file").precision
    return {
        "drop": precision.drop,
        "flips": precision.flips,
        "mean_logit_difference": precision.mean_logit_difference,
        "max_logit_difference": precision.max_logit_difference,
        "int8_layers": list(precision.int8_layers),
    }


def _opener(data: bytes) -> Callable[[], Run]:
    def open_engine() -> Run:
        engine = Engine(data)
        return lambda image: engine.infer(image)[0]

    return open_engine


def _say(text: str) -> None:
    click.echo(f"  {text}", err=True)


if __name__ == "__main__":
    main()
