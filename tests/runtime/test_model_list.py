"""The list of packaged models is that of the package, whatever lies in the current folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnist_edge.errors import ModelFormatError
from mnist_edge.runtime import packaged
from mnist_edge.runtime.doctor_finding import Level
from mnist_edge.runtime.doctor_models import examine_models
from mnist_edge.runtime.model_list import list_models
from mnist_edge.runtime.packaged import DEFAULT_MODEL, MODELS_FOLDER, packaged_models


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_has_the_name_of_a_model_is_not_listed(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in packaged_models():
        Path(name).write_bytes(b"mine") if kind == "file" else Path(name).mkdir()
    assert [model.path for model in list_models()] == [MODELS_FOLDER / f"{name}.onnx" for name in packaged_models()]
    assert {finding.level for finding in examine_models()} == {Level.OK}


def test_a_damaged_model_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray((MODELS_FOLDER / f"{DEFAULT_MODEL}.onnx").read_bytes())
    data[data.index(b"Conv")] = 0xFF  # no UTF-8
    monkeypatch.setattr(packaged, "MODELS_FOLDER", tmp_path)
    (tmp_path / f"{DEFAULT_MODEL}.onnx").write_bytes(data)
    with pytest.raises(ModelFormatError) as caught:
        list_models()
    assert "\n" not in str(caught.value)
