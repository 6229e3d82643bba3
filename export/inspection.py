"""What is inside an ONNX file: interface, operators, weights, work, and what it needs to run."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mnist_edge.contract import CARD_KEY, ModelCard
from mnist_edge.errors import ExportError
from mnist_edge.export.graph import STANDARD_DOMAINS
from mnist_edge.export.graph_table import graph_table, parameter_count
from mnist_edge.export.onnx_graph import shapes, tensor_type
from mnist_edge.export.onnxruntime_support import oldest_release, release_of
from mnist_edge.export.signature import graph_hash, read_onnx
from mnist_edge.extras import require
from mnist_edge.layer_arithmetic import LayerRow, total_multiply_adds

if TYPE_CHECKING:
    from onnx import ModelProto

_WORKING: Final = ("Conv", "Gemm", "MatMul")
_JSON_NAMES: Final = {"name": "node", "kind": "operator"}


@dataclass(frozen=True)
class TensorInfo:
    """One input or output: its name, ONNX element type and shape as text."""

    name: str
    dtype: str
    shape: tuple[str, ...]


@dataclass(frozen=True)
class Inspection:
    """What :func:`inspect_model` found.

    Attributes:
        path: The file.
        size_bytes: Its size.
        ir_version: Version of the file format.
        opset: Version of the standard operator set.
        producer: Tool and version that wrote it.
        inputs: Inputs of the graph.
        outputs: Outputs of the graph.
        operators: Operator to count, most frequent first.
        parameters: Weights in the graph, without scalar constants.
        work: Every convolution and matrix product, with its multiply-adds for one picture.
        oldest_onnxruntime: Oldest release that loads the file, for instance ``"1.15"``; empty if none in the table does.
        card: The model card, or ``None``.
        card_fits: Whether the card belongs to this graph; ``None`` without a card.
    """

    path: str
    size_bytes: int
    ir_version: int
    opset: int
    producer: str
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    operators: dict[str, int]
    parameters: int
    work: tuple[LayerRow, ...]
    oldest_onnxruntime: str
    card: ModelCard | None
    card_fits: bool | None

    @property
    def multiply_adds(self) -> int | None:
        """Sum over all nodes for one picture; ``None`` if one of them is not known."""
        return total_multiply_adds(self.work)

    def runs_on(self, version: str) -> bool | None:
        """Whether an onnxruntime version loads the file; ``None`` for versions before those that were measured.

        Raises:
            OptionError: If ``version`` is no version.
        """
        release = release_of(version)
        return None if release is None else release.runs(self.opset, self.ir_version)

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        work = [{_JSON_NAMES.get(key, key): value for key, value in dataclasses.asdict(row).items()} for row in self.work]
        return {**dataclasses.asdict(self), "work": work, "multiply_adds": self.multiply_adds}


def inspect_model(path: str | os.PathLike[str]) -> Inspection:
    """Reads an ONNX file without running it.

    Args:
        path: An ONNX file of one plain graph; one without a model card is described as well.

    Raises:
        ModelFormatError: If it is not an ONNX model, or its card is damaged.
        ModelNotFoundError: If there is no such file.
        MissingExtraError: If the package onnx is not installed.
    """
    require("Inspecting a model", "onnx", extra="evaluate")
    data, model = read_onnx(path)
    opset = next((entry.version for entry in model.opset_import if entry.domain in STANDARD_DOMAINS), 0)
    card = _card(model, os.fspath(path))
    oldest = oldest_release(opset, model.ir_version)
    weights = {tensor.name for tensor in model.graph.initializer}
    return Inspection(
        path=os.fspath(path),
        size_bytes=len(data),
        ir_version=model.ir_version,
        opset=opset,
        producer=f"{model.producer_name} {model.producer_version}".strip(),
        inputs=tuple(_tensor(value) for value in model.graph.input if value.name not in weights),
        outputs=tuple(_tensor(value) for value in model.graph.output),
        operators=dict(Counter(node.op_type for node in model.graph.node).most_common()),
        parameters=parameter_count(model.graph),
        work=_work(model),
        oldest_onnxruntime=oldest.name if oldest else "",
        card=card,
        card_fits=None if card is None else card.graph_sha256 == graph_hash(model),
    )


def _card(model: ModelProto, where: str) -> ModelCard | None:
    text = next((entry.value for entry in model.metadata_props if entry.key == CARD_KEY), None)
    return None if text is None else ModelCard.from_json(text, where=where)


def _tensor(value: Any) -> TensorInfo:
    element_type, shape = tensor_type(value)
    return TensorInfo(value.name, element_type.lower(), tuple(shape))


def _work(model: ModelProto) -> tuple[LayerRow, ...]:
    try:
        known = shapes(model)
    except ExportError:  # a graph that contradicts itself can still be described
        known = {}
    return tuple(row for row in graph_table(model, known) if row.kind in _WORKING)
