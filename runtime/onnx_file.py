"""Reading an ONNX file's header without the onnx package: versions, metadata, and whether weights lie outside.

Reading the header first means that a file which is not ours never reaches a native parser. What could hide a reference to
another file from this reader (subgraphs, functions, sparse weights, fields that a parser would merge) is refused
altogether; exports of these networks have none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from mnist_edge.errors import ModelFormatError
from mnist_edge.runtime.protobuf import fields, message, text

# Field numbers of onnx.proto.
_MODEL_IR_VERSION, _MODEL_GRAPH, _MODEL_OPSET_IMPORT, _MODEL_METADATA = 1, 7, 8, 14
_OPSET_DOMAIN, _OPSET_VERSION = 1, 2
_ENTRY_KEY, _ENTRY_VALUE = 1, 2
_GRAPH_NODE, _GRAPH_INITIALIZER = 1, 5
_NODE_ATTRIBUTE: Final = 5
_ATTRIBUTE_TENSORS: Final = (5, 10)  # t and tensors
_TENSOR_NAME, _TENSOR_EXTERNAL_DATA, _TENSOR_DATA_LOCATION = 8, 13, 14

# What may hold graphs or weights that this reader does not look into.
_REFUSED_IN_MODEL: Final = {20: "training information", 25: "functions"}
_REFUSED_IN_GRAPH: Final = {15: "sparse weights"}
_REFUSED_IN_ATTRIBUTE: Final = {6: "a subgraph", 11: "subgraphs", 22: "sparse weights", 23: "sparse weights"}


class _RefusedError(Exception):
    """Something in the file that no export has; the message names it."""


class OnnxHeader(NamedTuple):
    """What a file says about itself.

    Attributes:
        ir_version: Version of the file format.
        opsets: Operator set version by domain; the standard domain is ``""``.
        metadata: ``metadata_props``.
        external_tensors: Names of weights that are kept in another file.
        graph_bytes: The serialized graph, which the card's ``graph_sha256`` is the hash of; a part of the file's bytes.
    """

    ir_version: int
    opsets: dict[str, int]
    metadata: dict[str, str]
    external_tensors: tuple[str, ...]
    graph_bytes: memoryview


def read_header(data: bytes, where: str = "the file") -> OnnxHeader:
    """Reads the header of a serialized ONNX model.

    Args:
        data: The whole file.
        where: Its name, for messages.

    Raises:
        ModelFormatError: If ``data`` is not an ONNX model, or has subgraphs, functions, sparse weights or a repeated graph.
    """
    try:
        header = _parse_model(memoryview(data))
    except _RefusedError as error:
        raise ModelFormatError(
            f"{where} has {error}",
            expected="one plain graph that holds all its weights",
            fix="Export it with: mnist-edge export MODEL.keras -o MODEL.onnx",
        ) from error
    except (ValueError, IndexError) as error:
        raise _not_onnx(where, data) from error
    if not header.ir_version or not header.opsets or not header.graph_bytes:
        raise _not_onnx(where, data)
    return header


def _not_onnx(where: str, data: bytes) -> ModelFormatError:
    return ModelFormatError(
        f"{where} is not an ONNX model, or it is truncated",
        expected="a file written by mnist-edge export",
        received=f"{len(data)} bytes that start with {data[:8].hex(' ')}" if data else "an empty file",
        fix="Make one with: mnist-edge export MODEL.keras -o MODEL.onnx",
    )


def _parse_model(data: memoryview) -> OnnxHeader:
    once: dict[int, int | memoryview] = {}
    opsets: dict[str, int] = {}
    metadata: dict[str, str] = {}
    for number, value in _allowed_fields(data, _REFUSED_IN_MODEL):
        if number in (_MODEL_IR_VERSION, _MODEL_GRAPH):
            if number in once:  # a parser would merge the two
                raise _RefusedError("two graphs" if number == _MODEL_GRAPH else "two format versions")
            once[number] = value
        elif number == _MODEL_OPSET_IMPORT:
            entry = dict(fields(message(value)))
            version = entry.get(_OPSET_VERSION, 0)
            opsets[text(entry.get(_OPSET_DOMAIN))] = version if isinstance(version, int) else 0
        elif number == _MODEL_METADATA:
            entry = dict(fields(message(value)))
            key = text(entry.get(_ENTRY_KEY))
            if key in metadata:
                raise _RefusedError(f"two metadata entries {key[:40]!r}")
            metadata[key] = text(entry.get(_ENTRY_VALUE))
    ir_version, graph = once.get(_MODEL_IR_VERSION), message(once.get(_MODEL_GRAPH))
    external = tuple(_external_tensors(graph))
    return OnnxHeader(ir_version if isinstance(ir_version, int) else 0, opsets, metadata, external, graph)


def _external_tensors(graph: memoryview) -> Iterator[str]:
    for tensor in _tensors(graph):
        parts = list(fields(tensor))
        # Any trace counts: which of several values a parser takes is its own business.
        if any(number == _TENSOR_EXTERNAL_DATA or (number == _TENSOR_DATA_LOCATION and value) for number, value in parts):
            yield text(dict(parts).get(_TENSOR_NAME)) or "a tensor without a name"


def _tensors(graph: memoryview) -> Iterator[memoryview]:
    """Initializers, and the tensors in attributes of nodes."""
    for number, value in _allowed_fields(graph, _REFUSED_IN_GRAPH):
        if number == _GRAPH_INITIALIZER:
            yield message(value)
        elif number == _GRAPH_NODE:
            for node_number, attribute in fields(message(value)):
                if node_number == _NODE_ATTRIBUTE:
                    for attribute_number, tensor in _allowed_fields(message(attribute), _REFUSED_IN_ATTRIBUTE):
                        if attribute_number in _ATTRIBUTE_TENSORS:
                            yield message(tensor)


def _allowed_fields(data: memoryview, refused: dict[int, str]) -> Iterator[tuple[int, int | memoryview]]:
    for number, value in fields(data):
        if number in refused:
            raise _RefusedError(refused[number])
        yield number, value
