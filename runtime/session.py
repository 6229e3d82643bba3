"""The only module that touches onnxruntime: all session options are decided here."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import CARD_KEY, IMAGE_SIZE, INPUT_NAME, NUM_CLASSES, OUTPUT_NAMES, ModelCard
from mnist_edge.errors import ImageArrayError, ModelFormatError
from mnist_edge.runtime import forks
from mnist_edge.runtime.bound_run import BoundRun
from mnist_edge.runtime.cpu import granted_threads
from mnist_edge.runtime.onnx_file import OnnxHeader, read_header
from mnist_edge.runtime.packaged import read_model
from mnist_edge.runtime.sha256 import sha256_hex
from mnist_edge.runtime.signature import RE_EXPORT, check_signature
from mnist_edge.runtime.tuning.config import DEFAULT_CONFIG, GRAPH_LEVELS, SWITCHES, SessionConfig
from mnist_edge.runtime.tuning.lookup import ProfileLike, session_config
from mnist_edge.scaling import scale_to_unit

Float32Array = npt.NDArray[np.float32]
_ONE: Final = (1, IMAGE_SIZE, IMAGE_SIZE, 1)


def import_onnxruntime() -> Any:
    """Imports onnxruntime with its telemetry off.

    Builds of 2026 look up a server and keep a device id under the home folder as soon as they are imported, unless this
    variable is set; a runner on somebody's camera has no business doing either. Set it to 0 beforehand to leave it on.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def open_session(
    model: bytes, config: SessionConfig = DEFAULT_CONFIG, *, optimize: bool = True, where: str = "the model"
) -> Any:
    """Opens an ``onnxruntime.InferenceSession`` for an edge CPU.

    Args:
        model: The serialized model.
        config: The session's options; more threads than the process may use are not started.
        optimize: Whether the graph may be rewritten, as far as ``config`` says (off to compare with the file as it is).
        where: Name of the model, for messages.

    Raises:
        ModelFormatError: If onnxruntime refuses the model.
    """
    ort = import_onnxruntime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = granted_threads(config.threads)
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    level = GRAPH_LEVELS[config.graph if optimize else "off"]
    options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, level)
    options.enable_cpu_mem_arena = config.arena
    options.enable_mem_pattern = config.memory_pattern
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(config.spinning)))
    for name in config.switches:
        options.add_session_config_entry(*SWITCHES[name])
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
        threads: Threads inside an operator, at least 1; never more than affinity and container quota allow. ``None`` takes
            what the session options say: one.
        optimize: Whether onnxruntime may rewrite the graph.
        profile: Other session options: a path of a profile that ``mnist-edge tune`` wrote, ``None`` for this user's, or the
            options themselves; by default none, so that measurements can be repeated.

    Raises:
        ModelNotFoundError: If there is no such model.
        ModelFormatError: If the file is no ONNX model, has no card or another graph's, another signature, or weights in
            another file.
        OptionError: If ``threads`` is below 1, or the named profile cannot be read.

    Attributes:
        name: Path of the model, or ``"<bytes>"``.
        card: Its model card.
        batch: The fixed batch size, or ``None`` if any will do.
        config: The session's options.
        threads: Threads in use.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | bytes | None = None,
        *,
        threads: int | None = None,
        optimize: bool = True,
        profile: ProfileLike = False,
    ) -> None:
        self.name, self._data = read_model(model)
        self._optimize = optimize
        header = read_header(self._data, self.name)
        self.card = _card_of(header, self.name)
        if sha256_hex(header.graph_bytes) != self.card.graph_sha256:
            raise ModelFormatError(
                f"The card of {self.name} belongs to another graph",
                expected=f"the graph with sha256 {self.card.graph_sha256[:12] or '(none)'}…, as it was exported",
                fix=RE_EXPORT,
            )
        config = session_config(profile, self.card.graph_sha256)
        self.config = config if threads is None else replace(config, threads=threads)
        self.threads = granted_threads(self.config.threads)
        self._dtype = np.dtype(self.card.input.dtype)
        self._session = self._opened()
        self.batch = check_signature(self._session, self.card, self.name)
        self._run_one = self._bound()
        self._generation = forks.generation

    def infer(self, images: npt.NDArray[Any]) -> tuple[Float32Array, Float32Array]:
        """Runs the network.

        Args:
            images: ``[n, 28, 28, 1]`` in the card's dtype: uint8 0 to 255 or float32 0 to 1, white ink on black.

        Returns:
            Logits and probabilities, float32 ``[n, 10]`` each.

        Raises:
            ImageArrayError: If shape or dtype is another.
        """
        run_one = self._run_one if forks.generation == self._generation else None
        if run_one is not None and images.shape == _ONE and images.dtype == self._dtype:
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

    def _opened(self) -> Any:
        return open_session(self._data, self.config, optimize=self._optimize, where=self.name)

    def _bound(self) -> BoundRun | None:
        is_free = self.config.bound and self.batch in (None, 1)
        return BoundRun(self._session, self._dtype) if is_free else None

    def _reopen(self) -> None:
        if self._session is not None:
            _keep_for_ever(self._session)
        self._session = self._opened()
        self._run_one = self._bound()
        self._generation = forks.generation

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
            fix=RE_EXPORT,
        )
    if CARD_KEY not in header.metadata:
        raise ModelFormatError(
            f"{where} has no model card",
            expected=f"the metadata entry {CARD_KEY}",
            received=", ".join(sorted(header.metadata)) or "no metadata",
            fix=RE_EXPORT,
        )
    return ModelCard.from_json(header.metadata[CARD_KEY], where=where)
