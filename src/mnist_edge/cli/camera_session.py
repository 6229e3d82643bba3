"""The loop of ``mnist-edge camera``: from the stream to window, lines, recording and pictures."""

from __future__ import annotations

import contextlib
import itertools
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mnist_edge.cli.camera import FRAME_NAME
from mnist_edge.cli.camera_view import NoView, UserQuitError, View, WindowView
from mnist_edge.cli.common import Console
from mnist_edge.runtime.camera.recording import Recorder
from mnist_edge.runtime.camera.statistics import StreamSummary
from mnist_edge.runtime.camera.stream import StreamCounts, stream
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.drawing import annotate

if TYPE_CHECKING:
    from mnist_edge.cli.camera import CameraOptions
    from mnist_edge.runtime.camera.frames import Frame


_ENDINGS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Session:
    """One run of the command.

    Args:
        options: What the user asked for.
        console: Where words go.
    """

    def __init__(self, options: CameraOptions, console: Console) -> None:
        self._options = options
        self._console = console
        self._recorder = Recorder(options.record) if options.record is not None else None
        self._summary = StreamSummary()
        self._counts = StreamCounts()
        self._text = ""  # of the last frame

    def run(self) -> int:
        """Goes on until the source ends, the user does, or something fails; everything is closed in each case.

        Returns:
            How many frames could not be read.
        """
        options = self._options
        classifier = DigitClassifier(options.model, threads=options.threads, reject=options.reject)
        self._console.detail(f"model: {classifier.engine.name}, threads: {classifier.engine.threads}")
        view: View = NoView()
        frames = self._stream(classifier, lambda: view.on_wait())
        if not options.headless:  # only now: a source that is none needs no window
            view = WindowView(f"mnist-edge: {_title(options.source)}", self._save)
        try:
            with contextlib.suppress(UserQuitError), contextlib.closing(view), contextlib.closing(frames):
                for frame in frames:
                    self._handle(frame, view)
                    if not view.show(frame, is_recording=self._recorder is not None):
                        break
        finally:
            try:
                self._close_recording()
            finally:
                if self._summary.frames:
                    self._console.note(self._summary.to_text(self._counts.unreadable))
        return self._counts.unreadable

    def _stream(self, classifier: DigitClassifier, on_wait: Callable[[], None]) -> Generator[Frame, None, None]:
        options = self._options
        return stream(
            classifier,
            options.source,
            every=options.every,
            max_fps=options.max_fps,
            duration=options.duration,
            roi=options.roi,
            reconnect=options.reconnect,
            timeout=options.timeout,
            scene=options.scene,
            steady=options.steady,
            pace=not options.headless,
            notify=lambda line: click.echo(f"mnist-edge: {line}", err=True),
            on_wait=on_wait,
            counts=self._counts,
        )

    def _handle(self, frame: Frame, view: View) -> None:
        self._summary.add(frame)
        if self._recorder is not None:
            annotated = annotate(frame.image, frame.scene)
            info = frame.source
            self._recorder.write(annotated, time_s=frame.time_s, fps=info.fps, is_live=info.is_live)
        if not frame.is_read:
            return
        if self._options.as_json:
            click.echo(frame.to_json())
        elif isinstance(view, NoView) and frame.text != self._text:
            click.echo(f"{frame.time_s:.2f} s: {frame.text.replace(chr(10), ' / ') or 'no digits'}")
        self._text = frame.text
        if self._options.save_frames is not None:
            save_picture(self._options.save_frames / FRAME_NAME.format(f"{frame.index:08d}"), frame)

    def _save(self, frame: Frame) -> None:
        """The key s."""
        path = unused_path(self._options.save_frames or Path(), time.strftime("mnist-edge-%Y%m%d-%H%M%S"))
        save_picture(path, frame)
        click.echo(f"saved {path}", err=True)

    def _close_recording(self) -> None:
        recorder = self._recorder
        if recorder is None:
            return
        with uninterrupted():
            recorder.close()
        if recorder.frames:
            seconds = recorder.frames / recorder.fps
            self._console.note(f"{recorder.path}: {recorder.frames} frames, {seconds:.1f} s at {recorder.fps:g} fps.")
        elif not self._summary.frames:
            self._console.note(f"{recorder.path} was not written: there was no frame.")


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Holds off a second Ctrl-C, of somebody impatient, while a recording is completed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def save_picture(path: Path, frame: Frame) -> None:
    """Writes a frame, as it came from the source, as PNG."""
    import cv2

    from mnist_edge.files import write_bytes

    write_bytes(path, cv2.imencode(".png", frame.image, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes())


def unused_path(folder: Path, stem: str) -> Path:
    """A name for a picture that no file has yet."""
    names = itertools.chain([f"{stem}.png"], (f"{stem}-{number}.png" for number in itertools.count(2)))
    return next(path for name in names if not (path := folder / name).exists())


def _title(source: str) -> str:
    from mnist_edge.runtime.camera.url import public_name

    return public_name(source) if "://" in source else source
