"""An eleventh answer, "none", for a network that keeps its ten outputs.

The ten logits of the network are followed by an eleventh that is constantly 0, and the loss is the cross-entropy of these
eleven. It teaches the network that digits have a large logit and that everything else has none: ``exp(logit)`` becomes the
odds of a digit against none, and the logarithm of their sum the log-odds that there is a digit at all. The softmax of the
ten remains what it was, the probabilities of the digits among each other. To train on pictures that are no digits is
"outlier exposure" (Hendrycks, Mazeika and Dietterich, ICLR 2019); there they are pulled towards ten equal probabilities.

Labels stay one-hot rows of ten; the row of a picture that is no digit holds zeros only.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mnist_edge.contract import NUM_CLASSES
from mnist_edge.errors import KerasModelError
from mnist_edge.train.batches import scaled

NONE_LABEL: Final = NUM_CLASSES
_BATCH: Final = 1000


def learn_none(keras: Any, model: Any, *, label_smoothing: float = 0.0) -> None:
    """Compiles a compiled model once more, with the loss of eleven answers; optimizer and its state stay.

    What is saved with the model is how it was compiled before, so that a saved file can be loaded without this module.

    Args:
        keras: The module.
        model: A compiled ``keras.Model`` that ends in a softmax over ten.
        label_smoothing: Share of each answer that is spread over all eleven.
    """
    compiled_before = model.get_compile_config()
    model.compile(
        optimizer=model.optimizer,
        loss=none_crossentropy(keras, label_smoothing),
        metrics=[keras.metrics.MeanMetricWrapper(_rights(keras), name="accuracy")],
        jit_compile=model.jit_compile,
    )
    model.get_compile_config = lambda: compiled_before


def none_crossentropy(keras: Any, label_smoothing: float) -> Any:
    """The cross-entropy of ten logits and "none", as a Keras loss of rows of ten and softmax outputs."""
    ops = keras.ops
    base: Any = keras.losses.Loss

    class NoneCrossentropy(base):  # type: ignore[misc]  # Keras publishes no types
        def call(self, y_true: Any, y_pred: Any) -> Any:
            logits = logits_of(y_pred)
            eleven = ops.concatenate([logits, ops.zeros_like(logits[:, :1])], axis=1)
            truth = ops.concatenate([y_true, 1 - ops.sum(y_true, axis=1, keepdims=True)], axis=1)
            truth = truth * (1 - label_smoothing) + label_smoothing / (NUM_CLASSES + 1)
            return -ops.sum(truth * ops.log_softmax(eleven, axis=1), axis=1)

    return NoneCrossentropy()


def _rights(keras: Any) -> Any:
    """1 for each right answer: of a digit the likeliest of the ten, of what is none no logit above that of "none"."""
    ops = keras.ops

    def rights(y_true: Any, y_pred: Any) -> Any:
        same = ops.argmax(y_true, axis=1) == ops.argmax(y_pred, axis=1)
        refused = ops.max(logits_of(y_pred), axis=1) < 0
        return ops.cast(ops.where(ops.sum(y_true, axis=1) > 0, same, refused), "float32")

    return rights


def logits_of(probabilities: Any) -> Any:
    """What went into the softmax that gave a tensor.

    Raises:
        KerasModelError: If Keras does not tell.
    """
    # Not public, but what Keras's own categorical cross-entropy goes by (its TensorFlow backend, _get_logits).
    logits = getattr(probabilities, "_keras_logits", None)
    if logits is None:
        raise KerasModelError(
            "The logits of the network are out of reach",
            expected="a network that ends in a softmax",
            fix="Use --outliers 0",
        )
    return logits


def keras_logits(model: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits of a Keras model that ends in a softmax: uint8 ``[n, 28, 28]`` to float32 ``[n, 10]``.

    Raises:
        KerasModelError: If Keras does not tell them.
    """
    parts = [
        logits_of(model(scaled(images[start : start + _BATCH]), training=False)).numpy()
        for start in range(0, len(images), _BATCH)
    ]
    return np.concatenate(parts)
