"""Averaged weights (EMA): what is validated and published are running means, what is trained on are the raw weights.

Keras's optimizer keeps the means: ``average = momentum * average + (1 - momentum) * weight`` after every step, beginning
with the weights after the first. Its callback ``SwapEMAWeights`` exchanges both on TensorFlow by ``a += b; b = a - b;
a -= b``, which rounds and so changes the raw weights a little every epoch; it also forgets, after a restart, which of
the two a checkpoint holds. Here values are exchanged by copying, and the state of a checkpoint is fixed: the means are in
the model, where inference looks for weights, and the raw weights are in the optimizer, in the place of the means.
"""

from __future__ import annotations

from typing import Any, Final

from mnist_edge.train.batches import Batches

# Images from which the statistics of batch normalisation are taken anew: some 100,000 values a channel at 7x7 pixels.
STATISTICS_IMAGES: Final = 2048


def swap_averages(model: Any) -> None:
    """Exchanges the trainable weights of a compiled model with their means, to the bit; twice is as if never."""
    optimizer = model.optimizer
    # Private, but Keras's own callback has no other way either.
    pairs = zip(optimizer._trainable_variables, optimizer._model_variables_moving_average, strict=True)
    for weight, average in pairs:
        raw = weight.numpy().copy()  # numpy() may be a view of what the next line overwrites
        weight.assign(average)
        average.assign(raw)


def estimate_statistics(model: Any, batches: Batches) -> None:
    """Takes the means and variances of batch normalisation anew, for the weights that are in the model now.

    Those that Keras keeps belong to the raw weights. They play no part in training, so nothing has to be restored. The
    plain mean over the batches, each weighted with its images, is what Izmailov and others, "Averaging weights leads to
    wider optima" (2018), take.

    Args:
        model: A built ``keras.Model``.
        batches: Training batches, with their augmentation; as many are taken as hold ``STATISTICS_IMAGES``, or all.
    """
    # Private, but models may lie within models, and the public list is of the outermost alone.
    layers = [layer for layer in model._flatten_layers() if type(layer).__name__ == "BatchNormalization"]
    if not layers:
        return
    momenta = [layer.momentum for layer in layers]
    seen = 0
    try:
        for index in range(len(batches)):
            if seen >= STATISTICS_IMAGES:
                break
            images, _ = batches[index]
            for layer in layers:
                layer.momentum = seen / (seen + len(images))  # makes of the moving mean the plain mean of all so far
            model(images, training=True)
            seen += len(images)
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum


def averaging_callback(keras: Any, batches: Batches) -> Any:
    """A Keras callback that puts the means into the model for validation and checkpoint, and takes them out for training.

    It must stand before all callbacks that look at the model at the end of an epoch. When fitting begins, the raw weights
    must be in the model.
    """
    base: Any = keras.callbacks.Callback

    class Averaging(base):  # type: ignore[misc]  # Keras publishes no types
        def __init__(self) -> None:
            super().__init__()
            self._averaged = False

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if self._averaged:
                swap_averages(self.model)
                self._averaged = False

        def on_test_begin(self, logs: Any = None) -> None:
            swap_averages(self.model)
            self._averaged = True
            estimate_statistics(self.model, batches)

    return Averaging()
