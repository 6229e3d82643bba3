"""``mnist-edge camera``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mnist_edge.cli.common import (
    Console,
    FiniteRange,
    keep_apart,
    reject_option,
    spare_blas_threads,
    threads_option,
    verbosity,
)
from mnist_edge.errors import OptionError

if TYPE_CHECKING:
    from mnist_edge.runtime.camera.stream import Reading


@dataclass(frozen=True)
class CameraOptions:
    """What ``camera`` can be told."""

    source: str = "0"
    model: str | None = None
    threads: int | None = None
    reject: float | None = None
    every: int = 1
    max_fps: float | None = None
    duration: float | None = None
    roi: str | None = None
    scene: Reading = "multi"
    steady: bool | None = None
    timeout: float = 5.0
    reconnect: bool = False
    headless: bool = False
    as_json: bool = False
    record: Path | None = None
    save_frames: Path | None = None


FRAME_NAME: Final = "frame-{}.png"
_POSITIVE = FiniteRange(0, min_open=True)


@click.command(name="camera", short_help="Read the digits in a camera, a video or a stream.")
@click.argument("sources", nargs=-1, metavar="[SOURCE]")
@click.option(
    "-m", "--model", default=None, metavar="MODEL", help="An exported .onnx file, or a name that mnist-edge models lists."
)
@threads_option
@reject_option
@click.option("--every", type=click.IntRange(1), default=CameraOptions.every, help="Read every n-th frame only.")
@click.option("--max-fps", type=_POSITIVE, metavar="FPS", help="Read at most so many frames a second.")
@click.option("--duration", type=_POSITIVE, metavar="SECONDS", help="End after so long; for a video: of its own time.")
@click.option("--roi", metavar="X,Y,W,H", help="Read this part only: pixels or percent, such as 25%,0,50%,240.")
@click.option(
    "--scene",
    type=click.Choice(["multi", "single"]),
    default=CameraOptions.scene,
    help="Find all digits, or take what is in the frame (or in --roi) as one digit.",
)
@click.option(
    "--steady/--no-steady",
    default=None,
    show_default="steady, except for folders of pictures",
    help="Follow digits and vote on their labels over time.",
)
@click.option(
    "--timeout", type=_POSITIVE, default=CameraOptions.timeout, metavar="SECONDS", help="No frame for so long: lost."
)
@click.option("--reconnect", is_flag=True, help="Try again when a camera or stream is lost.")
@click.option("--headless", is_flag=True, help="No window: print the digits whenever they change.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for every frame read.")
@click.option(
    "--record", type=click.Path(path_type=Path), metavar="FILE", help="Write the annotated frames as a video (.mp4, .avi)."
)
@click.option(
    "--save-frames",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write every frame read, as it came, as DIR/frame-NNNNNNNN.png; the key s saves there, too.",
)
@verbosity
@click.pass_context
def command(ctx: click.Context, /, sources: tuple[str, ...], console: Console, **values: object) -> None:
    """Read the digits in a camera, a video or a stream.

    SOURCE is the number of a camera (0 is the first one), a video file, an address (http, rtsp, ...), a folder or glob of
    pictures, or - for JPEG or PNG pictures one after the other on stdin (MJPEG). A camera is read in the background: every
    frame shown is the newest one, and its age and how many were dropped since the last are told. Files, folders and stdin
    are read frame by frame.

    Keys in the window: q or Esc quit, s save the frame, space pause.

    \b
    Examples:
      mnist-edge camera
      mnist-edge camera 1 --roi 25%,25%,50%,50% --record out.mp4
      mnist-edge camera film.mp4 --headless --json > digits.jsonl
      mnist-edge camera rtsp://camera.local/stream --headless --reconnect
      ffmpeg -i film.mkv -f mjpeg - | mnist-edge camera - --headless
    """
    if len(sources) > 1:  # click's own refusal would print a password that is in an address
        raise click.UsageError(f"One SOURCE is read at a time, but {len(sources)} are named.")
    options = CameraOptions(*sources, **values)  # type: ignore[arg-type]  # click has checked them one by one
    if watch(options, console):
        ctx.exit(1)


def watch(options: CameraOptions, console: Console) -> int:
    """Reads the source until it ends, or the user does.

    Returns:
        How many frames could not be read.
    """
    spare_blas_threads()
    from mnist_edge.cli.native_stderr import quiet_native_stderr

    keep_apart(options.record, [options.source])
    check_frames_folder(options.save_frames)
    with quiet_native_stderr(console.level < 2):
        from mnist_edge.cli.camera_session import Session

        return Session(options, console).run()


def check_frames_folder(folder: Path | None) -> None:
    """Refuses a folder that holds frames already: of an earlier run, or those that are to be read.

    Raises:
        OptionError: If it does.
    """
    if folder is not None and next(folder.glob(FRAME_NAME.format("*")), None) is not None:
        raise OptionError(f"{folder} holds frames already, which would be overwritten", fix="Name another folder")
