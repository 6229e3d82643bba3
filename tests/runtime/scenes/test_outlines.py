import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnist_edge.runtime.scenes.outlines import draw_pieces, enclosing_box, trace_pieces
from mnist_edge.runtime.scenes.scene import Box

masks = arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24)), elements=st.integers(0, 1))


def ring(size: int = 40, stroke: int = 6) -> np.ndarray:
    mask = np.zeros((size, size), np.uint8)
    cv2.circle(mask, (size // 2, size // 2), size // 3, 1, stroke)
    return mask


def test_a_ring_with_a_dot_inside_is_two_pieces():
    mask = ring()
    mask[19:22, 19:22] = 1
    pieces = sorted(trace_pieces(mask), key=lambda piece: -piece.area)
    assert [piece.box for piece in pieces][1] == Box(19, 19, 3, 3)
    assert [piece.holes for piece in pieces] == [1, 0]


def test_area_and_stroke_of_a_bar():
    mask = np.zeros((20, 60), np.uint8)
    mask[5:11, 5:55] = 1
    (piece,) = trace_pieces(mask)
    assert piece.area == 300
    assert 5 < piece.stroke < 6.5


def test_area_of_a_ring_leaves_out_its_hole():
    mask = ring()
    (piece,) = trace_pieces(mask)
    assert abs(piece.area - mask.sum()) <= 2


def test_specks_are_no_pieces():
    mask = np.zeros((10, 10), np.uint8)
    mask[3, 3] = mask[6, 6:8] = 1
    assert trace_pieces(mask) == []


@given(masks)
@settings(deadline=None)
def test_pieces_are_drawn_as_they_were(mask):
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    whole = Box(0, 0, mask.shape[1], mask.shape[0])
    seen = set()
    for piece in trace_pieces(mask):
        drawn = draw_pieces([piece], whole)
        (label,) = set(labels[drawn > 0].tolist())
        np.testing.assert_array_equal(drawn, labels == label)
        seen.add(label)
        assert draw_pieces([piece], piece.box).sum() == drawn.sum()
    large = [label for label in range(1, count) if (labels == label).sum() > 6]
    assert seen >= set(large)


def test_enclosing_box():
    assert enclosing_box([Box(2, 3, 4, 5), Box(0, 6, 3, 9)]) == Box(0, 3, 6, 12)
