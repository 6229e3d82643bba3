"""What a report is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from mnist_edge.errors import OptionError

LANGUAGES: Final = ("en", "zh")
MAX_SAMPLES: Final = 100  # more pictures than a reader looks at make the page large


@dataclass(frozen=True)
class ReportOptions:
    """The settings of :func:`~mnist_edge.report.write_report`.

    Attributes:
        onnx: The exported file of a run or ``.keras`` file; brings the difference per layer, parity and model card.
        keras: The run or ``.keras`` file of an ``.onnx``; brings the difference per layer and the history.
        benchmark: ``benchmark.json``, or the folder that ``mnist-edge benchmark -o`` wrote it to.
        num_samples: Pictures in each of the grids, 1 to 100.
        seed: Seed of the choice of these pictures.
        layers: Layers whose feature maps are shown; empty shows the convolutions, of many some from the first to the last.
        image: The picture whose feature maps are shown: the index of a test digit, or a picture file.
        lang: Language of page and figures.
    """

    onnx: Path | None = None
    keras: Path | None = None
    benchmark: Path | None = None
    num_samples: int = 25
    seed: int = 42
    layers: tuple[str, ...] = ()
    image: str = "0"
    lang: Literal["en", "zh"] = "en"

    def __post_init__(self) -> None:
        if self.onnx is not None and self.keras is not None:
            raise OptionError("--onnx and --keras exclude each other", fix="Name the model as the first argument")
        if not 1 <= self.num_samples <= MAX_SAMPLES:
            raise OptionError("num_samples is out of range", expected=f"1 to {MAX_SAMPLES}", received=str(self.num_samples))
        if self.seed < 0:
            raise OptionError("seed is out of range", expected="0 or more", received=str(self.seed))
        if self.lang not in LANGUAGES:
            raise OptionError("Unknown language", expected=" or ".join(LANGUAGES), received=self.lang)

    @property
    def counterpart(self) -> Path | None:
        """The same network in the other form, if one was named."""
        return self.onnx or self.keras
