"""The pictures that are timed, and the accuracy of the file that is timed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import NUM_CLASSES, TestResult
from mnist_edge.dataset import Dataset, load_dataset
from mnist_edge.errors import DatasetUnavailableError
from mnist_edge.runtime.scoring import CHUNK
from mnist_edge.runtime.session import Engine

PICTURES_A_DIGIT: Final = 10
_VARIANTS: Final = 2


@dataclass(frozen=True, eq=False)
class BenchInputs:
    """What is timed.

    Attributes:
        digits: uint8 ``[100, 28, 28]``, white ink on black, ten of each digit.
        source: Where they come from.
    """

    digits: npt.NDArray[np.uint8]
    source: str


def find_dataset(path: str | os.PathLike[str] | None, *, allow_any: bool = False) -> Dataset | None:
    """The data if it is on this machine; nothing is downloaded for a benchmark.

    Raises:
        DatasetError: If data was named (argument or variable) but cannot be used.
    """
    try:
        return load_dataset(path, allow_any=allow_any, download=False)
    except DatasetUnavailableError:
        return None


def choose_inputs(dataset: Dataset | None) -> BenchInputs:
    """The first ten test pictures of each digit, or as many drawn ones if there is no data."""
    if dataset is None:
        return BenchInputs(_drawn_digits(), "drawn by mnist-edge (no MNIST data at hand)")
    places = [np.flatnonzero(dataset.y_test == digit)[:PICTURES_A_DIGIT] for digit in range(NUM_CLASSES)]
    name = "MNIST" if dataset.name == "mnist" else dataset.name
    return BenchInputs(dataset.x_test[np.concatenate(places)], f"{name} test set, first {PICTURES_A_DIGIT} of each digit")


def _drawn_digits() -> npt.NDArray[np.uint8]:
    from mnist_edge.runtime.sample_digits import draw_digit

    hands = [(hand % _VARIANTS, hand // _VARIANTS) for hand in range(PICTURES_A_DIGIT)]
    drawn = [draw_digit(digit, variant=variant, seed=seed) for digit in range(NUM_CLASSES) for variant, seed in hands]
    return np.array(drawn, np.uint8)


def measure_accuracy(engine: Engine, dataset: Dataset) -> TestResult:
    """Top-1 result of a model on the test pictures as they are, as the model card states it."""
    correct = 0
    for start in range(0, len(dataset.x_test), CHUNK):
        _, probabilities = engine.infer(engine.encode(dataset.x_test[start : start + CHUNK]))
        correct += int((probabilities.argmax(axis=1) == dataset.y_test[start : start + CHUNK]).sum())
    return TestResult(dataset.name, correct, len(dataset.y_test))
