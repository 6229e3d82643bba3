"""Comparing an ONNX file with the contract and with its own card, before anything is run."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any, Final

from mnist_edge.contract import IMAGE_SIZE, NUM_CLASSES, OUTPUT_NAMES, ModelCard
from mnist_edge.errors import ModelFormatError
from mnist_edge.export.graph import STANDARD_DOMAINS
from mnist_edge.export.onnx_graph import tensor_type

if TYPE_CHECKING:
    from onnx import ModelProto

_ELEMENT_TYPES: Final = {"uint8": "UINT8", "float32": "FLOAT"}


def read_onnx(path: str | os.PathLike[str]) -> tuple[bytes, ModelProto]:
    """Reads a model file.

    Args:
        path: A file, or the name of a packaged model.

    Returns:
        The file's bytes, and the model; weights in other files are not loaded.

    Raises:
        ModelNotFoundError: If there is no such file.
        ModelFormatError: If it is not an ONNX model, or cannot be read.
    """
    from mnist_edge.runtime.onnx_file import read_header
    from mnist_edge.runtime.packaged import read_model

    name, data = read_model(path)
    read_header(data, name)
    return data, parse_onnx(data, name)


def parse_onnx(data: bytes, where: str) -> ModelProto:
    """Parses a serialized model.

    Raises:
        ModelFormatError: If it cannot be parsed.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped,unused-ignore]

    try:
        return onnx.load_model_from_string(data)
    except DecodeError as error:
        raise ModelFormatError(f"{where} is not an ONNX model, or it is damaged", received=str(error)) from error


def graph_hash(model: ModelProto) -> str:
    """sha256 of the serialized graph, as the card keeps it."""
    return hashlib.sha256(model.graph.SerializeToString(deterministic=True)).hexdigest()


def signature_failures(model: ModelProto, card: ModelCard) -> list[str]:
    """Says where inputs, outputs, operators or card of a model differ from the contract; empty if nowhere.

    Args:
        model: The model.
        card: Its card.
    """
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    batch, size = card.input.shape[0], str(IMAGE_SIZE)
    failures = [
        *_compare("input", inputs, {card.input.name: (_ELEMENT_TYPES[card.input.dtype], [batch, size, size, "1"])}),
        *_compare("output", list(graph.output), {name: ("FLOAT", [batch, str(NUM_CLASSES)]) for name in OUTPUT_NAMES}),
    ]
    foreign = sorted({node.domain for node in graph.node}.difference(STANDARD_DOMAINS))
    if foreign:
        failures.append(f"operators outside the standard domain: {', '.join(foreign)}")
    opset = next((entry.version for entry in model.opset_import if entry.domain in STANDARD_DOMAINS), None)
    if opset != card.opset:
        failures.append(f"opset: the card says {card.opset}, the file {opset}")
    if graph_hash(model) != card.graph_sha256:
        failures.append("the card belongs to another graph (graph_sha256 differs): the file was changed after its export")
    return failures


def _compare(kind: str, values: list[Any], expected: dict[str, tuple[str, list[str]]]) -> list[str]:
    found = {value.name: value for value in values}
    failures = [f"{kind} {name!r} is missing" for name in expected if name not in found]
    failures += [f"{kind} {name!r} is not in the contract" for name in found if name not in expected]
    for name, (element_type, shape) in expected.items():
        if name not in found:
            continue
        given_type, given_shape = tensor_type(found[name])
        if given_type != element_type:
            failures.append(f"{kind} {name!r} has type {given_type}, expected {element_type}")
        if given_shape[:1] != shape[:1]:
            failures.append(
                f"{kind} {name!r} has batch dimension {given_shape[0] if given_shape else 'none'!r}, expected {shape[0]!r}"
            )
        if given_shape[1:] != shape[1:]:
            failures.append(f"{kind} {name!r} has shape {_text(given_shape)}, expected {_text(shape)}")
    order = [value.name for value in values]
    if not failures and order != list(expected):
        failures.append(f"{kind}s are in the order {', '.join(order)}, expected {', '.join(expected)}")
    return failures


def _text(shape: list[str]) -> str:
    return f"[{', '.join(shape)}]"
