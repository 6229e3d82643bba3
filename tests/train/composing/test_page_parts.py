"""Pens, light, paper and camera do what their settings say."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_edge.runtime.scenes.scene import Box
from mnist_edge.train.composing.camera import SCREEN, Camera, photograph
from mnist_edge.train.composing.clutter import LETTERS, doodle, free_place, letter, word
from mnist_edge.train.composing.fields import smooth_noise
from mnist_edge.train.composing.layout import PageMap, camera_view, fitted
from mnist_edge.train.composing.light import Light, light_field
from mnist_edge.train.composing.paper import Ruling, rulings, sheet
from mnist_edge.train.composing.pens import Pen, put, write

LINE = (np.array([[20.0, 30.0], [80.0, 30.0]]),)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("width", [1.3, 4.0, 11.0])
def test_a_line_is_as_wide_as_its_pen(width: float) -> None:
    ink = write(LINE, width, Pen(0, (0, 0, 0), pressure=0.0), rng())
    middle = ink.cover[:, 50 - ink.left]
    assert middle.sum() == pytest.approx(width, abs=0.5)
    box = ink.box()
    assert box.left == pytest.approx(20 - width / 2, abs=1.5)
    assert box.right == pytest.approx(80 + width / 2, abs=1.5)
    assert box.top + box.height / 2 == pytest.approx(30, abs=0.6)


def test_a_dry_pen_leaves_gaps() -> None:
    full = write(LINE, 5, Pen(0, (0, 0, 0), pressure=0.0), rng())
    dry = write(LINE, 5, Pen(0, (0, 0, 0), pressure=0.0, gaps=0.25), rng())
    assert 0.4 * full.cover.sum() < dry.cover.sum() < 0.92 * full.cover.sum()


def test_ink_outside_of_the_picture_is_cut_off() -> None:
    picture = np.ones((40, 50, 3), np.float32)
    pen = Pen(0, (0.0, 0.5, 0.0))
    put(picture, write((np.array([[-30.0, 20.0], [90.0, 20.0]]),), 6, pen, rng()), pen)
    assert picture[20].max(axis=0) == pytest.approx([0, 0.5, 0], abs=0.05)
    put(picture, write((np.array([[-30.0, 20.0], [-20.0, 20.0]]),), 6, pen, rng()), pen)
    assert picture[:10].min() == 1


def test_noise_has_unit_deviation_at_every_grain() -> None:
    for grain in (1.0, 3.0, 12.0, 40.0):
        assert smooth_noise(300, 400, grain, rng()).std() == pytest.approx(1, abs=0.25)


def test_full_light_changes_nothing_and_shadows_darken() -> None:
    np.testing.assert_allclose(light_field(60, 80, Light(), rng()), 1, atol=1e-3)
    dark = light_field(90, 120, Light(gradient=0.5, shadows=2, darkness=(0.5, 0.6), cast=0.4), rng())
    assert dark.min() < 0.6
    assert 0.9 < dark.max() <= 1.2
    assert bool((np.ptp(dark, axis=2) > 0.02).any())


def test_a_screen_loses_nothing() -> None:
    page = rng().random((20, 30, 3), np.float32)
    np.testing.assert_array_equal(photograph(page.copy(), SCREEN, rng()), np.rint(page * 255).astype(np.uint8))


def test_a_camera_adds_the_noise_it_is_said_to() -> None:
    grey = np.full((200, 200, 3), 0.5, np.float32)
    camera = Camera(exposure=1, blur=0, noise=8, colour_noise=0, quality=0)
    assert photograph(grey, camera, rng()).astype(float).std() == pytest.approx(8, rel=0.15)


def test_blur_and_shake_smear_an_edge() -> None:
    edge = np.zeros((80, 80, 3), np.float32)
    edge[:, 40:] = 1

    def steepest(**settings: float) -> float:
        camera = Camera(exposure=1, noise=0, colour_noise=0, quality=0, **settings)  # type: ignore[arg-type]
        return float(np.diff(photograph(edge.copy(), camera, rng()).astype(float), axis=1).max())

    assert steepest(blur=0) == 255
    assert steepest(blur=2) < 80
    assert steepest(blur=0, motion=9) < 200
    assert steepest(blur=0, reduction=3) < 160


def test_paper_has_its_colour() -> None:
    paper = sheet(100, 120, (0.6, 0.7, 0.8), 0.01, rng())
    assert paper.shape == (100, 120, 3)
    np.testing.assert_allclose(paper.mean(axis=(0, 1)), (0.6, 0.7, 0.8), rtol=0.03)


def test_squared_paper_crosses_the_whole_picture() -> None:
    page = PageMap(np.diag([50.0, 50.0, 1.0]))
    ruling = Ruling("squared", 1.0, 0.25, 1.5, (0, 0, 0), 1.0)
    lines = rulings(ruling, page, np.array([0.0, 0.0]), np.array([8.0, 6.0]), [])
    rows = sorted({round(float(line[0, 1]), 6) for line in lines if line[0, 1] == pytest.approx(line[1, 1])})
    inside = [row for row in rows if 0 <= row <= 300]
    assert inside == pytest.approx([12.5 + 50 * step for step in range(6)])


def test_a_page_map_goes_where_it_was_fitted() -> None:
    corners = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 2.0], [4.0, 2.0]])
    for seed in range(20):
        random = rng(seed)
        view = camera_view(random.uniform(-0.2, 0.2), (0.2, -0.1), np.array([2.0, 1.0]), np.array([4.0, 2.0]))
        page = fitted(view, corners, (640, 480), 100.0, random)
        seen = page.apply(corners)
        assert seen.min() >= 0
        assert bool((seen <= (640, 480)).all())
        around = page.apply(np.array([[2.0, 1.0], [2.1, 1.0], [2.0, 1.1]]))
        scale = np.sqrt(abs(np.linalg.det(around[1:] - around[0]))) * 10  # pixels a unit of the page
        assert scale == pytest.approx(100, rel=0.03)


def test_letters_and_doodles_are_of_size_one() -> None:
    for seed in range(30):
        for strokes in (letter(sorted(LETTERS)[seed % len(LETTERS)], rng(seed)), doodle(rng(seed))):
            every = np.vstack(strokes)
            assert np.isfinite(every).all()
            assert max(every[:, 1].max(), 0.75 * every[:, 0].max()) == pytest.approx(1)
        assert np.vstack(word(rng(seed)))[:, 1].max() <= 1.01


def test_a_free_place_is_free() -> None:
    taken = [Box(100, 100, 200, 200)]
    for seed in range(40):
        place = free_place((60.0, 40.0), taken, (640, 480), 20.0, rng(seed))
        assert place is not None
        left, top = place
        assert left + 60 < 80 or left > 320 or top + 40 < 80 or top > 320
    assert free_place((700.0, 40.0), taken, (640, 480), 20.0, rng()) is None
