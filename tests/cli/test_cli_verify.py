from __future__ import annotations

import json

import numpy as np
import pytest

from mnist_edge.export.verdict import LayerVerdict, ParityVerdict, RunVerdict
from mnist_edge.precision import Precision


@pytest.fixture
def files(tmp_path, small_arrays, monkeypatch):
    """Files that pass the first looks; the gate itself is a stand-in."""
    np.savez(tmp_path / "data.npz", **small_arrays)
    monkeypatch.setenv("MNIST_EDGE_DATA", str(tmp_path / "data.npz"))
    (tmp_path / "m.onnx").write_bytes(b"onnx")
    (tmp_path / "m.keras").write_bytes(b"keras")
    monkeypatch.setattr("mnist_edge.export.signature.read_onnx", lambda path: (b"onnx", None))
    card = type("Card", (), {"precision": Precision()})
    monkeypatch.setattr("mnist_edge.runtime.session.read_card", lambda data, where: card)

    def decide(verdict):
        monkeypatch.setattr("mnist_edge.export.parity.verify", lambda *arguments: verdict)
        return "verify", tmp_path / "m.onnx", tmp_path / "m.keras", "--allow-any-data"

    return decide


GOOD = ParityVerdict((), 10, 925, (RunVerdict(1, True, 0, 0, 0, 1e-6, 1e-7),))
BAD = ParityVerdict(
    ("the first layer that departs is fc1", "logits differ by up to 0.5 (allowed 0.0001) on 9 inputs at batch size 1"),
    10,
    925,
    (RunVerdict(1, True, 9, 3, 1, 0.5, 0.1),),
    layers=(LayerVerdict("conv1", "conv1", 1e-7, False), LayerVerdict("fc1", "fc1", 0.5, True)),
    first_departing_layer="fc1",
)


def test_equal_models_exit_0(run_cli, files):
    result = run_cli(*files(GOOD))
    assert result.code == 0
    assert result.out.rstrip().endswith("equal")
    assert "10 test images, 925 corner inputs" in result.out


def test_unequal_models_exit_3_and_name_the_layer(run_cli, files):
    result = run_cli(*files(BAD))
    assert result.code == 3
    assert "NOT equal: the first layer that departs is fc1" in result.out
    last = result.err.splitlines()[-1]
    assert last.startswith("mnist-edge: ")
    assert "the first layer that departs is fc1" in last


def test_the_report_as_json_and_as_a_file(run_cli, files, tmp_path):
    result = run_cli(*files(BAD), "--json", "-o", tmp_path / "report.json")
    assert result.code == 3
    report = json.loads(result.out)
    assert report == json.loads((tmp_path / "report.json").read_text())
    assert report["passed"] is False
    assert report["first_departing_layer"] == "fc1"
    assert report["runs"][0]["flips"] == 1


@pytest.mark.parametrize("content", [b"", b"garbage", bytes(1000)])
def test_what_is_no_onnx_file_exits_1(run_cli, tmp_path, content):
    (tmp_path / "m.onnx").write_bytes(content)
    result = run_cli("verify", tmp_path / "m.onnx", tmp_path / "m.keras")
    assert result.code == 1
    assert "is not an ONNX model" in result.err


def test_missing_files_exit_1(run_cli, tmp_path):
    assert "There is no model" in run_cli("verify", tmp_path / "m.onnx", tmp_path / "m.keras").err
