"""Every error this project raises on purpose.

```
MnistEdgeError
├── MissingExtraError          (ImportError)        an optional dependency is not installed
├── OptionError                (ValueError)         options that contradict each other or what is on disk
├── DatasetError               (ValueError)         data that cannot be used
│   ├── DatasetFormatError                          not IDX, not npz, truncated, wrong shape or dtype
│   └── DatasetHashError                            well-formed, but not the MNIST data
├── DatasetUnavailableError    (OSError)            no local copy and no source that answers
├── ImageError                 (ValueError)         a picture that cannot be used
│   ├── ImageDecodeError                            not a picture, truncated, empty
│   ├── ImageSizeError                              zero-size, or too many pixels to decode safely
│   └── ImageArrayError                             an array whose shape, dtype or range is not a picture
├── SourceError                (ValueError)         a path, folder, glob or list that yields no picture
├── CameraError                (OSError)            a camera, video or stream that cannot be opened, is silent or broke off
├── WindowError                (RuntimeError)       no window can be opened here
├── ModelError
│   ├── ModelNotFoundError     (FileNotFoundError)  no such model file or packaged model
│   └── ModelFormatError       (ValueError)         not an ONNX model of the contract
├── KerasModelError            (ValueError)         a .keras file or run folder that cannot be used
├── RunError                   (ValueError)         a training run folder in the wrong state
│   └── RunBusyError                                another process is training in the folder
├── ExportError                (RuntimeError)       the conversion itself went wrong
├── OutputError                (OSError)            a result that cannot be written
├── WorkerError                (RuntimeError)       a helper process died
└── GateError                  (RuntimeError)       a quality gate said no (exit code 3)
    ├── ParityError                                 ONNX and Keras outputs differ
    ├── PrecisionError                              int8 or fp16 costs too much accuracy
    ├── RegressionError                             slower than an earlier benchmark, or nobody can tell
    └── NoiseError                                  the machine was too busy for a measurement to count
```

Each one is also the builtin a caller would expect to catch. A message is one line: what is wrong, what was expected, what
was received, what to do about it.
"""

from __future__ import annotations

from typing import ClassVar


class MnistEdgeError(Exception):
    """Base of all errors that mnist-edge raises on purpose.

    Args:
        problem: What is wrong, without a full stop.
        expected: What would have been right.
        received: What was found instead.
        fix: What the reader can do about it, an imperative sentence.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, problem: str, *, expected: str = "", received: str = "", fix: str = "") -> None:
        parts = [problem.rstrip(".")]
        if expected:
            parts.append(f"Expected: {expected.rstrip('.')}")
        if received:
            parts.append(f"Received: {received.rstrip('.')}")
        if fix:
            parts.append(fix.rstrip("."))
        super().__init__(". ".join(" ".join(part.split()) for part in parts) + ".")

    def __reduce__(self) -> tuple[object, tuple[type[MnistEdgeError], str, dict[str, object]]]:
        # Errors cross process borders (workers, pickled results); rebuild from the finished sentence.
        return _rebuild, (type(self), str(self), dict(self.__dict__))


def _rebuild(kind: type[MnistEdgeError], message: str, state: dict[str, object]) -> MnistEdgeError:
    error = kind.__new__(kind)
    Exception.__init__(error, message)
    error.__dict__.update(state)
    return error


class MissingExtraError(MnistEdgeError, ImportError):
    """An optional dependency is not installed.

    Args:
        purpose: What needs it, for instance ``"Training"``.
        extra: The extra that brings it, one of those in ``pyproject.toml``.
        module: The module that could not be imported.
    """

    def __init__(self, purpose: str, *, extra: str, module: str) -> None:
        super().__init__(f"{purpose} needs the module {module}", fix=f"Install it with: pip install 'mnist-edge[{extra}]'")
        self.extra = extra


class OptionError(MnistEdgeError, ValueError):
    """Options that contradict each other, or what is already on disk."""


class DatasetError(MnistEdgeError, ValueError):
    """Data that cannot be used."""


class DatasetFormatError(DatasetError):
    """A data file that is not IDX or npz, is truncated, or has another shape or dtype."""


class DatasetHashError(DatasetError):
    """Well-formed data that is not MNIST."""


class DatasetUnavailableError(MnistEdgeError, OSError):
    """No local copy of the data, and no source that answers."""


class ImageError(MnistEdgeError, ValueError):
    """A picture that cannot be used."""


class ImageDecodeError(ImageError):
    """Not a picture, truncated, or empty."""


class ImageSizeError(ImageError):
    """A picture without pixels, or with more than can be decoded safely."""


class ImageArrayError(ImageError):
    """An array whose shape, dtype or range is not that of a picture."""


class SourceError(MnistEdgeError, ValueError):
    """A path, folder, glob or list that yields no picture.

    Attributes:
        source: What the user named.
    """

    source: str = ""


class CameraError(MnistEdgeError, OSError):
    """A camera, video or stream that cannot be opened, is silent, or broke off."""


class WindowError(MnistEdgeError, RuntimeError):
    """No window can be opened: no display, or an OpenCV without windows."""


class ModelError(MnistEdgeError):
    """A model that cannot be used by the runner."""


class ModelNotFoundError(ModelError, FileNotFoundError):
    """No such model file, and no packaged model of that name."""


class ModelFormatError(ModelError, ValueError):
    """Not an ONNX model that fulfils the contract."""


class KerasModelError(MnistEdgeError, ValueError):
    """A ``.keras`` file or run folder that cannot be used."""


class RunError(MnistEdgeError, ValueError):
    """A training run folder in the wrong state for what was asked."""


class RunBusyError(RunError):
    """Another process is training in the run folder."""


class ExportError(MnistEdgeError, RuntimeError):
    """The conversion to ONNX went wrong."""


class OutputError(MnistEdgeError, OSError):
    """A result that cannot be written."""


class WorkerError(MnistEdgeError, RuntimeError):
    """A helper process died or answered with something unreadable."""


class GateError(MnistEdgeError, RuntimeError):
    """A quality gate said no."""

    exit_code: ClassVar[int] = 3


class ParityError(GateError):
    """The ONNX model and the Keras model do not give the same outputs."""


class PrecisionError(GateError):
    """A model of reduced precision is too far from its float model."""


class RegressionError(GateError):
    """A model has become slower than allowed, or the machine was too busy to tell."""


class NoiseError(GateError):
    """The machine was too busy for a measurement to count."""
