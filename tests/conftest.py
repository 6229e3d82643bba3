"""Fixtures that several folders of tests share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from mnist_edge.cli import run
from mnist_edge.dataset import Dataset, load_dataset
from mnist_edge.runtime.packaged import DEFAULT_MODEL, MODELS_FOLDER

# What somebody tuned on this machine must not change what is tested; inherited by the processes that tests start.
os.environ["MNIST_EDGE_PROFILE"] = "off"

pytest_plugins = ["network_camera", "virtual_display"]  # in tests/support

# The same examples on every machine: a red run can be repeated. No deadline: timings are not asserted.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")


@dataclass(frozen=True)
class CliResult:
    """What a run of the command line left behind."""

    code: int
    out: str
    err: str


RunCli = Callable[..., CliResult]


@pytest.fixture
def run_cli(capsys: pytest.CaptureFixture[str]) -> RunCli:
    """Runs ``mnist-edge`` in this process: ``run_cli("data", "--json")``."""

    def call(*arguments: str | Path) -> CliResult:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return CliResult(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def program() -> list[str]:
    """``mnist-edge`` in a process of its own, which listens to SIGINT and SIGHUP also where the parent was told not to."""
    listen = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "signal.signal(signal.SIGHUP, signal.SIG_DFL); sys.argv[0] = 'mnist-edge'"
    )
    return [sys.executable, "-c", f"{listen}; from mnist_edge.cli import main; main()"]


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    """The real data; downloaded once if this machine has no copy."""
    return load_dataset()


@pytest.fixture(scope="session")
def tiny_dataset(mnist: Dataset) -> Dataset:
    """The first 600 training and 200 test digits."""
    return Dataset(
        x_train=mnist.x_train[:600],
        y_train=mnist.y_train[:600],
        x_test=mnist.x_test[:200],
        y_test=mnist.y_test[:200],
        name="custom",
        origin="the first digits of MNIST",
        sha256="tiny",
    )


@pytest.fixture(scope="session")
def data_file(tiny_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as an npz file, for ``--data``."""
    file = tmp_path_factory.mktemp("data") / "tiny.npz"
    np.savez(file, **{name: getattr(tiny_dataset, name) for name in ("x_train", "y_train", "x_test", "y_test")})
    return file


@pytest.fixture(scope="session")
def shipped_model() -> Path:
    """The default model inside the package."""
    return MODELS_FOLDER / f"{DEFAULT_MODEL}.onnx"


@pytest.fixture
def no_local_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache and no data variable; gives the cache folder."""
    monkeypatch.delenv("MNIST_EDGE_DATA", raising=False)
    monkeypatch.setenv("MNIST_EDGE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def idx() -> Callable[[np.ndarray], bytes]:
    """Encodes a uint8 array as an IDX file."""

    def encode(array: np.ndarray) -> bytes:
        return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()

    return encode


@pytest.fixture
def small_arrays() -> dict[str, np.ndarray]:
    """Arrays in MNIST's layout: 20 training and 10 test pictures of noise."""
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (20, 28, 28), np.uint8),
        "y_train": np.arange(20, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (10, 28, 28), np.uint8),
        "y_test": np.arange(10, dtype=np.uint8),
    }
