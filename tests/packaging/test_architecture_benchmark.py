"""``benchmarks/architectures.py``: its notation, its graphs, and that what was chosen is what is registered."""

from __future__ import annotations

import importlib
import json
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.errors import OptionError
from mnist_edge.export.crop_pass import without_crop
from mnist_edge.export.pipeline import export_model
from mnist_edge.keras_model import import_keras
from mnist_edge.runtime.session import open_session
from mnist_edge.train.networks.architectures import build
from mnist_edge.train.networks.layer_table import layer_table

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
RESULT = BENCHMARKS / "results" / "architectures.json"


@pytest.fixture(scope="module", autouse=True)
def _scripts_beside_each_other() -> Any:
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))


def _module(name: str) -> ModuleType:
    return sys.modules[name] if name in sys.modules else importlib.import_module(name)


def _plan(model: Any) -> list[tuple[str, tuple[int, ...], int]]:
    return [(row.kind, row.output_shape, row.parameters) for row in layer_table(model)]


def test_the_notation_is_read() -> None:
    designs = _module("architecture_designs")
    first, second, third, fourth, fifth, last = designs.parse("16c5/2s dw3 pool2 fc64 mean flat")
    assert (first.filters, first.size, first.stride, first.same) == (16, 5, 2, True)
    assert (second.depthwise, second.size, second.stride, second.same) == (True, 3, 1, False)
    assert (third.pool, fourth.units, fifth.mean, last.mean) == (2, 64, True, False)
    with pytest.raises(OptionError, match="16x5"):
        designs.parse("16c5 16x5")


@pytest.mark.parametrize("name", ["simple_cnn", "accurate", "edge", "tiny"])
def test_the_registered_network_is_the_one_that_was_measured(name: str) -> None:
    designs = _module("architecture_designs")
    measured = designs.build_design(import_keras("This test"), designs.NOTATION[name], seed=1)
    own = build(name, seed=1, options=designs.LayerOptions(batch_norm=True, dropout=0.0))
    assert _plan(own) == _plan(measured)
    if name in ("edge", "tiny"):
        assert designs.NOTATION[name] in designs.DESIGNS[name]


@pytest.mark.real
@pytest.mark.parametrize("name", ["simple_cnn", "edge", "tiny"])
def test_the_graph_that_is_timed_has_the_operators_of_an_exported_one(
    name: str, tiny_dataset: Dataset, tmp_path: Path
) -> None:
    model, rng = build(name, seed=1), np.random.default_rng(0)
    for layer in model.layers:
        if getattr(layer, "bias", None) is not None:  # biases of 0, as they begin, are left out of the graph
            layer.bias.assign(rng.uniform(0, 0.1, layer.bias.shape))
        if type(layer).__name__ == "BatchNormalization":
            layer.beta.assign(rng.uniform(0, 0.1, layer.beta.shape))
    model.save(tmp_path / "model.keras")
    exported = export_model(tmp_path / "model.keras", tmp_path / "model.onnx", tiny_dataset).path
    timed = onnx.load_from_string(_module("architecture_graphs").onnx_design(name))
    whole = without_crop(onnx.load(exported))  # designs are timed as they are drawn, border and all
    assert [node.op_type for node in timed.graph.node] == [node.op_type for node in whole.graph.node]


@pytest.mark.parametrize("design", ["8c3s pool2 dw5/2s 16c1 flat fc32", "16c6/3 32c3/2s mean"])
def test_a_graph_has_the_shapes_of_the_network(design: str) -> None:
    data = _module("architecture_graphs").onnx_design(design)
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    logits, probabilities = open_session(data).run(None, {"image": np.zeros((3, 28, 28, 1), np.uint8)})
    assert (logits.shape, probabilities.shape) == ((3, 10), (3, 10))
    model = _module("architecture_designs").build_design(import_keras("This test"), design, seed=1, batch_norm=False)
    weights = [
        tensor for tensor in onnx.load_from_string(data).graph.initializer if tensor.data_type == onnx.TensorProto.FLOAT
    ]
    assert sum(int(np.prod(tensor.dims)) for tensor in weights) == model.count_params()


def test_the_operators_that_are_compared_differ() -> None:
    designs = _module("architecture_designs")
    counts = Counter(design for pair in designs.OPERATORS.values() for design in pair)
    assert all(designs.parse(design) for design in counts)


def test_the_result_is_of_these_designs() -> None:
    designs, report = _module("architecture_designs"), json.loads(RESULT.read_text("utf-8"))
    assert [row["design"] for row in report["designs"]] == [name for group in designs.DESIGNS.values() for name in group]
    assert report["chosen"] == {name: designs.NOTATION[name] for name in ("edge", "tiny")}
    keras = import_keras("This test")
    for row in report["designs"]:
        assert (row["parameters"], row["multiply_adds"]) == designs.count(keras, row["design"])
        assert len(row["trainings"]) == (1 if row["group"] == "reference" else report["seeds"])
    assert report["seeds"] >= 3


def _tables(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")][2:]


def test_the_document_numbers_the_designs_as_the_figure_does() -> None:
    words, figure = _module("architecture_text"), _module("architecture_figure")
    report, table = json.loads(RESULT.read_text("utf-8")), _module("render_docs").table
    rows = _tables(words.architectures_text(report, table))
    labels = figure._labels(report)
    assert len(rows) == len(report["designs"])
    for row, design in zip(rows, report["designs"], strict=True):
        number, *name = labels.get(design["design"], "–").split()
        assert row[0] == number
        assert f"`{design['design']}`" in row[1]
        assert ("**" in row[1]) == bool(name)
        assert ("±" in row[4]) == (len(design["trainings"]) > 1)
    chosen = {row[1].split(" = ")[1].strip("*") for row in rows if " = " in row[1]}
    assert chosen == {"edge", "tiny"}


def test_an_operator_costs_the_difference_of_its_pair() -> None:
    pair = {"question": "stride", "this": "8c3/2 flat", "other": "8c3 flat", "ratios": [0.2, 0.25]}
    floor = {"question": "nothing", "this": "flat", "other": "flat", "ratios": [0.1, 0.1]}
    text = _module("architecture_text").operators_text({"operators": [pair, floor]}, _module("render_docs").table)
    first, second = _tables(text)
    assert first == ["stride", "`8c3/2 flat`", "20.0%", "`8c3 flat`", "25.0%", "-5.0%"]
    assert second == ["nothing", "`flat`", "10.0%", "", "", ""]
