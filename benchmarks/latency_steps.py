"""The graph after each step of the export, from what tf2onnx gives to what ships."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from latency_graphs import PICTURE
from latency_parts import graph_parts
from latency_turns import Case
from onnx import ModelProto

from mnist_edge.export.crop_pass import crop_unread
from mnist_edge.export.flatten_pass import fold_flatten_order, reduce_in_nchw
from mnist_edge.export.graph import finish, fuse_gemm, keep_batch_in_reshapes, name_batch
from mnist_edge.export.graph_table import graph_table
from mnist_edge.export.keras_process import ask_keras
from mnist_edge.export.onnx_graph import shapes
from mnist_edge.export.options import ExportOptions
from mnist_edge.export.scale_pass import fold_scale
from mnist_edge.keras_model import resolve_keras_path
from mnist_edge.runtime.session import open_session


@dataclass(frozen=True)
class Step:
    """A graph on its way.

    Attributes:
        network: Whose.
        title: What was done last.
        model: The graph.
        nodes: Number of its nodes.
        multiply_adds: For one picture.
        largest_difference: Of a probability to the first graph.
        parts: Runs of one picture, cut off at one place after the other; the last is the whole.
    """

    network: str
    title: str
    model: ModelProto
    nodes: int
    multiply_adds: int
    largest_difference: float
    parts: tuple[Case, ...]

    @property
    def whole(self) -> str:
        """Name of the run of the whole graph."""
        return self.parts[-1].name


def _slim(model: ModelProto) -> None:
    import onnxslim

    model.CopyFrom(onnxslim.slim(model))
    name_batch(model, None)
    keep_batch_in_reshapes(model)


def _flatten(model: ModelProto) -> None:
    reduce_in_nchw(model)
    fold_flatten_order(model)
    fuse_gemm(model)


PASSES: Final[tuple[tuple[str, Callable[[ModelProto], None]], ...]] = (
    ("as tf2onnx gives it", lambda model: name_batch(model, None)),
    ("shapes and constants folded (onnxslim)", _slim),
    ("NHWC order of Flatten in the weights", _flatten),
    ("scaling of the image in the weights", fold_scale),
    ("unread border of the image cut off", crop_unread),
)


def export_steps(network: str, run: Path) -> list[Step]:
    """Every graph of the export of a run, each timed case ready; a pass that changes nothing is left out."""
    probe = np.concatenate([PICTURE, 255 - PICTURE])
    answer = ask_keras(resolve_keras_path(run), probe, probe=probe, convert=ExportOptions())
    model = onnx.load_model_from_string(answer.onnx)
    steps: list[Step] = []
    for title, change in PASSES:
        before = model.SerializeToString()
        change(model)
        if steps and model.SerializeToString() == before:
            continue
        if steps:
            finish(model)
        steps.append(_step(network, title, model, steps[0] if steps else None, probe))
    return steps


def _step(network: str, title: str, model: ModelProto, first: Step | None, probe: Any) -> Step:
    kept = onnx.ModelProto()
    kept.CopyFrom(model)
    rows = graph_table(kept, shapes(kept))
    difference = float(np.abs(_answers(kept, probe) - _answers(first.model, probe)).max()) if first else 0.0
    work = sum(row.multiply_adds or 0 for row in rows)
    parts = tuple(graph_parts(f"{network}, {title}", kept))
    return Step(network, title, kept, len(kept.graph.node), work, difference, parts)


def _answers(model: ModelProto, probe: Any) -> Any:
    return open_session(model.SerializeToString()).run(["probabilities"], {"image": probe})[0]
