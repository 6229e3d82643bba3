import cv2
import numpy as np

from mnist_edge.runtime.scenes.glyphs import Glyph, frame_glyphs, glyph_of, join_glyphs, soft_ink
from mnist_edge.runtime.scenes.outlines import draw_pieces, trace_pieces
from mnist_edge.runtime.scenes.scene import Box


def two_bars() -> np.ndarray:
    mask = np.zeros((60, 60), np.uint8)
    mask[10:50, 10:16] = mask[10:50, 18:24] = 1
    return mask


def test_neighbours_ink_is_left_out():
    strength = two_bars() * np.uint8(255)
    first = min((glyph_of([piece]) for piece in trace_pieces(two_bars())), key=lambda glyph: glyph.box.left)
    soft = soft_ink(first, strength)
    assert soft.shape == (44, 10)
    assert soft.sum() == 255 * 240
    both = glyph_of(trace_pieces(two_bars()))
    assert both.box == Box(10, 10, 14, 40)
    assert both.ink == 480
    assert soft_ink(both, strength).sum() == 255 * 480


def test_a_soft_edge_beyond_the_mask_is_kept():
    strength = np.zeros((20, 20), np.uint8)
    strength[4:12, 4:12] = 90
    strength[5:11, 5:11] = 255
    glyph = Glyph(Box(5, 5, 6, 6), np.ones((6, 6), np.uint8), 6.0)
    assert soft_ink(glyph, strength).sum() == strength.sum()


def test_glyphs_in_the_corners_of_the_picture():
    strength = np.full((30, 40), 200, np.uint8)
    for box in (Box(0, 0, 4, 8), Box(36, 22, 4, 8), Box(0, 0, 40, 30)):
        glyph = Glyph(box, np.ones((box.height, box.width), np.uint8), 4.0)
        assert soft_ink(glyph, strength).sum() >= 200 * glyph.ink
        assert frame_glyphs([glyph], strength).max() > 128


def test_mended_strokes_without_strength_are_still_framed():
    glyph = Glyph(Box(5, 5, 4, 20), np.ones((20, 4), np.uint8), 4.0)
    assert frame_glyphs([glyph], np.zeros((40, 40), np.uint8)).max() == 255


def test_joined_glyphs_keep_all_their_ink():
    first = Glyph(Box(2, 3, 4, 5), np.ones((5, 4), np.uint8), 4.0)
    second = Glyph(Box(4, 6, 6, 2), np.ones((2, 6), np.uint8), 2.0)
    both = join_glyphs([first, second])
    assert both.box == Box(2, 3, 8, 5)
    assert both.ink == 20 + 12 - 4
    assert join_glyphs([first]) is first


def test_a_glyph_holds_its_own_ink_only_also_when_it_is_cut_out_of_the_mask():
    rng = np.random.default_rng(4)
    mask = (cv2.GaussianBlur(rng.random((120, 160)), (0, 0), 2.5) > 0.52).astype(np.uint8)
    pieces = trace_pieces(mask)
    alone = 0
    for piece in pieces:
        glyph = glyph_of([piece], mask)
        drawn = draw_pieces([piece], piece.box)
        assert np.array_equal(glyph.mask, drawn)
        alone += np.array_equal(drawn, mask[piece.box.top : piece.box.bottom, piece.box.left : piece.box.right])
    assert 0 < alone < len(pieces)
    glyph_of([pieces[0]], mask).mask[:] = 0
    assert trace_pieces(mask)[0].area == pieces[0].area


def test_several_glyphs_are_framed_as_each_alone():
    strength = two_bars() * np.uint8(255)
    glyphs = [glyph_of([piece]) for piece in trace_pieces(two_bars())]
    assert np.array_equal(frame_glyphs(glyphs, strength), [frame_glyphs([glyph], strength)[0] for glyph in glyphs])
