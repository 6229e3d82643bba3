"""The drawn forms of digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_edge.runtime.framing import frame_ink
from mnist_edge.runtime.session import Engine
from mnist_edge.train.forms import FORMS, draw_form
from mnist_edge.train.forms.curves import arc, line, smooth

EVERY = [(digit, form) for digit, forms in enumerate(FORMS) for form in forms]


def test_there_are_ten_digits_with_shares_of_one() -> None:
    assert len(FORMS) == 10
    assert all(sum(forms.values()) == pytest.approx(1) for forms in FORMS)


@pytest.mark.parametrize(("digit", "form"), EVERY)
def test_a_form_is_about_as_tall_as_its_square_and_never_the_same(digit: int, form) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(digit)
    drawings = [np.vstack(form(rng)) for _ in range(50)]
    for points in drawings:
        assert np.isfinite(points).all()
        assert points.min() > -0.45
        assert points.max() < 1.45
        assert 0.85 < np.ptp(points[:, 1]) < 1.3
    assert len({points.tobytes() for points in drawings}) == 50


@pytest.mark.parametrize("digit", range(10))
def test_a_drawing_fills_its_box_and_keeps_its_margin(digit: int) -> None:
    rng = np.random.default_rng(digit)
    for _ in range(40):
        ink = draw_form(digit, 60, 12, rng)
        assert (ink.shape, ink.dtype) == ((84, 84), np.uint8)
        rows, columns = np.nonzero(ink > 127)
        assert 55 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 64
        assert not ink[:8].any()
        assert not ink[-8:].any()


def test_the_same_random_numbers_draw_the_same() -> None:
    one, same, other = (draw_form(4, 60, 12, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_pens_are_thin_and_thick() -> None:
    areas = [(draw_form(1, 60, 12, np.random.default_rng(seed)) > 127).sum() for seed in range(60)]
    assert max(areas) > 3 * min(areas)


def test_the_packaged_model_reads_nearly_all_forms(shipped_model: Path) -> None:
    """Each digit is what its name says; the wilder ones are what there is to learn."""
    rng = np.random.default_rng(6)
    labels = np.arange(400) % 10
    images = np.stack([frame_ink(draw_form(int(digit), 60, 12, rng)) for digit in labels])
    logits, _ = Engine(shipped_model).infer(images[..., None])
    right = logits.argmax(axis=1) == labels
    assert right.mean() > 0.9
    assert min(right[labels == digit].mean() for digit in range(10)) > 0.7


def test_curves_go_where_they_are_told() -> None:
    np.testing.assert_allclose(arc((0.5, 0.5), (0.5, 0.25), 0, 90)[[0, -1]], [[1, 0.5], [0.5, 0.75]], atol=1e-9)
    np.testing.assert_array_equal(line((0, 0), (1, 2)), [[0, 0], [1, 2]])
    np.testing.assert_allclose(smooth((0, 0), (1, 2), (3, 3))[[0, -1]], [[0, 0], [3, 3]])
    round_, boxy = (arc((0, 0), (1, 1), 0, 360, square) for square in (1.0, 0.6))
    assert np.linalg.norm(boxy, axis=1).max() > 1.1 > np.linalg.norm(round_, axis=1).max()
