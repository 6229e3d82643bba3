"""The packaged models, with what their cards and their files say."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_edge.contract import ModelCard
from mnist_edge.errors import ModelNotFoundError
from mnist_edge.runtime.graph_work import multiply_adds
from mnist_edge.runtime.packaged import DEFAULT_MODEL, packaged_models, packaged_path
from mnist_edge.runtime.session import Engine


@dataclass(frozen=True)
class PackagedModel:
    """A model inside the package.

    Attributes:
        name: What ``-m`` and ``DigitClassifier`` take.
        path: The file.
        size_bytes: Its size.
        sha256: Its hash.
        card: Its model card.
        multiply_adds: What its graph does for one picture.
    """

    name: str
    path: Path
    size_bytes: int
    sha256: str
    card: ModelCard
    multiply_adds: int

    @property
    def is_default(self) -> bool:
        """Whether it is taken where no model is named."""
        return self.name == DEFAULT_MODEL

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "name": self.name,
            "default": self.is_default,
            "path": str(self.path),
            "size_bytes": self.size_bytes,
            "sha256": self.sha256,
            "multiply_adds": self.multiply_adds,
            "test_accuracy": self.card.test.accuracy if self.card.test else None,
            "card": dataclasses.asdict(self.card),
        }


def list_models() -> list[PackagedModel]:
    """All packaged models, the default first, then by size.

    Raises:
        ModelNotFoundError: If there is none.
        ModelFormatError: If one of them is damaged.
    """
    models = [_describe(name) for name in packaged_models()]
    if not models:
        raise ModelNotFoundError(
            "There is no model in the package", fix="Install it again with: pip install --force-reinstall mnist-edge"
        )
    return models


def _describe(name: str) -> PackagedModel:
    path = packaged_path(name)
    card = Engine(path).card  # refuses a graph that is not the one of its card
    data = path.read_bytes()
    return PackagedModel(name, path, len(data), hashlib.sha256(data).hexdigest(), card, multiply_adds(data, str(path)))
