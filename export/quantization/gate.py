"""The gate of reduced precision: how far a file is from its float model, on digits that nothing was learned from."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.errors import ModelFormatError, PrecisionError
from mnist_edge.export.quantization.calibration import Digits
from mnist_edge.export.signature import parse_onnx, signature_failures
from mnist_edge.runtime.session import Engine, read_card
from mnist_edge.temperature import softmax

Float32Array = npt.NDArray[np.float32]

# Batch size, and whether onnxruntime may rewrite the graph: its whole-number kernels, and the float arithmetic as written.
RUNS: Final = ((1, True), (256, True), (256, False))


@dataclass(frozen=True)
class PrecisionRun:
    """One pass over the validation digits.

    Attributes:
        batch: Digits handed over at a time.
        optimized: Whether onnxruntime might rewrite the graph.
        correct: Digits read right.
        flips: Digits read otherwise than by the float model.
        mean_logit_difference: Mean absolute difference of a logit.
        max_logit_difference: Largest absolute difference of a logit.
    """

    batch: int
    optimized: bool
    correct: int
    flips: int
    mean_logit_difference: float
    max_logit_difference: float


@dataclass(frozen=True)
class Flip:
    """A digit that the two models read differently.

    Attributes:
        index: Its place among the training pictures.
        label: What it is.
        float_answer: What the float model reads.
        answer: What the reduced model reads.
        float_confidence: Probability of the float model's answer.
        confidence: Probability of the reduced model's answer.
    """

    index: int
    label: int
    float_answer: int
    answer: int
    float_confidence: float
    confidence: float


@dataclass(frozen=True)
class PrecisionVerdict:
    """The outcome of the gate.

    Attributes:
        failures: What is wrong, one sentence each; empty means passed.
        images: Validation digits.
        float_correct: Those that the float model reads right.
        max_drop: Largest loss of accuracy allowed, in percentage points.
        runs: One entry for each way of running; the first is how the file is used.
        flips: Digits that were read differently in the first run.
    """

    failures: tuple[str, ...]
    images: int
    float_correct: int
    max_drop: float
    runs: tuple[PrecisionRun, ...] = ()
    flips: tuple[Flip, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the file may be used in place of the float one."""
        return not self.failures

    @property
    def drop(self) -> float:
        """Accuracy lost in percentage points; below 0 if there was a gain."""
        return _drop(self.float_correct, self.runs[0].correct, self.images) if self.runs else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The verdict, ready for JSON."""
        return {"passed": self.passed, "drop": self.drop, **dataclasses.asdict(self)}

    def error(self, name: str, other: str, *, fix: str = "") -> PrecisionError:
        """The failed verdict as an error of one line."""
        return PrecisionError(f"{name} is too far from {other}: {'; '.join(self.failures)}", fix=fix)


def judge(data: bytes, reference: Float32Array, digits: Digits, max_drop: float, *, where: str) -> PrecisionVerdict:
    """Compares a serialized model with the logits of its float model.

    Args:
        data: The model, with its card.
        reference: float32 ``[n, 10]``, the float model's logits for the digits.
        digits: The validation digits.
        max_drop: Largest loss of accuracy allowed, in percentage points.
        where: Name of the model, for messages.

    Raises:
        ModelFormatError: If the file is no ONNX model, or has no card.
    """
    failures = signature_failures(parse_onnx(data, where), read_card(data, where))
    float_correct = int((reference.argmax(axis=1) == digits.labels).sum())
    runs: list[PrecisionRun] = []
    flips: tuple[Flip, ...] = ()
    try:
        for batch, optimized in RUNS:
            logits = run_logits(Engine(data, optimize=optimized), digits, batch)
            if not np.isfinite(logits).all():
                failures.append(f"not all answers at batch size {batch} are numbers")
                break
            runs.append(_compare(logits, reference, digits, batch, optimized))
            flips = flips or (find_flips(logits, reference, digits) if len(runs) == 1 else ())
    except ModelFormatError as error:
        if not failures:  # if the signature is wrong, that has been said
            failures.append(str(error).rstrip(".").replace("<bytes>", "the file"))
    failures += _too_low(runs, float_correct, len(digits.labels), max_drop)
    return PrecisionVerdict(tuple(failures), len(digits.labels), float_correct, max_drop, tuple(runs), flips)


def run_logits(engine: Engine, digits: Digits, batch: int = 256) -> Float32Array:
    """Logits of a model for digits, float32 ``[n, 10]``."""
    images = engine.encode(digits.images)
    return np.concatenate([engine.infer(images[start : start + batch])[0] for start in range(0, len(images), batch)])


def find_flips(logits: Float32Array, reference: Float32Array, digits: Digits) -> tuple[Flip, ...]:
    """The digits that two models read differently, in their order."""
    answers, expected = logits.argmax(axis=1), reference.argmax(axis=1)
    confidences, sure = softmax(logits).max(axis=1), softmax(reference).max(axis=1)
    return tuple(
        Flip(
            index=digits.first + int(place),
            label=int(digits.labels[place]),
            float_answer=int(expected[place]),
            answer=int(answers[place]),
            float_confidence=float(sure[place]),
            confidence=float(confidences[place]),
        )
        for place in np.flatnonzero(answers != expected)
    )


def _compare(logits: Float32Array, reference: Float32Array, digits: Digits, batch: int, optimized: bool) -> PrecisionRun:
    answers, difference = logits.argmax(axis=1), np.abs(logits - reference)
    return PrecisionRun(
        batch=batch,
        optimized=optimized,
        correct=int((answers == digits.labels).sum()),
        flips=int((answers != reference.argmax(axis=1)).sum()),
        mean_logit_difference=float(difference.mean()),
        max_logit_difference=float(difference.max()),
    )


def _too_low(runs: list[PrecisionRun], float_correct: int, images: int, max_drop: float) -> list[str]:
    if not runs:
        return []
    worst = min(runs, key=lambda run: run.correct)
    drop = _drop(float_correct, worst.correct, images)
    if drop <= max_drop + 1e-9:
        return []
    how = f"batch size {worst.batch}, {'optimized' if worst.optimized else 'as written'}"
    return [
        f"it reads {float_correct - worst.correct} fewer of {images:,} validation digits right ({how}), "
        f"a drop of {drop:.3f} percentage points where {max_drop:g} are allowed"
    ]


def _drop(float_correct: int, correct: int, images: int) -> float:
    return 100 * (float_correct - correct) / images
