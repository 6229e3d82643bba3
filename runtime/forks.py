"""How often this process has been forked off; asking for a number is faster than asking for the process id."""

from __future__ import annotations

import os

#: Rises by one in every child that is made by ``fork``.
generation = 0


def _count() -> None:
    global generation  # the one thing that this module is for
    generation += 1


if hasattr(os, "register_at_fork"):  # there is no fork on Windows
    os.register_at_fork(after_in_child=_count)
