"""What an evaluation can be told; importing this loads nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from mnist_edge.train.config import TrainConfig

SplitName = Literal["test", "validation", "train"]
Form = Literal["text", "json", "csv"]

SPLIT_NAMES: Final[tuple[SplitName, ...]] = get_args(SplitName)
DEFAULT_SHARE: Final = TrainConfig.validation_split


@dataclass(frozen=True)
class EvaluateOptions:
    """The options of ``mnist-edge evaluate``.

    Attributes:
        against: A second model, which the first is held against.
        split: The part of the data.
        validation_split: Share of the training images that is held back; ``None`` takes that of the run, else 0.1.
        worst: How many mistakes or flips the text lists, at most.
        form: ``text``, ``json`` or ``csv``.
        output: Where the result goes; ``None`` is stdout.
        predictions: Where a CSV file with one line an image goes.
    """

    against: Path | None = None
    split: SplitName = "test"
    validation_split: float | None = None
    worst: int = 10
    form: Form = "text"
    output: Path | None = None
    predictions: Path | None = None
