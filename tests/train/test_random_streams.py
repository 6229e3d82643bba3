"""Everything random in a training has numbers of its own: the same seed never gives two things the same ones."""

from __future__ import annotations

import numpy as np

from mnist_edge.train import drawn, operating_points, views
from mnist_edge.train.outliers import training as outliers
from mnist_edge.train.photographed import training as photographed

SEED = 42
STREAMS = {module.__name__: module._STREAM for module in (drawn, operating_points, outliers, photographed)}


def _state(*key: int) -> tuple[int, ...]:
    return tuple(np.random.SeedSequence(key).generate_state(4).tolist())


def test_no_key_of_a_training_gives_the_numbers_of_another() -> None:
    orders = [(SEED, epoch) for epoch in range(100)]
    dropouts = [(SEED, epoch, layer) for epoch in range(100) for layer in (1, 2, 3)]
    changes = [(SEED, view, chunk, views._AUGMENTATION) for view in range(20) for chunk in range(20)]
    additions = [(SEED, *stream) for stream in STREAMS.values()]
    keys = [*orders, *dropouts, *changes, *additions]
    assert len({_state(*key) for key in keys}) == len(keys)


def test_what_is_added_has_a_number_that_neither_order_nor_dropout_has() -> None:
    fourth = [stream[2] for stream in STREAMS.values()]
    assert all(len(stream) == 3 for stream in STREAMS.values())
    assert len({*fourth, views._AUGMENTATION, 0}) == len(fourth) + 2
