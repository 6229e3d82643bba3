"""The last layers of a Keras classifier: where logits end and the softmax begins. Runs in the Keras process."""

from __future__ import annotations

from typing import Any, Final

from mnist_edge.errors import KerasModelError

_EXPECTED: Final = "a last layer with softmax activation, Softmax, Activation('softmax'), or a Dense without activation"


def logits_model(model: Any) -> Any:
    """A Keras model that gives the logits of ``model``: what goes into its last softmax.

    The layer objects are shared, and a softmax that is part of the last layer is switched off in place: do not use
    ``model`` afterwards.

    Args:
        model: A functional or sequential ``keras.Model`` with output ``[batch, 10]``.

    Returns:
        ``keras.Model`` from the same input to logits float32 ``[batch, 10]``.

    Raises:
        KerasModelError: If the model does not end in a softmax or in a linear Dense layer.
    """
    import keras

    head = _last_operation(model)
    activation = getattr(head, "activation", None)
    if isinstance(head, keras.layers.Softmax) or (isinstance(head, keras.layers.Activation) and _is(activation, "softmax")):
        if getattr(head, "axis", -1) not in (-1, 1):
            raise _unknown_head(head)
        return keras.Model(model.inputs, head.input)
    if isinstance(head, keras.Model):
        raise _unknown_head(head)
    if _is(activation, "softmax"):
        head.activation = keras.activations.linear
        return model
    if isinstance(head, keras.layers.Dense) and _is(activation, "linear"):
        return model
    raise _unknown_head(head)


def layer_outputs(model: Any) -> dict[str, Any]:
    """The symbolic output of every layer that is called once and has one output, in the order of the computation.

    Input layers are left out. Call it before :func:`logits_model`.
    """
    import keras

    found: dict[str, Any] = {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        try:
            output = layer.output
        except (AttributeError, ValueError):  # called more than once: there is no *the* output
            continue
        if keras.ops.is_tensor(output) or isinstance(output, keras.KerasTensor):
            found[layer.name] = output
    return found


def _last_operation(model: Any) -> Any:
    return model.outputs[0]._keras_history.operation


def _is(activation: Any, name: str) -> bool:
    return getattr(activation, "__name__", None) == name


def _unknown_head(head: Any) -> KerasModelError:
    activation = getattr(getattr(head, "activation", None), "__name__", "")
    received = f"{type(head).__name__} {getattr(head, 'name', '')!r}" + (f" with {activation}" if activation else "")
    return KerasModelError(
        "The model does not end in a classifier whose logits can be told", expected=_EXPECTED, received=received
    )
