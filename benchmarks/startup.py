"""Start-up times and peak memory of the command line against bare imports and peers: many fresh processes, in turns.

    python benchmarks/startup.py

All is measured on one core, because a small device may have no more to spare, and on all. The budget, on one core:
``mnist-edge --help`` under 0.3 s; ``mnist-edge classify one.png`` within 1.15 times the time, and 1.15 times the memory, of
the bare imports. The peers are scripts that do the same by hand, see ``plain_onnxruntime.py`` and ``plain_litert.py``; the
latter needs ai-edge-litert, TensorFlow and the run ``runs/edge``.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib.util
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
from startup_process import Run, environment, on_cores, run_parts, run_process, usable_cores

from mnist_edge.errors import MnistEdgeError, WorkerError
from mnist_edge.files import write_bytes, write_json
from mnist_edge.runtime.bench_stats import PERCENTILE_METHOD, ratio_of_rounds, summarize
from mnist_edge.runtime.machine import describe_machine, load_average
from mnist_edge.runtime.packaged import DEFAULT_MODEL, packaged_path

HERE: Final = Path(__file__).resolve().parent
RUN: Final = HERE.parent / "runs" / DEFAULT_MODEL / "model.keras"
HELP_BUDGET_MS: Final = 300.0
CLASSIFY_BUDGET: Final = 1.15
MEMORY_BUDGET: Final = 1.15
IMPORTS: Final = "import numpy, cv2, onnxruntime, click"
PARTS_EVERY: Final = 2  # rounds: the parts are timed in a process of their own
ANSWER: Final = "one.png: 1 ("
WITHOUT_ANSWER: Final = ("python", "help", "imports")
_CONVERT: Final = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, tensorflow as tf
image = keras.Input(batch_shape=(1, 28, 28, 1))
model = keras.Model(image, keras.saving.load_model(sys.argv[1], compile=False)(image))
open(sys.argv[2], "wb").write(tf.lite.TFLiteConverter.from_keras_model(model).convert())
"""

Runs = Mapping[str, Sequence[Run]]


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=40, help="Processes of each command.")
@click.option("--warmup", type=click.IntRange(0), default=3, help="Rounds before the first timed one.")
@click.option("--peers/--no-peers", default=True, help="Time the scripts of the peers as well.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "startup.json")
def main(rounds: int, warmup: int, peers: bool, output: Path) -> None:
    """Measure start-up times and write startup.json."""
    try:
        report = measure_startup(rounds, warmup, peers=peers)
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    write_json(output, report)
    for name, result in report["commands"].items():
        peak = "" if result["peak_mb"] is None else f"  peak {result['peak_mb']:6.1f} MB"
        times = "  ".join(f"{figure} {result[f'{figure}_ms']:7.1f} ms" for figure in ("p50", "p90", "max"))
        click.echo(f"{name:12} {times}{peak}")
    for kind in ("time", "memory"):
        for name, ratio in report[f"{kind}_to_imports"].items():
            click.echo(f"{kind} of {name} to imports: {ratio['value']:.3f} ({ratio['low']:.3f} to {ratio['high']:.3f})")
    if report["all_cores"]:
        for name, ratio in report["all_cores"]["time_to_imports"].items():
            click.echo(f"time of {name} to imports on {report['cores']} cores: {ratio['value']:.3f}")
    click.echo("parts: " + ", ".join(f"{name} {part_ms:.1f}" for name, part_ms in report["parts_ms"].items()))
    for name, reason in report["not_measured"].items():
        click.echo(f"{name} was not measured: {reason}")
    click.echo(f"within budget: {report['within_budget']}")


def measure_startup(rounds: int, warmup: int, *, peers: bool = True) -> dict[str, Any]:
    """Runs every command ``rounds`` times in turns.

    Raises:
        WorkerError: If a command fails or reads another digit.
    """
    before = load_average()
    with tempfile.TemporaryDirectory(prefix="mnist-edge-bench-") as folder:
        picture = _picture(Path(folder))
        commands = _commands(picture)
        missing: dict[str, str] = {}
        if peers:
            commands["onnxruntime"] = _script("plain_onnxruntime", packaged_path(DEFAULT_MODEL), picture)
            reason = _convert_to_litert(Path(folder) / "model.tflite")
            if reason:
                missing["litert"] = reason
            else:
                commands["litert"] = _script("plain_litert", Path(folder) / "model.tflite", picture)
        cores = usable_cores()
        one: dict[str, list[Run]] = {name: [] for name in commands}
        every: dict[str, list[Run]] = {name: [] for name in commands}
        parts: list[dict[str, float]] = []
        for number in range(-warmup, rounds):
            with on_cores({max(cores)} if cores else set()):
                _run_all(commands, one)
                if number % PARTS_EVERY == 0:
                    parts.append(run_parts(picture))
            if len(cores) > 1:
                _run_all(commands, every)
            if number < 0:
                for taken in (*one.values(), *every.values(), parts):
                    taken.clear()  # type: ignore[attr-defined]  # all are lists
    return {
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": dataclasses.asdict(describe_machine()),
        "load_average": {"before": before, "after": load_average()},
        "method": f"{rounds} fresh processes each, in turns, files in the page cache; {PERCENTILE_METHOD}",
        "cores": len(cores),
        **summarize_runs(one, parts),
        "all_cores": _summaries(every) if len(cores) > 1 else None,
        "not_measured": missing,
    }


def _run_all(commands: Mapping[str, Sequence[str]], runs: Mapping[str, list[Run]]) -> None:
    for name, command in commands.items():
        runs[name].append(run_process(name, command, "" if name in WITHOUT_ANSWER else ANSWER))


def summarize_runs(runs: Runs, parts: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """What the processes say together: percentiles, median peaks, ratios to the bare imports, and the verdicts."""
    summaries = _summaries(runs)
    commands, time, memory = (summaries[key] for key in ("commands", "time_to_imports", "memory_to_imports"))
    return {
        **summaries,
        "parts_ms": {name: statistics.median(each[name] for each in parts) for name in parts[0]},
        "within_budget": {
            "help": commands["help"]["p50_ms"] < HELP_BUDGET_MS,
            "classify": time["classify"]["value"] <= CLASSIFY_BUDGET,
            "memory": memory["classify"]["value"] <= MEMORY_BUDGET if memory else None,
        },
    }


def _summaries(runs: Runs) -> dict[str, Any]:
    measured = [name for name in runs if name not in WITHOUT_ANSWER]
    return {
        "commands": {name: _summary(each) for name, each in runs.items()},
        "time_to_imports": {name: _ratio(runs, name, "took_ms") for name in measured},
        "memory_to_imports": {name: _ratio(runs, name, "peak_mb") for name in measured if runs[name][0].peak_mb},
    }


def _ratio(runs: Runs, name: str, figure: str) -> dict[str, float]:
    measured = [getattr(run, figure) for run in runs[name]]
    return dataclasses.asdict(ratio_of_rounds(measured, [getattr(run, figure) for run in runs["imports"]]))


def _summary(runs: Sequence[Run]) -> dict[str, Any]:
    times = summarize([round(run.took_ms * 1e6) for run in runs])
    peaks = [run.peak_mb for run in runs if run.peak_mb is not None]
    return {
        "p50_ms": times.p50_us / 1e3,
        "p90_ms": times.p90_us / 1e3,
        "max_ms": times.max_us / 1e3,
        "peak_mb": statistics.median(peaks) if peaks else None,
        "all_ms": [run.took_ms for run in runs],
    }


def _commands(picture: Path) -> dict[str, list[str]]:
    script = shutil.which("mnist-edge", path=str(Path(sys.executable).parent)) or shutil.which("mnist-edge")
    if script is None:
        raise WorkerError("The command mnist-edge is not installed", fix="Install it with: pip install mnist-edge")
    return {
        "python": [sys.executable, "-c", "pass"],
        "help": [script, "--help"],
        "imports": [sys.executable, "-c", IMPORTS],
        "classify": [script, "classify", str(picture)],
    }


def _script(name: str, *arguments: Path) -> list[str]:
    return [sys.executable, str(HERE / f"{name}.py"), *map(str, arguments)]


def _convert_to_litert(output: Path) -> str:
    """Writes the default model for LiteRT; why that cannot be, if so."""
    lacking = [name for name in ("ai_edge_litert", "tensorflow") if importlib.util.find_spec(name) is None]
    if lacking:
        return f"{' and '.join(lacking)} not installed"
    if not RUN.is_file():
        return f"there is no {RUN.relative_to(HERE.parent)}"
    command = [sys.executable, "-c", _CONVERT, str(RUN), str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    return "" if done.returncode == 0 else f"the conversion failed: {done.stderr.strip()[-200:]}"


def _picture(folder: Path) -> Path:
    import cv2

    from mnist_edge.runtime.sample_digits import draw_digit

    path = folder / "one.png"
    write_bytes(path, cv2.imencode(".png", draw_digit(1))[1].tobytes())
    return path


if __name__ == "__main__":
    main()
