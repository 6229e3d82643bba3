"""mnist-edge: from a Keras CNN to a digit on an edge CPU.

Importing this package loads nothing heavy; the names below are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnist_edge.contract import ModelCard
    from mnist_edge.errors import ImageError, MnistEdgeError, ModelError
    from mnist_edge.runtime.camera.frames import Frame
    from mnist_edge.runtime.classifier import DigitClassifier
    from mnist_edge.runtime.prediction import Prediction, Status
    from mnist_edge.runtime.scenes.scene import Box, Digit, Reason, RejectedRegion, Scene

__version__ = "0.1.0"

_HOMES = {
    "Box": "mnist_edge.runtime.scenes.scene",
    "Digit": "mnist_edge.runtime.scenes.scene",
    "DigitClassifier": "mnist_edge.runtime.classifier",
    "Frame": "mnist_edge.runtime.camera.frames",
    "ImageError": "mnist_edge.errors",
    "MnistEdgeError": "mnist_edge.errors",
    "ModelCard": "mnist_edge.contract",
    "ModelError": "mnist_edge.errors",
    "Prediction": "mnist_edge.runtime.prediction",
    "Reason": "mnist_edge.runtime.scenes.scene",
    "RejectedRegion": "mnist_edge.runtime.scenes.scene",
    "Scene": "mnist_edge.runtime.scenes.scene",
    "Status": "mnist_edge.runtime.prediction",
}

__all__ = [
    "Box",
    "Digit",
    "DigitClassifier",
    "Frame",
    "ImageError",
    "MnistEdgeError",
    "ModelCard",
    "ModelError",
    "Prediction",
    "Reason",
    "RejectedRegion",
    "Scene",
    "Status",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
