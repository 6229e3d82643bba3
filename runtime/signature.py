"""Inputs and outputs of a graph, against the contract."""

from __future__ import annotations

from typing import Any, Final

from mnist_edge.contract import BATCH_DIM, IMAGE_SIZE, INPUT_NAME, NUM_CLASSES, OUTPUT_NAMES, ModelCard
from mnist_edge.errors import ModelFormatError

_ONNX_TYPES: Final = {"uint8": "tensor(uint8)", "float32": "tensor(float)"}
RE_EXPORT: Final = "Export it with: mnist-edge export MODEL.keras -o MODEL.onnx"


def check_signature(session: Any, card: ModelCard, where: str) -> int | None:
    """Compares the graph's inputs and outputs with contract and card.

    Args:
        session: An ``onnxruntime.InferenceSession``.
        card: The model's card.
        where: Name of the model, for messages.

    Returns:
        The fixed batch size; ``None`` if any will do.

    Raises:
        ModelFormatError: If they differ.
    """
    inputs, outputs = session.get_inputs(), session.get_outputs()
    batch = inputs[0].shape[0] if len(inputs) == 1 and inputs[0].shape else None
    any_batch = batch == BATCH_DIM or (isinstance(batch, int) and batch > 0)
    expected = [
        (INPUT_NAME, _ONNX_TYPES[card.input.dtype], [batch if any_batch else BATCH_DIM, IMAGE_SIZE, IMAGE_SIZE, 1]),
        *[(name, "tensor(float)", [batch if any_batch else BATCH_DIM, NUM_CLASSES]) for name in OUTPUT_NAMES],
    ]
    received = [(node.name, node.type, list(node.shape)) for node in (*inputs, *outputs)]
    if received != expected:
        raise ModelFormatError(
            f"{where} has another input/output signature",
            expected=_signature(expected),
            received=_signature(received),
            fix=RE_EXPORT,
        )
    return batch if isinstance(batch, int) else None


def _signature(nodes: list[tuple[str, str, list[Any]]]) -> str:
    return ", ".join(f"{name} {kind} [{', '.join(map(str, shape))}]" for name, kind, shape in nodes)
