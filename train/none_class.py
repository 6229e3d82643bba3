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
            fix="End the network with a softmax, or leave --outliers and --teacher away",
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
