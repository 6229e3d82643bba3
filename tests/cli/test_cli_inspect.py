from __future__ import annotations

import json

import pytest
from onnx import TensorProto, helper

from mnist_edge.cli.inspect import _rejection
from mnist_edge.contract import ModelCard, ParitySummary, Rejection, TestResult, TrainingRecord
from mnist_edge.export.card import serialize
from mnist_edge.export.signature import graph_hash
from mnist_edge.rejection import OperatingPoint


@pytest.fixture
def model():
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "w"], ["y"], name="fc1/Gemm")],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 300])],
        [helper.make_tensor("w", TensorProto.FLOAT, [8, 300], [0.0] * 2400)],
    )
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)], producer_name="by-hand")


@pytest.fixture
def file(tmp_path, model):
    card = ModelCard(
        "mine",
        "simple_cnn",
        2400,
        17,
        graph_hash(model),
        "2026-01-01T00:00:00Z",
        training=TrainingRecord("tutorial", 42, 5, 3, "mnist", 0.1, "abc", 0.98),
        test=TestResult("mnist", 9900, 10000),
        parity=ParitySummary(10000, 925, 0, 1e-5, 1e-6),
        tools={"keras": "3.15"},
    )
    path = tmp_path / "m.onnx"
    path.write_bytes(serialize(model, card))
    return path


def test_everything_is_on_one_page(run_cli, file):
    result = run_cli("inspect", file, "--onnxruntime", "1.17.3")
    assert result.code == 0
    for text in (
        "opset 17, IR 8",
        "1.17.3 runs it",
        "2,400 multiply-adds for one picture",
        "made by      by-hand",
        "recipe tutorial, data mnist and 10% of drawn digits, seed 42, epoch 3 of 5",
        "99.00%, 9,900 of 10,000 (mnist)",
        "0 flips in 10,000 + 925 inputs",
        "1 operator: 1 Gemm",
        "[batch, 300]",
        "fc1/Gemm",
        "never refuses: all ink is read as some digit",
    ):
        assert text in result.out
    assert "WARNING" not in result.out


def test_what_the_thresholds_mean_is_said_in_words():
    points = (OperatingPoint(0.001, -3.0), OperatingPoint(0.1, 2.0))
    digits = "1,234 digits"
    by_default = _rejection(Rejection(none_logit=True, points=points, default=0.005, digits=digits))
    assert by_default == (
        "refuses what does not look like a digit, and with it about 0.5% of real digits; --reject takes 0.1% to 10.0%; "
        "measured on 1,234 digits"
    )
    assert "only with --reject" in _rejection(Rejection(points=points))
    assert _rejection(Rejection(0.5)) == "refuses what is read with a confidence below 50.0%"


def test_json_has_the_same_facts(run_cli, file):
    answer = json.loads(run_cli("inspect", file, "--json", "--onnxruntime", "1.3").out)
    assert answer["multiply_adds"] == answer["parameters"] == 2400
    assert answer["operators"] == {"Gemm": 1}
    assert answer["card"]["name"] == "mine"
    assert answer["onnxruntime"] == {"version": "1.3", "runs": None}


def test_a_model_without_a_card_is_told_how_to_get_one(run_cli, tmp_path, model):
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    result = run_cli("inspect", tmp_path / "m.onnx")
    assert result.code == 0
    assert "No model card" in result.out


def test_a_changed_file_is_warned_of(run_cli, file):
    file.write_bytes(file.read_bytes().replace(b"fc1/Gemm", b"fc2/Gemm"))
    assert "the card belongs to another graph" in run_cli("inspect", file).out


def test_a_card_without_test_images_is_no_division(run_cli, tmp_path, model):
    card = ModelCard("mine", "custom", 1, 17, graph_hash(model), "2026-01-01T00:00:00Z", test=TestResult("mnist", 0, 0))
    (tmp_path / "m.onnx").write_bytes(serialize(model, card))
    for form in ((), ("--json",)):
        result = run_cli("inspect", tmp_path / "m.onnx", *form)
        assert result.code in (0, 1)
        assert len(result.err.splitlines()) == result.code


@pytest.mark.parametrize("arguments", [("--onnxruntime", "new"), ()])
def test_mistakes_are_one_line(run_cli, file, tmp_path, arguments):
    target = file if arguments else tmp_path / "absent.onnx"
    result = run_cli("inspect", target, *arguments)
    assert result.code == 1
    assert result.err.startswith("mnist-edge: ")
    assert result.out == ""
