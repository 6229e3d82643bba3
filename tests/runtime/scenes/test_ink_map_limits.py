"""Pictures without ink, of any size, and arrays that are no pictures of anything; the steps of the map one by one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ink_pages import Page, assert_found, blank, camera, recall_and_precision, strokes, write

from mnist_edge.runtime.scenes.background import NoiseLevel
from mnist_edge.runtime.scenes.ink_map import even_strength, halvings, ink_share, map_ink, shrink, working_plane


@pytest.mark.parametrize("noise", [7.0, 25.0])
def test_loud_noise_alone_is_no_ink(noise: float) -> None:
    assert map_ink(camera(blank(level=128), noise)) is None


@pytest.mark.parametrize("noise", [0.0, 1.0, 4.0, 15.0])
@pytest.mark.parametrize("level", [30, 128, 230])
def test_empty_paper_has_no_ink(noise: float, level: float) -> None:
    found = map_ink(camera(blank(level=level), noise))
    assert found is None


@pytest.mark.parametrize("soft", [0, 8])
def test_a_shadow_alone_is_no_ink(soft: int) -> None:
    light = np.ones((480, 640), np.float32)
    cv2.fillConvexPoly(light, np.array([[300, 0], [640, 0], [640, 480], [450, 480]]), 0.5)
    if soft:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), soft), np.float32)
    assert map_ink(camera(blank() * light)) is None


def test_ruled_paper_without_writing_has_no_ink() -> None:
    page = blank()
    for row in range(20, 480, 40):
        cv2.line(page, (0, row), (640, row + 12), 140.0, 2)
    assert map_ink(camera(page)) is None


def test_large_pictures_are_worked_on_at_a_smaller_size() -> None:
    ink = strokes(2400, 3200, thickness=20)
    found = map_ink(camera(write(blank(2400, 3200), ink)))
    assert found is not None
    assert max(found.mask.shape) <= 1280
    assert found.scale == pytest.approx(found.mask.shape[1] / 3200)
    recall, precision = recall_and_precision(found, ink)
    assert recall > 0.95
    assert precision > 0.95


def test_tall_digits_are_worked_on_at_half_the_size_and_small_ones_are_not() -> None:
    tall, small = strokes(thickness=4, size=2.4), strokes(thickness=2, size=1.0)
    assert assert_found(write(blank(), tall), tall).scale == 0.5
    assert assert_found(write(blank(), small), small).scale == 1


def test_small_digits_on_squared_paper_keep_their_size() -> None:
    ink, page = strokes(thickness=2, size=1.0), blank()
    page[::40] = page[:, ::40] = 150
    found = map_ink(camera(write(page, ink)))
    assert found is not None
    assert found.scale == 1


@st.composite
def wild_pictures(draw: st.DrawFn) -> Page:
    height, width = draw(st.integers(1, 90)), draw(st.integers(1, 90))
    if draw(st.booleans()):
        height, width = draw(st.sampled_from([(1, 700), (700, 1), (2, 1500), (130, 350), (3, 3)]))
    shape = (height, width, 3) if draw(st.booleans()) else (height, width)
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    kind = draw(st.sampled_from(["noise", "constant", "extremes", "sparse", "steps"]))
    if kind == "constant":
        return np.full(shape, draw(st.integers(0, 255)), np.uint8)
    if kind == "extremes":
        return np.asarray(rng.integers(0, 2, shape) * 255, np.uint8)
    if kind == "sparse":
        return np.asarray((rng.random(shape) < 0.03) * 255, np.uint8)
    noise = rng.integers(0, 256, shape)
    return np.asarray(noise if kind == "noise" else np.sort(noise, axis=draw(st.integers(0, 1))), np.uint8)


@given(wild_pictures())
def test_any_array_gives_none_or_a_map_as_documented(picture: Page) -> None:
    before = picture.copy()
    found = map_ink(picture)
    assert np.array_equal(picture, before)
    if found is None:
        return
    assert found.mask.shape == found.strength.shape
    assert found.mask.dtype == found.strength.dtype == np.uint8
    assert found.mask.max() == 1
    assert 0 < found.scale <= 1
    assert found.stroke >= 1
    height, width = found.mask.shape
    assert all(box.width >= 1 and box.height >= 1 for box in found.rulings)
    assert all(0 <= box.left < width and 0 <= box.top < height for box in found.rulings)


@given(st.integers(1, 3000), st.integers(1, 40), st.booleans())
def test_working_plane_is_never_longer_than_allowed(long: int, short: int, upright: bool) -> None:
    plane = working_plane(np.zeros((long, short) if upright else (short, long), np.uint8))
    assert max(plane.shape) <= 1280
    assert min(plane.shape) >= 1
    assert plane.flags.c_contiguous


def test_a_read_only_and_a_strided_picture_are_taken() -> None:
    picture = camera(write(blank(), strokes()))
    wide = np.repeat(picture, 2, axis=1)
    wide.flags.writeable = False
    found, plain = map_ink(wide[:, ::2]), map_ink(picture)
    assert found is not None
    assert plain is not None
    assert np.array_equal(found.mask, plain.mask)


def test_shrink_tells_the_reduction() -> None:
    thumbnail, reduction = shrink(halvings(np.zeros((480, 640), np.uint8)))
    assert thumbnail.shape == (120, 160)
    assert reduction == 4
    thumbnail, reduction = shrink(halvings(np.zeros((450, 800), np.uint8)))
    assert thumbnail.shape == (90, 160)
    assert reduction == 5
    small = np.zeros((20, 30), np.uint8)
    assert shrink(halvings(small))[0] is small


def test_thin_strokes_may_be_weaker_than_thick_ones() -> None:
    assert ink_share(1) == 0.28 < ink_share(4) < ink_share(9) == 0.4


def test_noise_stays_below_the_share() -> None:
    difference = np.full((50, 60), 9, np.uint8)
    difference[20:25, 20:25] = 200
    strength = even_strength(difference, 3.0, NoiseLevel(5, 1, 10, 0.0), 0.4)
    assert strength[0, 0] <= 0.4 * 255
    assert strength[22, 22] == 255
