"""Draws docs/pictures/corruptions.png: MNIST test digits as they are, and after each of the fifteen corruptions.

python benchmarks/figure_corruptions.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from corruptions import CORRUPTIONS, corrupt
from numpy.typing import NDArray

from mnist_edge.dataset import load_dataset
from mnist_edge.files import write_bytes

OUTPUT: Final = Path(__file__).parents[1] / "docs" / "pictures" / "corruptions.png"
SEED: Final = 0
COLUMNS: Final = 4
ENLARGED: Final = 2
GAP: Final = 12  # px
CAPTION: Final = 22  # px
WHITE: Final = 255
GREY: Final = 70


def sample(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The first of each digit, uint8 ``[10, 28, 28]``."""
    return images[[int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]]


def tile(name: str, digits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Ten digits in two rows under their name."""
    strip = np.vstack([np.hstack(list(digits[:5])), np.hstack(list(digits[5:]))])
    large = cv2.resize(strip, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_NEAREST)
    caption = np.full((CAPTION, large.shape[1]), WHITE, np.uint8)
    cv2.putText(caption, name.replace("_", " "), (2, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (GREY,), 1, cv2.LINE_AA)
    framed = cv2.copyMakeBorder(np.vstack([caption, large]), 0, GAP, GAP, 0, cv2.BORDER_CONSTANT, value=(WHITE,))
    return np.asarray(framed, np.uint8)


def main() -> None:
    """Draws the sheet."""
    dataset = load_dataset()
    digits = sample(dataset.x_test, dataset.y_test)
    tiles = [tile("as they are", digits), *(tile(name, corrupt(digits, name, SEED)) for name in CORRUPTIONS)]
    rows = [np.hstack(tiles[start : start + COLUMNS]) for start in range(0, len(tiles), COLUMNS)]
    sheet = cv2.copyMakeBorder(np.vstack(rows), GAP, 0, 0, GAP, cv2.BORDER_CONSTANT, value=(WHITE,))
    write_bytes(OUTPUT, cv2.imencode(".png", sheet)[1].tobytes())


if __name__ == "__main__":
    main()
