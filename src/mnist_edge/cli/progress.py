"""Progress bars on stderr."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Final

from mnist_edge.cli.common import Console

BAR_AFTER: Final = 0.5  # seconds; what is done by then needs no bar, and a bar that flashes up disturbs


@contextlib.contextmanager
def progress_bar(console: Console, text: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yields a function that is told how many steps are done since the last time.

    The bar appears when the work takes longer than a moment, and is gone when the block ends. There is none where the
    console shows no progress (``--quiet``, stderr is no terminal) or rich is not installed.

    Args:
        console: The command's console.
        text: What is done, for instance ``"Evaluating"``.
        total: Steps in all.
    """
    if not console.shows_progress:
        yield lambda count: None
        return
    try:
        from rich.console import Console as Terminal
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    except ModuleNotFoundError:
        yield lambda count: None
        return
    # A file may be called "[/b].onnx", which is no markup.
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Terminal(stderr=True), transient=True)
    task = bar.add_task(text, total=total)
    began = time.monotonic()

    def advance(count: int) -> None:
        bar.advance(task, count)
        if not bar.live.is_started and time.monotonic() - began >= BAR_AFTER:
            bar.start()

    try:
        yield advance
    finally:
        bar.stop()
