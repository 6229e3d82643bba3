"""What is minimised where Keras's cross-entropy is not enough: with an eleventh answer, with a teacher, or with both."""

from __future__ import annotations

from typing import Any

from mnist_edge.contract import NUM_CLASSES
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.none_class import logits_of
from mnist_edge.train.teaching import TEMPERATURE


def set_objective(keras: Any, model: Any, config: TrainConfig) -> None:
    """Compiles a compiled model once more, with the loss that the configuration needs; optimizer and its state stay.

    What is saved with the model is how it was compiled before, so that a saved file can be loaded without this module.

    Args:
        keras: The module.
        model: A compiled ``keras.Model`` that ends in a softmax over ten.
        config: Without outliers and teacher nothing is changed.
    """
    if not (config.outlier_share or config.teacher):
        return
    compiled_before = model.get_compile_config()
    model.compile(
        optimizer=model.optimizer,
        loss=_objective(keras, config),
        metrics=[keras.metrics.MeanMetricWrapper(_rights(keras), name="accuracy")],
        jit_compile=model.jit_compile,
    )
    model.get_compile_config = lambda: compiled_before


def _objective(keras: Any, config: TrainConfig) -> Any:
    """A Keras loss of rows as :class:`~mnist_edge.train.batches.Batches` gives them, and softmax outputs.

    The cross-entropy against the labels; of rows with a teacher's logits ``1 - distill`` of it, and ``distill`` of the
    Kullback-Leibler divergence from its probabilities, both sides at ``TEMPERATURE``, times its square, which keeps the
    gradients of both parts alike in size (Hinton and others).
    """
    ops, with_none = keras.ops, config.outlier_share > 0
    smoothing, distill = config.label_smoothing, config.distill
    base: Any = keras.losses.Loss

    def answers(logits: Any) -> Any:
        return ops.concatenate([logits, ops.zeros_like(logits[:, :1])], axis=1) if with_none else logits

    class Objective(base):  # type: ignore[misc]  # Keras publishes no types
        def call(self, y_true: Any, y_pred: Any) -> Any:
            logits, truth = answers(logits_of(y_pred)), y_true[:, :NUM_CLASSES]
            if with_none:
                truth = ops.concatenate([truth, 1 - ops.sum(truth, axis=1, keepdims=True)], axis=1)
            truth = truth * (1 - smoothing) + smoothing / (NUM_CLASSES + with_none)
            against_labels = -ops.sum(truth * ops.log_softmax(logits, axis=1), axis=1)
            if y_true.shape[1] == NUM_CLASSES:
                return against_labels
            taught = ops.log_softmax(answers(y_true[:, NUM_CLASSES:]) / TEMPERATURE, axis=1)
            learned = ops.log_softmax(logits / TEMPERATURE, axis=1)
            against_teacher = ops.sum(ops.exp(taught) * (taught - learned), axis=1) * TEMPERATURE**2
            return (1 - distill) * against_labels + distill * against_teacher

    return Objective()


def _rights(keras: Any) -> Any:
    """1 for each right answer: of a digit the likeliest of the ten, of what is none no logit above that of "none"."""
    ops = keras.ops

    def rights(y_true: Any, y_pred: Any) -> Any:
        label = y_true[:, :NUM_CLASSES]
        same = ops.argmax(label, axis=1) == ops.argmax(y_pred, axis=1)
        refused = ops.max(logits_of(y_pred), axis=1) < 0
        return ops.cast(ops.where(ops.sum(label, axis=1) > 0, same, refused), "float32")

    return rights
