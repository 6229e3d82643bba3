"""``mnist-edge train --summary`` and ``--help``, which train nothing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from mnist_edge.train.config import TrainConfig, option_name

RunCli = Callable[..., Any]


@pytest.mark.parametrize(("arch", "parameters"), [("simple_cnn", "93,322"), ("dropout_cnn", "225,034")])
def test_summary_prints_the_layers_and_trains_nothing(run_cli: RunCli, arch: str, parameters: str) -> None:
    result = run_cli("train", "--arch", arch, "--summary")
    assert result.code == 0
    lines = [line.split() for line in result.out.splitlines()]
    assert ["conv1", "Conv2D", "26", "×", "26", "×", "32", "320", "194,688"] in lines
    assert f"\n{parameters} parameters, " in result.out
    assert "floor(" not in result.out
    assert max(map(len, result.out.splitlines())) <= 100


def test_the_verbose_summary_says_how_the_numbers_come_about(run_cli: RunCli) -> None:
    result = run_cli("train", "--summary", "--verbose")
    for formula in ("floor((28 + 2 × 0 - 3) / 1) + 1 = 26", "(3 × 3 × 1 + 1) × 32 = 320", "576 × 64 = 36,864"):
        assert formula in result.out
    assert max(map(len, result.out.splitlines())) <= 100


def test_summary_as_json(run_cli: RunCli) -> None:
    summary = json.loads(run_cli("train", "--summary", "--json").out)
    assert (summary["arch"], summary["parameters"]) == ("simple_cnn", 93_322)
    assert sum(layer["parameters"] for layer in summary["layers"]) == 93_322
    assert sum(layer["multiply_adds"] for layer in summary["layers"]) == summary["multiply_adds"] == 2_794_240
    assert summary["layers"][1]["output_shape"] == [26, 26, 32]
    assert summary["layers"][1]["parameter_formula"] == "(3 × 3 × 1 + 1) × 32 = 320"


def test_the_summary_is_of_the_network_with_its_options(run_cli: RunCli) -> None:
    summary = json.loads(run_cli("train", "--arch", "vgg_cnn", "--no-batch-norm", "--summary", "--json").out)
    assert (summary["arch"], summary["parameters"]) == ("vgg_cnn", 217_266)


def test_the_help_groups_the_options(run_cli: RunCli) -> None:
    lines = run_cli("train", "--help").out.splitlines()
    titles = [line.split(" (")[0].rstrip(":") for line in lines if line[:1].isupper() and line.endswith(":")]
    assert titles == ["Run", "Network", "Fitting", "Learning rate", "Regularisation", "Augmentation", "Data", "Output",
                      "Other options"]  # fmt: skip
    for option in dataclasses.fields(TrainConfig):
        assert any(option_name(option.name) in line.split() for line in lines), option.name
