"""What an engine looks like to the stopwatch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

UInt8Array = npt.NDArray[np.uint8]
Float32Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Runner:
    """An engine with a model, ready to be timed.

    Attributes:
        call: What is timed; takes one ready input.
        encode: Makes a ready input of uint8 ``[batch, 28, 28]``, white ink on black.
        probabilities_of: Turns what ``call`` returned into float32 ``[batch, 10]``.
    """

    call: Callable[[Any], Any]
    encode: Callable[[UInt8Array], Any]
    probabilities_of: Callable[[Any], Float32Array]
