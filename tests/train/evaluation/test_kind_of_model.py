"""Which kind of model a path names."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnist_edge.errors import OptionError
from mnist_edge.runtime.packaged import DEFAULT_MODEL
from mnist_edge.train.evaluation.predictor import kind_of_model


def test_suffix_folder_and_packaged_name_tell_the_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.onnx").mkdir()
    kinds = [kind_of_model(name) for name in ("a.onnx", DEFAULT_MODEL, "a.keras", "run.onnx")]
    assert kinds == ["onnx", "onnx", "keras", "keras"]
    (tmp_path / DEFAULT_MODEL).mkdir()
    assert kind_of_model(DEFAULT_MODEL) == "keras"


def test_what_is_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"There is no model .*absent"):
        kind_of_model(tmp_path / "absent")
    with pytest.raises(OptionError, match=rf"There is no model {DEFAULT_MODEL}x \(did you mean {DEFAULT_MODEL}\?\)"):
        kind_of_model(f"{DEFAULT_MODEL}x")
    (tmp_path / "picture.png").touch()
    with pytest.raises(OptionError, match="Unknown kind of model"):
        kind_of_model(tmp_path / "picture.png")
