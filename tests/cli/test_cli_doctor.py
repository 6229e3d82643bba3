from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.runtime import packaged


def test_a_sound_installation_is_0(run_cli: Any, no_local_data: Path) -> None:
    result = run_cli("doctor")
    assert result.code == 0, result.out
    for word in ("onnxruntime", "CPUExecutionProvider", "processor", "usable of", "10 of 10 drawn digits", "extras"):
        assert word in result.out
    assert result.out.splitlines()[-1].startswith("mnist-edge classify works here")


def test_quiet_shows_only_what_is_missing_or_wrong(run_cli: Any, no_local_data: Path) -> None:
    result = run_cli("doctor", "--quiet")
    assert result.code == 0
    assert "processor" not in result.out
    assert "-> mnist-edge data" in result.out


def test_json(run_cli: Any, no_local_data: Path) -> None:
    result = run_cli("doctor", "--json")
    report = json.loads(result.out)
    assert (result.code, report["works"]) == (0, True)
    assert {"section", "name", "value", "level", "fix"} == set(report["findings"][0])


def test_a_missing_model_is_1(run_cli: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packaged, "MODELS_FOLDER", tmp_path)
    result = run_cli("doctor")
    assert result.code == 1
    assert f"X {packaged.DEFAULT_MODEL}" in result.out
    assert "does not work here: 2 errors" in result.out
    assert "Traceback" not in result.out + result.err
