from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
