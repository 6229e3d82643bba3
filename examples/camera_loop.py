"""Prints what a camera sees whenever it changes: the loop behind ``mnist-edge camera``, to put into a program of one's own.

    python examples/camera_loop.py 0
    python examples/camera_loop.py film.mp4

A camera is read in the background, and every frame is the newest one; a file is read frame by frame. Labels are steady:
digits are followed from frame to frame and vote on what they are.
"""

from __future__ import annotations

import contextlib
import sys

from mnist_edge import DigitClassifier, MnistEdgeError


def main(source: str) -> None:
    """Runs until the film ends, the camera is lost, or Ctrl-C."""
    before = ""
    for frame in DigitClassifier().stream(source, max_fps=15):
        if frame.text != before:
            text = " / ".join(frame.text.splitlines()) or "nothing"
            print(f"{frame.time_s:6.2f} s, {frame.age_ms:.0f} ms old: {text}", flush=True)
            before = frame.text


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        try:
            main(sys.argv[1])
        except MnistEdgeError as error:
            sys.exit(f"camera_loop: {error}")
