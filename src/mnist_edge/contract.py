"""What trainer, exporter and runner agree on: the graph's inputs and outputs, and the model card.

The card is one JSON object in the ``metadata_props`` of the ONNX file, under the key :data:`CARD_KEY`.
"""

# Without "from __future__ import annotations", here and in precision.py and rejection.py: the types of the card's fields
# are looked at whenever a model is loaded, and made of text they would take longer than the rest of the card.
import dataclasses
import json
from dataclasses import dataclass, field
from typing import Final, Self

from mnist_edge import card_json
from mnist_edge.errors import ModelFormatError
from mnist_edge.precision import Precision as Precision
from mnist_edge.rejection import Rejection as Rejection

CARD_KEY: Final = "mnist_edge.card"
FORMAT_VERSION: Final = 1

CLASS_NAMES: Final = tuple("0123456789")
NUM_CLASSES: Final = 10
IMAGE_SIZE: Final = 28
BOX_SIZE: Final = 20  # MNIST digits fit a 20x20 box, centred by mass in 28x28 (LeCun et al., "The MNIST database").

INPUT_NAME: Final = "image"
LOGITS: Final = "logits"
PROBABILITIES: Final = "probabilities"
OUTPUT_NAMES: Final = (LOGITS, PROBABILITIES)
BATCH_DIM: Final = "batch"
VALUE_RANGES: Final = {"uint8": (0.0, 255.0), "float32": (0.0, 1.0)}
INPUT_DTYPES: Final = tuple(VALUE_RANGES)

DEFAULT_OPSET: Final = 17
DEFAULT_IR_VERSION: Final = 8

_RE_EXPORT = "Export it again with: mnist-edge export MODEL.keras -o MODEL.onnx"


@dataclass(frozen=True)
class InputSpec:
    """What the graph takes: one 28x28 picture, white ink on black, digit in a 20x20 box centred by mass.

    Attributes:
        name: Name of the graph input.
        dtype: ``"uint8"`` (0 to 255, scaled in the graph) or ``"float32"`` (0 to 1).
        shape: ``(batch, 28, 28, 1)``; the first entry is ``"batch"`` or a fixed size as text.
        layout: Order of the axes.
        value_range: Lowest and highest value, in units of the dtype.
        polarity: Which of ink and ground is bright.
        framing: How the digit lies in the picture.
    """

    name: str = INPUT_NAME
    dtype: str = "uint8"
    shape: tuple[str, ...] = (BATCH_DIM, "28", "28", "1")
    layout: str = "NHWC"
    value_range: tuple[float, float] = (0.0, 255.0)
    polarity: str = "white ink on black"
    framing: str = "20x20 box centred by mass in 28x28"


@dataclass(frozen=True)
class TrainingRecord:
    """How the weights came about; empty fields mean that the exporter was not told.

    Attributes:
        recipe: Name of the preset, and what was changed in it.
        seed: Seed of weights, shuffling and dropout.
        epochs: Epochs trained, of which ``best_epoch`` (1-based) gave the weights.
        dataset: ``"mnist"``, or ``"custom"`` for a user's own data.
        drawn_share: Drawn digits added to the training images, as a share of them.
        data_sha256: One hash over the four arrays, see ``Dataset.sha256``.
        validation_accuracy: Accuracy of these weights on the validation split, 0 to 1.
        outlier_share: Pictures that are no digits added to the training images, as a share of them.
        photographed_share: Copies of training digits, written anew and photographed, as a share of the training images.
        teachers: Networks whose answers were learned beside the labels.
    """

    recipe: str = ""
    seed: int | None = None
    epochs: int | None = None
    best_epoch: int | None = None
    dataset: str = ""
    drawn_share: float = 0.0
    data_sha256: str = ""
    validation_accuracy: float | None = None
    outlier_share: float = 0.0
    photographed_share: float = 0.0
    teachers: int = 0


@dataclass(frozen=True)
class TestResult:
    """Top-1 result of this ONNX file on a test set, measured through the runtime at export."""

    __test__ = False  # not a pytest class

    dataset: str
    correct: int
    total: int

    @property
    def accuracy(self) -> float:
        """Share of right answers, 0 to 1."""
        return self.correct / self.total


@dataclass(frozen=True)
class ParitySummary:
    """The outcome of the parity gate that this file passed.

    Attributes:
        images: Test images compared.
        corner_inputs: Artificial inputs compared.
        flips: Inputs whose top-1 class differs from Keras.
        max_logit_difference: Largest absolute difference of a logit.
        max_probability_difference: Largest absolute difference of a probability.
    """

    images: int
    corner_inputs: int
    flips: int
    max_logit_difference: float
    max_probability_difference: float


@dataclass(frozen=True)
class ModelCard:
    """What a model is, where it comes from, and how it may be used.

    Attributes:
        name: Name of the model.
        architecture: Name in the architecture registry, or ``"custom"``.
        parameters: Weights in the graph; batch normalisation that was folded into them no longer counts.
        graph_sha256: Hash of the serialized ONNX graph: ties the card to its file.
        layers: Keras layer name to the graph tensor that holds its output.
        temperature: Divisor of the logits that calibrates the probabilities; 1 means uncalibrated.
        tools: Versions of the libraries that made the file.
        created: UTC time, ISO 8601.
        licence: SPDX identifier of the weights.
        precision: The numbers that the file computes with. ``parity`` is that of the float graph it was made from.
    """

    name: str
    architecture: str
    parameters: int
    opset: int
    graph_sha256: str
    created: str
    input: InputSpec = field(default_factory=InputSpec)
    outputs: tuple[str, ...] = OUTPUT_NAMES
    class_names: tuple[str, ...] = CLASS_NAMES
    training: TrainingRecord = field(default_factory=TrainingRecord)
    test: TestResult | None = None
    parity: ParitySummary | None = None
    temperature: float = 1.0
    rejection: Rejection = field(default_factory=Rejection)
    layers: dict[str, str] = field(default_factory=dict)
    tools: dict[str, str] = field(default_factory=dict)
    licence: str = "MIT"
    precision: Precision = field(default_factory=Precision)
    format_version: int = FORMAT_VERSION

    def to_json(self) -> str:
        """The card as one line of JSON."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, *, where: str = "the model") -> Self:
        """Reads a card back.

        Args:
            text: What :meth:`to_json` gave.
            where: Name of the file, for messages.

        Raises:
            ModelFormatError: If the text is no card, has a newer format version, or lacks or mistypes a field,
                or a field says what cannot be.
        """
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ModelFormatError(f"The model card of {where} is not JSON", received=str(error), fix=_RE_EXPORT) from error
        version = raw.get("format_version") if isinstance(raw, dict) else None
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise ModelFormatError(f"The model card of {where} has no format version", fix=_RE_EXPORT)
        if version > FORMAT_VERSION:
            raise ModelFormatError(
                f"{where} was made for a newer mnist-edge",
                expected=f"card format {FORMAT_VERSION} or older",
                received=f"format {version}",
                fix="Upgrade with: pip install --upgrade mnist-edge",
            )
        try:
            card: Self = card_json.build(cls, raw)
        except (TypeError, KeyError, ValueError, OverflowError, RecursionError) as error:
            raise ModelFormatError(f"The model card of {where} is damaged", received=str(error), fix=_RE_EXPORT) from error
        _check(card, where)
        return card


def _check(card: ModelCard, where: str) -> None:
    training, test, parity, rejection = card.training, card.test, card.parity, card.rejection
    expected: list[tuple[str, bool, object, object]] = [
        _same("input name", INPUT_NAME, card.input.name),
        _same("outputs", OUTPUT_NAMES, card.outputs),
        _same("class names", CLASS_NAMES, card.class_names),
        _same("layout", "NHWC", card.input.layout),
        _same("polarity", InputSpec.polarity, card.input.polarity),
        _same("framing", InputSpec.framing, card.input.framing),
        ("an unknown input dtype", card.input.dtype in VALUE_RANGES, " or ".join(VALUE_RANGES), card.input.dtype),
        _same("value range", VALUE_RANGES.get(card.input.dtype), card.input.value_range),
        _same("input shape", InputSpec.shape[1:], card.input.shape[1:]),
        ("an impossible temperature", card.temperature > 0, "a number above 0", card.temperature),
        ("an impossible drawn share", 0 <= training.drawn_share <= 1, "0 to 1", training.drawn_share),
        ("an impossible photographed share", 0 <= training.photographed_share <= 1, "0 to 1", training.photographed_share),
        ("an impossible number of teachers", training.teachers >= 0, "0 or more", training.teachers),
        _share("validation accuracy", training.validation_accuracy),
        ("an impossible outlier share", 0 <= training.outlier_share <= 1, "0 to 1", training.outlier_share),
        _share("lowest confidence", rejection.min_confidence),
        (rejection.problem() or "", rejection.problem() is None, "rising shares and log-odds", rejection),
        (card.precision.problem() or "", card.precision.problem() is None, "a precision as exported", card.precision),
        (
            "an impossible test result",
            test is None or 0 <= test.correct <= test.total > 0,
            "0 <= correct <= total > 0",
            test,
        ),
        ("an impossible parity", parity is None or min(dataclasses.astuple(parity)) >= 0, "no figure below 0", parity),
    ]
    for what, holds, wanted, found in expected:
        if not holds:
            raise ModelFormatError(
                f"The model card of {where} states {what}", expected=str(wanted), received=str(found), fix=_RE_EXPORT
            )


def _same(what: str, wanted: object, found: object) -> tuple[str, bool, object, object]:
    return f"another {what}", wanted == found, wanted, found


def _share(what: str, value: float | None) -> tuple[str, bool, object, object]:
    return f"an impossible {what}", value is None or 0 <= value <= 1, "0 to 1", value
