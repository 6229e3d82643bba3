"""How ``classify`` reads: as one digit, as a scene, or as whichever the picture shows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from mnist_edge.cli.classify_options import SceneMode
from mnist_edge.contract import IMAGE_SIZE
from mnist_edge.errors import ImageError, SourceError
from mnist_edge.runtime.images import load_image
from mnist_edge.runtime.prediction import Prediction, Status

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from mnist_edge.runtime.classifier import DigitClassifier
    from mnist_edge.runtime.scenes.scene import Scene
    from mnist_edge.runtime.sources import Picture

READ_AHEAD: Final = 32  # pictures prepared before the network runs on them together
_SAME_SIZE: Final = 0.5  # digits of one scene are at least so tall against the tallest
_SURE: Final = 0.9  # confidence of a digit that is most likely there

Result: TypeAlias = "Prediction | Scene"


class Answer(NamedTuple):
    """What was read in one picture.

    Attributes:
        result: A prediction if it was read as one digit, else a scene; both name their source.
        image: ``[H, W]``, ``[H, W, 3]`` BGR or ``[H, W, 4]`` BGRA, the picture as it was decoded, if that was asked for.
    """

    result: Result
    image: npt.NDArray[Any] | None = None


def read_pictures(
    classifier: DigitClassifier, items: Iterator[Picture | SourceError], mode: SceneMode, *, keep_images: bool = False
) -> Iterator[Answer]:
    """Reads pictures in order, a few at a time; a source that yields none becomes an answer with an error.

    Args:
        classifier: Reads.
        items: Of :func:`mnist_edge.runtime.sources.expand_sources`.
        mode: How many digits a picture is taken to show.
        keep_images: Give the decoded pictures as well; one picture at a time, for they may be large.
    """
    while group := list(itertools.islice(items, 1 if keep_images else READ_AHEAD)):
        yield from _Group(classifier, mode, keep_images).read(group)


class _Group:
    """Pictures that the network reads together."""

    def __init__(self, classifier: DigitClassifier, mode: SceneMode, keep_images: bool) -> None:
        self._classifier = classifier
        self._mode = mode
        self._keep_images = keep_images
        self._images: dict[int, npt.NDArray[Any]] = {}
        self._scenes: dict[int, Scene] = {}
        self._results: dict[int, Result] = {}

    def read(self, group: Sequence[Picture | SourceError]) -> Iterator[Answer]:
        """Answers in the order of the group."""
        # The generator gives one decoded picture at a time, and the classifier keeps none of them.
        predictions = iter(self._classifier.classify_batch(self._single_digits(group)))
        for index, item in enumerate(group):
            result = self._results.get(index)
            if result is None:
                result = choose_result(next(predictions), self._scenes.get(index))
            name = item.source if isinstance(item, SourceError) else item.name
            yield Answer(replace(result, source=name), self._images.get(index))

    def _single_digits(self, group: Sequence[Picture | SourceError]) -> Iterator[npt.NDArray[Any]]:
        """The pictures to be read as one digit; those that surely are none get their results here."""
        for index, item in enumerate(group):
            if isinstance(item, SourceError):
                self._results[index] = Prediction(None, 0.0, Status.ERROR, str(item))
                continue
            try:
                image = load_image(item.content, max_pixels=self._classifier.max_pixels)
            except ImageError as error:
                self._results[index] = Prediction(None, 0.0, Status.ERROR, str(error))
                continue
            if self._keep_images:
                self._images[index] = image
            if self._mode is SceneMode.MULTI or (self._mode is SceneMode.AUTO and has_room_for_several(image)):
                scene = self._scenes[index] = self._classifier.read(image)
                if self._mode is SceneMode.MULTI or (shows_several(scene) and is_sure(scene)):
                    self._results[index] = scene
                    continue
            yield image


def has_room_for_several(image: npt.NDArray[np.generic]) -> bool:
    """Whether a picture is more than MNIST's 28x28 frame, in which there is one digit."""
    return image.shape[:2] != (IMAGE_SIZE, IMAGE_SIZE)


def shows_several(scene: Scene) -> bool:
    """Whether there are two digits of about the same size; next to one large digit, a small one is most likely dirt."""
    tallest = max((digit.box.height for digit in scene), default=0)
    return sum(digit.box.height >= _SAME_SIZE * tallest for digit in scene) > 1


def is_sure(scene: Scene) -> bool:
    """Whether at least one digit is; parts of one broken digit, taken for several, are not."""
    return any(digit.confidence >= _SURE for digit in scene)


def choose_result(prediction: Prediction, scene: Scene | None) -> Result:
    """What a picture of unknown kind shows.

    Args:
        prediction: The picture read as one digit.
        scene: The same picture read as a scene, if it was.

    Returns:
        The scene if it has several digits, unless none of them is sure while the prediction is. Else the prediction, or
        where that is none, the only digit of the scene.
    """
    if scene is None:
        return prediction
    read = prediction.status is Status.OK
    if shows_several(scene) and (is_sure(scene) or not read or prediction.confidence < _SURE):
        return scene
    return scene[0].prediction if len(scene) == 1 and not read else prediction
