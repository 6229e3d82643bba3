"""From parsed JSON to the dataclasses of the model card, field by field, with the name of the field that is wrong."""

from __future__ import annotations

import dataclasses
import math
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints


def build(kind: Any, raw: Any) -> Any:
    """Builds a dataclass from parsed JSON; unknown keys are ignored so that older readers keep working.

    Args:
        kind: A dataclass of ``str``, ``int``, ``float``, tuples, ``dict[str, X]``, dataclasses, and ``X | None`` of these.
        raw: What ``json.loads`` gave.

    Raises:
        TypeError: If a value, or one inside a container, has another type than its field.
        KeyError: If a field without a default is missing.
        ValueError: If a number is not finite, or a tuple has another length.
    """
    if not isinstance(raw, dict):
        raise TypeError(f"{kind.__name__} is not an object")
    hints = _types(kind)
    known: dict[str, Any] = {}
    for item in dataclasses.fields(kind):
        if item.name in raw:
            known[item.name] = _convert(hints[item.name], raw[item.name], f"{kind.__name__}.{item.name}")
        elif item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
            raise KeyError(f"{kind.__name__}.{item.name} is missing")
    return kind(**known)


def _types(kind: Any) -> dict[str, Any]:
    types = {item.name: item.type for item in dataclasses.fields(kind)}
    is_text = any(isinstance(hint, str) for hint in types.values())  # as where annotations are not evaluated
    return get_type_hints(kind) if is_text else types


def _convert(hint: Any, value: Any, where: str) -> Any:
    optional = isinstance(hint, UnionType)  # only ``X | None`` is used
    if value is None and optional:
        return None
    kind = get_args(hint)[0] if optional else hint
    origin = get_origin(kind) or kind
    if dataclasses.is_dataclass(kind):
        return build(kind, value)
    if origin is tuple and isinstance(value, list):
        return _tuple(get_args(kind), value, where)
    if origin is float and isinstance(value, int | float) and not isinstance(value, bool):
        return _finite(value, where)
    if not isinstance(value, origin) or (isinstance(value, bool) and origin is not bool):
        raise TypeError(f"{where} is {type(value).__name__}")
    if origin is dict:
        return {key: _convert(get_args(kind)[1], item, f"{where}[{key!r}]") for key, item in value.items()}
    return value


def _tuple(hints: tuple[Any, ...], values: list[Any], where: str) -> tuple[Any, ...]:
    if hints[-1] is Ellipsis:
        hints = hints[:1] * len(values)
    if len(hints) != len(values):
        raise ValueError(f"{where} has {len(values)} entries instead of {len(hints)}")
    return tuple(
        _convert(hint, value, f"{where}[{at}]") for at, (hint, value) in enumerate(zip(hints, values, strict=True))
    )


def _finite(value: float, where: str) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{where} is {number}")
    return number
