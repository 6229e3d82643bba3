"""The camera and what the runner makes of its pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mnist_edge.runtime.framed import is_framed
from mnist_edge.runtime.framing import frame_ink
from mnist_edge.train.photographed.camera import take_picture
from mnist_edge.train.photographed.grain import Grain
from mnist_edge.train.photographed.reading import frame_glyph


def _digit() -> np.ndarray:
    ink = np.zeros((80, 80), np.uint8)
    return cv2.polylines(ink, [np.array([[20, 20], [55, 20], [35, 60]], np.int32)], False, 255, 6, cv2.LINE_AA)


def test_ink_is_darker_than_paper_or_brighter_than_a_board() -> None:
    ink, rng = _digit(), np.random.default_rng(3)
    grain = Grain(rng)
    for _ in range(60):
        for is_bright in (False, True):
            picture = take_picture(ink, 40, grain, rng, is_bright=is_bright)
            assert (picture.shape, picture.dtype) == (ink.shape, np.uint8)
            contrast = float(picture[ink > 200].mean()) - float(picture[ink == 0].mean())
            assert contrast > 0 if is_bright else contrast < 0


def test_pictures_are_sharp_and_soft_faint_and_strong() -> None:
    rng = np.random.default_rng(4)
    grain, ink = Grain(rng), _digit()
    pictures = [take_picture(ink, 40, grain, rng).astype(float) for _ in range(100)]
    contrasts = np.array([picture[ink == 0].mean() - picture[ink > 200].mean() for picture in pictures])
    assert contrasts.min() < 30
    assert contrasts.max() > 150
    grounds = np.array([picture[ink == 0].std() for picture in pictures])
    assert grounds.min() < 4
    assert grounds.max() > 20


def test_grain_has_mean_0_and_spread_1_and_is_new_each_time() -> None:
    grain = Grain(np.random.default_rng(2))
    for pieces in ([grain.white(60, 90) for _ in range(20)], [grain.lumpy(60, 90, 6.0) for _ in range(20)]):
        assert all((piece.shape, piece.dtype) == ((60, 90), np.float32) for piece in pieces)
        assert np.mean(pieces) == pytest.approx(0, abs=0.15)
        assert np.std(pieces) == pytest.approx(1, abs=0.15)
        assert len({piece.tobytes() for piece in pieces}) > 15
    white, lumpy = (np.abs(np.diff(piece)).mean() for piece in (grain.white(80, 80), grain.lumpy(80, 80, 8.0)))
    assert lumpy < white / 3


@pytest.mark.parametrize("is_bright", [False, True])
def test_a_clean_digit_is_framed_as_it_is(is_bright: bool) -> None:
    ink = _digit()
    framed = frame_glyph(ink if is_bright else 255 - ink, ink, 40, is_bright=is_bright)
    assert framed is not None
    assert is_framed(framed)
    assert np.abs(framed.astype(int) - frame_ink(ink)).mean() < 4


def test_what_does_not_show_is_not_framed() -> None:
    ink = _digit()
    assert frame_glyph(np.full_like(ink, 200), ink, 40, is_bright=False) is None
    noise = np.random.default_rng(1).normal(128, 30, ink.shape).astype(np.uint8)
    assert frame_glyph(noise, ink, 40, is_bright=False) is None


def test_what_lies_far_from_the_ink_is_none_of_it() -> None:
    ink = _digit()
    other = ink.copy()
    other[70:78, 70:78] = 255
    np.testing.assert_array_equal(
        frame_glyph(255 - other, ink, 40, is_bright=False), frame_glyph(255 - ink, ink, 40, is_bright=False)
    )
