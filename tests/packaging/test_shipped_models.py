"""Each model in the package is the one that its card, its proof and its document speak of."""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
from pathlib import Path

import onnx
import pytest

from mnist_edge.contract import INPUT_NAME, OUTPUT_NAMES, ModelCard
from mnist_edge.dataset import Dataset
from mnist_edge.export.inspection import Inspection, inspect_model
from mnist_edge.export.signature import signature_failures
from mnist_edge.precision import FLOAT32
from mnist_edge.runtime.bench_inputs import measure_accuracy
from mnist_edge.runtime.graph_work import multiply_adds
from mnist_edge.runtime.model_list import list_models
from mnist_edge.runtime.onnx_file import read_header
from mnist_edge.runtime.packaged import DEFAULT_MODEL, MODELS_FOLDER, packaged_models
from mnist_edge.runtime.session import Engine, read_card
from mnist_edge.train.config import TrainConfig

ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT / "docs" / "models"
MOST_BYTES = {"accurate": 1_000_000}  # of the others half of it
each_model = pytest.mark.parametrize("name", packaged_models())


def file_of(name: str) -> Path:
    return MODELS_FOLDER / f"{name}.onnx"


def network_of(name: str) -> str:
    """``edge`` of ``edge.int8``: one training, one document."""
    return name.partition(".")[0]


def card_of(name: str) -> ModelCard:
    return read_card(file_of(name).read_bytes(), name)


def inspected(name: str) -> Inspection:
    return inspect_model(file_of(name))


def test_the_default_model_is_there_and_listed_first() -> None:
    assert [model.name for model in list_models()] == list(packaged_models())
    assert packaged_models()[0] == DEFAULT_MODEL


def test_nothing_else_lies_beside_the_models() -> None:
    expected = {f"{name}.{kind}" for name in packaged_models() for kind in ("onnx", "parity.json")}
    assert {path.name for path in MODELS_FOLDER.iterdir()} == expected


@each_model
def test_the_card_was_written_for_this_graph(name: str) -> None:
    card, header, model = card_of(name), read_header(file_of(name).read_bytes()), onnx.load(file_of(name))
    assert card.name in (name, network_of(name))
    assert hashlib.sha256(header.graph_bytes).hexdigest() == card.graph_sha256
    assert header.opsets == {"": card.opset}
    assert signature_failures(model, card) == []
    assert [value.name for value in model.graph.input] == [INPUT_NAME]
    assert tuple(value.name for value in model.graph.output) == OUTPUT_NAMES
    onnx.checker.check_model(model, full_check=True)


@each_model
def test_the_parameters_of_the_card_are_the_weights_of_the_file(name: str) -> None:
    if card_of(name).precision.name != FLOAT32:  # scales and borders would count as well
        assert card_of(name).parameters == card_of(network_of(name)).parameters
        return
    weights = [tensor for tensor in onnx.load(file_of(name)).graph.initializer if tensor.dims]
    assert {tensor.data_type for tensor in weights} == {onnx.TensorProto.FLOAT, onnx.TensorProto.INT64}
    floats = [tensor for tensor in weights if tensor.data_type == onnx.TensorProto.FLOAT]
    assert sum(math.prod(tensor.dims) for tensor in floats) == card_of(name).parameters


@each_model
def test_the_work_that_is_listed_is_that_of_every_node(name: str) -> None:
    assert multiply_adds(file_of(name).read_bytes()) == inspected(name).multiply_adds


@each_model
def test_the_file_is_small(name: str) -> None:
    assert file_of(name).stat().st_size < MOST_BYTES.get(name, 500_000)


@each_model
def test_the_proof_beside_the_model_is_its_own(name: str) -> None:
    card, proof = card_of(name), json.loads(file_of(name).with_suffix(".parity.json").read_text("utf-8"))
    assert (proof["model"], proof["graph_sha256"]) == (f"{name}.onnx", card.graph_sha256)
    assert proof["passed"] is True
    assert card.parity is not None
    assert (proof["images"], proof["corner_inputs"]) == (card.parity.images, card.parity.corner_inputs)
    assert (card.parity.images, card.parity.flips) == (10_000, 0)
    assert max(run["flips"] for run in proof["runs"]) == 0
    for figure in ("max_logit_difference", "max_probability_difference"):
        assert max(run[figure] for run in proof["runs"]) == pytest.approx(getattr(card.parity, figure))


@each_model
def test_the_card_says_how_it_was_trained_and_what_it_refuses(name: str) -> None:
    card = card_of(name)
    training, rejection = card.training, card.rejection
    assert training.dataset == "mnist"
    assert None not in (training.seed, training.epochs, training.best_epoch, training.validation_accuracy)
    assert "changed" not in training.recipe  # or the recipe's name would not be enough to train it again
    assert rejection.none_logit
    assert rejection.points[0].refused <= rejection.default <= rejection.points[-1].refused
    assert rejection.problem() is None
    assert 0.5 < card.temperature < 2


@pytest.mark.real
@each_model
def test_the_accuracy_of_the_card_is_measured_again(name: str, mnist: Dataset) -> None:
    card = card_of(name)
    assert card.training.data_sha256 == mnist.sha256
    assert measure_accuracy(Engine(name), mnist) == card.test


@each_model
def test_one_command_trains_it_by_its_recipe_and_exports_it(name: str) -> None:
    training = card_of(name).training
    # -n only says what it would do. A make above this one, as in make test, would add its own words and options.
    command = ["make", "-nB", "--no-print-directory", f"model-{name}"]
    alone = {key: value for key, value in os.environ.items() if not key.startswith("MAKE") and key != "MFLAGS"}
    finished = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, check=True)
    printed = finished.stdout.splitlines()
    assert f"mnist-edge export runs/{network_of(name)} " in printed[-1]
    assert printed[-1].endswith(f" -o runtime/models/{name}.onnx")
    (step,) = [line for line in printed if f" -o runs/{network_of(name)} " in line]
    assert f"mnist-edge train --arch {card_of(name).architecture} --recipe {training.recipe} " in step
    assert step.count(" --teacher ") == training.teachers
    assert training.seed == TrainConfig.seed
    assert "--seed" not in step


@each_model
def test_the_document_of_the_model_has_its_figures(name: str) -> None:
    text = (DOCUMENTS / f"{network_of(name)}.md").read_text("utf-8")
    for block in ("model", "tools"):
        assert f"<!-- begin: {block} {name} -->" in text
    assert f"({network_of(name)}.md)" in (DOCUMENTS / "README.md").read_text("utf-8")


def test_a_document_of_a_model_that_is_not_in_the_package_says_so() -> None:
    documents = {path.stem: path.read_text("utf-8") for path in DOCUMENTS.glob("*.md")}
    for name in set(documents) - {*map(network_of, packaged_models()), "README"}:
        assert "It is not in the package" in documents[name]
        assert "<!-- begin: model" not in documents[name]
        assert f"({name}.md)" not in documents["README"]
