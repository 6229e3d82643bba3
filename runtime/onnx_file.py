"""Reading an ONNX file's header without the onnx package: versions, metadata, and whether weights lie outside.

ONNX is protobuf; only the wire format is needed here (https://protobuf.dev/programming-guides/encoding/), with field
numbers from onnx.proto. Reading the header first means that a file which is not ours never reaches a native parser.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from mnist_edge.errors import ModelFormatError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

# Field numbers of onnx.proto.
_MODEL_IR_VERSION, _MODEL_GRAPH, _MODEL_OPSET_IMPORT, _MODEL_METADATA = 1, 7, 8, 14
_OPSET_DOMAIN, _OPSET_VERSION = 1, 2
_ENTRY_KEY, _ENTRY_VALUE = 1, 2
_GRAPH_NODE, _GRAPH_INITIALIZER = 1, 5
_NODE_ATTRIBUTE, _ATTRIBUTE_TENSOR = 5, 5
_TENSOR_NAME, _TENSOR_DATA_LOCATION = 8, 14
_EXTERNAL: Final = 1


@dataclass(frozen=True)
class OnnxHeader:
    """What a file says about itself.

    Attributes:
        ir_version: Version of the file format.
        opsets: Operator set version by domain; the standard domain is ``""``.
        metadata: ``metadata_props``.
        external_tensors: Names of weights that are kept in another file.
        graph_bytes: The serialized graph, which the card's ``graph_sha256`` is the hash of.
    """

    ir_version: int
    opsets: dict[str, int] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    external_tensors: tuple[str, ...] = ()
    graph_bytes: bytes = field(default=b"", repr=False)


def read_header(data: bytes, where: str = "the file") -> OnnxHeader:
    """Reads the header of a serialized ONNX model.

    Args:
        data: The whole file.
        where: Its name, for messages.

    Raises:
        ModelFormatError: If ``data`` is not an ONNX model.
    """
    try:
        header = _parse_model(memoryview(data))
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
    ir_version, graph = 0, memoryview(b"")
    opsets: dict[str, int] = {}
    metadata: dict[str, str] = {}
    for number, value in _fields(data):
        if number == _MODEL_IR_VERSION and isinstance(value, int):
            ir_version = value
        elif number == _MODEL_GRAPH and isinstance(value, memoryview):
            graph = value
        elif number == _MODEL_OPSET_IMPORT and isinstance(value, memoryview):
            entry = dict(_fields(value))
            version = entry.get(_OPSET_VERSION, 0)
            opsets[_text(entry.get(_OPSET_DOMAIN))] = version if isinstance(version, int) else 0
        elif number == _MODEL_METADATA and isinstance(value, memoryview):
            entry = dict(_fields(value))
            metadata[_text(entry.get(_ENTRY_KEY))] = _text(entry.get(_ENTRY_VALUE))
    return OnnxHeader(ir_version, opsets, metadata, tuple(_external_tensors(graph)), bytes(graph))


def _external_tensors(graph: memoryview) -> Iterator[str]:
    for tensor in _tensors(graph):
        entry = dict(_fields(tensor))
        if entry.get(_TENSOR_DATA_LOCATION) == _EXTERNAL:
            yield _text(entry.get(_TENSOR_NAME))


def _tensors(graph: memoryview) -> Iterator[memoryview]:
    """Initializers, and the tensors of Constant nodes."""
    for number, value in _fields(graph):
        if number == _GRAPH_INITIALIZER and isinstance(value, memoryview):
            yield value
        elif number == _GRAPH_NODE and isinstance(value, memoryview):
            for node_number, attribute in _fields(value):
                if node_number == _NODE_ATTRIBUTE and isinstance(attribute, memoryview):
                    for attribute_number, tensor in _fields(attribute):
                        if attribute_number == _ATTRIBUTE_TENSOR and isinstance(tensor, memoryview):
                            yield tensor


def _text(value: int | memoryview | None) -> str:
    return bytes(value).decode("utf-8") if isinstance(value, memoryview) else ""


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yields ``(field number, value)``; a value is an integer, or the bytes of a string or message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire_type = key >> 3, key & 7
        value: int | memoryview
        if wire_type == _VARINT:
            value, at = _varint(data, at)
        elif wire_type == _BYTES:
            size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
        elif wire_type in (_FIXED64, _FIXED32):
            size = 8 if wire_type == _FIXED64 else 4
            value, at = data[at : at + size], at + size
        else:
            raise ValueError(f"wire type {wire_type}")
        if at > len(data) or number == 0:
            raise ValueError("the message ends early")
        yield number, value


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number is too long")
