"""What an export can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mnist_edge.contract import BATCH_DIM, DEFAULT_OPSET, IMAGE_SIZE, INPUT_DTYPES, VALUE_RANGES, InputSpec
from mnist_edge.errors import OptionError

# Softmax of a 2-D tensor, Squeeze with axes as input and Gemm read the same from 13 on; tf2onnx 1.17 writes up to 18.
MIN_OPSET: Final = 13
MAX_OPSET: Final = 18
MAX_FIXED_BATCH: Final = 4096


@dataclass(frozen=True)
class ExportOptions:
    """How the ONNX model shall look.

    Attributes:
        input_dtype: ``"uint8"`` (0 to 255, scaled in the graph) or ``"float32"`` (0 to 1).
        batch: A fixed batch size, or ``None`` for a batch dimension of any size.
        opset: Version of the standard operator set, 13 to 18.
        name: Name in the card; empty takes the architecture, or the name of the Keras file.
        licence: SPDX identifier of the weights.

    Raises:
        OptionError: If a value is out of range.
    """

    input_dtype: str = "uint8"
    batch: int | None = None
    opset: int = DEFAULT_OPSET
    name: str = ""
    licence: str = "MIT"

    def __post_init__(self) -> None:
        if self.input_dtype not in INPUT_DTYPES:
            raise OptionError("Unknown input dtype", expected=" or ".join(INPUT_DTYPES), received=self.input_dtype)
        if not MIN_OPSET <= self.opset <= MAX_OPSET:
            raise OptionError(
                "This opset cannot be exported", expected=f"{MIN_OPSET} to {MAX_OPSET}", received=str(self.opset)
            )
        if self.batch is not None and not 1 <= self.batch <= MAX_FIXED_BATCH:
            raise OptionError(
                "The fixed batch size is out of range", expected=f"1 to {MAX_FIXED_BATCH}", received=str(self.batch)
            )

    @property
    def batch_dim(self) -> str:
        """The first entry of every input and output shape: ``"batch"`` or a number as text."""
        return BATCH_DIM if self.batch is None else str(self.batch)

    def input_spec(self) -> InputSpec:
        """The card's description of the input that these options ask for."""
        size = str(IMAGE_SIZE)
        shape = (self.batch_dim, size, size, "1")
        return InputSpec(dtype=self.input_dtype, shape=shape, value_range=VALUE_RANGES[self.input_dtype])
