"""A result file with the figures of several models, written after each part, so that a long run can be taken up again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import mnist_edge
from mnist_edge.files import write_json
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.machine import describe_machine
from mnist_edge.runtime.packaged import packaged_models


class ModelResults:
    """What has been measured of each model, by parts.

    The figures of models that are not measured this time stay in the file, as long as they were measured in the same way
    and the model is still the same; those that are, only to take up a run that was broken off.

    Args:
        path: The file; ``None`` writes none.
        settings: The benchmark's name and all that the figures depend on besides the model.
        models: The models to be measured now: packaged names or paths.
        resume: Whether their parts that are in the file already are kept.
    """

    def __init__(
        self, path: Path | None, settings: dict[str, Any], models: tuple[str, ...], *, resume: bool = False
    ) -> None:
        self.path = path
        old = json.loads(path.read_text("utf-8")) if path is not None and path.exists() else {}
        same = all(old.get(name) == value for name, value in settings.items())
        measured_now = {name_of(model) for model in models}
        self.report = {
            **settings,
            "created": "",
            "mnist_edge": mnist_edge.__version__,
            "models": {
                name: entry
                for name, entry in (old.get("models", {}) if same else {}).items()
                if (resume if name in measured_now else name in packaged_models())
            },
            "environment": dataclasses.asdict(describe_machine()) | {"opencv": cv2.__version__, "numpy": np.__version__},
        }

    def parts(self, model: str, classifier: DigitClassifier) -> dict[str, Any]:
        """The figures of a model by part, to be filled; empty if the file has none, or those of another graph."""
        graph = classifier.card.graph_sha256
        entry = self.report["models"].get(name_of(model), {})
        if entry.get("graph_sha256") != graph:
            entry = {"graph_sha256": graph, "parts": {}}
        self.report["models"][name_of(model)] = entry
        parts: dict[str, Any] = entry["parts"]
        return parts

    def save(self) -> None:
        """Writes the file."""
        self.report["created"] = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        if self.path is not None:
            write_json(self.path, self.report)


def name_of(model: str) -> str:
    """The name of a packaged model, or that of a file without its ending."""
    return model if model in packaged_models() else Path(model).stem
