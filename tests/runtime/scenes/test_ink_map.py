"""The ink of whole pictures: drawn pages with known ink, and arrays that are no pictures of anything."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_edge.runtime.scenes.background import NoiseLevel
from mnist_edge.runtime.scenes.ink_map import InkMap, even_strength, halvings, ink_share, map_ink, one_plane, shrink, working_plane

Page = NDArray[np.uint8]


def blank(height: int = 480, width: int = 640, level: float = 210.0) -> NDArray[np.float32]:
    return np.full((height, width), level, np.float32)


def strokes(height: int = 480, width: int = 640, thickness: int = 5, size: float = 2.0) -> Page:
    """255 where three lines of digits are written."""
    ink = np.zeros((height, width), np.uint8)
    for row, text in enumerate(("12345", "67890", "31415")):
        place = (int(0.12 * width), int((0.3 + 0.28 * row) * height))
        cv2.putText(ink, text, place, cv2.FONT_HERSHEY_SIMPLEX, size * width / 640, 255, thickness, cv2.LINE_AA)
    return ink


def write(page: NDArray[np.float32], ink: Page, contrast: float = 150.0) -> NDArray[np.float32]:
    return np.asarray(page - contrast * (ink.astype(np.float32) / 255), np.float32)


def camera(page: NDArray[np.float32], noise: float = 2.0, seed: int = 0) -> Page:
    rng = np.random.default_rng(seed)
    return np.asarray(np.clip(page + rng.normal(0, noise, page.shape), 0, 255), np.uint8)


def recall_and_precision(found: InkMap | None, ink: Page) -> tuple[float, float]:
    assert found is not None
    mask = cv2.resize(found.mask, (ink.shape[1], ink.shape[0]), interpolation=cv2.INTER_NEAREST) > 0
    reach = 2 * round(2 / found.scale) + 1
    near = cv2.dilate(ink, np.ones((reach, reach), np.uint8)) > 0
    return float(mask[ink > 200].mean()), float(near[mask].mean())


def assert_found(page: NDArray[np.float32], ink: Page, *, noise: float = 2.0) -> InkMap:
    found = map_ink(camera(page, noise))
    recall, precision = recall_and_precision(found, ink)
    assert recall > 0.95
    assert precision > 0.97
    assert found is not None
    return found


def test_plain_page_gives_the_strokes_and_their_width() -> None:
    ink = strokes(thickness=2, size=1.0)
    found = assert_found(write(blank(), ink), ink)
    assert not found.is_bright
    assert found.scale == 1
    assert 2 < found.stroke < 12
    assert set(np.unique(found.mask)) == {0, 1}
    assert found.rulings == ()


def test_typical_ink_is_full_strength_and_ground_is_none() -> None:
    ink = strokes()
    found = map_ink(camera(write(blank(), ink)))
    assert found is not None
    small = cv2.resize(ink, found.strength.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.median(found.strength[small == 255]) > 220
    assert np.median(found.strength[small == 0]) < 20


def test_chalk_on_a_board_is_bright_ink() -> None:
    ink = strokes()
    found = assert_found(write(blank(level=40), ink, -150), ink)
    assert found.is_bright


def test_a_hard_shadow_edge_is_no_ink_and_hides_none() -> None:
    ink = strokes()
    page = write(blank(), ink)
    shadow = np.zeros(page.shape, np.uint8)
    cv2.fillConvexPoly(shadow, np.array([[200, 0], [640, 0], [640, 480], [420, 480]]), 1)
    assert_found(page * np.where(shadow > 0, 0.5, 1).astype(np.float32), ink)


def test_light_that_falls_off_to_the_corners_is_no_ink() -> None:
    ink = strokes()
    y, x = np.mgrid[:480, :640].astype(np.float32)
    light = 1 - 0.6 * (((x - 250) / 640) ** 2 + ((y - 200) / 480) ** 2)
    assert_found(write(blank(), ink) * light, ink)


@pytest.mark.parametrize("slant", [0.0, 0.02, -0.1])
def test_ruled_paper_with_a_margin_leaves_only_the_writing(slant: float) -> None:
    ink, page = strokes(), blank()
    for row in range(-60, 540, 45):
        cv2.line(page, (0, row), (640, int(row + slant * 640)), 150.0, 2)
    cv2.line(page, (60, 0), (int(60 - slant * 480), 480), 150.0, 2)
    found = assert_found(write(page, ink, 120), ink)
    assert len(found.rulings) >= 8
    assert any(box.height > 4 * box.width for box in found.rulings)


def test_squared_paper_leaves_only_the_writing() -> None:
    ink, page = strokes(), blank()
    page[::24] = page[:, ::24] = 160
    found = assert_found(write(page, ink, 140), ink)
    assert len(found.rulings) > 30


def test_rulings_as_dark_as_the_ink_go_and_crossed_strokes_stay_whole() -> None:
    ink, page = strokes(thickness=7), blank()
    page[40::90] = 60
    page[41::90] = 60
    found = map_ink(camera(write(page, ink)))
    recall, precision = recall_and_precision(found, ink)
    assert recall > 0.93
    assert precision > 0.95


def test_digits_of_twelve_pixels_are_found() -> None:
    ink = strokes(thickness=1, size=0.55)
    found = map_ink(camera(write(blank(), ink)))
    recall, precision = recall_and_precision(found, ink)
    assert recall > 0.9
    assert precision > 0.95


def test_thick_and_thin_strokes_in_one_picture() -> None:
    ink = strokes(thickness=2, size=1.0)
    cv2.circle(ink, (520, 240), 70, 255, 30, cv2.LINE_AA)
    assert_found(write(blank(), ink), ink)


def test_faint_and_strong_ink_in_one_picture() -> None:
    strong, faint = strokes(), strokes()
    strong[:, 320:], faint[:, :320] = 0, 0
    page = write(write(blank(), strong, 160), faint, 30)
    assert_found(page, np.maximum(strong, faint))


def test_heavy_noise_is_smoothed_before_ink_is_looked_for() -> None:
    ink = strokes(thickness=6)
    found = map_ink(camera(write(blank(level=170), ink, 110), noise=30))
    recall, precision = recall_and_precision(found, ink)
    assert recall > 0.9
    assert precision > 0.95


@pytest.mark.parametrize("noise", [7.0, 25.0])
def test_loud_noise_alone_is_no_ink(noise: float) -> None:
    assert map_ink(camera(blank(level=128), noise)) is None


def test_digits_in_loud_noise_are_not_broken() -> None:
    ink = strokes(thickness=6)
    found = map_ink(camera(write(blank(level=150), ink, 60), noise=40))
    recall, precision = recall_and_precision(found, ink)
    assert recall > 0.7
    assert precision > 0.9


def test_pieces_of_pale_rulings_are_no_ink_beside_dark_writing() -> None:
    ink, page = strokes(), blank()
    for row in range(20, 480, 50):
        page[row : row + 2] = 160
    page[240:252, 590:592] = page[300:330, 600:602] = page[140:160, 620:622] = 160
    found = assert_found(write(page, ink, 150), ink)
    assert found.mask[:, round(585 * found.scale) :].sum() == 0


def test_yellow_ink_on_white_is_looked_for_in_blue() -> None:
    ink = strokes()
    picture = np.dstack([write(blank(level=230), ink, 150), blank(level=230), blank(level=230)])
    noisy = camera(picture)
    recall, precision = recall_and_precision(map_ink(noisy), ink)
    assert recall > 0.95
    assert precision > 0.97
    assert np.array_equal(one_plane(noisy), noisy[:, :, 0])


def test_the_table_around_the_paper_is_no_ink() -> None:
    ink = strokes(size=1.6)
    page = write(blank(), ink)
    page[:, :40] = page[:, 610:] = page[:25] = page[450:] = 60
    recall, precision = recall_and_precision(map_ink(camera(page)), ink)
    assert recall > 0.95
    assert precision > 0.97


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


def test_trace_sees_every_stage_and_changes_nothing() -> None:
    picture = camera(write(blank(), strokes()))
    seen: dict[str, Page] = {}
    traced, plain = map_ink(picture, trace=lambda name, stage: seen.update({name: stage.copy()})), map_ink(picture)
    assert list(seen) == ["plane", "contrast", "strength", "without-rulings", "ink"]
    assert traced is not None
    assert all(stage.dtype == np.uint8 and stage.shape == traced.mask.shape for stage in seen.values())
    assert plain is not None
    assert np.array_equal(traced.mask, plain.mask)


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
