"""One picture a run, between buffers that stay where they are.

``InferenceSession.run`` makes a value of its own for the input and for each output, every time. Bound to memory once, a run
of one picture saves an eighth of the time of the small networks; of a batch it saves nothing that could be measured.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import IMAGE_SIZE, INPUT_NAME, NUM_CLASSES, OUTPUT_NAMES

Float32Array = npt.NDArray[np.float32]


class BoundRun:
    """Runs a session on one picture.

    Args:
        session: An ``onnxruntime.InferenceSession`` whose signature is that of the contract.
        dtype: Of its input.
    """

    def __init__(self, session: Any, dtype: np.dtype[Any]) -> None:
        self._picture = np.zeros((1, IMAGE_SIZE, IMAGE_SIZE, 1), dtype)
        self._logits, self._probabilities = outputs = [np.zeros((1, NUM_CLASSES), np.float32) for _ in OUTPUT_NAMES]
        self._plane: npt.NDArray[Any] = self._picture[0, :, :, 0]
        self._row: Float32Array = self._logits[0]
        self._binding = session.io_binding()
        self._binding.bind_input(INPUT_NAME, "cpu", 0, dtype.type, self._picture.shape, self._picture.ctypes.data)
        for name, output in zip(OUTPUT_NAMES, outputs, strict=True):
            self._binding.bind_output(name, "cpu", 0, np.float32, output.shape, output.ctypes.data)
        self._run = session.run_with_iobinding
        self._lock = threading.Lock()

    def __call__(self, picture: npt.NDArray[Any]) -> tuple[Float32Array, Float32Array] | None:
        """Runs the network.

        Args:
            picture: ``[1, 28, 28, 1]`` of the dtype of the input.

        Returns:
            Logits and probabilities, float32 ``[1, 10]`` each, copies; ``None`` if another thread is using the buffers.
        """
        if not self._lock.acquire(blocking=False):
            return None
        try:
            self._picture[...] = picture
            self._run(self._binding)
            return self._logits.copy(), self._probabilities.copy()
        finally:
            self._lock.release()

    def logits(self, plane: npt.NDArray[Any]) -> Float32Array | None:
        """The same for ``[28, 28]``; the logits alone, float32 ``[10]``, a copy."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            self._plane[...] = plane
            self._run(self._binding)
            return self._row.copy()
        finally:
            self._lock.release()
