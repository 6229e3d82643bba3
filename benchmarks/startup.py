"""Start-up times of the command line against bare imports: many fresh processes, in turns.

    python benchmarks/startup.py

The budget: ``mnist-edge --help`` under 0.3 s, ``mnist-edge classify one.png`` within 1.25 times the bare imports.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import click

from mnist_edge.errors import MnistEdgeError, WorkerError
from mnist_edge.files import write_bytes, write_json
from mnist_edge.runtime.bench_stats import PERCENTILE_METHOD, ratio_of_rounds, summarize
from mnist_edge.runtime.machine import describe_machine, load_average

HERE: Final = Path(__file__).resolve().parent
HELP_BUDGET_MS: Final = 300.0
CLASSIFY_BUDGET: Final = 1.25
IMPORTS: Final = "import numpy, cv2, onnxruntime, click"


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=40, help="Processes of each command.")
@click.option("--warmup", type=click.IntRange(0), default=3, help="Rounds before the first timed one.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "startup.json")
def main(rounds: int, warmup: int, output: Path) -> None:
    """Measure start-up times and write startup.json."""
    try:
        report = measure_startup(rounds, warmup)
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    write_json(output, report)
    for name, result in report["commands"].items():
        click.echo(
            f"{name:12} p50 {result['p50_ms']:7.1f} ms  p90 {result['p90_ms']:7.1f} ms  max {result['max_ms']:7.1f} ms"
        )
    ratio = report["classify_to_imports"]
    click.echo(f"classify to imports: {ratio['value']:.3f} ({ratio['low']:.3f} to {ratio['high']:.3f})")
    click.echo(f"within budget: {report['within_budget']}")


def measure_startup(rounds: int, warmup: int) -> dict[str, Any]:
    """Runs every command ``rounds`` times in turns.

    Raises:
        WorkerError: If a command fails.
    """
    before = load_average()
    with tempfile.TemporaryDirectory(prefix="mnist-edge-bench-") as folder:
        commands = _commands(_picture(Path(folder)))
        times: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(-warmup, rounds):
            for name, command in commands.items():
                took_ms = _run(name, command)
                if number >= 0:
                    times[name].append(took_ms)
    ratio = ratio_of_rounds(times["classify"], times["imports"])
    summaries = {name: summarize([round(took_ms * 1e6) for took_ms in taken]) for name, taken in times.items()}
    return {
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": dataclasses.asdict(describe_machine()),
        "load_average": {"before": before, "after": load_average()},
        "method": f"{rounds} fresh processes each, in turns, files in the page cache; {PERCENTILE_METHOD}",
        "commands": {
            name: {"p50_ms": s.p50_us / 1e3, "p90_ms": s.p90_us / 1e3, "max_ms": s.max_us / 1e3, "all_ms": times[name]}
            for name, s in summaries.items()
        },
        "classify_to_imports": dataclasses.asdict(ratio),
        "within_budget": {
            "help": summaries["help"].p50_us / 1e3 < HELP_BUDGET_MS,
            "classify": ratio.value <= CLASSIFY_BUDGET,
        },
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


def _picture(folder: Path) -> Path:
    import cv2

    from mnist_edge.runtime.sample_digits import draw_digit

    path = folder / "one.png"
    write_bytes(path, cv2.imencode(".png", draw_digit(1))[1].tobytes())
    return path


def _environment() -> dict[str, str]:
    # An installed package has its compiled caches; a checkout gets them in the warm-up, unless this variable forbids it.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    # The program switches onnxruntime's telemetry off; the bare imports shall not be the slower for having it on.
    return {**kept, "ORT_DISABLE_TELEMETRY": "1"}


def _run(name: str, command: list[str]) -> float:
    """Elapsed ms from start to end of one process."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    took_ms = (time.perf_counter() - start) * 1e3
    if done.returncode != 0:
        raise WorkerError(f"{name} ended with exit code {done.returncode}", received=done.stderr.strip()[-300:])
    return took_ms


if __name__ == "__main__":
    main()
