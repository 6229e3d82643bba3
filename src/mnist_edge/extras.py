"""Asking for optional libraries before work that needs them begins."""

from __future__ import annotations

import importlib.util

from mnist_edge.errors import MissingExtraError


def require(purpose: str, *modules: str, extra: str) -> None:
    """Checks that modules are installed, without the seconds that importing them may take.

    Args:
        purpose: What needs them, for the message, for instance ``"Training"``.
        modules: Names of top-level modules.
        extra: The extra of mnist-edge that brings them.

    Raises:
        MissingExtraError: If one is missing; the message names the first.
    """
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(purpose, extra=extra, module=module)
