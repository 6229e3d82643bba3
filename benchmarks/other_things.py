"""Pictures of no digits to measure refusal with: drawn by this project, noise, blank ones, and clothes.

The clothes are Fashion-MNIST (H. Xiao, K. Rasul and R. Vollgraf, 2017, MIT licence), as Debian packages it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.dataset_files import read_idx
from mnist_edge.train.batches import Split
from mnist_edge.train.outliers import HELD_OUT_LETTER, KINDS, draw_outliers

FASHION: Final = Path("/usr/share/datasets/fashion-mnist")
FASHION_MISSING: Final = "Fashion-MNIST is left out. Install it with: apt-get install dataset-fashion-mnist"
CLOTHES: Final = "clothes"
NOISE: Final = "noise"
BLANK: Final = "blank"
UNLIKE_WRITING: Final = (NOISE, BLANK, CLOTHES)
SEED: Final = 20_000_101
_SIDE: Final = 28

Images = NDArray[np.uint8]


def other_things(digits: Split, of_each: int, fashion: Path = FASHION) -> dict[str, Images]:
    """Pictures by kind, uint8 ``[n, 28, 28]``: those that trainings draw, with other random numbers, and others.

    Args:
        digits: To spoil, and not to resemble.
        of_each: How many of each kind; all there are of clothes.
        fashion: The folder of Fashion-MNIST; without it there are no clothes.
    """
    things = {
        kind: draw_outliers(of_each, np.random.default_rng([SEED, number]), digits, [kind])
        for number, kind in enumerate((*KINDS, HELD_OUT_LETTER), start=1)
    }
    rng = np.random.default_rng([SEED, 0])
    things[NOISE] = np.stack([_noise(rng) for _ in range(of_each)])
    things[BLANK] = np.stack([_blank(rng) for _ in range(of_each)])
    if (worn := clothes(fashion)) is not None:
        things[CLOTHES] = worn
    return things


def clothes(folder: Path = FASHION) -> Images | None:
    """The test pictures of Fashion-MNIST, bright on black: uint8 ``[10000, 28, 28]``; ``None`` if they are not installed.

    Raises:
        DatasetFormatError: If the file is damaged.
    """
    file = folder / "t10k-images-idx3-ubyte.gz"
    return read_idx(file.read_bytes(), str(file)) if file.is_file() else None


def _noise(rng: np.random.Generator) -> Images:
    """One picture of noise: of each pixel or of larger spots, even, bell-shaped, or a few bright ones."""
    side = int(rng.choice([4, 7, 14, _SIDE]))
    shape = (side, side)
    fields = (
        rng.uniform(0, 255, shape),
        rng.normal(rng.uniform(60, 200), rng.uniform(10, 80), shape),
        255.0 * (rng.random(shape) < rng.uniform(0.02, 0.4)),
    )
    field = np.clip(fields[int(rng.integers(len(fields)))], 0, 255).astype(np.uint8)
    how = cv2.INTER_NEAREST if rng.random() < 0.5 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(field, (_SIDE, _SIDE), interpolation=how), np.uint8)


def _blank(rng: np.random.Generator) -> Images:
    """Nothing but the noise of a camera, in any grey."""
    grey = rng.uniform(0, 255) + rng.normal(0, rng.uniform(0, 3), (_SIDE, _SIDE))
    return np.asarray(np.clip(grey, 0, 255), np.uint8)
