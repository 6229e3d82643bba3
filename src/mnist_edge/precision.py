"""With which numbers a model file computes: the part of the model card that an export to int8 or fp16 fills."""

from dataclasses import dataclass
from typing import Final

FLOAT32: Final = "float32"
INT8: Final = "int8"
FP16: Final = "fp16"
PRECISIONS: Final = (FLOAT32, INT8, FP16)


@dataclass(frozen=True)
class Precision:
    """The numbers of a model file, and what they cost against the float graph that it was made from.

    The figures are of validation digits, the last tenth of the training pictures. A card without this part is of a float
    file.

    Attributes:
        name: ``"float32"``, ``"int8"`` or ``"fp16"``.
        weights: Type in which the weights are stored.
        activations: Type of what passes between the layers of ``int8_layers``.
        target: ``"x86"`` or ``"arm"``: whose arithmetic an int8 file was made for.
        int8_layers: Keras layers that compute with whole numbers.
        float_layers: Keras layers with weights that compute in float32, whatever type their weights are stored in.
        calibration: How the ranges of the activations were found; empty if there was nothing to find.
        calibration_digits: Training digits that they were found with.
        bias_corrected: Whether the biases were shifted by the mean error of their layer.
        images: Validation digits compared.
        correct: Those of them that this file reads right.
        float_correct: Those that the float graph reads right.
        flips: Those that the two read differently.
        mean_logit_difference: Mean absolute difference of a logit.
        max_logit_difference: Largest absolute difference of a logit.
        verdict: What the numbers bring, on the machine of the export, in one sentence.
    """

    name: str = FLOAT32
    weights: str = FLOAT32
    activations: str = FLOAT32
    target: str = ""
    int8_layers: tuple[str, ...] = ()
    float_layers: tuple[str, ...] = ()
    calibration: str = ""
    calibration_digits: int = 0
    bias_corrected: bool = False
    images: int = 0
    correct: int = 0
    float_correct: int = 0
    flips: int = 0
    mean_logit_difference: float = 0.0
    max_logit_difference: float = 0.0
    verdict: str = ""

    @property
    def is_reduced(self) -> bool:
        """Whether the file has other numbers than the float graph that was compared with Keras."""
        return self.name != FLOAT32

    @property
    def drop(self) -> float:
        """Accuracy lost against the float graph in percentage points; below 0 if there was a gain."""
        return 100 * (self.float_correct - self.correct) / self.images if self.images else 0.0

    def problem(self) -> str | None:
        """What is wrong with these entries, in a few words; ``None`` if nothing is."""
        counts = (self.correct, self.float_correct, self.flips)
        if self.name not in PRECISIONS:
            return "an unknown precision"
        if self.is_reduced == (self.weights == FLOAT32):
            return "weights that do not go with its precision"
        if self.int8_layers and not (self.name == INT8 and self.target):
            return "layers in int8 that do not go with its precision"
        if self.calibration_digits < 0 or not all(0 <= count <= self.images for count in counts):
            return "impossible counts of its precision"
        if min(self.mean_logit_difference, self.max_logit_difference) < 0:
            return "a logit difference below 0"
        return None
