"""One engine in a process of its own: config as JSON on stdin, result as the last line of stdout."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any, Final

import numpy as np
from engines import ENGINES, Files

from mnist_edge.errors import MnistEdgeError
from mnist_edge.runtime.bench_clocks import Clock, measure
from mnist_edge.runtime.installation import installed_version

PACKAGES: Final = ("mnist-edge", "numpy", "onnxruntime", "tensorflow", "keras", "ai-edge-litert")


def run_engine(config: dict[str, Any]) -> dict[str, Any]:
    """Loads the engine; times it if the expected ``labels`` are given, else collects its answers."""
    pictures = np.frombuffer(base64.b64decode(config["pictures"]), np.uint8).reshape(-1, 28, 28)
    runner = ENGINES[config["engine"]].open(Files(**config["files"]), pictures)
    labels = config["labels"]
    if labels is None:
        answers = [runner.probabilities_of(runner.call(image)) for image in runner.inputs]
        versions = {name: installed_version(name) or "unknown" for name in PACKAGES}
        return {"probabilities": np.array(answers, np.float64).tolist(), "versions": versions}
    clock = Clock(
        config["engine"],
        runner.call,
        runner.inputs,
        lambda answer: int(runner.probabilities_of(answer).argmax()),
        labels,
    )
    times = measure([clock], samples=config["samples"], seconds=config["seconds"], warmup=config["warmup"])
    return {"times_ns": times[clock.name].tolist()}


def main() -> int:
    """Entry point."""
    try:
        result = run_engine(json.load(sys.stdin))
    except MnistEdgeError as error:
        print(error, file=sys.stderr)
        return 1
    print()  # libraries may have left an unfinished line
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
