"""When Python looks for garbage: not while libraries load, nor in what they leave behind at the end.

An import makes tens of thousands of objects and no garbage. The collector looks through all of them time and again, and
three times more when the process ends: a sixth of the time of a process that reads one picture.
"""

from __future__ import annotations

import atexit
import gc


def hold_collection() -> None:
    """Stops the collector; to be called where a process begins."""
    gc.disable()


def resume_collection(*, spare: bool = False) -> None:
    """Lets the collector run again; nothing if it was not held.

    Args:
        spare: Never look through what there is by now, and through nothing at the end of the process. There, all is freed
            and flushed as ever, but for what refers to itself in circles: right where a command has closed its files.
    """
    if gc.isenabled():
        return
    if spare:
        gc.freeze()
        atexit.register(gc.freeze)
    gc.enable()
