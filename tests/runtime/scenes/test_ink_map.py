"""The ink of whole pictures: drawn pages with known ink."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from ink_pages import Page, assert_found, blank, camera, recall_and_precision, strokes, write

from mnist_edge.runtime.scenes.ink_map import map_ink, one_plane


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


def test_trace_sees_every_stage_and_changes_nothing() -> None:
    picture = camera(write(blank(), strokes()))
    seen: dict[str, Page] = {}
    traced, plain = map_ink(picture, trace=lambda name, stage: seen.update({name: stage.copy()})), map_ink(picture)
    assert list(seen) == ["plane", "contrast", "strength", "without-rulings", "ink"]
    assert traced is not None
    assert all(stage.dtype == np.uint8 and stage.shape == traced.mask.shape for stage in seen.values())
    assert plain is not None
    assert np.array_equal(traced.mask, plain.mask)
