"""Comparing the outputs of two models input by input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from mnist_edge.export.corners import CornerInputs, corner_inputs
from mnist_edge.export.keras_process import KerasAnswer
from mnist_edge.export.verdict import InputMiss, RunVerdict, Tolerance
from mnist_edge.runtime.session import Engine

Float32Array = npt.NDArray[np.float32]
UInt8Array = npt.NDArray[np.uint8]

BATCH_SIZES: Final = (1, 2, 7, 256)
WORST_SHOWN: Final = 8
FLIPS_SHOWN: Final = 20


@dataclass(frozen=True, eq=False)
class GateInputs:
    """What both models are run on: all test images, then the corner inputs.

    Attributes:
        images: uint8 ``[n + k, 28, 28, 1]``, 0 to 255, white ink on black.
        test_images: n.
        corners: The k corner inputs.
    """

    images: UInt8Array
    test_images: int
    corners: CornerInputs

    @classmethod
    def from_test_images(cls, x_test: UInt8Array) -> GateInputs:
        """Adds the corner inputs to test images, uint8 ``[n, 28, 28]``."""
        corners = corner_inputs(x_test)
        return cls(np.concatenate([x_test[..., None], corners.images]), len(x_test), corners)

    def name(self, index: int) -> str:
        """What to call an input in a report."""
        if index < self.test_images:
            return f"test {index}"
        return self.corners.names[index - self.test_images]


class Comparison:
    """Collects, over all runs, the largest difference of every input.

    Args:
        inputs: What both models are run on.
        answer: Keras's logits and probabilities for them.
        tolerance: What is allowed.

    Attributes:
        runs: One verdict for each run that gave outputs.
        flips: bool ``[n]``, whether an input got another top-1 class in any run.
        classes: int ``[n]``, the classes of the first run; empty before it.
    """

    def __init__(self, inputs: GateInputs, answer: KerasAnswer, tolerance: Tolerance) -> None:
        count = len(inputs.images)
        self._inputs, self._answer, self._tolerance = inputs, answer, tolerance
        self._logit, self._probability = np.zeros(count), np.zeros(count)
        self._missed = np.zeros(count, bool)
        self._problems: list[str] = []
        self.flips = np.zeros(count, bool)
        self.runs: list[RunVerdict] = []
        self.classes = np.zeros(0, np.intp)

    def run_all(self, engine: Engine, optimized: bool) -> None:
        """Runs every batch size."""
        images = engine.encode(self._inputs.images)
        for batch in BATCH_SIZES:
            parts = (images[start : start + batch] for start in range(0, len(images), batch))
            try:
                outputs = [engine.infer(part) for part in parts]
            except Exception as error:  # noqa: BLE001  # a graph that cannot take this batch size fails inside onnxruntime
                reason = next(iter(str(error).splitlines()), type(error).__name__)[:200]
                self._problems.append(f"it cannot be run at batch size {batch}: {reason.rstrip('.')}")
                continue
            logits = np.concatenate([output[0] for output in outputs])
            probabilities = np.concatenate([output[1] for output in outputs])
            self._add(batch, optimized, logits, probabilities)

    def _add(self, batch: int, optimized: bool, logits: Float32Array, probabilities: Float32Array) -> None:
        expected, allowed = self._answer, self._tolerance
        if logits.shape != expected.logits.shape or probabilities.shape != expected.probabilities.shape:
            self._problems.append(f"at batch size {batch} the outputs have shapes {logits.shape} and {probabilities.shape}")
            return
        logit = np.abs(logits.astype(np.float64) - expected.logits)
        probability = np.abs(probabilities.astype(np.float64) - expected.probabilities)
        bound = allowed.probabilities_atol + allowed.probabilities_rtol * np.abs(expected.probabilities)
        # Negated, because a comparison with a NaN is false and must count as a miss.
        logit_misses = ~(logit <= allowed.logits_atol).all(axis=1)
        probability_misses = ~(probability <= bound).all(axis=1)
        classes = logits.argmax(axis=1)
        flips = (classes != expected.logits.argmax(axis=1)) | (
            probabilities.argmax(axis=1) != expected.probabilities.argmax(axis=1)
        )
        worst_logit, worst_probability = logit.max(axis=1), probability.max(axis=1)
        self._logit = np.maximum(self._logit, worst_logit)
        self._probability = np.maximum(self._probability, worst_probability)
        self._missed |= logit_misses | probability_misses | flips
        self.flips |= flips
        if not self.runs:
            self.classes = classes
        counts = (int(logit_misses.sum()), int(probability_misses.sum()), int(flips.sum()))
        self.runs.append(RunVerdict(batch, optimized, *counts, float(worst_logit.max()), float(worst_probability.max())))

    def failures(self) -> list[str]:
        """What went wrong, one sentence for each kind."""
        found = list(dict.fromkeys(self._problems))
        if self.flips.any():
            found.append(f"the top-1 class flips on {self.flips.sum()} of {len(self.flips)} inputs")
        missed = [run for run in self.runs if not run.passed]
        if any(run.logit_misses for run in missed):
            worst = max(missed, key=lambda run: run.logit_misses)
            found.append(
                f"logits differ by up to {self._logit.max():.3g} (allowed {self._tolerance.logits_atol:g}) "
                f"on {worst.logit_misses} inputs at batch size {worst.batch}"
            )
        if any(run.probability_misses for run in missed):
            worst = max(missed, key=lambda run: run.probability_misses)
            found.append(
                f"probabilities differ by up to {self._probability.max():.3g} "
                f"(allowed {self._tolerance.probabilities_atol:g} + {self._tolerance.probabilities_rtol:g} relative) "
                f"on {worst.probability_misses} inputs at batch size {worst.batch}"
            )
        return found

    def worst(self) -> list[int]:
        """Positions of the inputs that differ most, worst first."""
        severity = np.where(self._missed, np.nan_to_num(self._logit, nan=np.inf), -1.0)
        order = np.argsort(-severity, kind="stable")[:WORST_SHOWN]
        return [int(index) for index in order if self._missed[index]]

    def describe(self, index: int) -> InputMiss:
        """One input for the report."""
        return InputMiss(
            name=self._inputs.name(index),
            keras_class=int(self._answer.logits[index].argmax()),
            onnx_class=int(self.classes[index]),
            logit_difference=float(self._logit[index]),
            probability_difference=float(self._probability[index]),
        )
