"""Draws docs/pictures/seen.png: pictures as they come, and below each the 28x28 that the model sees, with its answer.

The pictures are made here from the project's own drawn digits: other paper, light, polarity, colour, pen and place.

    python benchmarks/figure_seen.py
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge import DigitClassifier
from mnist_edge.cli.classify_output import percent
from mnist_edge.files import write_bytes
from mnist_edge.runtime.sample_digits import draw_digit

OUTPUT = Path(__file__).parents[1] / "docs" / "pictures" / "seen.png"
TILE = 168  # pixels; six times 28, so that every pixel of the network's input is a 6x6 block
GAP = 12

Picture = NDArray[np.uint8]


def ink_on(
    paper: NDArray[np.float64], ink: tuple[int, int, int], digit: int, *, size: int, at: tuple[int, int], pen: float
) -> Picture:
    """Draws ``digit`` in BGR colour ``ink`` on BGR ``paper`` of TILE x TILE pixels."""
    strokes = draw_digit(digit, size=size, thickness=pen, variant=1, seed=digit).astype(np.float64) / 255
    cover = np.zeros((TILE, TILE, 1))
    cover[at[1] : at[1] + size, at[0] : at[0] + size, 0] = strokes
    return (paper * (1 - cover) + np.array(ink, np.float64) * cover).clip(0, 255).astype(np.uint8)


def papers() -> dict[str, NDArray[np.float64]]:
    """Papers and grounds, float BGR 0 to 255."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:TILE, :TILE] / TILE
    plain = np.full((TILE, TILE, 3), 240.0)
    shadow = plain * np.where(x + 0.6 * y > 0.85, 0.55, 1.0)[..., None]
    gradient = plain * (0.35 + 0.65 * x)[..., None]
    noisy = np.array([200.0, 215, 225]) + rng.normal(0, 14, (TILE, TILE, 3))
    ruled = plain.copy()
    ruled[20::28] = (215, 170, 140)
    board = np.full((TILE, TILE, 3), (62.0, 74, 52)) + rng.normal(0, 5, (TILE, TILE, 3))
    return {"plain": plain, "shadow": shadow, "gradient": gradient, "noisy": noisy, "ruled": ruled, "board": board}


def pictures() -> list[Picture]:
    """Eight pictures of different kinds."""
    paper = papers()
    dark, blue, red, chalk, pencil = (40, 35, 35), (170, 70, 30), (45, 40, 200), (235, 240, 240), (165, 160, 160)
    return [
        ink_on(paper["plain"], dark, 3, size=150, at=(9, 9), pen=0.12),
        ink_on(paper["shadow"], dark, 7, size=120, at=(24, 24), pen=0.06),
        ink_on(paper["gradient"], blue, 2, size=90, at=(60, 50), pen=0.08),
        ink_on(paper["noisy"], dark, 5, size=110, at=(10, 40), pen=0.07),
        ink_on(paper["ruled"], blue, 4, size=120, at=(30, 22), pen=0.05),
        ink_on(paper["board"], chalk, 9, size=120, at=(24, 20), pen=0.1),
        ink_on(paper["plain"], pencil, 6, size=100, at=(50, 30), pen=0.03),
        ink_on(paper["plain"], red, 8, size=56, at=(90, 90), pen=0.1),
    ]


def main() -> None:
    """Writes the figure."""
    classifier = DigitClassifier()
    columns = []
    for picture in pictures():
        answer = classifier.classify(picture)
        seen = np.zeros((28, 28), np.uint8) if answer.seen is None else answer.seen
        large = cv2.cvtColor(cv2.resize(seen, (TILE, TILE), interpolation=cv2.INTER_NEAREST), cv2.COLOR_GRAY2BGR)
        label = np.full((40, TILE, 3), 255, np.uint8)
        text = answer.message[:18] if answer.digit is None else f"{answer.digit}   {percent(answer.confidence)}"
        cv2.putText(label, text, (8, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (60, 60, 60), 2, cv2.LINE_AA)
        column = np.vstack([picture, np.full((GAP, TILE, 3), 255, np.uint8), large, label])
        columns += [column, np.full((len(column), GAP, 3), 255, np.uint8)]
    sheet = np.hstack(columns[:-1])
    framed = cv2.copyMakeBorder(sheet, GAP, 0, GAP, GAP, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    write_bytes(OUTPUT, cv2.imencode(".png", framed)[1].tobytes())


if __name__ == "__main__":
    main()
