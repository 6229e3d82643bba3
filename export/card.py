"""Building the model card from the training run, the graph and the gate."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib
import json
import math
import os
import platform
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mnist_edge import __version__, card_json
from mnist_edge.contract import CARD_KEY, ModelCard, ParitySummary, Rejection, TestResult, TrainingRecord
from mnist_edge.errors import KerasModelError, OptionError, RunError
from mnist_edge.export.graph_table import parameter_count
from mnist_edge.export.keras_process import KerasAnswer
from mnist_edge.export.options import ExportOptions
from mnist_edge.export.signature import graph_hash
from mnist_edge.keras_model import MODEL_FILE

if TYPE_CHECKING:
    from onnx import ModelProto

CUSTOM: Final = "custom"
_EPOCH_VARIABLE: Final = "SOURCE_DATE_EPOCH"
_LIBRARIES: Final = ("numpy", "onnx", "onnxruntime", "onnxslim")  # of this process; the Keras process tells its own


@dataclass(frozen=True)
class RunRecord:
    """What a training run folder says about its model.

    Attributes:
        architecture: Name in the architecture registry, or ``"custom"``.
        training: For the card; empty fields for a Keras file without a run.
        rejection: For the card: the thresholds that the run measured, if it did. The gate proves that the exported file has
            the same logits, so they hold for it as well.
        temperature: For the card: of the run's validation digits; 1 for a run that measured none.
    """

    architecture: str = CUSTOM
    training: TrainingRecord = field(default_factory=TrainingRecord)
    rejection: Rejection = field(default_factory=Rejection)
    temperature: float = 1.0


def read_run(keras: Path) -> RunRecord:
    """Reads the run folder around a ``model.keras``; any other ``.keras`` file has an empty record.

    Raises:
        KerasModelError: If the run is not finished: its best epoch is not chosen yet.
        RunError: If a file of the run is damaged.
    """
    if keras.name != MODEL_FILE or not (keras.parent / "config.json").is_file():
        return RunRecord()
    if not (keras.parent / "metrics.json").is_file():
        raise KerasModelError(
            f"The training in {keras.parent} is not finished",
            fix=f"Finish it with: mnist-edge train -o {shlex.quote(str(keras.parent))} --resume",
        )
    config, metrics, environment = (
        _read_json(keras.parent / name) for name in ("config.json", "metrics.json", "environment.json")
    )
    data, validation = _part(environment, "data"), _part(metrics, "validation")
    training = TrainingRecord(
        recipe=_get(config, "recipe_label", str) or _get(config, "recipe", str) or "",
        seed=_get(config, "seed", int),
        epochs=_get(metrics, "epochs", int),
        best_epoch=_get(metrics, "best_epoch", int),
        dataset=_get(data, "name", str) or "",
        drawn_share=_get(config, "drawn_share", float) or 0.0,
        outlier_share=_get(config, "outlier_share", float) or 0.0,
        photographed_share=_get(config, "photographed_share", float) or 0.0,
        teachers=len(_get(environment, "teachers", list) or []),
        data_sha256=_get(data, "sha256", str) or "",
        validation_accuracy=_get(validation, "accuracy", float),
    )
    rejection, temperature = _rejection(metrics, keras.parent), _temperature(metrics, keras.parent)
    return RunRecord(_get(config, "arch", str) or CUSTOM, training, rejection, temperature)


def build_card(
    model: ModelProto, answer: KerasAnswer, run: RunRecord, options: ExportOptions, *, name: str, layers: dict[str, str]
) -> ModelCard:
    """The card of a converted graph, before it has been tested.

    Args:
        model: The final graph.
        answer: What the Keras process said.
        run: The training run.
        options: The export's options.
        name: Name of the model.
        layers: Keras layer to tensor.

    Raises:
        OptionError: If ``SOURCE_DATE_EPOCH`` is not a number.
    """
    # Not the distributions' versions: onnxruntime also comes as onnxruntime-gpu, onnxruntime-openvino and others.
    versions: dict[str, str] = {name: importlib.import_module(name).__version__ for name in _LIBRARIES}
    tools = {**versions, **answer.tools, "python": platform.python_version(), "mnist-edge": __version__}
    return ModelCard(
        name=name,
        architecture=run.architecture,
        parameters=parameter_count(model.graph),
        opset=options.opset,
        graph_sha256=graph_hash(model),
        created=creation_time(),
        input=options.input_spec(),
        training=run.training,
        temperature=run.temperature,
        rejection=run.rejection,
        layers=layers,
        tools=dict(sorted(tools.items())),
        licence=options.licence,
    )


def tested(card: ModelCard, *, parity: ParitySummary, test: TestResult) -> ModelCard:
    """The card with what the gate and the test set said."""
    return dataclasses.replace(card, parity=parity, test=test)


def serialize(model: ModelProto, card: ModelCard) -> bytes:
    """The bytes of the model file, with the card in its metadata."""
    import onnx

    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    onnx.helper.set_model_props(whole, {CARD_KEY: card.to_json()})
    return bytes(whole.SerializeToString(deterministic=True))


def creation_time() -> str:
    """Now, UTC, ISO 8601; ``SOURCE_DATE_EPOCH`` (seconds since 1970) sets it for reproducible files.

    Raises:
        OptionError: If the variable is not a number of seconds.
    """
    given = os.environ.get(_EPOCH_VARIABLE)
    try:
        moment = dt.datetime.fromtimestamp(int(given), dt.UTC) if given else dt.datetime.now(dt.UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise OptionError(
            f"{_EPOCH_VARIABLE} is not a time", expected="whole seconds since 1970", received=str(given)
        ) from error
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _rejection(metrics: dict[str, Any], folder: Path) -> Rejection:
    try:
        rejection: Rejection = card_json.build(Rejection, metrics.get("rejection", {}))
        problem = rejection.problem()
    except (TypeError, KeyError, ValueError) as error:
        problem = str(error)
    if problem is not None:
        raise _damaged(folder, f"rejection: {problem}")
    return rejection


def _temperature(metrics: dict[str, Any], folder: Path) -> float:
    """1 if the run is older than this measure."""
    if "calibration" not in metrics:
        return 1.0
    value = _get(_part(metrics, "calibration"), "temperature", float)
    if value is None or not 0 < value < math.inf:
        raise _damaged(folder, f"temperature: {value}")
    return float(value)


def _damaged(folder: Path, received: str) -> RunError:
    return RunError(f"{folder / 'metrics.json'} is damaged", received=received, fix="Train again into another folder")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read", received=str(error), fix="Train again into another folder") from error
    if not isinstance(value, dict):
        raise RunError(f"{path} is damaged", expected="a JSON object", received=type(value).__name__)
    return value


def _part(record: dict[str, Any], key: str) -> dict[str, Any]:
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _get(record: dict[str, Any], key: str, kind: type) -> Any:
    value = record.get(key)
    if kind is float and isinstance(value, int | float):
        return float(value)
    return value if isinstance(value, kind) else None
