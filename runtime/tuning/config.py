"""The options of an onnxruntime session, as one value whose defaults are what a session gets without a profile."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

from mnist_edge.errors import OptionError

# Levels of graph rewriting, and the member of onnxruntime.GraphOptimizationLevel.
GRAPH_LEVELS: Final = {
    "all": "ORT_ENABLE_ALL",
    "extended": "ORT_ENABLE_EXTENDED",  # without the blocked memory layout (NCHWc)
    "basic": "ORT_ENABLE_BASIC",
    "off": "ORT_DISABLE_ALL",
}
# Entries of the session's configuration that may be set, by our name; onnxruntime ignores a key that its version lacks.
# Not here on purpose: session.set_denormal_as_zero, because it changes the arithmetic of the thread that opens the session
# for everything else that this thread computes; bfloat16 and approximation switches, because they change results.
SWITCHES: Final = {
    "no prepacked weights": ("session.disable_prepacking", "1"),
    "weights outside the arena": ("session.use_device_allocator_for_initializers", "1"),
    "no sliding depthwise kernel": ("mlas.nchwc_depthwise_sliding", "0"),
    "no KleidiAI kernels": ("mlas.disable_kleidiai", "1"),
}


@dataclass(frozen=True)
class SessionConfig:
    """How a session is opened and run.

    Attributes:
        threads: Threads inside an operator. One is the default because these networks finish before a second one has woken
            up.
        spinning: Whether waiting threads spin. Off, because a spinning pool takes whole cores between two camera frames.
        graph: How far the graph is rewritten, one of :data:`GRAPH_LEVELS`.
        arena: Whether memory comes from onnxruntime's arena.
        memory_pattern: Whether the memory of a whole run is planned ahead.
        bound: Whether single pictures run between buffers that stay where they are.
        switches: Further entries, names of :data:`SWITCHES`.

    Raises:
        OptionError: If a value is out of range.
    """

    threads: int = 1
    spinning: bool = False
    graph: str = "all"
    arena: bool = True
    memory_pattern: bool = True
    bound: bool = True
    switches: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise OptionError("threads is out of range", expected="1 or more", received=str(self.threads))
        unknown = [*({self.graph} - set(GRAPH_LEVELS)), *sorted(set(self.switches) - set(SWITCHES))]
        if unknown:
            raise OptionError("This version knows no such session option", received=", ".join(map(str, unknown)))

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Self:
        """The reverse of ``dataclasses.asdict``, also after JSON, which has no tuples.

        Raises:
            TypeError: If an option is unknown, or a value of another type.
            OptionError: If one is out of range.
        """
        config = cls(**{**value, "switches": tuple(value.get("switches", ()))})
        for name, default in vars(DEFAULT_CONFIG).items():
            if type(getattr(config, name)) is not type(default):  # 1 is no bool, and True no number of threads
                raise TypeError(f"{name} is {getattr(config, name)!r}")
        return config

    def __str__(self) -> str:
        return ", ".join(_changes(self)) or "the defaults"


def _changes(config: SessionConfig) -> Iterator[str]:
    """What differs from the defaults, in words."""
    if config.threads != 1:
        yield f"{config.threads} threads"
    if config.spinning:
        yield "spinning"
    if config.graph != "all":
        yield f"graph level {config.graph}"
    if not config.arena:
        yield "no memory arena"
    if not config.memory_pattern:
        yield "no memory pattern"
    if not config.bound:
        yield "no bound buffers"
    yield from config.switches


DEFAULT_CONFIG: Final = SessionConfig()


def merge(base: SessionConfig, change: SessionConfig) -> SessionConfig | None:
    """``base`` with all that differs from the defaults in ``change``; ``None`` if both change the same option."""
    changed: dict[str, object] = {}
    for field in dataclasses.fields(SessionConfig):
        value, default = getattr(change, field.name), getattr(DEFAULT_CONFIG, field.name)
        if value == default:
            continue
        if field.name == "switches":
            value = tuple(dict.fromkeys((*base.switches, *value)))
        elif getattr(base, field.name) != default:
            return None
        changed[field.name] = value
    return dataclasses.replace(base, **changed)  # type: ignore[arg-type]  # values of the same fields
