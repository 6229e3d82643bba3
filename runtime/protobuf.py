"""The wire format of protobuf, as far as an ONNX file needs it (https://protobuf.dev/programming-guides/encoding/)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_FIELD_NUMBER: Final = 2**29 - 1  # parsers cut larger ones to 32 bits, and read another field than the one written


def numbers(values: Iterable[int | memoryview]) -> list[int]:
    """The entries of a repeated field of numbers, which may be packed or not."""
    found: list[int] = []
    for value in values:
        if isinstance(value, int):
            found.append(value)
            continue
        at = 0
        while at < len(value):
            number, at = varint(value, at)
            found.append(number)
    return found


def field_bytes(number: int, content: bytes) -> bytes:
    """A message or string as a field."""
    return _varint_bytes(number << 3 | _BYTES) + _varint_bytes(len(content)) + content


def _varint_bytes(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def message(value: int | memoryview | None) -> memoryview:
    """The bytes of a message or string; none for an absent one.

    Raises:
        ValueError: If the field holds a number.
    """
    if value is None:
        return memoryview(b"")
    if not isinstance(value, memoryview):
        raise ValueError("a number in the place of a message")  # noqa: TRY004  # about the file, not about types
    return value


def text(value: int | memoryview | None) -> str:
    """The text of a string; empty for an absent one.

    Raises:
        UnicodeDecodeError: If it is no UTF-8.
    """
    return bytes(value).decode("utf-8") if isinstance(value, memoryview) else ""


def fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yields ``(field number, value)``; a value is an integer, or the bytes of a string or message.

    Raises:
        ValueError: If the bytes are no message.
        IndexError: If they end within a number.
    """
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire_type = key >> 3, key & 7
        value: int | memoryview
        if wire_type == _VARINT:
            value, at = varint(data, at)
        elif wire_type == _BYTES:
            size, at = varint(data, at)
            value, at = data[at : at + size], at + size
        elif wire_type in (_FIXED64, _FIXED32):
            size = 8 if wire_type == _FIXED64 else 4
            value, at = data[at : at + size], at + size
        else:
            raise ValueError(f"wire type {wire_type}")
        if at > len(data) or not 0 < number <= _MAX_FIELD_NUMBER:
            raise ValueError("the message ends early, or a field has no valid number")
        yield number, value


def varint(data: memoryview, at: int) -> tuple[int, int]:
    """The number at a position, and the position after it.

    Raises:
        ValueError: If it has more than ten bytes.
        IndexError: If the bytes end within it.
    """
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number is too long")
