"""``mnist-edge train``: options that are refused, and that no folder is made then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RunCli = Callable[..., Any]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-o", "run", "--epochs", "0"),
        ("-o", "run", "--epochs", "many"),
        ("-o", "run", "--arch", "lenet"),
        ("-o", "run", "--recipe", "secret"),
        ("-o", "run", "--batch-size", "0"),
        ("-o", "run", "--learning-rate", "0"),
        ("-o", "run", "--validation-split", "1"),
        ("-o", "run", "--seed", "-1"),
        ("-o", "run", "--patience", "-1"),
        ("-o", "run", "--ema", "1"),
        ("-o", "run", "--dropout", "1"),
        ("-o", "run", "--l2", "-1"),
        ("-o", "run", "--label-smoothing", "1"),
        ("-o", "run", "--schedule", "linear"),
        ("-o", "run", "--warmup-epochs", "-1"),
        ("-o", "run", "--final-rate", "2"),
        ("-o", "run", "--rotation", "181"),
        ("-o", "run", "--learning-rate", "nan"),
        ("-o", "run", "--learning-rate", "inf"),
        ("-o", "run", "--l2", "inf"),
        ("-o", "run", "--warmup-epochs", "inf"),
        ("-o", "run", "--ema", "nan"),
        ("-o", "run", "--noise", "nan"),
        ("-o", "run", "--validation-split", "nan"),
        ("-o", "run", "--noise", "-0.1"),
        ("-o", "run", "-q", "-v"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_2_and_makes_no_folder(
    train: RunCli, arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = train(*arguments)
    assert result.code == 2
    assert "Error:" in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--warmup-epochs", "9"), "--warmup-epochs needs --schedule cosine"),
        (("--schedule", "cosine", "--warmup-epochs", "5"), "--warmup-epochs is out of range"),
        (("--final-rate", "0.01"), "--final-rate needs --schedule cosine or --schedule exponential"),
        (("--schedule", "exponential", "--final-rate", "0"), "--final-rate is out of range"),
    ],
    ids=str,
)
def test_options_that_do_not_go_together_are_one_line(
    train: RunCli, options: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    result = train("-o", tmp_path / "run", *options)
    assert (result.code, result.out, len(result.err.splitlines())) == (1, "", 1)
    assert result.err.startswith(f"mnist-edge: {message}")
    assert not (tmp_path / "run").exists()


def test_other_data_need_to_be_allowed(run_cli: RunCli, data_file: Path, tmp_path: Path) -> None:
    result = run_cli("train", "--data", data_file, "-o", tmp_path / "run")
    assert result.code == 1
    assert result.err.startswith("mnist-edge: ")
    assert len(result.err.splitlines()) == 1
    assert not (tmp_path / "run").exists()
