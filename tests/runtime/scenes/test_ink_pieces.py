"""Which pieces of a mask are ink."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.pieces import are_ink, erase_pixels, find_pieces, keep_ink
from mnist_edge.runtime.scenes.thick import thick_ink

Plane = NDArray[np.uint8]


def page(strength: Plane) -> Plane:
    return np.asarray(200 - strength, np.uint8)


def judged(strength: Plane, **options: float) -> NDArray[np.bool_]:
    mask = np.asarray((strength > 0) * 255, np.uint8)
    pieces = find_pieces(mask, strength, page(strength), 2)
    return are_ink(pieces, max(mask.shape), options.get("stroke", 4.0), options.get("spread", 1.0))


def test_pieces_are_measured() -> None:
    strength = np.zeros((40, 60), np.uint8)
    strength[10:14, 5:25] = 100
    strength[0:3, 40:50] = 50
    pieces = find_pieces(np.asarray((strength > 0) * 255, np.uint8), strength, page(strength), 2)
    assert sorted(pieces.area[1:]) == [30, 80]
    assert sorted(pieces.strength[1:]) == [1500, 8000]
    assert pieces.backed[1:].min() == 1
    assert sorted(pieces.framed[1:] > 0.3) == [False, True]


def test_a_stroke_is_ink_and_a_speck_is_not() -> None:
    strength = np.zeros((100, 100), np.uint8)
    strength[20:60, 30:34] = 80
    strength[80, 80] = 40
    assert judged(strength).tolist() == [False, True, False]


def test_the_same_stroke_is_no_ink_in_loud_noise() -> None:
    strength = np.zeros((100, 100), np.uint8)
    strength[20:30, 30:32] = 40
    assert judged(strength, spread=1).any()
    assert not judged(strength, spread=20).any()


def test_what_has_no_step_in_the_picture_is_a_shadow() -> None:
    strength = np.zeros((100, 100), np.uint8)
    strength[20:60, 30:60] = 80
    mask = np.asarray((strength > 0) * 255, np.uint8)
    pieces = find_pieces(mask, strength, np.full_like(mask, 120), 2)
    assert not are_ink(pieces, 100, 4.0, 1.0).any()


def test_a_dark_strip_along_the_frame_is_no_ink() -> None:
    strength = np.zeros((200, 200), np.uint8)
    strength[:, :12] = 120
    assert not judged(strength).any()


def test_a_broad_bar_that_comes_in_from_the_frame_is_no_ink() -> None:
    strength = np.zeros((200, 300), np.uint8)
    strength[90:, 120:160] = 100
    assert not judged(strength, stroke=40).any()


def test_far_fainter_pieces_than_the_others_are_no_ink() -> None:
    strength = np.zeros((100, 100), np.uint8)
    strength[10:60, 20:26] = 190
    strength[10:60, 60:66] = 12
    assert judged(strength).tolist() == [False, True, False]


def test_pixels_of_a_reduced_picture_are_erased_in_the_full_one() -> None:
    mask = np.full((9, 13), 255, np.uint8)
    clean = erase_pixels(mask, np.array([0, 6 * 4 - 1]), (4, 6))
    assert mask.min() == 255
    assert clean[0, 0] == clean[1, 1] == clean[8, 12] == 0
    assert clean[0, 4] == clean[4, 0] == clean[4, 6] == 255


def test_keeping_works_at_full_size() -> None:
    strength = np.zeros((700, 900), np.uint8)
    strength[100:300, 200:208] = 100
    strength[500:502, 600:602] = 30
    mask = np.asarray((strength > 0) * 255, np.uint8)
    kept = keep_ink(mask, strength, page(strength), 8.0, 2.0)
    assert np.array_equal(kept[:400], mask[:400])
    assert kept[400:].sum() == 0


def test_thick_ink_is_found_and_the_shadow_of_a_hand_is_not() -> None:
    dark = np.full((480, 640), 220, np.uint8)
    cv2.circle(dark, (150, 150), 70, 60, 40)
    dark[15:, 460:508] = 120
    found = thick_ink(dark, 91)
    assert found[150, 80] > 140
    assert found[400, 480] == 0
    assert found[20, 600] == 0
