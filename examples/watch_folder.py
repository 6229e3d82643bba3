"""Reads every picture that appears in a folder, such as one into which a scanner or a camera writes.

    python examples/watch_folder.py inbox/

The folder is looked at twice a second, which needs no library and works on network drives, where notifications do not. A
file is read when its size and time did not change between two looks: one that is still being written is left alone.
"""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path

from mnist_edge import DigitClassifier

PAUSE_S = 0.5
SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"}

Stamps = dict[Path, tuple[int, int]]


def look(folder: Path) -> Stamps:
    """Size and time of every picture in the folder."""
    stamps: Stamps = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES and not path.name.startswith("."):
            with contextlib.suppress(FileNotFoundError):  # gone again
                found = path.stat()
                stamps[path] = (found.st_size, found.st_mtime_ns)
    return stamps


def watch(folder: Path) -> None:
    """Prints a line for every picture that is new or has changed, until Ctrl-C."""
    classifier = DigitClassifier()
    done = before = look(folder)  # what is there already is not new
    print(f"watching {folder}", flush=True)
    while True:
        time.sleep(PAUSE_S)
        now = look(folder)
        for path, stamp in now.items():
            if before.get(path) == stamp != done.get(path):
                scene = classifier.read(path)
                print(f"{path.name}: {' / '.join(scene.text.splitlines()) or scene.message}", flush=True)
                done = {**done, path: stamp}
        done = {path: stamp for path, stamp in done.items() if path in now}  # a name may come again
        before = now


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        watch(Path(sys.argv[1]))
