from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from mnist_edge.runtime.sample_digits import draw_digit

PROGRAM = Path(__file__).parents[2] / "examples" / "camera_loop.py"


def test_camera_loop(tmp_path: Path) -> None:
    """A film in which a 3 is replaced by a 7."""
    film = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 240))
    for digit in (3, 7):
        frame = np.full((240, 320, 3), 235, np.uint8)
        frame[60:180, 100:220] = 255 - draw_digit(digit, size=120)[..., None]
        for _ in range(20):
            writer.write(frame)
    writer.release()
    done = subprocess.run([sys.executable, PROGRAM, film], capture_output=True, text=True, check=True, timeout=120)
    read = [line.rpartition(": ")[2] for line in done.stdout.splitlines()]
    assert (read[0], read[-1], done.stderr) == ("3", "7", "")


def test_a_camera_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, PROGRAM, tmp_path / "missing.mp4"], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "missing.mp4" in done.stderr
