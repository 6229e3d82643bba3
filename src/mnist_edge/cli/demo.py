"""``mnist-edge demo``."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from mnist_edge.cli.common import Console, data_options, verbosity

PICTURES_OF_EACH_KIND: Final = 10
_LEVEL_OPTIONS: Final = {0: ("-q",), 2: ("-v",)}


@dataclass(frozen=True)
class DemoOptions:
    """What ``demo`` can be told."""

    output: Path = Path("runs/demo")
    arch: str = "simple_cnn"
    epochs: int | None = None
    benchmark_seconds: float | None = None
    data: Path | None = None
    allow_any_data: bool = False


@click.command(name="demo", short_help="Run everything once: data, training, export, pictures, benchmark, report.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=DemoOptions.output,
    help="Where all files go.",
)
@click.option("--arch", default=DemoOptions.arch, help="Architecture to train.")
@click.option("--epochs", type=click.IntRange(1), default=None, help="Epochs; the tutorial's number by default.")
@click.option(
    "--benchmark-seconds",
    type=click.FloatRange(0),
    default=None,
    show_default="the benchmark's own",
    help="Least time of each clock of the benchmark.",
)
@data_options
@verbosity
def command(console: Console, **options: Any) -> None:
    """Run the whole line on real MNIST with the other commands, and show each of them.

    Called again with the same folder, it keeps the finished training and repeats the rest.

    \b
    Examples:
      mnist-edge demo
      mnist-edge demo -o runs/quick --epochs 1
    """
    chosen = DemoOptions(**options)
    for step in demo_steps(chosen):
        if step[0] == "classify":
            draw_pictures(chosen)
        run_step(step, console)
    console.result(summary(chosen.output))


def demo_steps(options: DemoOptions) -> list[list[str]]:
    """The commands of the demo, without the program's name."""
    out = options.output
    data = ["--data", str(options.data)] if options.data else []
    data += ["--allow-any-data"] if options.allow_any_data else []
    epochs = ["--epochs", str(options.epochs)] if options.epochs else []
    seconds = ["--seconds", str(options.benchmark_seconds)] if options.benchmark_seconds is not None else []
    return [
        ["data", *data],
        ["train", "--arch", options.arch, *epochs, "-o", f"{out}/run", "--resume", *data],
        ["evaluate", f"{out}/run", *data],
        ["export", f"{out}/run", "-o", f"{out}/model.onnx", *data],
        [
            "classify",
            f"{out}/pictures",
            "-m",
            f"{out}/model.onnx",
            "--scene",
            "single",
            "--json",
            "-o",
            f"{out}/digits.jsonl",
            "--show-input",
            f"{out}/seen",
        ],
        ["benchmark", f"{out}/model.onnx", "-o", f"{out}/benchmark", *seconds, *data],
        [
            "report",
            f"{out}/run",
            "--onnx",
            f"{out}/model.onnx",
            "--benchmark",
            f"{out}/benchmark",
            "-o",
            f"{out}/report",
            *data,
        ],
    ]


def run_step(step: list[str], console: Console) -> None:
    """Runs one command as the user would, in a process of its own and as quiet or verbose as this one.

    Raises:
        click.exceptions.Exit: With the command's exit code, if it fails; its own message is on the screen by then.
    """
    arguments = [*step, *_LEVEL_OPTIONS.get(console.level, ())]
    console.note(f"\n$ {shlex.join(['mnist-edge', *arguments])}")
    command = [sys.executable, "-m", "mnist_edge", *arguments]
    code = subprocess.run(command, check=False).returncode  # noqa: S603  # our own program
    if code:
        console.note(f"The demo stops here: {step[0]} ended with exit code {code}.")
        raise click.exceptions.Exit(code if code > 0 else 1)


def draw_pictures(options: DemoOptions) -> None:
    """Writes pictures to classify: our own drawn digits, dark on paper, and MNIST test digits."""
    import cv2

    from mnist_edge.dataset import load_dataset
    from mnist_edge.files import write_bytes
    from mnist_edge.runtime.sample_digits import draw_digit

    dataset = load_dataset(options.data, allow_any=options.allow_any_data)
    pictures = {f"drawn-{digit}": 235 - draw_digit(digit, size=240) // 5 * 4 for digit in range(10)}
    for index in range(min(PICTURES_OF_EACH_KIND, len(dataset.x_test))):
        pictures[f"mnist-test-{index}-is-{dataset.y_test[index]}"] = dataset.x_test[index]
    for name, picture in pictures.items():
        write_bytes(options.output / "pictures" / f"{name}.png", cv2.imencode(".png", picture)[1].tobytes())


def summary(output: Path) -> str:
    """What was reached, and where the files are."""
    metrics = _read_json(output / "run" / "metrics.json")
    parity = _read_json(output / "model.parity.json")
    digits = [json.loads(line) for line in (output / "digits.jsonl").read_text("utf-8").splitlines()]
    right = sum(str(digit["digit"]) == Path(digit["source"]).stem[-1] for digit in digits)
    clocks = _read_json(output / "benchmark" / "benchmark.json")["results"][0]["clocks"]
    infer = next(clock["latency"] for clock in clocks if clock["clock"] == "infer")
    flips = max(run["flips"] for run in parity["runs"])
    rows = [
        [
            "trained",
            f"{metrics['parameters']:,} parameters, best of {metrics['epochs']} epochs in {metrics['fit_seconds']:.0f} s",
            "run/",
        ],
        ["test accuracy", f"{metrics['test']['accuracy']:.2%}", "run/metrics.json"],
        ["parity", f"{flips} flips in {parity['images'] + parity['corner_inputs']:,} inputs", "model.parity.json"],
        ["pictures", f"{right} of {len(digits)} read right", "digits.jsonl, seen/"],
        ["latency", f"p50 {infer['p50_us']:.0f} µs, p99 {infer['p99_us']:.0f} µs", "benchmark/"],
        ["model", f"{(output / 'model.onnx').stat().st_size / 1000:.0f} kB", "model.onnx"],
        ["report", f"{(output / 'report' / 'report.html').stat().st_size / 1e6:.1f} MB, one page", "report/report.html"],
    ]
    table = "\n".join(f"{name:<14} {value:<46} {where}" for name, value, where in rows)
    return f"\nDone. Everything is in {output}/\n\n{table}\n\nNext: mnist-edge classify YOUR.jpg -m {output}/model.onnx"


def _read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content
