"""``mnist-edge evaluate --split validation``: whose share is taken, and when it is guessed; and two outputs in one file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RunCli = Callable[..., Any]
ASSUMED = "0.1 is assumed"


@pytest.mark.parametrize("name", ["model.keras", "last.keras", "checkpoints/epoch-0001.keras", "../link.keras"])
def test_a_model_file_of_a_run_has_the_share_of_the_run(
    evaluate: RunCli, run_folder: Path, keras_file: Path, name: str
) -> None:
    file = run_folder / name
    file.parent.mkdir(exist_ok=True)
    if "link" in name:
        file.symlink_to(run_folder / "model.keras")
    else:
        file.write_bytes(keras_file.read_bytes())
    result = evaluate(file, "--split", "validation", "--json")
    assert json.loads(result.out)["split"]["images"] == 150
    assert "assumed" not in result.err


def test_a_file_beside_the_config_of_another_program_does_not_read_it(
    evaluate: RunCli, keras_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text("[]")
    (tmp_path / "mine.keras").write_bytes(keras_file.read_bytes())
    result = evaluate(tmp_path / "mine.keras", "--split", "validation", "--json")
    assert json.loads(result.out)["split"]["images"] == 60
    assert ASSUMED in result.err


def test_a_share_that_nothing_tells_is_said_to_be_assumed(evaluate: RunCli, shipped_model: Path, run_folder: Path) -> None:
    result = evaluate(shipped_model, "--split", "validation", "--json")
    assert json.loads(result.out)["split"]["images"] == 60
    assert result.err.splitlines() == [
        f"{shipped_model} does not tell its validation split: 0.1 is assumed. Name it with --validation-split."
    ]
    against = evaluate(run_folder, "--against", "simple_cnn", "--split", "train", "--json").err
    assert against.startswith("simple_cnn does not tell its validation split: 0.25 is assumed.")


@pytest.mark.parametrize("options", [("--split", "test"), ("--split", "validation", "--validation-split", "0.5")])
def test_a_share_that_is_named_or_not_needed_is_not_spoken_of(
    evaluate: RunCli, shipped_model: Path, options: tuple[str, ...]
) -> None:
    assert evaluate(shipped_model, *options).err == ""


def test_the_config_that_tells_the_share_is_not_overwritten(evaluate: RunCli, run_folder: Path) -> None:
    config = run_folder / "config.json"
    before = config.read_bytes()
    result = evaluate(run_folder / "model.keras", "--split", "validation", "-o", config)
    assert "would be overwritten" in result.err
    assert config.read_bytes() == before


def test_two_names_of_one_file_are_refused(evaluate: RunCli, tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.json")
    result = evaluate("simple_cnn", "-o", tmp_path / "a.json", "--predictions", tmp_path / "link.csv")
    assert result.code == 2
    assert "name the same file" in result.err
    assert sorted(os.listdir(tmp_path)) == ["link.csv"]
