"""``mnist-edge evaluate --split``: the images that a run held back, and those it trained with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.train.run import CONFIG_FILE

RunCli = Callable[..., Any]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--split", "validation"), ("validation", 150, 450)),
        (("--split", "train"), ("train", 450, 0)),
        (("--split", "validation", "--validation-split", "0.5"), ("validation", 300, 300)),
    ],
)
def test_the_split_of_a_run_is_the_one_that_it_was_trained_with(
    evaluate: RunCli, run_folder: Path, arguments: tuple[str, ...], expected: tuple[str, int, int]
) -> None:
    split = json.loads(evaluate(run_folder, *arguments, "--json").out)["split"]
    name, images, first = expected
    assert split == {"name": name, "images": images, "array": "x_train", "first_index": first}


def test_without_a_run_a_tenth_is_held_back(evaluate: RunCli, run_folder: Path) -> None:
    split = json.loads(evaluate("simple_cnn", "--split", "validation", "--json").out)["split"]
    assert (split["images"], split["first_index"]) == (60, 540)
    both = evaluate("simple_cnn", "--against", run_folder, "--split", "validation", "--json")
    assert json.loads(both.out)["split"]["images"] == 150


def test_runs_with_other_splits_are_compared_with_a_word(evaluate: RunCli, run_folder: Path, keras_file: Path) -> None:
    other = run_folder.parent / "other"
    other.mkdir()
    (other / "model.keras").write_bytes(keras_file.read_bytes())
    (other / CONFIG_FILE).write_text("{}")
    result = evaluate(run_folder, "--against", other, "--split", "validation")
    assert result.code == 0
    assert f"{other} was trained with a validation split of 0.1, not 0.25: it knows other images." in result.err


def test_a_share_that_is_not_the_runs_own_is_said_to_be_another(evaluate: RunCli, run_folder: Path) -> None:
    result = evaluate(run_folder, "--split", "validation", "--validation-split", "0.5")
    assert result.err == f"{run_folder} was trained with a validation split of 0.25, not 0.5: it knows other images.\n"
    assert evaluate(run_folder, "--split", "validation", "--validation-split", "0.25").err == ""
