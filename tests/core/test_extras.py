"""What an extra brings is asked for without importing it."""

from __future__ import annotations

import sys

import pytest

from mnist_edge.errors import MissingExtraError
from mnist_edge.extras import require


@pytest.mark.parametrize("missing", ["keras", "tensorflow"])
def test_the_first_module_that_is_missing_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError, match=rf"^Training needs the module {missing}.*mnist-edge\[train\]") as caught:
        require("Training", "keras", "tensorflow", extra="train")
    assert caught.value.extra == "train"


def test_what_is_there_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tabnanny", raising=False)
    require("This test", "tabnanny", extra="train")
    assert "tabnanny" not in sys.modules
