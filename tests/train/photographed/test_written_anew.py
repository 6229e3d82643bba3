"""Another pen, and what is cut out with a digit or from it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mnist_edge.train.photographed.cutting import bitten, with_dirt, with_stub
from mnist_edge.train.photographed.writing import SIDE, enclosed, with_pen, write_anew


def _ring(width: int = 8) -> np.ndarray:
    return cv2.circle(np.zeros((SIDE, SIDE), np.uint8), (42, 42), 24, 255, width, cv2.LINE_AA)


def _bar() -> np.ndarray:
    return cv2.line(np.zeros((SIDE, SIDE), np.uint8), (42, 14), (42, 70), 255, 7, cv2.LINE_AA)


@pytest.mark.parametrize("width", [0.03, 0.06, 0.15, 0.2])
def test_a_pen_has_its_width_and_keeps_the_middle_line(width: float) -> None:
    drawn = with_pen(_ring(), width)
    area = 2 * np.pi * 24 * width * 60  # a ring of this width, in pixels
    assert drawn.sum() / 255 == pytest.approx(area, rel=0.25)
    assert drawn[42, 18] > 127
    assert drawn[42, 42] == 0


def test_a_pen_that_would_fill_a_loop_is_not_taken() -> None:
    small = cv2.circle(np.zeros((SIDE, SIDE), np.uint8), (42, 42), 9, 255, 5, cv2.LINE_AA)
    np.testing.assert_array_equal(with_pen(small, 0.27), small)
    assert not np.array_equal(with_pen(small, 0.05), small)


def test_a_filled_loop_is_no_stroke_to_be_thinned() -> None:
    blob = cv2.circle(_bar(), (42, 60), 14, 255, -1)
    np.testing.assert_array_equal(with_pen(blob, 0.04), blob)
    nothing = np.zeros((SIDE, SIDE), np.uint8)
    np.testing.assert_array_equal(with_pen(nothing, 0.04), nothing)


def test_enclosed_ground_is_counted() -> None:
    assert enclosed(_bar()) == 0
    assert enclosed(_ring()) == pytest.approx(np.pi * 20**2, rel=0.1)


def test_every_digit_is_written_differently(mnist) -> None:  # type: ignore[no-untyped-def]
    images = np.repeat(mnist.x_train[:1], 40, axis=0)
    inks = write_anew(images, np.random.default_rng(1))
    assert all((ink.shape, ink.dtype) == ((SIDE, SIDE), np.uint8) for ink in inks)
    assert len({ink.tobytes() for ink in inks}) == 40
    areas = np.array([(ink > 127).sum() for ink in inks])
    assert areas.max() > 2.5 * areas.min()  # thin and thick pens


def test_a_stub_stands_beside_the_digit_and_is_little_of_its_neighbour() -> None:
    digit, neighbour = _bar(), _ring()
    sides = set()
    for seed in range(40):
        cut = with_stub(digit, neighbour, np.random.default_rng(seed))
        assert cut.shape[0] == SIDE
        extra = int(cut.sum()) - int(digit.sum())
        assert extra <= 0.21 * int(digit.sum())
        if cut.shape != digit.shape and extra > 0:
            weight = cut.astype(float).sum(axis=0)
            bar = weight.argmax()
            sides.add("right" if weight[bar + 8 :].sum() > weight[: max(0, bar - 8)].sum() else "left")
    assert sides == {"left", "right"}


def test_a_bite_takes_a_little_of_either_side_and_leaves_the_rest_as_it_was() -> None:
    ring, lost = _ring(), set()
    for seed in range(30):
        left = bitten(ring, np.random.default_rng(seed))
        assert 0.88 <= left.sum() / ring.sum() <= 1
        assert np.isin(left, [0, *np.unique(ring)]).all()
        assert ((left == ring) | (left == 0)).all()
        gone = (left < ring).sum(axis=0)
        if gone.any():
            lost.add(bool(gone[:42].sum() > gone[42:].sum()))
    assert lost == {True, False}


def test_dirt_is_small_and_near() -> None:
    ring = _ring()
    for seed in range(20):
        dirty = with_dirt(ring, np.random.default_rng(seed))
        assert (dirty >= np.minimum(ring, 120)).all()
        new = np.argwhere((dirty != ring) & (ring == 0))
        assert len(new) < 3 * np.pi * 5**2
        if len(new):
            assert new.min() >= 14 - 8 - 4
            assert new.max() <= 70 + 8 + 4
