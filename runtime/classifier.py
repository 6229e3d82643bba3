"""``DigitClassifier``: pictures in, digits out."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from mnist_edge.contract import IMAGE_SIZE, ModelCard
from mnist_edge.errors import ImageError
from mnist_edge.runtime.batch import classify_several
from mnist_edge.runtime.decode import MAX_PIXELS
from mnist_edge.runtime.framed import is_framed
from mnist_edge.runtime.images import ImageLike, load_image, source_name
from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.preprocess import prepare_digit, read_as_it_is
from mnist_edge.runtime.scoring import Scorer
from mnist_edge.runtime.session import Engine
from mnist_edge.runtime.tuning.lookup import ProfileLike

if TYPE_CHECKING:
    from mnist_edge.runtime.camera.frames import Frame
    from mnist_edge.runtime.camera.opening import SourceLike
    from mnist_edge.runtime.camera.stream import Reading
    from mnist_edge.runtime.scenes.scene import Scene, Trace

_MNIST_SHAPE: Final = (IMAGE_SIZE, IMAGE_SIZE)


class DigitClassifier:
    """Reads the handwritten digit in a picture.

    One classifier may be used by several threads at once, be pickled (for the same version of mnist-edge), and be used
    after ``fork``.

    Args:
        model: Path of an exported model, the name of a packaged one, its bytes, or ``None`` for the default model.
        threads: Threads inside the network; ``None`` takes what the profile says, else one, which is nearly always fastest
            for one picture at a time.
        max_pixels: Larger pictures are refused before they are decoded.
        reject: Share of real digits that may be refused so that other things are, see :class:`Scorer`; ``None`` takes the
            model's own.
        profile: Session options that ``mnist-edge tune`` found: ``None`` takes this user's, if there are any for this model
            and machine; a path takes another profile; ``False`` takes the defaults.

    Raises:
        ModelNotFoundError: If there is no such model.
        ModelFormatError: If it does not fulfil the contract.
        OptionError: If ``threads`` is below 1, or ``reject`` is no number, or none that the model's card has been measured
            for, or a profile was named but cannot be read.

    Example:
        >>> from mnist_edge import DigitClassifier
        >>> DigitClassifier().classify("seven.jpg").digit  # doctest: +SKIP
        7
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | bytes | None = None,
        *,
        threads: int | None = None,
        max_pixels: int = MAX_PIXELS,
        reject: float | None = None,
        profile: ProfileLike = None,
    ) -> None:
        self.engine = Engine(model, threads=threads, profile=profile)
        self.max_pixels = max_pixels
        self._scorer = Scorer(self.engine, reject)

    @property
    def card(self) -> ModelCard:
        """The card of the loaded model."""
        return self.engine.card

    def classify(self, image: ImageLike) -> Prediction:
        """Reads the digit in one picture.

        Args:
            image: A path; encoded bytes; a binary file; an array (``[H, W]`` gray, ``[H, W, 3]`` BGR, ``[H, W, 4]``
                BGRA; uint8, uint16, bool, or float 0 to 1); or a PIL image. Dark on light or light on dark.

        Returns:
            The digit, or a status that says why there is none: ``EMPTY`` without ink; ``REJECTED`` if the ink does not
            look like a digit, by the threshold that ``reject`` and the model's card set; ``ERROR`` if the picture cannot
            be read. A bad picture is never an exception.
        """
        name = ""
        if type(image) is np.ndarray:
            picture = image
        else:
            name = source_name(image)
            try:
                picture = load_image(image, max_pixels=self.max_pixels)
            except ImageError as error:
                return Prediction(None, 0.0, Status.ERROR, str(error), name)
        if picture.shape == _MNIST_SHAPE and picture.dtype == np.uint8 and is_framed(picture):
            return self._scorer.score_one(picture.copy(), name)  # nothing to prepare; the caller may go on using the array
        looks = self._look(picture, name)
        if isinstance(looks, Prediction):
            return looks
        return max([self._scorer.score_one(look, name) for look in looks], key=_surety)

    def classify_batch(self, images: Iterable[ImageLike]) -> list[Prediction]:
        """Reads the digit in each picture; a bad picture gets a status, the others their digits.

        Args:
            images: Pictures as in :meth:`classify`, or one array ``[n, H, W]`` or ``[n, H, W, C]``.

        Returns:
            One prediction a picture, in the same order.

        Raises:
            TypeError: If ``images`` is one picture instead of several.
        """
        return classify_several(images, self._look, self._scorer.score)

    def read(self, image: ImageLike, *, trace: Trace | None = None) -> Scene:
        """Finds and reads every digit in one picture.

        Args:
            image: As in :meth:`classify`.
            trace: Is given the name and the picture of every stage, to be looked at.

        Returns:
            The digits in reading order, each with its box, and the rejected regions; ``.text`` gives the lines. A picture
            that cannot be read is a scene with the status ``ERROR``, never an exception.
        """
        from mnist_edge.runtime.scenes.reader import read_scene
        from mnist_edge.runtime.scenes.scene import Scene

        name = source_name(image)
        try:
            scene = read_scene(load_image(image, max_pixels=self.max_pixels), self._scorer.score, trace=trace)
        except ImageError as error:
            return Scene(status=Status.ERROR, message=str(error), source=name)
        return replace(scene, source=name) if name else scene

    def prepare(self, image: ImageLike) -> npt.NDArray[np.uint8] | None:
        """The picture as the network sees it.

        A picture of 28x28 pixels, white on black, in another form than this is read as it is, too, and the surer answer
        counts; ``Prediction.seen`` tells which that was.

        Returns:
            uint8 ``[28, 28]``, white ink on black, in a 20x20 box centred by mass; ``None`` if there is no ink.

        Raises:
            ImageError: If ``image`` is no picture.
        """
        return prepare_digit(load_image(image, max_pixels=self.max_pixels))

    def stream(
        self,
        source: SourceLike = 0,
        *,
        every: int = 1,
        max_fps: float | None = None,
        duration: float | None = None,
        roi: str | Sequence[float] | None = None,
        reconnect: bool = False,
        timeout: float = 5.0,
        scene: Reading = "multi",
        steady: bool | None = None,
        notify: Callable[[str], None] | None = None,
    ) -> Generator[Frame, None, None]:
        """Reads the digits in the frames of a camera, video, stream, folder or pipe; the newest frame of what is live.

        Leaving the loop, in whatever way, closes the source.

        Args:
            source: Number of a camera, path, address, ``-`` for standard input, or a source of your own.
            every: Read the digits in every n-th frame only; the others carry those of the last one that was read.
            max_fps: Hand over at most so many frames a second.
            duration: End after so many seconds.
            roi: Read this part only: ``"left,top,width,height"`` in pixels or percent, or four numbers of pixels.
            reconnect: When a camera is lost, try again instead of raising.
            timeout: Seconds without a frame after which a camera is lost.
            scene: ``"multi"`` finds all digits, ``"single"`` takes what is in the frame as one digit.
            steady: Follow the digits and vote on their labels over time; by default for all but folders of pictures.
            notify: Takes a line of text when a source is lost, is back, or a picture cannot be read.

        Yields:
            One frame after the other, with its digits, its age, and how many were dropped before it.

        Raises:
            OptionError: At once, if an option is out of range.
            SourceError: At once, if there is no such source.
            CameraError: From the loop, if the source cannot be opened, is silent or breaks off.

        Example:
            >>> for frame in DigitClassifier().stream(0):  # doctest: +SKIP
            ...     print(frame.text, frame.age_ms)
        """
        from mnist_edge.runtime.camera.stream import stream

        return stream(
            self,
            source,
            every=every,
            max_fps=max_fps,
            duration=duration,
            roi=roi,
            reconnect=reconnect,
            timeout=timeout,
            scene=scene,
            steady=steady,
            notify=notify or (lambda line: None),
        )

    def _look(self, image: ImageLike, name: str) -> list[npt.NDArray[np.uint8]] | Prediction:
        """The picture in the forms in which the network is to see it, uint8 ``[28, 28]``; the answer if it is to see none.

        They are copies, because a framed picture comes back as the caller's own buffer, which a camera fills again.
        """
        try:
            picture = load_image(image, max_pixels=self.max_pixels)
            digit = prepare_digit(picture)
        except ImageError as error:
            return Prediction(None, 0.0, Status.ERROR, str(error), name)
        if digit is None:
            return Prediction(None, 0.0, Status.EMPTY, "There is no ink in the picture.", name)
        if digit is picture:
            return [digit.copy()]
        as_it_is = read_as_it_is(picture)
        return [digit.copy()] if as_it_is is None else [digit.copy(), as_it_is.copy()]

    def __repr__(self) -> str:
        return f"DigitClassifier({self.engine.name!r}, threads={self.engine.threads})"


def _surety(prediction: Prediction) -> float:
    return prediction.log_odds
