"""Which onnxruntime release runs which model.

onnxruntime refuses a file whose IR version or standard opset is newer than what it was built with. The table was measured:
one wheel of every minor release was asked to load models of one Relu, stamped with opsets 15 to 28 and IR versions 7 to 14.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mnist_edge.errors import OptionError


@dataclass(frozen=True)
class OnnxruntimeRelease:
    """The newest model that a minor release loads.

    Attributes:
        version: ``(major, minor)``.
        max_opset: Newest standard opset.
        max_ir_version: Newest file format.
    """

    version: tuple[int, int]
    max_opset: int
    max_ir_version: int

    @property
    def name(self) -> str:
        """For instance ``"1.17"``."""
        return f"{self.version[0]}.{self.version[1]}"

    def runs(self, opset: int, ir_version: int) -> bool:
        """Whether a model of this opset and IR version loads."""
        return opset <= self.max_opset and ir_version <= self.max_ir_version


RELEASES: Final = tuple(
    OnnxruntimeRelease((1, minor), opset, ir_version)
    for minor, opset, ir_version in (
        (15, 19, 9),
        (16, 19, 9),
        (17, 20, 9),
        (18, 21, 10),
        (19, 21, 10),
        (20, 21, 10),
        (21, 22, 10),
        (22, 22, 10),
        (23, 23, 11),
        (24, 25, 13),
        (25, 26, 13),
        (26, 26, 13),
        (27, 26, 13),
        (28, 26, 13),
        (29, 26, 13),
        (30, 26, 13),
        (31, 26, 13),
    )
)


def oldest_release(opset: int, ir_version: int) -> OnnxruntimeRelease | None:
    """The oldest release in the table that loads such a model; ``None`` if none does."""
    return next((release for release in RELEASES if release.runs(opset, ir_version)), None)


def release_of(version: str) -> OnnxruntimeRelease | None:
    """The table's entry for a version such as ``"1.17.3"``; the newest one for versions after it.

    Returns:
        ``None`` for versions before the table.

    Raises:
        OptionError: If the text is no version.
    """
    match = re.fullmatch(r"(\d+)\.(\d+)(\.\w+)*", version.strip())
    if match is None:
        raise OptionError("This is no onnxruntime version", expected="a number such as 1.17.3", received=version)
    wanted = (int(match[1]), int(match[2]))
    return max((release for release in RELEASES if release.version <= wanted), key=lambda r: r.version, default=None)
