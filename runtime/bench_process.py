"""Running a measurement in a fresh process: JSON in, JSON out."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from mnist_edge.errors import MnistEdgeError, WorkerError


def python_module(module: str) -> list[str]:
    """The command that runs ``module`` with this interpreter; ``-P`` keeps files of the current folder out of its way."""
    return [sys.executable, "-P", "-m", module]


def run_worker(command: Sequence[str], config: object, *, what: str) -> dict[str, Any]:
    """Runs a worker to its end; if this process is interrupted meanwhile, the worker is killed first.

    Args:
        command: Program and arguments.
        config: Anything that JSON can carry; the worker gets it on stdin.
        what: What is being measured, for messages.

    Returns:
        The JSON object on the last line of the worker's stdout.

    Raises:
        WorkerError: If the worker dies or answers with something else.
    """
    worker = subprocess.Popen(  # noqa: S603  # the command is built by this package
        list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        output, errors = worker.communicate(json.dumps(config))
    finally:
        if worker.poll() is None:
            worker.kill()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout, worker.stderr):
            _close(pipe)
    if worker.returncode != 0:
        raise WorkerError(f"The process that measures {what} {_fate(worker.returncode)}", received=_last_line(errors))
    try:
        result = json.loads(_last_line(output))
    except ValueError as error:
        raise WorkerError(f"The process that measures {what} gave no result", received=str(error)) from error
    if not isinstance(result, dict):
        raise WorkerError(f"The process that measures {what} gave no result", received=type(result).__name__)
    return result


def answer(measure: Callable[[dict[str, Any]], Any]) -> int:
    """The worker's side: a config on stdin, the result as one line on stdout, own errors as one line on stderr.

    Args:
        measure: Takes the config and gives a dataclass.

    Returns:
        The exit code.
    """
    try:
        result = measure(json.load(sys.stdin))
    except MnistEdgeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(dataclasses.asdict(result)) + "\n")
    return 0


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return  # the rest of the config, for a worker that is gone


def _fate(code: int) -> str:
    return f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no output")
