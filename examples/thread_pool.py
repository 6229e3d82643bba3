"""Reads all pictures of a folder with all cores: one classifier, several threads.

    python examples/thread_pool.py scans/

Decoding, OpenCV and the network release Python's lock, so threads are enough; nothing is copied between processes.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mnist_edge import DigitClassifier

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"}


def main(folder: Path) -> None:
    """Prints a line for each picture, in the order of the names."""
    classifier = DigitClassifier()
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # A bad picture is a scene with a message, never an exception: no try is needed.
        for path, scene in zip(paths, pool.map(classifier.read, paths), strict=True):
            print(f"{path.name}: {' / '.join(scene.text.splitlines()) or scene.message}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
