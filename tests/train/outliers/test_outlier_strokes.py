"""Pens, skeletons and characters."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from mnist_edge.errors import MissingExtraError
from mnist_edge.train.outliers import glyphs, inventing
from mnist_edge.train.outliers.glyphs import HELD_OUT_SCRIPTS, draw_glyph, script_of
from mnist_edge.train.outliers.pen import SIDE, curve, ink, rewrite
from mnist_edge.train.outliers.photographs import photographed
from mnist_edge.train.outliers.skeleton import skeleton_strokes
from mnist_edge.train.thinning import thin


def _shape(rows: list[str]) -> np.ndarray:
    return np.pad(np.array([[letter == "#" for letter in row] for row in rows]), 1)


def test_a_bar_is_thinned_to_a_line() -> None:
    thinned = thin(_shape(["#" * 20] * 5).astype(np.uint8))
    assert thinned.sum(axis=0).max() == 1
    assert thinned.sum() > 12
    assert thinned.any(axis=1).sum() <= 2


def test_a_ring_stays_a_ring_and_a_cross_stays_connected() -> None:
    rows, columns = np.mgrid[:40, :40] - 19.5
    ring = np.abs(np.hypot(rows, columns) - 12) < 4
    cross = (np.abs(rows) < 3) | (np.abs(columns) < 3)
    for shape, grounds in ((ring, 2), (np.pad(cross[2:-2, 2:-2], 2), 1)):
        import cv2

        thinned = thin(shape.astype(np.uint8))
        assert thinned.sum() < shape.sum() / 3
        assert cv2.connectedComponents(thinned, connectivity=8)[0] == 2
        assert cv2.connectedComponents(1 - thinned, connectivity=4)[0] - 1 == grounds


def test_a_skeleton_is_joined_strokes_in_a_unit_square() -> None:
    strokes = skeleton_strokes(_shape(["#" * 30] * 3))
    points = np.vstack(strokes)
    assert points.min() >= 0
    assert points.max() <= 1
    assert np.ptp(points[:, 0]) > 0.9
    assert np.ptp(points[:, 1]) < 0.1
    assert skeleton_strokes(np.zeros((5, 5), bool)) == []
    assert len(skeleton_strokes(_shape(["#"]))) == 1


def test_a_curve_goes_through_its_points() -> None:
    points = np.random.default_rng(1).random((6, 2))
    drawn = curve(points)
    for point in points:
        assert np.abs(drawn - point).sum(axis=1).min() < 1e-9
    np.testing.assert_array_equal(drawn[-1], points[-1])


def test_strokes_that_meet_still_meet_in_another_hand() -> None:
    corner = np.array([0.5, 0.2])
    one, other = rewrite([np.array([[0.0, 0.0], corner]), np.array([corner, [1.0, 1.0]])], np.random.default_rng(2), 2.0)
    np.testing.assert_allclose(one[1], other[0])


def test_ink_has_the_size_it_says() -> None:
    drawn = ink([np.array([[0.0, 0.0], [4.0, 2.0]])], np.random.default_rng(0))
    assert drawn.dtype == np.float32
    assert 0 <= drawn.min() <= drawn.max() <= 1
    columns = np.nonzero(drawn.max(axis=0) > 0.5)[0]
    assert SIDE - 2 <= np.ptp(columns) <= SIDE + 15
    assert not drawn[[0, -1]].any()
    assert not drawn[:, [0, -1]].any()


@pytest.mark.parametrize("draw", [inventing.invented_character, inventing.doodle, inventing.shape])
def test_all_that_is_invented_is_finite_and_has_some_extent(draw) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(6)
    for _ in range(300):
        points = np.vstack(draw(rng))
        assert np.isfinite(points).all()
        assert np.ptp(points, axis=0).max() > 0


@pytest.mark.parametrize("character", [*"0123456789OoIlSsZzBbgq", "З", "ο", "Ö", "٣", "②", "½", "|", "↿", "│", "◯", "ː"])
def test_what_looks_like_a_digit_is_in_no_script(character: str) -> None:
    assert script_of(character) is None


@pytest.mark.parametrize(
    ("character", "script"),
    [("A", "BASIC"), ("k", "BASIC"), ("Ж", "CYRILLIC"), ("ω", "GREEK"), ("ש", "HEBREW"), ("Å", "LATIN"), ("→", "SYMBOL")],
)
def test_the_script_of_a_character(character: str, script: str) -> None:
    assert script_of(character) == script


def test_the_fonts_hold_many_scripts_and_those_held_out_are_drawn_for_measuring_alone() -> None:
    known = glyphs.glyphs()
    assert sum(map(len, known.values())) > 3000
    assert {"BASIC", "GREEK", "CYRILLIC", "ARABIC", *HELD_OUT_SCRIPTS} <= set(known)
    chosen = {glyphs._choose(np.random.default_rng(seed), held_out=False).script for seed in range(400)}
    held_out = {glyphs._choose(np.random.default_rng(seed), held_out=True).script for seed in range(100)}
    assert held_out == set(HELD_OUT_SCRIPTS)
    assert not chosen & held_out
    assert all(unicodedata.category(chr(glyph.code))[0] in "LSP" for members in known.values() for glyph in members)


def test_a_drawn_character_is_not_empty() -> None:
    assert all(draw_glyph(np.random.default_rng(seed)) for seed in range(30))


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    glyphs._font.cache_clear()
    with pytest.raises(MissingExtraError, match=r"mnist-edge\[train\]"):
        glyphs._font("DejaVuSans")


def test_photographed_digits_are_still_digits_in_their_frame(mnist) -> None:  # type: ignore[no-untyped-def]
    images = mnist.x_train[:60]
    seen, same = (photographed(images, np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(seen, same)
    assert (seen.shape, seen.dtype) == (images.shape, np.uint8)
    assert not (seen == images).all(axis=(1, 2)).any()
    flat, other = (each.reshape(60, -1).astype(float) for each in (seen, images))
    alike = (flat * other).sum(axis=1) / np.linalg.norm(flat, axis=1) / np.linalg.norm(other, axis=1)
    assert np.median(alike) > 0.7
