"""What the parity gate found, as frozen records and as JSON."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any, Final

from mnist_edge.contract import ParitySummary
from mnist_edge.errors import ParityError

REPORT_FORMAT: Final = 1
_SHOWN_FAILURES: Final = 3


@dataclass(frozen=True)
class Tolerance:
    """Largest differences that pass: ``|onnx - keras| <= atol + rtol * |keras|``.

    Both sides compute in float32 and add up in another order, which moves a logit of about 30 by some 1e-5.

    Attributes:
        logits_atol: For logits, absolute.
        probabilities_atol: For probabilities, absolute.
        probabilities_rtol: For probabilities, relative.
    """

    logits_atol: float = 1e-4
    probabilities_atol: float = 1e-5
    probabilities_rtol: float = 1e-4


@dataclass(frozen=True)
class RunVerdict:
    """One pass over all inputs.

    Attributes:
        batch: Inputs handed over at a time.
        optimized: Whether onnxruntime might rewrite the graph.
        logit_misses: Inputs with a logit outside its tolerance.
        probability_misses: Inputs with a probability outside its tolerance.
        flips: Inputs with another top-1 class.
        max_logit_difference: Largest absolute difference of a logit.
        max_probability_difference: Largest absolute difference of a probability.
    """

    batch: int
    optimized: bool
    logit_misses: int
    probability_misses: int
    flips: int
    max_logit_difference: float
    max_probability_difference: float

    @property
    def passed(self) -> bool:
        """Whether no input missed."""
        return not (self.logit_misses or self.probability_misses or self.flips)


@dataclass(frozen=True)
class InputMiss:
    """One input on which the models differ.

    Attributes:
        name: ``"test 123"`` or the name of a corner input.
        keras_class: Top-1 class of Keras.
        onnx_class: Top-1 class of the ONNX model.
        logit_difference: Largest absolute difference of its logits.
        probability_difference: Largest absolute difference of its probabilities.
    """

    name: str
    keras_class: int
    onnx_class: int
    logit_difference: float
    probability_difference: float


@dataclass(frozen=True)
class LayerVerdict:
    """One layer on the worst inputs: its tensor in the graph, and how far it is from Keras."""

    layer: str
    tensor: str
    max_difference: float
    departs: bool


@dataclass(frozen=True)
class ParityVerdict:
    """The outcome of the gate.

    Attributes:
        failures: What is wrong, one sentence each; empty means passed.
        images: Test images compared.
        corner_inputs: Corner inputs compared.
        runs: One entry for each batch size, with and without graph optimizations.
        worst: The inputs that differ most, worst first; filled on a miss.
        flipped: Inputs with another top-1 class, at most 20.
        layers: The layers on the worst inputs, in order of computation; filled on a miss.
        first_departing_layer: The first of ``layers`` that departs, or empty.
        tolerance: What was allowed.
    """

    failures: tuple[str, ...]
    images: int
    corner_inputs: int
    runs: tuple[RunVerdict, ...] = ()
    worst: tuple[InputMiss, ...] = ()
    flipped: tuple[InputMiss, ...] = ()
    layers: tuple[LayerVerdict, ...] = ()
    first_departing_layer: str = ""
    tolerance: Tolerance = field(default_factory=Tolerance)

    @property
    def passed(self) -> bool:
        """Whether the models are equal."""
        return not self.failures

    def summary(self) -> ParitySummary:
        """The figures that the card keeps: the worst over all runs."""
        return ParitySummary(
            images=self.images,
            corner_inputs=self.corner_inputs,
            flips=max((run.flips for run in self.runs), default=0),
            max_logit_difference=max((run.max_logit_difference for run in self.runs), default=0.0),
            max_probability_difference=max((run.max_probability_difference for run in self.runs), default=0.0),
        )

    def to_dict(self) -> dict[str, Any]:
        """The report, ready for JSON; a difference that is no number is ``null``."""
        body = dataclasses.asdict(self)
        return {"format_version": REPORT_FORMAT, "passed": self.passed, **_finite(body)}

    def error(self, onnx: str, keras: str, *, fix: str = "") -> ParityError:
        """The failed verdict as an error of one line."""
        shown = "; ".join(self.failures[:_SHOWN_FAILURES])
        more = f"; and {len(self.failures) - _SHOWN_FAILURES} more" if len(self.failures) > _SHOWN_FAILURES else ""
        return ParityError(f"{onnx} does not compute what {keras} computes: {shown}{more}", fix=fix)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
