"""Pictures that ``classify`` writes: what the network saw, annotated pictures, the stages on the way."""

from __future__ import annotations

import collections
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from mnist_edge.cli.classify_options import SceneMode
from mnist_edge.cli.classify_reading import Answer, Result, has_room_for_several
from mnist_edge.contract import IMAGE_SIZE
from mnist_edge.errors import OptionError, SourceError
from mnist_edge.files import write_bytes
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.drawing import annotate
from mnist_edge.runtime.image_header import read_image_header
from mnist_edge.runtime.opencv_log import silent_opencv
from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.preprocess import prepare_digit
from mnist_edge.runtime.scenes.scene import Box, Digit, Scene
from mnist_edge.runtime.sources import Picture

_WRITABLE: Final = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
_PHOTO: Final = (".jpg", ".jpeg")
_LEAST_SIDE: Final = 480  # px; a smaller picture is enlarged, so that there is room for labels
_STAGE: Final = re.compile(r"\d\d-(scene|digit)-[a-z0-9-]+\.png")


class Outputs:
    """Writes pictures, but never over one that is to be read.

    Args:
        inputs: What will be read.
    """

    def __init__(self, inputs: Iterable[Picture | SourceError] = ()) -> None:
        paths = [item.content for item in inputs if isinstance(item, Picture)]
        self._inputs = {_identity(path) for path in paths if isinstance(path, Path)} - {None}

    def write(self, target: Path, picture: npt.NDArray[np.uint8]) -> None:
        """Encodes as the name says and writes in one step.

        Raises:
            OptionError: If ``target`` is to be read, or the picture is too large for that format.
            OutputError: If it cannot be written.
        """
        self.keep_inputs(target)
        with silent_opencv():
            try:
                done, encoded = cv2.imencode(target.suffix, picture)
            except cv2.error:
                done = False
        if not done:  # WebP ends at 16383 pixels a side, JPEG at 65535
            size = f"{picture.shape[1]}x{picture.shape[0]} pixels"
            raise OptionError(f"{target} cannot be written as {target.suffix}", received=size, fix="Write .png")
        write_bytes(target, encoded.tobytes())

    def keep_inputs(self, target: Path) -> None:
        """Refuses a target that is to be read.

        Raises:
            OptionError: If it is.
        """
        if _identity(target) in self._inputs:
            raise OptionError(f"{target} is to be read and would be overwritten", fix="Write to another file or folder")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


class _Names:
    """File names without ending that do not collide."""

    def __init__(self) -> None:
        self._used: collections.Counter[str] = collections.Counter()

    def choose(self, source: str) -> str:
        """A name for a picture's output: its own, or with a number if that is taken."""
        name = "stdin" if source == "-" else Path(source).stem
        while (number := self._count(name)) > 1:
            name = f"{name}-{number}"
        return name

    def _count(self, name: str) -> int:
        key = name.casefold()  # some disks do not tell A.png from a.png
        self._used[key] += 1
        return self._used[key]


class SeenInputs:
    """Writes what the network saw: ``DIR/NAME.png``, or ``DIR/NAME-digit-01.png`` and on for the digits of a scene."""

    def __init__(self, folder: Path, outputs: Outputs) -> None:
        self._folder = folder
        self._outputs = outputs
        self._names = _Names()

    def write(self, answer: Answer) -> None:
        """Writes for one picture."""
        result = answer.result
        if isinstance(result, Prediction):
            seen = [] if result.seen is None else [("", result.seen)]
        else:
            numbered = enumerate((digit.prediction.seen for digit in result), 1)
            seen = [(f"-digit-{number:02}", picture) for number, picture in numbered if picture is not None]
        name = self._names.choose(result.source) if seen else ""
        for ending, picture in seen:
            target = self._folder / f"{name}{ending}.png"
            self._outputs.keep_inputs(target)
            _keep_pictures(target)
            self._outputs.write(target, picture)


def _keep_pictures(target: Path) -> None:
    """Refuses to replace a picture that no earlier call can have written."""
    if target.is_file():
        header = read_image_header(target.read_bytes())
        if header is None or (header.width, header.height) != (IMAGE_SIZE, IMAGE_SIZE):
            raise OptionError(f"{target} is a picture of yours and would be overwritten", fix="Name another folder")


class AnnotatedPictures:
    """Writes pictures with what was read drawn into them.

    Args:
        target: A file for one picture; else a folder, which gets ``NAME-annotated.png``, or ``.jpg`` where that was read.
        count: How many pictures will be read.
        outputs: Writes.
        show_rejected: Draw the rejected regions as well.
        classifier: Finds the place of the digit in a picture that was read as one digit.

    Raises:
        OptionError: If ``target`` is a file that cannot take what will be read.
    """

    def __init__(
        self, target: Path, count: int, outputs: Outputs, show_rejected: bool, classifier: DigitClassifier
    ) -> None:
        self._file = target if target.suffix.lower() in _WRITABLE and not target.is_dir() else None
        if self._file is not None and count > 1:
            raise OptionError(f"{target} is one file, but {count} pictures are read", fix="Name a folder")
        if self._file is None and count == 1 and target.suffix and not target.is_dir():
            raise OptionError(f"Pictures are not written as {target.suffix}", expected=", ".join(_WRITABLE))
        self._folder = target
        self._outputs = outputs
        self._show_rejected = show_rejected
        self._classifier = classifier
        self._names = _Names()

    def write(self, answer: Answer) -> None:
        """Writes for one picture; nothing if it could not be read."""
        if answer.image is None:
            return
        source = answer.result.source
        ending = ".jpg" if Path(source).suffix.lower() in _PHOTO else ".png"
        target = self._file or self._folder / f"{self._names.choose(source)}-annotated{ending}"
        scene = as_scene(answer.result, answer.image, self._classifier)
        self._outputs.write(target, annotate(answer.image, scene, show_rejected=self._show_rejected, min_side=_LEAST_SIDE))


def as_scene(result: Result, image: npt.NDArray[Any], classifier: DigitClassifier) -> Scene:
    """A result that can be drawn: a picture of one digit becomes a scene with that digit where its ink is."""
    if isinstance(result, Scene):
        return result
    scene = classifier.read(image)
    if result.status is not Status.OK:
        return replace(scene, digits=(), status=result.status)
    height, width = image.shape[:2]
    found = [digit.box for digit in scene] or [region.box for region in scene.rejected if region.prediction is not None]
    box = max(found, key=lambda box: box.width * box.height, default=Box(0, 0, width, height))
    return replace(scene, digits=(Digit(result, box, 0),), status=Status.OK)


class DebugStages:
    """Writes every stage of finding and framing: ``DIR/NAME/01-scene-….png`` and so on, in the order in which they came.

    Args:
        folder: For all pictures.
        mode: Which ways of reading are looked at.
        outputs: Writes.
        classifier: Reads once more, to be looked at.
    """

    def __init__(self, folder: Path, mode: SceneMode, outputs: Outputs, classifier: DigitClassifier) -> None:
        self._classifier = classifier
        self._folder = folder
        self._mode = mode
        self._outputs = outputs
        self._names = _Names()

    def write(self, answer: Answer) -> None:
        """Reads one picture once more and writes what happens; nothing if it could not be read."""
        if answer.image is None:
            return
        folder = self._folder / self._names.choose(answer.result.source)
        for old in folder.glob("*.png") if folder.is_dir() else ():
            if _STAGE.fullmatch(old.name):
                old.unlink()
        number = 0

        def save(part: str) -> Callable[[str, npt.NDArray[np.uint8]], None]:
            def trace(stage: str, picture: npt.NDArray[np.uint8]) -> None:
                nonlocal number
                number += 1
                slug = re.sub("[^a-z0-9]+", "-", stage.lower()).strip("-") or "stage"
                self._outputs.write(folder / f"{number:02}-{part}-{slug}.png", _visible(picture))

            return trace

        image = answer.image
        if self._mode is SceneMode.MULTI or (self._mode is SceneMode.AUTO and has_room_for_several(image)):
            scene = self._classifier.read(image, trace=save("scene"))
            save("scene")("result", annotate(image, scene, show_rejected=True, min_side=_LEAST_SIDE))
        if isinstance(answer.result, Prediction):
            prepared = prepare_digit(image, trace=save("digit"))
            if prepared is not None:
                save("digit")("result", prepared)


def _visible(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A mask of 0 and 1 as black and white."""
    return np.asarray(picture * np.uint8(255)) if picture.size and picture.max() <= 1 else picture
