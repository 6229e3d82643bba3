"""Which kind of model a path names."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnist_edge.errors import OptionError
from mnist_edge.train.evaluation.predictor import kind_of_model


def test_suffix_folder_and_packaged_name_tell_the_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.onnx").mkdir()
    kinds = [kind_of_model(name) for name in ("a.onnx", "simple_cnn", "a.keras", "run.onnx")]
    assert kinds == ["onnx", "onnx", "keras", "keras"]
    (tmp_path / "simple_cnn").mkdir()
    assert kind_of_model("simple_cnn") == "keras"


def test_what_is_neither_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"There is no model .*absent"):
        kind_of_model(tmp_path / "absent")
    (tmp_path / "picture.png").touch()
    with pytest.raises(OptionError, match="Unknown kind of model"):
        kind_of_model(tmp_path / "picture.png")
