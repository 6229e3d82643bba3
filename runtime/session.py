"""The only module that touches onnxruntime: all session options are decided here."""

from __future__ import annotations

import os
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import (
    BATCH_DIM,
    CARD_KEY,
    IMAGE_SIZE,
    INPUT_NAME,
    NUM_CLASSES,
    OUTPUT_NAMES,
    ModelCard,
)
from mnist_edge.errors import ImageArrayError, ModelFormatError, OptionError
from mnist_edge.runtime import forks
from mnist_edge.runtime.bound_run import BoundRun
from mnist_edge.runtime.cpu import granted_threads
from mnist_edge.runtime.onnx_file import OnnxHeader, read_header
from mnist_edge.runtime.packaged import read_model
from mnist_edge.runtime.sha256 import sha256_hex
from mnist_edge.scaling import scale_to_unit

Float32Array = npt.NDArray[np.float32]

_ONNX_TYPES: Final = {"uint8": "tensor(uint8)", "float32": "tensor(float)"}
_ONE: Final = (1, IMAGE_SIZE, IMAGE_SIZE, 1)
_RE_EXPORT: Final = "Export it with: mnist-edge export MODEL.keras -o MODEL.onnx"


def import_onnxruntime() -> Any:
    """Imports onnxruntime with its telemetry off.

    Builds of 2026 look up a server and keep a device id under the home folder as soon as they are imported, unless this
    variable is set; a runner on somebody's camera has no business doing either. Set it to 0 beforehand to leave it on.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def open_session(model: bytes, *, threads: int = 1, optimize: bool = True, where: str = "the model") -> Any:
    """Opens an ``onnxruntime.InferenceSession`` for an edge CPU.

    One thread is the default because these networks finish before a second thread has woken up, and no thread spins while
    it waits: a spinning pool takes whole cores between two camera frames.

    Args:
        model: The serialized model.
        threads: Threads inside an operator; more than the process may use are not started.
        optimize: Whether the graph may be rewritten (off to compare with the file as it is).
        where: Name of the model, for messages.

    Raises:
        ModelFormatError: If onnxruntime refuses the model.
        OptionError: If ``threads`` is below 1.
    """
    ort = import_onnxruntime()
    if threads < 1:
        raise OptionError("threads is out of range", expected="1 or more", received=str(threads))
    options = ort.SessionOptions()
    options.intra_op_num_threads = granted_threads(threads)
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    levels = ort.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimize else levels.ORT_DISABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # fatal only; errors come back as exceptions
    try:
        return ort.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no base class
        raise ModelFormatError(
            f"onnxruntime {ort.__version__} cannot load {where}",
            received=str(error)[:300],
            fix="Upgrade onnxruntime, or export with a lower --opset",
        ) from error


class Engine:
    """A loaded model that fulfils the contract.

    Safe to call from several threads, to pickle, and to use after ``fork``.

    Args:
        model: A path, the name of a packaged model, the file's bytes, or ``None`` for the default model.
        threads: Threads inside an operator, at least 1; never more than affinity and container quota allow.
        optimize: Whether onnxruntime may rewrite the graph.

    Raises:
        ModelNotFoundError: If there is no such model.
        ModelFormatError: If the file is no ONNX model, has no card or another graph's, another signature, or weights in
            another file.
        OptionError: If ``threads`` is below 1.

    Attributes:
        name: Path of the model, or ``"<bytes>"``.
        card: Its model card.
        batch: The fixed batch size, or ``None`` if any will do.
        threads: Threads in use.
    """

    def __init__(
        self, model: str | os.PathLike[str] | bytes | None = None, *, threads: int = 1, optimize: bool = True
    ) -> None:
        self.name, self._data = read_model(model)
        self._optimize = optimize
        header = read_header(self._data, self.name)
        self.card = _card_of(header, self.name)
        if sha256_hex(header.graph_bytes) != self.card.graph_sha256:
            raise ModelFormatError(
                f"The card of {self.name} belongs to another graph",
                expected=f"the graph with sha256 {self.card.graph_sha256[:12] or '(none)'}…, as it was exported",
                fix=_RE_EXPORT,
            )
        self.threads = granted_threads(threads)
        self._session = open_session(self._data, threads=threads, optimize=optimize, where=self.name)
        self._generation = forks.generation
        self.batch = _check_signature(self._session, self.card, self.name)
        self._dtype = np.dtype(self.card.input.dtype)
        self._run_one = self._bound_run()

    def infer(self, images: npt.NDArray[Any]) -> tuple[Float32Array, Float32Array]:
        """Runs the network.

        Args:
            images: ``[n, 28, 28, 1]`` in the card's dtype: uint8 0 to 255 or float32 0 to 1, white ink on black.

        Returns:
            Logits and probabilities, float32 ``[n, 10]`` each.

        Raises:
            ImageArrayError: If shape or dtype is another.
        """
        run_one = self._run_one
        if (
            run_one is not None
            and images.shape == _ONE
            and images.dtype == self._dtype
            and forks.generation == self._generation
        ):
            answer = run_one(images)
            if answer is not None:
                return answer
        if images.dtype != self._dtype or images.ndim != 4 or images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE, 1):
            raise ImageArrayError(
                "The network cannot take this array",
                expected=f"{self._dtype} [n, {IMAGE_SIZE}, {IMAGE_SIZE}, 1]",
                received=f"{images.dtype} {list(images.shape)}",
            )
        if forks.generation != self._generation:
            self._reopen()  # a forked child has no copies of the parent's worker threads
        if self.batch is not None and len(images) != self.batch:
            return self._infer_chunks(images, self.batch)
        logits, probabilities = self._session.run(OUTPUT_NAMES, {INPUT_NAME: images})
        return logits, probabilities

    def infer_one(self, picture: npt.NDArray[np.uint8]) -> Float32Array:
        """Runs the network on one picture with as little around it as there can be.

        Args:
            picture: uint8 ``[28, 28]``, white ink on black; neither shape nor dtype is looked at.

        Returns:
            Logits, float32 ``[10]``.
        """
        run_one = self._run_one if forks.generation == self._generation else None
        if run_one is not None and self._dtype == np.uint8:
            logits = run_one.logits(picture)
            if logits is not None:
                return logits
        logits, _ = self.infer(self.encode(picture))
        return np.asarray(logits[0], np.float32)

    def encode(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
        """Turns uint8 pictures ``[n, 28, 28]`` or ``[n, 28, 28, 1]`` into what :meth:`infer` takes."""
        shaped = images.reshape(-1, IMAGE_SIZE, IMAGE_SIZE, 1)
        return shaped if self._dtype == np.uint8 else scale_to_unit(shaped)

    def _infer_chunks(self, images: npt.NDArray[Any], batch: int) -> tuple[Float32Array, Float32Array]:
        results = [np.empty((2, 0, NUM_CLASSES), np.float32)]
        for start in range(0, len(images), batch):
            chunk = images[start : start + batch]
            padded = np.zeros((batch, *images.shape[1:]), images.dtype)
            padded[: len(chunk)] = chunk
            outputs = self._session.run(OUTPUT_NAMES, {INPUT_NAME: padded})
            results.append(np.stack(outputs)[:, : len(chunk)])
        logits, probabilities = np.concatenate(results, axis=1)
        return logits, probabilities

    def _reopen(self) -> None:
        if self._session is not None:
            _keep_for_ever(self._session)
        self._session = open_session(self._data, threads=self.threads, optimize=self._optimize, where=self.name)
        self._run_one = self._bound_run()
        self._generation = forks.generation

    def _bound_run(self) -> BoundRun | None:
        return BoundRun(self._session, self._dtype) if self.batch in (None, 1) else None

    def __getstate__(self) -> dict[str, Any]:
        # A session cannot be pickled; infer opens a new one.
        return {**self.__dict__, "_session": None, "_run_one": None, "_generation": None}

    def __repr__(self) -> str:
        return f"Engine({self.name!r}, threads={self.threads})"


def _keep_for_ever(session: Any) -> None:
    """Leaks a session inherited through ``fork``: its destructor would wait for threads that exist in the parent only."""
    import ctypes

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(session))


def read_card(data: bytes, where: str) -> ModelCard:
    """Reads the model card from a serialized model, without onnxruntime.

    Whether the card belongs to the graph is not looked at: :class:`Engine` does that, and the export gate reports it.

    Raises:
        ModelFormatError: If the file is no ONNX model, keeps weights elsewhere, or has no card.
    """
    return _card_of(read_header(data, where), where)


def _card_of(header: OnnxHeader, where: str) -> ModelCard:
    if header.external_tensors:
        raise ModelFormatError(
            f"{where} keeps weights in another file",
            expected="one self-contained file",
            received=f"external data for {', '.join(header.external_tensors[:3])}",
            fix=_RE_EXPORT,
        )
    if CARD_KEY not in header.metadata:
        raise ModelFormatError(
            f"{where} has no model card",
            expected=f"the metadata entry {CARD_KEY}",
            received=", ".join(sorted(header.metadata)) or "no metadata",
            fix=_RE_EXPORT,
        )
    return ModelCard.from_json(header.metadata[CARD_KEY], where=where)


def _check_signature(session: Any, card: ModelCard, where: str) -> int | None:
    """Compares the graph's inputs and outputs with contract and card; returns the fixed batch size, if any."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    batch = inputs[0].shape[0] if len(inputs) == 1 and inputs[0].shape else None
    any_batch = batch == BATCH_DIM or (isinstance(batch, int) and batch > 0)
    expected = [
        (INPUT_NAME, _ONNX_TYPES[card.input.dtype], [batch if any_batch else BATCH_DIM, IMAGE_SIZE, IMAGE_SIZE, 1]),
        *[(name, "tensor(float)", [batch if any_batch else BATCH_DIM, NUM_CLASSES]) for name in OUTPUT_NAMES],
    ]
    received = [(node.name, node.type, list(node.shape)) for node in (*inputs, *outputs)]
    if received != expected:
        raise ModelFormatError(
            f"{where} has another input/output signature",
            expected=_signature(expected),
            received=_signature(received),
            fix=_RE_EXPORT,
        )
    return batch if isinstance(batch, int) else None


def _signature(nodes: list[tuple[str, str, list[Any]]]) -> str:
    return ", ".join(f"{name} {kind} [{', '.join(map(str, shape))}]" for name, kind, shape in nodes)
