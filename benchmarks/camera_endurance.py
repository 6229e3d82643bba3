"""Ten minutes of a camera at 30 frames a second in real time: memory and age of the frames, minute by minute.

    python benchmarks/camera_endurance.py

The camera is a thread of this program that gives a picture of ten digits every 33 ms, 640x480. Nothing may grow: neither
the memory of the process nor the age of the frames handed over. The age counts from the moment the camera gave the frame
until its digits were read; the loop itself may add one interval at most.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import os
import time
from pathlib import Path
from typing import Any, Final

import click
import cv2
import numpy as np

from mnist_edge.errors import GateError, MnistEdgeError
from mnist_edge.files import write_json
from mnist_edge.runtime.camera import Captured, Frame, FrameSource
from mnist_edge.runtime.camera.statistics import StreamSummary
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.machine import describe_machine, load_average
from mnist_edge.runtime.sample_digits import draw_digit

HERE: Final = Path(__file__).resolve().parent
FPS: Final = 30.0
MINUTE_S: Final = 60.0
SETTLED_MINUTES: Final = 1  # caches of libraries fill in the first one
MAX_GROWTH_MB: Final = 5.0
WIDTH, HEIGHT, SIDE = 640, 480, 90


class PaperCamera(FrameSource):
    """Ten digits in two lines on noisy paper that moves, at a constant rate."""

    name, is_live, fps = "paper", True, FPS

    def __init__(self, duration_s: float) -> None:
        self._paper = draw_paper()
        self._rng = np.random.default_rng(1)
        self._begin = time.monotonic()
        self._count = 0
        self._total = round(duration_s * FPS)
        self.busy_s = 0.0

    def read(self) -> Captured | None:
        """Waits for the moment of the next frame."""
        if self._count == self._total:
            return None
        begin = time.thread_time()
        image = np.roll(self._paper, int(20 * np.sin(self._count / 40)), axis=1)
        image = cv2.add(image, self._rng.integers(0, 12, image.shape, np.uint8))
        self.busy_s += time.thread_time() - begin
        time.sleep(max(0.0, self._begin + self._count / FPS - time.monotonic()))
        self._count += 1
        return Captured(image, time.monotonic())

    def close(self) -> None:
        """Nothing is open."""


def draw_paper() -> Any:
    """uint8 ``[480, 640, 3]``: 0 to 9 in two lines on light paper."""
    paper = np.full((HEIGHT, WIDTH, 3), 210, np.uint8)
    for digit in range(10):
        left, top = 60 + 110 * (digit % 5), 90 + 170 * (digit // 5)
        ink = 255 - draw_digit(digit, size=SIDE)
        paper[top : top + SIDE, left : left + SIDE] = np.minimum(
            paper[top : top + SIDE, left : left + SIDE], ink[..., None]
        )
    return paper


@click.command()
@click.option("--minutes", type=click.FloatRange(0, min_open=True), default=10.0, help="How long.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "camera_endurance.json")
def main(minutes: float, output: Path) -> None:
    """Run the camera loop and write camera_endurance.json."""
    try:
        report = measure_endurance(minutes)
        write_json(output, report)
        check(report)
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error


def measure_endurance(minutes: float) -> dict[str, Any]:
    """Reads the camera for so long, and tells of every minute."""
    classifier = DigitClassifier()
    camera = PaperCamera(minutes * MINUTE_S)
    before, begin_cpu_s = load_average(), time.process_time()
    rows = []
    frames = classifier.stream(camera)
    for number, group in itertools.groupby(frames, key=lambda frame: int(frame.time_s // MINUTE_S)):
        row = summarize_minute(number, group)
        rows.append(row)
        click.echo("  ".join(f"{name} {value}" for name, value in row.items()))
    busy_s = time.process_time() - begin_cpu_s - camera.busy_s
    return {
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": dataclasses.asdict(describe_machine()),
        "load_average": {"before": before, "after": load_average()},
        "method": f"{minutes:g} minutes of {FPS:g} frames a second, {WIDTH}x{HEIGHT}, ten digits, in real time",
        "interval_ms": round(1000 / FPS, 2),
        "cpu_share": round(busy_s / (minutes * MINUTE_S), 3),
        "minutes": rows,
    }


def summarize_minute(number: int, frames: Any) -> dict[str, Any]:
    """What happened in one minute."""
    summary = StreamSummary()
    right = 0
    worst_ms = 0.0
    for frame in frames:
        assert isinstance(frame, Frame)  # noqa: S101
        summary.add(frame)
        right += frame.text == "01234\n56789"
        worst_ms = max(worst_ms, frame.age_ms)
    return {
        "minute": number,
        "frames": summary.frames,
        "dropped": summary.dropped,
        "right": right,
        "age_mean_ms": round(summary.age.mean_ms, 2),
        "age_p90_ms": round(summary.age.quantile_ms(0.9), 2),
        "age_p99_ms": round(summary.age.quantile_ms(0.99), 2),
        "age_max_ms": round(worst_ms, 2),
        "memory_mb": round(resident_mb(), 2),
    }


def resident_mb() -> float:
    """Memory of this process that is in RAM, in MB; 0 where the system does not tell in this way."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def check(report: dict[str, Any]) -> None:
    """Compares the minutes.

    Raises:
        GateError: If memory or age have grown.
    """
    rows = report["minutes"][SETTLED_MINUTES:]
    if not rows:
        return
    growth_mb = rows[-1]["memory_mb"] - rows[0]["memory_mb"]
    ages = [row["age_mean_ms"] for row in rows]
    click.echo(f"memory grew by {growth_mb:.2f} MB; age {min(ages):.1f} to {max(ages):.1f} ms on average in a minute")
    if growth_mb > MAX_GROWTH_MB:
        raise GateError("The memory grew", expected=f"at most {MAX_GROWTH_MB:g} MB", received=f"{growth_mb:.2f} MB")
    if max(ages) > report["interval_ms"]:
        raise GateError("Frames were late", expected=f"{report['interval_ms']} ms", received=f"{max(ages):.2f} ms")


if __name__ == "__main__":
    main()
