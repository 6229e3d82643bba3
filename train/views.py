"""The pictures of each epoch, changed at random, and what a teacher says of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_edge.errors import OptionError
from mnist_edge.runtime.cpu import usable_threads
from mnist_edge.train.augmentation.options import Augmentation
from mnist_edge.train.augmentation.pipeline import augment

# Random numbers of their own, from [seed, view, chunk, _AUGMENTATION]: NumPy fills keys with zeros up to four numbers, and
# the order of an epoch has two of them, its dropout three, and the drawn digits (see drawn) another fourth.
_AUGMENTATION: Final = 2
_CHUNK: Final = 1000  # pictures that share a stream of random numbers; many are changed faster than one


Answers = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""A teacher: logits ``[n, 10]`` of images ``[n, 28, 28]``."""


class View(NamedTuple):
    """All training pictures of an epoch, in the order of the split.

    Attributes:
        images: uint8 ``[n, 28, 28]``.
        answers: Logits of the teacher, float32 ``[n, 10]``; ``None`` without one.
    """

    images: NDArray[np.uint8]
    answers: NDArray[np.float32] | None


class Views:
    """Makes the view of an epoch from seed and epoch alone; safe to be used by several threads.

    Args:
        images: uint8 ``[n, 28, 28]``, as they were written.
        augmentation: The random changes.
        seed: 0 or more; ``None`` needs an augmentation that changes nothing.
        repeat: Views that are made once and kept, and shown in turn; 0 makes every epoch its own.
        teacher: Who answers, if anybody.

    Raises:
        OptionError: If images are to be changed without a seed.
    """

    def __init__(
        self,
        images: NDArray[np.uint8],
        augmentation: Augmentation,
        seed: int | None,
        *,
        repeat: int = 0,
        teacher: Answers | None = None,
    ) -> None:
        if augmentation.active and seed is None:
            raise OptionError("Augmentation needs a seed", expected="seed: a whole number, 0 or more", received="None")
        self._images = images
        self._augmentation = augmentation
        self._seed = seed
        self._repeat = repeat if augmentation.active else 1  # without changes all epochs are alike
        self._teacher = teacher
        self._made: dict[int, View] = {}
        self._lock = threading.Lock()

    def of_epoch(self, epoch: int) -> View:
        """The view of an epoch, counted from 0."""
        number = epoch % self._repeat if self._repeat else epoch
        with self._lock:
            if number not in self._made:
                if not self._repeat:
                    self._made.clear()
                self._made[number] = self._make(number)
            return self._made[number]

    def _make(self, number: int) -> View:
        images = self._changed(number) if self._augmentation.active else self._images
        return View(images, None if self._teacher is None else self._teacher(images))

    def _changed(self, number: int) -> NDArray[np.uint8]:
        changed = np.empty_like(self._images)

        def change(chunk: int) -> None:
            part = slice(chunk * _CHUNK, (chunk + 1) * _CHUNK)
            rng = np.random.default_rng([self._seed or 0, number, chunk, _AUGMENTATION])
            changed[part] = augment(self._images[part], rng, self._augmentation)

        with ThreadPoolExecutor(usable_threads()) as pool:
            list(pool.map(change, range(-(-len(changed) // _CHUNK))))
        return changed
