from __future__ import annotations

import hashlib

import pytest
from onnx import TensorProto, helper

from mnist_edge.contract import CARD_KEY, ModelCard
from mnist_edge.errors import ModelFormatError, ModelNotFoundError
from mnist_edge.export.signature import graph_hash, parse_onnx, read_onnx, signature_failures
from mnist_edge.runtime.onnx_file import read_header
from mnist_edge.runtime.packaged import DEFAULT_MODEL


@pytest.fixture
def card_of(with_card):
    def read(model, **changes):
        props = {entry.key: entry.value for entry in parse_onnx(with_card(model, **changes), "m").metadata_props}
        return ModelCard.from_json(props[CARD_KEY])

    return read


def test_a_model_of_the_contract_has_no_failures(toy, card_of):
    assert signature_failures(toy, card_of(toy)) == []


def test_the_graph_hash_is_that_of_the_bytes_in_the_file(toy, with_card):
    assert hashlib.sha256(read_header(with_card(toy)).graph_bytes).hexdigest() == graph_hash(toy)


def value(name, kind=TensorProto.FLOAT, shape=("batch", 10)):
    return helper.make_tensor_value_info(name, kind, list(shape))


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (lambda g: g.output.__delitem__(1), "output 'probabilities' is missing"),
        (lambda g: g.output.append(value("extra")), "output 'extra' is not in the contract"),
        (lambda g: g.output.reverse(), "outputs are in the order probabilities, logits, expected logits, probabilities"),
        (
            lambda g: g.output[0].CopyFrom(value("logits", shape=("n", 10))),
            "output 'logits' has batch dimension 'n', expected 'batch'",
        ),
        (
            lambda g: g.output[0].CopyFrom(value("logits", shape=("batch", 11))),
            "output 'logits' has shape [batch, 11], expected [batch, 10]",
        ),
        (
            lambda g: g.output[0].CopyFrom(value("logits", TensorProto.DOUBLE)),
            "output 'logits' has type DOUBLE, expected FLOAT",
        ),
        (lambda g: setattr(g.input[0], "name", "x"), "input 'image' is missing"),
        (lambda g: g.input.append(value("mask")), "input 'mask' is not in the contract"),
        (
            lambda g: g.input[0].CopyFrom(value("image", TensorProto.FLOAT, ("batch", 28, 28, 1))),
            "input 'image' has type FLOAT, expected UINT8",
        ),
        (
            lambda g: g.input[0].CopyFrom(value("image", TensorProto.UINT8, ("batch", 1, 28, 28))),
            "input 'image' has shape [batch, 1, 28, 28], expected [batch, 28, 28, 1]",
        ),
        (lambda g: setattr(g.node[0], "domain", "com.example"), "operators outside the standard domain: com.example"),
    ],
)
def test_each_departure_from_the_contract_is_one_sentence(toy, card_of, change, failure):
    change(toy.graph)
    assert signature_failures(toy, card_of(toy))[:1] == [failure]


def test_an_opset_other_than_the_cards_is_a_failure(toy, card_of):
    assert signature_failures(toy, card_of(toy, opset=15)) == ["opset: the card says 15, the file 17"]


@pytest.mark.parametrize("data", [b"", b"garbage", b"\x08\x08", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_onnx_file_is_refused(tmp_path, data):
    path = tmp_path / "m.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelFormatError, match="is not an ONNX model"):
        read_onnx(path)


def test_no_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(ModelNotFoundError, match="There is no model"):
        read_onnx(tmp_path / "absent.onnx")
    with pytest.raises(ModelFormatError, match="is a folder"):
        read_onnx(tmp_path)


def test_a_packaged_model_has_a_name():
    assert read_onnx(DEFAULT_MODEL)[1].graph.node
