from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper, numpy_helper

from mnist_edge.contract import CARD_KEY
from mnist_edge.errors import ModelFormatError
from mnist_edge.runtime.onnx_file import read_header

BuildModel = Callable[..., bytes]


def test_the_header_says_what_onnx_says(build_model: BuildModel) -> None:
    data = build_model()
    header, model = read_header(data), onnx.load_from_string(data)
    assert header.ir_version == model.ir_version == 8
    assert header.opsets == {"": 17}
    assert header.metadata == {entry.key: entry.value for entry in model.metadata_props}
    assert CARD_KEY in header.metadata
    assert header.external_tensors == ()


def test_the_graph_bytes_are_the_serialized_graph(build_model: BuildModel) -> None:
    data = build_model()
    graph = onnx.load_from_string(data).graph.SerializeToString(deterministic=True)
    assert hashlib.sha256(read_header(data).graph_bytes).digest() == hashlib.sha256(graph).digest()


def test_weights_in_another_file_are_seen(build_model: BuildModel) -> None:
    assert read_header(build_model(external=True)).external_tensors == ("kernel",)


def secret() -> TensorProto:
    """A tensor that is kept in another file."""
    tensor = numpy_helper.from_array(np.ones((28, 10), np.float32), "kernel")
    onnx.external_data_helper.set_external_data(tensor, "secret.bin")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    return tensor


def test_weights_in_another_file_are_seen_in_attributes(build_model: BuildModel) -> None:
    model = onnx.load_from_string(build_model())
    attribute = model.graph.node[0].attribute.add(name="value")
    attribute.tensors.append(secret())
    attribute.t.CopyFrom(secret())
    assert read_header(model.SerializeToString()).external_tensors == ("kernel", "kernel")


@pytest.mark.parametrize("location", [b"\x70\x01\x72\x00", b"\x70\x81\x80\x80\x80\x10", b"\x6a\x00"])
def test_any_trace_of_another_file_counts(build_model: BuildModel, location: bytes) -> None:
    """A location overwritten by another type, one that is 1 in 32 bits only, and external data without a location."""
    data = build_model()
    tensor = numpy_helper.from_array(np.float32(1), "w").SerializeToString() + location
    graph = onnx.load_from_string(data).graph.SerializeToString() + b"\x2a" + bytes([len(tensor)]) + tensor
    merged = b"\x08\x08\x42\x02\x10\x11\x3a" + _varint(len(graph)) + graph
    assert read_header(merged).external_tensors == ("w",)


def _varint(value: int) -> bytes:
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def _subgraph(model: ModelProto) -> None:
    branch = helper.make_graph([], "branch", [], [], [secret()])
    model.graph.node.append(helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch))


def _subgraphs(model: ModelProto) -> None:
    model.graph.node[0].attribute.add(name="bodies").graphs.add().initializer.append(secret())


def _sparse_attribute(model: ModelProto) -> None:
    model.graph.node[0].attribute.add(name="sparse_value").sparse_tensor.values.CopyFrom(secret())


def _sparse_attributes(model: ModelProto) -> None:
    model.graph.node[0].attribute.add(name="sparse_values").sparse_tensors.add().values.CopyFrom(secret())


def _sparse_initializer(model: ModelProto) -> None:
    model.graph.sparse_initializer.add().values.CopyFrom(secret())


def _function(model: ModelProto) -> None:
    model.functions.add(name="f", domain="local").node.add().attribute.add(name="value").t.CopyFrom(secret())


def _training(model: ModelProto) -> None:
    model.training_info.add().initialization.initializer.append(secret())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_subgraph, "a subgraph"),
        (_subgraphs, "subgraphs"),
        (_sparse_attribute, "sparse weights"),
        (_sparse_attributes, "sparse weights"),
        (_sparse_initializer, "sparse weights"),
        (_function, "functions"),
        (_training, "training information"),
    ],
)
def test_what_could_hide_weights_is_refused(
    build_model: BuildModel, change: Callable[[ModelProto], None], words: str
) -> None:
    model = onnx.load_from_string(build_model())
    change(model)
    with pytest.raises(ModelFormatError, match=f"^x has {words}. Expected: one plain graph"):
        read_header(model.SerializeToString(), "x")


@pytest.mark.parametrize("field", ["graph", "ir_version", "metadata_props"])
@pytest.mark.parametrize("first", [True, False])
def test_fields_that_a_parser_would_merge_are_refused(build_model: BuildModel, field: str, first: bool) -> None:
    data, extra = build_model(), ModelProto()
    if field == "graph":
        extra.graph.initializer.append(secret())
    else:
        source = onnx.load_from_string(data)
        extra.CopyFrom(source)
        for other in {descriptor.name for descriptor, _ in source.ListFields()} - {field}:
            extra.ClearField(other)
    chunk = extra.SerializeToString()
    with pytest.raises(ModelFormatError, match=r"^x has two "):
        read_header(chunk + data if first else data + chunk, "x")


def test_a_field_number_that_a_parser_would_cut_is_refused(build_model: BuildModel) -> None:
    extra = ModelProto()
    extra.graph.initializer.append(secret())
    body = extra.graph.SerializeToString()
    key = _varint((2**29 + 7) << 3 | 2)  # 7, the graph, in 32 bits
    with pytest.raises(ModelFormatError, match="not an ONNX model"):
        read_header(build_model() + key + _varint(len(body)) + body)


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"garbage", b"\x89PNG\r\n\x1a\n" + bytes(50), b"PK\x03\x04" + bytes(99), b"\xff" * 99]
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(ModelFormatError, match="not an ONNX model"):
        read_header(data, "x.onnx")


def test_a_truncated_model_is_refused(build_model: BuildModel) -> None:
    data = build_model()
    for size in range(0, len(data), 37):
        with pytest.raises(ModelFormatError):
            read_header(data[:size])


@given(st.binary(max_size=300))
def test_any_bytes_give_a_header_or_one_error(data: bytes) -> None:
    with contextlib.suppress(ModelFormatError):
        read_header(data)


@given(position=st.integers(0, 2_000), value=st.integers(0, 255))
def test_a_flipped_byte_gives_a_header_or_one_error(build_model: BuildModel, position: int, value: int) -> None:
    data = bytearray(build_model())
    data[position % len(data)] = value
    with contextlib.suppress(ModelFormatError):
        read_header(bytes(data))
