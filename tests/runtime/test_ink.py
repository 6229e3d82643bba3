"""Finding ink: polarity, shadows, ruled lines, dirt, and nothing where there is nothing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_edge.runtime.ink import ink_levels, ink_strength
from mnist_edge.runtime.ink_search import search_ink
from mnist_edge.runtime.sample_digits import draw_digit

STROKES = draw_digit(5, size=128) // 2 > 40


def paper(level: int = 200) -> NDArray[np.uint8]:
    return np.full((128, 128), level, np.uint8)


def overlap(found: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> float:
    return float((found & wanted).sum() / (found | wanted).sum())


def test_a_shadow_edge_leaves_no_ink_strength() -> None:
    page = paper()
    page[:, 70:] = 120
    assert not ink_strength(page, 13, is_bright=False).any()
    page[40:90, 30:34] = 60
    strength = ink_strength(page, 13, is_bright=False)
    assert strength[50, 31] == 140
    assert np.count_nonzero(strength) == 50 * 4


@pytest.mark.parametrize(("ground", "ink"), [(200, 60), (40, 220), (200, 170)])
def test_either_polarity_is_found(ground: int, ink: int) -> None:
    found = search_ink(np.where(STROKES, ink, ground).astype(np.uint8))
    assert found is not None
    assert found.is_bright == (ink > ground)
    assert overlap(found.mask, STROKES) > 0.9


def test_shadow_lines_specks_and_table_are_left_out() -> None:
    page = paper()
    page[:, :60] = 130
    page[::16] -= 25
    page[:, 120:] = 30
    page[10, 100] = page[118, 15] = 0
    page[STROKES] = 20
    found = search_ink(page)
    assert found is not None
    assert overlap(found.mask, STROKES) > 0.75


def test_broken_strokes_stay_together() -> None:
    broken = STROKES.copy()
    broken[60:64] = False
    found = search_ink(np.where(broken, 30, 220).astype(np.uint8))
    assert found is not None
    assert overlap(found.mask, broken) > 0.9


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_uniform_picture_has_no_ink(level: int) -> None:
    assert search_ink(paper(level)) is None


@pytest.mark.parametrize("sigma", [1, 3, 10, 40])
def test_noise_is_not_ink(sigma: int) -> None:
    noise = np.random.default_rng(sigma).normal(128, sigma, (128, 96))
    assert search_ink(np.clip(noise, 0, 255).astype(np.uint8)) is None


@pytest.mark.parametrize("angle", range(0, 360, 45))
def test_uneven_light_on_an_empty_page_is_not_ink(angle: int) -> None:
    rows, columns = np.mgrid[0:128, 0:96] / 128
    slope = rows * np.sin(np.radians(angle)) + columns * np.cos(np.radians(angle))
    page = 180 * (1 + 0.15 * slope) + np.random.default_rng(angle).normal(0, 1, (128, 96))
    assert search_ink(np.clip(page, 0, 255).astype(np.uint8)) is None


def test_a_dot_is_not_a_digit() -> None:
    page = paper()
    page[64:66, 64:66] = 0
    assert search_ink(page) is None


def test_noise_raises_the_cut() -> None:
    clean = np.where(STROKES, 100, 0).astype(np.uint8)
    noisy = cv2.add(clean, np.random.default_rng(0).integers(0, 30, clean.shape, np.uint8))
    assert ink_levels([clean])[0].cuts[0] == pytest.approx(40, abs=1)
    assert ink_levels([noisy])[0].cuts[0] > 40


@pytest.mark.parametrize("edge", [0.5, 1])
@pytest.mark.parametrize("angle", [5, 20, 65, 110, 160, 200, 290, 340])
def test_the_edge_of_a_shadow_on_an_empty_page_is_not_ink(angle: int, edge: float) -> None:
    rows, columns = np.mgrid[0:96, 0:128]
    distance = (columns - 60) * np.cos(np.radians(angle)) + (rows - 50) * np.sin(np.radians(angle))
    page = 200 * (1 - 0.4 / (1 + np.exp(np.clip(-distance / edge, -50, 50))))
    page += np.random.default_rng(angle).normal(0, 0.5, page.shape)
    assert search_ink(np.clip(page, 0, 255).astype(np.uint8)) is None


@pytest.mark.parametrize("sides", [(0, 1), (1, 0), (0, -1), (-1, 0)])
def test_a_digit_that_the_frame_cuts_off_is_ink(sides: tuple[int, int]) -> None:
    x, y, width, height = cv2.boundingRect(STROKES.astype(np.uint8))
    cropped = STROKES[y : y + height, x : x + width]
    top, left = (round(0.1 * height) if side < 0 else 0 for side in sides)
    low, right = (round(0.1 * height) if side > 0 else 0 for side in sides)
    cut = cropped[top : height - low, left : width - right]
    grown = np.pad(cut, ((0 if top else 30, 0 if low else 30), (0 if left else 30, 0 if right else 30)))
    found = search_ink(np.where(grown, 40, 200).astype(np.uint8))
    assert found is not None
    assert overlap(found.mask, grown) > 0.9


def test_a_shadow_from_outside_that_touches_the_digit_is_not_taken_for_its_strokes() -> None:
    rows, columns = np.mgrid[:128, :128] / 128
    page = np.where(columns + 0.6 * rows > 0.85, 132, 240).astype(np.uint8)
    digit = cv2.copyMakeBorder(
        draw_digit(7, size=92, thickness=0.06, variant=1, seed=7), 18, 18, 18, 18, cv2.BORDER_CONSTANT
    )
    page = np.where(digit > 127, 40, page).astype(np.uint8)
    found = search_ink(page)
    assert found is not None
    assert not found.is_bright
    assert overlap(found.mask, digit > 80) > 0.5
    assert not found.mask[-1].any()
    assert not found.mask[:, -1].any()
