import cv2
import numpy as np
import pytest

from mnist_edge.runtime.scenes.gates import reason_by_shape, runs_through, touches_frame
from mnist_edge.runtime.scenes.outlines import trace_pieces
from mnist_edge.runtime.scenes.scene import Box, Reason


def shape(*, line: tuple[int, int, int, int] | None = None, pen: int = 6, disc: int = 0, loop: int = 0):
    mask = np.zeros((300, 400), np.uint8)
    if line is not None:
        cv2.line(mask, line[:2], line[2:], 1, pen)
    if disc:
        cv2.circle(mask, (200, 150), disc, 1, -1)
    if loop:
        cv2.ellipse(mask, (200, 150), (loop * 2 // 3, loop), 0, 0, 360, 1, pen)
    (piece,) = trace_pieces(mask)
    return piece


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        (shape(line=(20, 200, 380, 205)), Reason.LINE),  # an underline
        (shape(line=(200, 10, 205, 290)), Reason.LINE),  # a margin
        (shape(disc=30), Reason.SOLID),
        (shape(line=(200, 100, 195, 160)), None),  # a 1
        (shape(line=(200, 100, 195, 160), pen=14), None),  # a 1 with a marker
        (shape(line=(180, 100, 230, 150)), None),  # a leaning 1
        (shape(line=(170, 100, 235, 104)), None),  # the bar of a 5
        (shape(loop=30), None),
        (shape(loop=30, pen=14), None),
    ],
)
def test_reason_by_shape(piece, reason):
    assert reason_by_shape(piece, 60.0) is reason


def test_touches_frame():
    assert touches_frame(Box(0, 5, 3, 3), 100, 50)
    assert touches_frame(Box(97, 5, 3, 3), 100, 50)
    assert touches_frame(Box(5, 47, 3, 3), 100, 50)
    assert not touches_frame(Box(1, 1, 98, 48), 100, 50)


def test_runs_through():
    assert runs_through(Box(0, 5, 100, 3), 100, 50)
    assert runs_through(Box(40, 0, 3, 50), 100, 50)
    assert not runs_through(Box(0, 0, 99, 49), 100, 50)
