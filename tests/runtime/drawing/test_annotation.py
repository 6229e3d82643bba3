from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from mnist_edge.errors import ImageArrayError
from mnist_edge.runtime.drawing import annotate
from mnist_edge.runtime.drawing.style import REJECTED, SURE, UNSURE, Colour
from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scenes.scene import Box, Digit, Reason, RejectedRegion, Scene


def scene_of(boxes: Iterable[Box], *, confidence: float = 0.98, line: int = 0, **more: Any) -> Scene:
    digits = tuple(Digit(Prediction(index % 10, confidence), box, line) for index, box in enumerate(boxes))
    return Scene(digits, **more)


def has_colour(picture: np.ndarray, colour: Colour) -> bool:
    return bool((picture == np.array(colour, np.uint8)).all(axis=-1).any())


def inside(picture: np.ndarray, box: Box) -> np.ndarray:
    return picture[box.top : box.bottom, box.left : box.right]


def page(height: int, width: int, level: int = 230) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


@pytest.mark.parametrize(
    "image",
    [
        np.full((90, 120), 200, np.uint8),
        np.full((90, 120, 1), 200, np.uint8),
        np.full((90, 120, 3), 200, np.uint8),
        np.dstack([np.full((90, 120, 3), 200, np.uint8), np.full((90, 120), 255, np.uint8)]),
        np.full((90, 120), 200 * 257, np.uint16),
        np.full((90, 120, 3), 200 * 257, np.uint16),
        np.full((90, 120), 200 / 255, np.float32),
        np.ones((90, 120), np.bool_),
    ],
    ids=["gray", "gray1", "bgr", "bgra", "gray16", "bgr16", "float", "bool"],
)
def test_every_kind_of_picture_becomes_an_annotated_bgr_copy(image: np.ndarray) -> None:
    before = image.copy()
    drawn = annotate(image, scene_of([Box(40, 40, 20, 30)]))
    assert (drawn.shape, drawn.dtype) == ((90, 120, 3), np.uint8)
    assert has_colour(drawn, SURE)
    assert not np.shares_memory(drawn, image)
    assert np.array_equal(image, before)
    assert set(np.unique(drawn[85:])) == {255 if image.dtype == np.bool_ else 200}  # the rest is as it was


def test_an_empty_scene_changes_nothing() -> None:
    image = np.random.default_rng(0).integers(0, 256, (50, 60, 3), np.uint8)
    drawn = annotate(image, Scene(status=Status.EMPTY))
    assert np.array_equal(drawn, image)
    assert not np.shares_memory(drawn, image)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ImageArrayError):
        annotate(np.zeros((4, 5, 7), np.uint8), Scene())


@pytest.mark.parametrize(
    ("width", "height", "digit_height", "rows", "columns"),
    [(640, 480, 50, 4, 10), (1920, 1080, 90, 5, 12), (6000, 4000, 300, 4, 10), (100, 100, 24, 1, 2), (320, 240, 12, 5, 8)],
)
def test_no_digit_is_covered_where_there_is_room(
    width: int, height: int, digit_height: int, rows: int, columns: int
) -> None:
    boxes = [
        Box((column + 1) * width // (columns + 2), (row + 1) * height // (rows + 1), digit_height * 2 // 3, digit_height)
        for row in range(rows)
        for column in range(columns)
    ]
    digits = tuple(Digit(Prediction(n % 10, 0.99), box, n // columns) for n, box in enumerate(boxes))
    image = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    drawn = annotate(image, Scene(digits))
    for box in boxes:
        assert np.array_equal(inside(drawn, box), inside(image, box))


def test_the_frame_surrounds_the_box_and_has_a_dark_border_on_both_sides() -> None:
    box = Box(60, 60, 40, 60)
    row = annotate(page(200, 200), scene_of([box]))[90]
    left = [tuple(int(value) for value in pixel) for pixel in row[box.left - 6 : box.left]]
    assert left[-1] == (0, 0, 0)
    assert SURE in left
    assert left[left.index(SURE) - 1] == (0, 0, 0)


def test_an_unsure_digit_has_another_colour() -> None:
    drawn = annotate(page(200, 200), scene_of([Box(60, 60, 40, 60)], confidence=0.6))
    assert has_colour(drawn, UNSURE)
    assert not has_colour(drawn, SURE)


def test_the_confidence_can_be_left_out() -> None:
    scene = scene_of([Box(60, 60, 40, 60)])
    with_it = (annotate(page(200, 200), scene) != 230).sum()
    without = (annotate(page(200, 200), scene, show_confidence=False) != 230).sum()
    assert 0 < without < with_it


def test_rejected_regions_are_drawn_thin_and_gray_on_request_only() -> None:
    region = RejectedRegion(Box(300, 300, 80, 60), Reason.UNLIKELY)
    scene = scene_of([Box(60, 60, 40, 60)], rejected=(region,))
    assert not has_colour(annotate(page(480, 640), scene), REJECTED)
    drawn = annotate(page(480, 640), scene, show_rejected=True)
    assert has_colour(drawn[250:420, 250:420], REJECTED)


def test_the_reason_is_written() -> None:
    first, second = (
        annotate(page(480, 640), Scene(rejected=(RejectedRegion(Box(300, 300, 80, 60), reason),)), show_rejected=True)
        for reason in (Reason.SMALL, Reason.SOLID)
    )
    assert (first != second).any()


def test_weights_and_text_grow_with_the_picture() -> None:
    small = annotate(page(500, 500), scene_of([Box(200, 200, 60, 100)]))
    large = annotate(page(4000, 4000), scene_of([Box(1600, 1600, 480, 800)]))
    drawn = [(picture != 230).any(axis=-1).mean() for picture in (small, large)]
    assert drawn[1] == pytest.approx(drawn[0], rel=0.4)  # the same share of the picture


def test_a_small_picture_can_be_enlarged_first() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[10:20, 12] = 255
    drawn = annotate(image, scene_of([Box(12, 10, 1, 10)]), min_side=280)
    assert drawn.shape == (280, 280, 3)
    assert (inside(drawn, Box(120, 100, 10, 100)) == 255).all()
    assert {tuple(pixel) for pixel in drawn[110:190, 119]} == {(0, 0, 0)}
    assert SURE in {tuple(int(value) for value in pixel) for pixel in drawn[150, 110:120]}  # the frame moved with the digit
    assert annotate(image, Scene(), min_side=28).shape == (28, 28, 3)


@pytest.mark.parametrize("size", [(1, 1), (5, 5), (1, 300), (300, 1), (28, 28)])
@pytest.mark.parametrize("box", [Box(0, 0, 1, 1), Box(0, 0, 28, 28), Box(-20, -20, 10, 10), Box(400, 400, 9, 9)])
def test_no_size_and_no_box_is_too_odd(size: tuple[int, int], box: Box) -> None:
    scene = scene_of([box], rejected=(RejectedRegion(box, Reason.CUT),))
    assert annotate(page(*size), scene, show_rejected=True).shape == (*size, 3)


def test_lines_are_labelled_one_by_one() -> None:
    """Digits of lines 0 and 2: a line without digits, as a filter of digits leaves it, is no error."""
    digits = (
        Digit(Prediction(1, 0.99), Box(20, 40, 20, 30), 0),
        Digit(Prediction(2, 0.99), Box(20, 120, 20, 30), 2),
    )
    assert has_colour(annotate(page(200, 200), Scene(digits)), SURE)


def test_labels_of_neighbours_do_not_cover_each_other() -> None:
    def digits(*confidences: float) -> Scene:
        boxes = [Box(100, 100, 12, 40), Box(118, 100, 12, 40)]
        return Scene(
            tuple(Digit(Prediction(8, c), box, n) for n, (c, box) in enumerate(zip(confidences, boxes, strict=False)))
        )

    alone, both = annotate(page(300, 300), digits(0.99)), annotate(page(300, 300), digits(0.99, 0.5))
    assert has_colour(both, UNSURE)
    assert (both == SURE).all(axis=-1).sum() == (alone == SURE).all(axis=-1).sum()
