"""A real SIGKILL of a real process, and the same bits afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.fitting import RunResult, train
from mnist_edge.train.run import Run

pytestmark = pytest.mark.real

CONFIGS = {
    "simple_cnn": TrainConfig(epochs=3, batch_size=100, patience=2),
    "dropout_cnn": TrainConfig(arch="dropout_cnn", epochs=3, batch_size=100, patience=2),
    "resnet_cnn": TrainConfig(
        arch="resnet_cnn",
        epochs=2,
        batch_size=200,
        schedule="one-cycle",
        ema=0.9,
        dropout=0.1,
        elastic=1.0,
    ),
}

# Arguments: data file, run folder, configuration as JSON, moment.
PROGRAM = """
import json, os, signal, sys
from mnist_edge.dataset import load_dataset
from mnist_edge.keras_model import import_keras
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.fitting import train
from mnist_edge.train.progress import Listener

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class InEpoch(Listener):
    wants_batches = True
    epochs = 0
    def epoch_ended(self, record):
        self.epochs += 1
    def batch_ended(self, step, loss, accuracy):
        if self.epochs == 1 and step == 2:
            die()

listener = Listener()
if sys.argv[4] == "in an epoch":
    listener = InEpoch()
else:
    import zipfile
    original = zipfile.ZipFile.writestr, zipfile.ZipFile.open
    def opened(self, name, mode="r", **options):
        if mode == "w" and "epoch-0002" in str(self.filename) and "weights" in str(name):
            self.fp.flush()
            die()
        return original[1](self, name, mode, **options)
    def written(self, name, *rest, **options):
        if "epoch-0002" in str(self.filename) and "weights" in str(getattr(name, "filename", name)):
            self.fp.flush()
            die()
        return original[0](self, name, *rest, **options)
    zipfile.ZipFile.open, zipfile.ZipFile.writestr = opened, written

train(TrainConfig(**json.loads(sys.argv[3])), load_dataset(sys.argv[1], allow_any=True), sys.argv[2], listener=listener)
"""


@pytest.mark.parametrize("moment", ["in an epoch", "in the middle of writing a checkpoint"])
@pytest.mark.parametrize("arch", CONFIGS)
def test_a_killed_run_goes_on_to_the_same_bits(
    arch: str,
    moment: str,
    data_file: Path,
    data: Dataset,
    uninterrupted: Callable[[TrainConfig], RunResult],
    same_run: Callable[[Run, Run], None],
    tmp_path: Path,
) -> None:
    config, folder = CONFIGS[arch], tmp_path / "run"
    command = [sys.executable, "-c", PROGRAM, str(data_file), str(folder), json.dumps(asdict(config)), moment]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (-9, "")
    half_written = (folder / "checkpoints" / "epoch-0002.keras").exists()
    assert half_written == (moment != "in an epoch")
    result = train(config, data, folder, resume=True)
    assert result.resumed_after == 1
    same_run(result.run, uninterrupted(config).run)
