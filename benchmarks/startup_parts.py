"""Where the time of ``mnist-edge classify one.png`` goes, for ``startup.py``: the same steps, each timed, in this process.

The picture and the moment at which the process was started come as arguments; the last line of stdout is JSON: ms of each
part, and the moment at which the command was done. The clock must be one for all processes, as it is on Linux.
"""

import sys
import time

_BEGUN = time.perf_counter()

import json  # noqa: E402  # the clock is read before anything is imported
from collections.abc import Callable  # noqa: E402
from typing import Any  # noqa: E402


def main(picture: str, started: float) -> dict[str, float]:
    """Runs the command in its parts."""
    parts = {"python": _BEGUN - started}
    before = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal before
        now = time.perf_counter()
        parts[name] = now - before
        before = now

    import click  # noqa: F401

    lap("click")
    import mnist_edge.cli
    import mnist_edge.cli.classify
    from mnist_edge.cli.collection import hold_collection
    from mnist_edge.cli.common import spare_blas_threads

    hold_collection()
    spare_blas_threads()
    lap("command")
    import numpy  # noqa: F401, ICN001

    lap("numpy")
    import cv2  # noqa: F401

    lap("opencv")
    from mnist_edge.runtime import session
    from mnist_edge.runtime.classifier import DigitClassifier

    lap("modules")
    session.import_onnxruntime()
    lap("onnxruntime")
    import mnist_edge.cli.classify_output
    import mnist_edge.cli.classify_reading

    lap("more_modules")
    spent: dict[str, float] = {}

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                spent[name] = time.perf_counter() - start

        return call

    session.open_session = timed("session", session.open_session)
    session.Engine.__init__ = timed("engine", session.Engine.__init__)  # type: ignore[method-assign]
    DigitClassifier.classify_batch = timed("answer", DigitClassifier.classify_batch)  # type: ignore[method-assign]
    mnist_edge.cli.run(["classify", picture])
    lap("run")
    parts["modules"] += parts.pop("more_modules")
    parts["session"], parts["answer"] = spent["session"], spent["answer"]
    parts["model"] = spent["engine"] - spent["session"]
    parts["arguments"] = parts.pop("run") - spent["engine"] - spent["answer"]
    return {**{name: 1e3 * seconds for name, seconds in parts.items()}, "done": time.perf_counter()}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], float(sys.argv[2]))), flush=True)
