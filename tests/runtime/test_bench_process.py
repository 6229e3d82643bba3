from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_edge.errors import WorkerError
from mnist_edge.runtime.bench_process import python_module, run_worker


def script(source: str) -> list[str]:
    return [sys.executable, "-c", source]


def test_config_goes_in_and_the_last_line_comes_out() -> None:
    worker = script("import json, sys; c = json.load(sys.stdin); print('noise'); print(json.dumps({'twice': 2 * c['n']}))")
    assert run_worker(worker, {"n": 21}, what="a sum") == {"twice": 42}


def test_a_worker_that_fails_is_quoted() -> None:
    worker = script("import sys; print('first', file=sys.stderr); sys.exit('the network fell over')")
    with pytest.raises(WorkerError, match=r"measures a model ended with exit code 1\. Received: the network fell over"):
        run_worker(worker, {}, what="a model")


def test_a_worker_that_is_killed_is_reported() -> None:
    worker = script("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(WorkerError, match=r"was killed by signal 9\. Received: no output"):
        run_worker(worker, {"digits": "x" * 1_000_000}, what="a model")


@pytest.mark.parametrize("answer", ["", "no json", "[1]"])
def test_an_answer_that_is_no_object_is_refused(answer: str) -> None:
    with pytest.raises(WorkerError, match="gave no result"):
        run_worker(script(f"print({answer!r})"), {}, what="a model")


def test_interrupting_the_parent_kills_the_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: list[subprocess.Popen[str]] = []

    def interrupted(worker: subprocess.Popen[str], text: str) -> None:
        started.append(worker)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_worker(script("import time; time.sleep(600)"), {}, what="a model")
    assert started[0].returncode == -signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        os.kill(started[0].pid, 0)


def test_a_module_runs_with_this_interpreter_and_not_from_the_current_folder() -> None:
    assert python_module("some.module") == [sys.executable, "-P", "-m", "some.module"]
