"""One measurement in a process of its own: ``python -m mnist_edge.runtime.bench_worker < config.json > result.json``.

A fresh process has a fresh heap, fresh code pages and no other model in memory, so configurations cannot spoil each other.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mnist_edge.runtime.bench_process import answer

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from mnist_edge.runtime.bench_clocks import Clock
    from mnist_edge.runtime.classifier import DigitClassifier

    Digits = npt.NDArray[np.uint8]

CLOCKS: Final = {
    "infer": "Engine.infer on a ready array [1, 28, 28, 1]",
    "classify": "DigitClassifier.classify of an array uint8 [28, 28], preprocessing included, to the label",
    "end_to_end": "DigitClassifier.classify of an encoded PNG (bytes), decoding and preprocessing included, to the label",
}
PACED_CALLS: Final = 10
PACED_PERIOD_S: Final = 0.04  # a camera at 25 frames a second: threads that spin between two frames show here
LEAST_BATCHES: Final = 3  # timed runs of each batch size in a process, however long one takes


@dataclass(frozen=True)
class WorkerConfig:
    """What one process measures.

    Attributes:
        model: Path of the model.
        threads: Threads inside an operator.
        digits: Base64 of uint8 ``[n, 28, 28]``, white ink on black.
        samples: Least number of calls of each clock.
        seconds: Least time in s of each clock.
        warmup: Calls before the first timed one.
        batches: Batch sizes of the throughput table.
        batch_seconds: Least time in s of each batch size.
    """

    model: str
    threads: int
    digits: str
    samples: int
    seconds: float
    warmup: int
    batches: tuple[int, ...]
    batch_seconds: float


@dataclass(frozen=True)
class WorkerResult:
    """What one process measured.

    Attributes:
        sha256: Hash of the model file.
        threads: Threads in use.
        versions: Of the libraries that did the work.
        labels: The digit read in each picture; the same in all clocks.
        imports_ms: Time to import numpy, OpenCV, onnxruntime and the classifier.
        load_ms: Time to make a ``DigitClassifier``.
        first_ms: Time of the first ``classify`` of an array.
        memory: Resident bytes after imports, after loading, the peak up to the end of the single pictures, and of the
            batches; empty where the system does not tell.
        cpu_busy: CPU seconds a second while single pictures are timed.
        cpu_paced: CPU seconds a second at 25 pictures a second.
        clocks: Every sample of each clock in ns.
        batches: Every sample of each batch size in ns.
        session: The session's options.
    """

    sha256: str
    threads: int
    versions: dict[str, str]
    labels: list[int]
    imports_ms: float
    load_ms: float
    first_ms: float
    memory: dict[str, int]
    cpu_busy: float
    cpu_paced: float
    clocks: dict[str, list[int]]
    batches: dict[int, list[int]]
    session: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> WorkerResult:
        """Rebuilds a result from parsed JSON, whose keys are always text."""
        return cls(**{**value, "batches": {int(batch): times for batch, times in value["batches"].items()}})


def measure_configuration(config: WorkerConfig) -> WorkerResult:
    """Loads, warms up and times one configuration in this process.

    Raises:
        ModelError: If the model cannot be loaded.
        WorkerError: If a clock reads a digit otherwise than ``infer`` does.
    """
    versions, imports_s = _timed(_import_libraries)
    from mnist_edge.runtime.bench_clocks import measure
    from mnist_edge.runtime.classifier import DigitClassifier
    from mnist_edge.runtime.machine import peak_resident_bytes, resident_bytes

    memory = {"after_imports": resident_bytes()}
    digits = decode_digits(config.digits)
    classifier, load_s = _timed(lambda: DigitClassifier(config.model, threads=config.threads))
    memory["after_load"] = resident_bytes()
    _, first_s = _timed(lambda: classifier.classify(digits[0]))
    clocks = nested_clocks(classifier, digits)
    wall, cpu = time.perf_counter(), time.process_time()
    latencies = measure(clocks, samples=config.samples, seconds=config.seconds, warmup=config.warmup)
    cpu_busy = (time.process_time() - cpu) / (time.perf_counter() - wall)
    memory["peak"] = peak_resident_bytes()
    cpu_paced = _paced_cpu(lambda: classifier.classify(digits[0]))
    labels = list(clocks[0].expected)
    sizes = [batch_clock(classifier, digits, labels, size) for size in config.batches]
    batches = measure(sizes, samples=LEAST_BATCHES, seconds=config.batch_seconds, warmup=1)
    memory["peak_with_batches"] = peak_resident_bytes()
    return WorkerResult(
        sha256=hashlib.sha256(Path(config.model).read_bytes()).hexdigest(),
        threads=classifier.engine.threads,
        versions=versions,
        labels=labels,
        imports_ms=imports_s * 1e3,
        load_ms=load_s * 1e3,
        first_ms=first_s * 1e3,
        memory={place: size for place, size in memory.items() if size is not None},
        cpu_busy=cpu_busy,
        cpu_paced=cpu_paced,
        clocks={name: times.tolist() for name, times in latencies.items()},
        batches={int(name): times.tolist() for name, times in batches.items()},
        session=dataclasses.asdict(classifier.engine.config),
    )


def nested_clocks(classifier: DigitClassifier, digits: Digits) -> list[Clock]:
    """The three clocks over the same pictures: each one's work contains the previous one's.

    ``infer`` gets what ``classify`` would hand to it, so that both run the network on the same numbers.

    Args:
        classifier: What is timed.
        digits: uint8 ``[n, 28, 28]``.
    """
    import cv2
    import numpy as np

    from mnist_edge.runtime.bench_clocks import Clock

    ready = [classifier.engine.encode(np.asarray(classifier.prepare(digit), np.uint8)) for digit in digits]
    encoded = [cv2.imencode(".png", digit)[1].tobytes() for digit in digits]
    labels = [top1(classifier.engine.infer(image))[0] for image in ready]
    return [
        Clock("infer", classifier.engine.infer, ready, lambda answer: top1(answer)[0], labels),
        Clock("classify", classifier.classify, list(digits), lambda answer: answer.digit, labels),
        Clock("end_to_end", classifier.classify, encoded, lambda answer: answer.digit, labels),
    ]


def batch_clock(classifier: DigitClassifier, digits: Digits, labels: list[int], size: int) -> Clock:
    """A clock around one run of the network on ``size`` prepared pictures; its name is the size."""
    import numpy as np

    from mnist_edge.runtime.bench_clocks import Clock

    chosen = np.arange(size) % len(digits)
    prepared = np.array([classifier.prepare(digit) for digit in digits], np.uint8)
    batch = np.ascontiguousarray(classifier.engine.encode(prepared[chosen]))
    return Clock(str(size), classifier.engine.infer, [batch], top1, [[labels[index] for index in chosen]])


def top1(answer: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]) -> list[int]:
    """The digits that the network reads, from logits and probabilities."""
    labels: list[int] = answer[1].argmax(axis=1).tolist()
    return labels


def _import_libraries() -> dict[str, str]:
    import cv2
    import numpy as np

    from mnist_edge import __version__
    from mnist_edge.runtime.session import import_onnxruntime

    ort = import_onnxruntime()
    importlib.import_module("mnist_edge.runtime.classifier")
    return {
        "mnist-edge": __version__,
        "numpy": np.__version__,
        "onnxruntime": ort.__version__,
        "opencv": str(cv2.__version__),
    }


def _timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """What the function returns, and the seconds it took."""
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


def _paced_cpu(function: Callable[[], object]) -> float:
    """CPU seconds of all threads a second, with the function called at a camera's pace."""
    wall, cpu = time.perf_counter(), time.process_time()
    for call in range(PACED_CALLS):
        function()
        time.sleep(max(0.0, wall + (call + 1) * PACED_PERIOD_S - time.perf_counter()))
    return (time.process_time() - cpu) / (time.perf_counter() - wall)


def encode_digits(digits: Digits) -> str:
    """Pictures as :class:`WorkerConfig` carries them."""
    return base64.b64encode(digits.tobytes()).decode("ascii")


def decode_digits(text: str) -> Digits:
    """The reverse of :func:`encode_digits`, uint8 ``[n, 28, 28]``."""
    import numpy as np

    from mnist_edge.contract import IMAGE_SIZE

    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)


def main() -> int:
    """Measures what the config on stdin says."""
    return answer(lambda raw: measure_configuration(WorkerConfig(**raw)))


if __name__ == "__main__":
    raise SystemExit(main())
