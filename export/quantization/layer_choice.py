"""Which layers compute in int8: found by timing whole graphs on this machine.

Layers cannot be timed one by one: at each border between float and int8 the data is rounded, or turned back, and laid out
anew, so that a layer pays only together with its neighbours. Contiguous stretches are tried first, as each has two borders
whatever its length; then single layers are added to the best of them, and taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy.typing as npt

from mnist_edge.contract import INPUT_NAME, LOGITS
from mnist_edge.export.quantization.timing import Compared, Open, Run, compare_latency
from mnist_edge.runtime.session import open_session

if TYPE_CHECKING:
    from onnx import ModelProto

Layers = tuple[str, ...]
Build = Callable[[Layers], "ModelProto"]
Judge = Callable[["ModelProto"], bool]

FLOAT: Final = "float"
_FIRST_LOOK: Final = (3, 0.01)  # rounds, seconds of each graph in a round
_LAST_LOOK: Final = (25, 0.03)
_FINALISTS: Final = 4
_MOST_STRETCHES: Final = 120
_PICTURES: Final = 10


@dataclass(frozen=True)
class Tried:
    """One choice that was timed.

    Attributes:
        layers: The layers in int8; of the others only the weights are stored in 8 bits.
        compared: Its latency, and the ratio to the float graph.
    """

    layers: Layers
    compared: Compared


@dataclass(frozen=True)
class Choice:
    """What was found.

    Attributes:
        layers: The layers that shall compute in int8.
        tried: The finalists, fastest first.
        looked_at: How many choices were timed at all.
    """

    layers: Layers
    tried: tuple[Tried, ...] = ()
    looked_at: int = 0


def choose_layers(
    float_model: ModelProto,
    layers: Sequence[str],
    build: Build,
    passes: Judge,
    images: npt.NDArray[Any],
    *,
    notify: Callable[[str], None] = lambda text: None,
) -> Choice:
    """Finds the fastest choice of layers that keeps the accuracy.

    Of choices that cannot be told from the fastest, the one with the fewest layers in int8 is taken: it is nearest to the
    float graph. No layer at all is one of the choices.

    Args:
        float_model: The float graph.
        layers: All layers that can compute in int8, in the order of computation.
        build: Makes the graph of a choice.
        passes: Whether a graph is accurate enough.
        images: ``[n, 28, 28, 1]`` in the dtype of the graphs; the first 10 are used.
        notify: Called with a line of text for each stage.
    """
    search = _Search(float_model, build, images[:_PICTURES])
    stretches = _stretches(layers)
    notify(f"Timing {len(stretches)} choices of layers for int8")
    search.look(stretches, *_FIRST_LOOK)
    search.look(_neighbours(search.fastest(1)[0], layers), *_FIRST_LOOK)
    finalists = [choice for choice in search.fastest(_FINALISTS * 2) if passes(search.graph(choice))][:_FINALISTS]
    if () not in finalists:
        finalists.append(())
    found = sorted(search.time(finalists, *_LAST_LOOK), key=lambda tried: tried.compared.ratio.value)
    even = [tried for tried in found if tried.compared.ratio.low <= found[0].compared.ratio.high]
    best = min(even, key=lambda tried: (len(tried.layers), tried.compared.ratio.value))
    return Choice(best.layers, tuple(found), search.looked_at)


class _Search:
    """Graphs that were made, and how fast they were at first look."""

    def __init__(self, float_model: ModelProto, build: Build, images: npt.NDArray[Any]) -> None:
        self._float, self._build, self._images = float_model, build, images
        self._graphs: dict[Layers, ModelProto] = {}
        self._ratios: dict[Layers, float] = {}
        self._batch: int = float_model.graph.input[0].type.tensor_type.shape.dim[0].dim_value or 1

    @property
    def looked_at(self) -> int:
        return len(self._ratios)

    def graph(self, choice: Layers) -> ModelProto:
        if choice not in self._graphs:
            self._graphs[choice] = self._build(choice)
        return self._graphs[choice]

    def look(self, choices: Sequence[Layers], rounds: int, seconds: float) -> None:
        new = [choice for choice in choices if choice not in self._ratios]
        for tried in self.time(new, rounds, seconds) if new else []:
            self._ratios[tried.layers] = tried.compared.ratio.value

    def fastest(self, count: int) -> list[Layers]:
        return sorted(self._ratios, key=lambda choice: (self._ratios[choice], len(choice)))[:count]

    def time(self, choices: Sequence[Layers], rounds: int, seconds: float) -> list[Tried]:
        openers = {FLOAT: _opener(self._float)} | {str(at): _opener(self.graph(each)) for at, each in enumerate(choices)}
        found = compare_latency(openers, self._images, reference=FLOAT, rounds=rounds, seconds=seconds, batch=self._batch)
        return [Tried(choice, found[str(place)]) for place, choice in enumerate(choices)]


def _opener(model: ModelProto) -> Open:
    data = model.SerializeToString()

    def open_model() -> Run:
        session = open_session(data)
        return lambda image: session.run((LOGITS,), {INPUT_NAME: image})[0]

    return open_model


def _stretches(layers: Sequence[str]) -> list[Layers]:
    """Every contiguous part of the layers, longest first, and none of them."""
    count = len(layers)
    found = [tuple(layers[start : start + length]) for length in range(count, 0, -1) for start in range(count - length + 1)]
    return [*found[: _MOST_STRETCHES - 1], ()]


def _neighbours(choice: Layers, layers: Sequence[str]) -> list[Layers]:
    """The choices that differ in one layer, in the order of computation."""
    return [tuple(each for each in layers if (each in choice) != (each == changed)) for changed in layers]
