"""What the session options are worth on this machine, for every packaged model, and what a stored optimised model would be.

    python benchmarks/tuning.py

The profile of whoever runs this is neither read nor written.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from mnist_edge.errors import MnistEdgeError
from mnist_edge.files import write_json
from mnist_edge.runtime.bench_stats import ratio_of_rounds
from mnist_edge.runtime.machine import describe_machine
from mnist_edge.runtime.packaged import packaged_models, read_model
from mnist_edge.runtime.session import import_onnxruntime, open_session
from mnist_edge.runtime.tuning.options import TuneOptions
from mnist_edge.runtime.tuning.search import tune

HERE: Final = Path(__file__).resolve().parent


@click.command()
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@click.option("--repeats", type=click.IntRange(5), default=25, help="Rounds of each measurement.")
@click.option("--seconds", type=click.FloatRange(0), default=TuneOptions.seconds, help="Of each candidate in a round.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "tuning.json")
def main(models: tuple[str, ...], repeats: int, seconds: float, output: Path) -> None:
    """Tune the packaged models and write tuning.json."""
    try:
        found = [measure(model, repeats, seconds) for model in models or packaged_models()]
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    machine = dataclasses.asdict(describe_machine())
    write_json(
        output, {"created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "machine": machine, "models": found}
    )
    for each in found:
        disturbed = "; ".join(each["tuning"]["noise"]["reasons"]) or "quiet"
        click.echo(
            f"{each['name']}: pays {each['tuning']['pays']}, stored model {each['stored_model']}, machine {disturbed}"
        )


def measure(model: str, repeats: int, seconds: float) -> dict[str, Any]:
    """Tunes for single pictures, with spinning threads among the candidates."""
    options = TuneOptions(model=model, repeats=repeats, seconds=seconds, allow_spinning=True)
    report = tune(options, notify=lambda text: click.echo(f"{model}, {text}", err=True))
    tuning = report.to_dict()
    for kind in ("looked", "steps"):
        tuning[kind] = [
            {**each, "name": str(one.config)} for each, one in zip(tuning[kind], getattr(report, kind), strict=True)
        ]
    return {
        "name": model,
        "graph_sha256": report.graph_sha256,
        "tuning": tuning,
        "stored_model": stored_model(read_model(model)[1], 2 * repeats),
    }


def stored_model(data: bytes, rounds: int) -> dict[str, Any]:
    """Time to open a session from the exported file, and from what onnxruntime made of it, in its own format, in turns."""
    stored = optimised(data)
    ways: dict[str, Callable[[], Any]] = {
        "as_exported": lambda: open_session(data),
        "stored": lambda: open_session(stored, optimize=False),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            times[name].append(1e3 * (time.perf_counter() - start))
    ratio = ratio_of_rounds(times["stored"], times["as_exported"])
    return {
        **{f"{name}_ms": statistics.median(taken) for name, taken in times.items()},
        "ratio": dataclasses.asdict(ratio),
        "bytes": {"as_exported": len(data), "stored": len(stored)},
    }


def optimised(data: bytes) -> bytes:
    """The model as onnxruntime rewrote it for this processor, in its own format."""
    ort = import_onnxruntime()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.ort"
        options = ort.SessionOptions()
        options.log_severity_level = 4  # it warns that the file is for this kind of processor only
        options.optimized_model_filepath = str(file)
        options.add_session_config_entry("session.save_model_format", "ORT")
        ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        return file.read_bytes()


if __name__ == "__main__":
    main()
