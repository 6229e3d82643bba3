"""What reduced precision brings on this machine: size, latency and accuracy against the float file, in one sentence."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

from mnist_edge.export.quantization.gate import Flip
from mnist_edge.export.quantization.timing import Compared, Open, Run, compare_latency
from mnist_edge.runtime.machine import describe_machine
from mnist_edge.runtime.session import Engine

ROUNDS: Final = 30
SECONDS: Final = 0.05  # of each file in a round
PICTURES: Final = 50
_NOTICED: Final = 0.02  # smaller differences are real at times, and of no use to anybody
METHOD: Final = (
    f"Engine.infer on one picture, one thread; both files in one process, in turns of 5 ms, opened anew in each "
    f"of {ROUNDS} rounds; median of the ratios of the rounds' p50, 95 % bootstrap interval over the rounds"
)


@dataclass(frozen=True)
class MachineVerdict:
    """A reduced file against its float file.

    Attributes:
        precision: ``"int8"`` or ``"fp16"``.
        processor: Where it was measured.
        size_bytes: Size of the file.
        float_size_bytes: Size of the float file.
        latency: Of the file; its ratio is to the float file.
        float_latency: Of the float file.
        drop: Accuracy lost on the validation digits, in percentage points.
        flips: How many of them were read differently.
        own_target: Whether the file was made for processors such as this one.
    """

    precision: str
    processor: str
    size_bytes: int
    float_size_bytes: int
    latency: Compared
    float_latency: Compared
    drop: float
    flips: int
    own_target: bool = True

    @property
    def sentence(self) -> str:
        """The verdict in plain words."""
        smaller = self.float_size_bytes / self.size_bytes
        size = f"{smaller:.1f} times smaller" if smaller >= 1.05 else "no smaller"
        here = f"here ({self.processor})"
        return f"{self.precision} is {self._speed()} {here}, {size} and {self._accuracy()}: {self._advice(smaller)}."

    @property
    def _differs(self) -> bool:
        return self.latency.differs and abs(self.latency.ratio.value - 1) >= _NOTICED

    def _speed(self) -> str:
        ratio = self.latency.ratio
        if not self._differs:
            return "no different in speed"
        if ratio.value < 1:
            return f"{1 / ratio.value:.2f} times as fast"
        return f"{ratio.value:.2f} times as slow"

    def _accuracy(self) -> str:
        if self.drop <= 0:
            return "no less accurate"
        return f"{self.drop:.2f} points less accurate"

    def _advice(self, smaller: float) -> str:
        if not self.own_target:
            return "it was made for another kind of processor, so measure it there"
        if self._differs and self.latency.ratio.value < 1:
            return "use it"
        if smaller < 1.05:
            return "keep the float file"
        return "use it where size counts" if not self._differs else "use it only where size counts"

    def to_dict(self) -> dict[str, Any]:
        """The verdict, ready for JSON."""
        return {"sentence": self.sentence, "method": METHOD, **dataclasses.asdict(self)}


def measure_verdict(
    precision: str, data: bytes, float_data: bytes, pictures: Any, *, drop: float, flips: tuple[Flip, ...], own_target: bool
) -> MachineVerdict:
    """Times a file against its float file, through the code that ships.

    Args:
        precision: ``"int8"`` or ``"fp16"``.
        data: The file.
        float_data: The float file; both have a card and take the same input.
        pictures: uint8 ``[n, 28, 28, 1]``; the first 50 are used.
        drop: What the gate found, in percentage points.
        flips: What the gate found.
        own_target: Whether the file was made for processors such as this one.
    """
    images = Engine(float_data).encode(pictures[:PICTURES])
    openers = {"float": _opener(float_data), "reduced": _opener(data)}
    found = compare_latency(openers, images, reference="float", rounds=ROUNDS, seconds=SECONDS)
    return MachineVerdict(
        precision=precision,
        processor=describe_machine().cpu,
        size_bytes=len(data),
        float_size_bytes=len(float_data),
        latency=found["reduced"],
        float_latency=found["float"],
        drop=drop,
        flips=len(flips),
        own_target=own_target,
    )


def _opener(data: bytes) -> Open:
    def open_engine() -> Run:
        engine = Engine(data)
        return lambda image: engine.infer(image)[0]

    return open_engine
