"""Which layers a Keras model calls, on what, and with what result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LayerCall:
    """One use of a layer in a model.

    Attributes:
        layer: The ``keras.layers.Layer``.
        inputs: The symbolic tensors that it reads.
        outputs: Those that it makes.
    """

    layer: Any
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]


def layer_calls(model: Any) -> dict[str, list[LayerCall]]:
    """The calls of every layer that the model's output depends on, without input layers, in the order of computation.

    A layer's own ``layer.input`` and ``layer.output`` tell its first call, which may belong to another model, or to an
    earlier state of a sequential one; what is followed here are the model's outputs, back to its inputs.

    Args:
        model: A functional or sequential ``keras.Model``. A model inside it is one layer.

    Returns:
        Name of the layer to its calls: one, or several if the layer is shared.
    """
    import keras

    found: dict[str, list[LayerCall]] = {}
    seen: set[tuple[int, int]] = set()
    stack = [(tensor, False) for tensor in reversed(model.outputs)]
    while stack:
        tensor, inputs_done = stack.pop()
        history = tensor._keras_history
        layer, key = history.operation, (id(history.operation), history.node_index)
        node = layer._inbound_nodes[history.node_index]
        if not inputs_done and key not in seen:
            stack.append((tensor, True))
            stack += [(each, False) for each in reversed(node.input_tensors)]
        elif inputs_done and key not in seen:
            seen.add(key)
            if isinstance(layer, keras.layers.Layer) and not isinstance(layer, keras.layers.InputLayer):
                call = LayerCall(layer, tuple(node.input_tensors), tuple(node.output_tensors))
                found.setdefault(layer.name, []).append(call)
    return found
