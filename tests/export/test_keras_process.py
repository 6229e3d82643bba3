"""The Keras process: what goes wrong in it comes back as one line, and it never outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess

import numpy as np
import pytest

from mnist_edge.errors import ExportError, KerasModelError, WorkerError
from mnist_edge.export import keras_worker
from mnist_edge.export.keras_process import ask_keras
from mnist_edge.export.options import ExportOptions

pytestmark = pytest.mark.real


IMAGES = np.zeros((2, 28, 28, 1), np.uint8)


def test_an_operator_that_tf2onnx_does_not_know_is_one_line(networks):
    with pytest.raises(ExportError, match=r"could not convert the model faithfully. Received: .*Erfc"):
        ask_keras(networks / "gelu.keras", IMAGES, convert=ExportOptions())


def test_a_head_without_logits_is_one_line(networks):
    with pytest.raises(
        KerasModelError, match=r"Expected: a last layer with softmax .* Received: Dense 'output' with sigmoid"
    ):
        ask_keras(networks / "sigmoid.keras", IMAGES)


def test_a_model_that_diverged_is_one_line(networks):
    with pytest.raises(KerasModelError, match="logits that are not finite"):
        ask_keras(networks / "nan.keras", IMAGES)


def test_a_worker_that_dies_is_one_line(networks, monkeypatch):
    # The worker runs as python -m; a module that is not there ends it with code 1 and no report.
    monkeypatch.setattr(keras_worker, "__name__", "mnist_edge.export.absent")
    with pytest.raises(WorkerError, match=r"The Keras process ended with code 1\. Received: .*No module named"):
        ask_keras(networks / "linear.keras", IMAGES)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_export_leaves_no_file_and_no_process(simple, tmp_path, number, program):
    output, scratch = tmp_path / "out", tmp_path / "scratch"
    output.mkdir()
    scratch.mkdir()
    command = [*program, "export", simple, "-o", output / "m.onnx"]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, env={**os.environ, "TMPDIR": str(scratch)}
    )
    with process:
        try:
            assert process.stderr.readline().startswith("Converting")
            while not list(scratch.glob("mnist-edge-*/log.txt")):  # the Keras process is being started
                assert process.poll() is None
            process.send_signal(number)
            assert process.wait(timeout=60) == (130 if number == signal.SIGINT else 143)
        finally:
            process.kill()
    assert not list(output.iterdir())
    assert not list(scratch.iterdir())
    with pytest.raises((ProcessLookupError, PermissionError)):  # the latter is what macOS says of a group of zombies
        while True:  # until the whole group is gone; the timeout of the test ends it otherwise
            os.killpg(process.pid, 0)
