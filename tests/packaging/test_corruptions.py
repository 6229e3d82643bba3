"""The corruptions of ``benchmarks/corruptions``: what each does to a digit, and that the digit can still be read."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.framing import frame_ink
from mnist_edge.runtime.sample_digits import draw_digit

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NAMES = (
    *("shot_noise", "impulse_noise", "glass_blur", "motion_blur", "shear", "scale", "rotate", "brightness"),
    *("translate", "stripe", "fog", "spatter", "dotted_line", "zigzag", "canny_edges"),
)
WITHOUT_CHANCE = {"scale", "brightness", "stripe", "canny_edges"}


@pytest.fixture
def corruptions(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("corruptions")


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """Ten hands of each digit, in MNIST's form."""
    drawn = [draw_digit(digit, size=84, seed=hand) for hand in range(10) for digit in range(10)]
    return np.array([frame_ink(digit) for digit in drawn])


@pytest.fixture(scope="module")
def bar() -> np.ndarray:
    """An upright bar in the middle, 20 px high and 4 px wide, of the strength 200; a hundred times."""
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 12:16] = 200
    return np.repeat(image[None], 100, axis=0)


def centre(image: np.ndarray) -> np.ndarray:
    """Centre of mass: row, column."""
    moments = cv2.moments(image.astype(np.float32))
    return np.array([moments["m01"], moments["m10"]]) / moments["m00"]


def test_they_are_the_fifteen_of_the_paper(corruptions: ModuleType) -> None:
    assert tuple(corruptions.CORRUPTIONS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides_all_and_the_form_stays(corruptions: ModuleType, digits: np.ndarray, name: str) -> None:
    given = digits[:20].copy()
    once = corruptions.corrupt(given, name, 3)
    assert (once.shape, once.dtype) == (given.shape, np.uint8)
    np.testing.assert_array_equal(given, digits[:20])
    assert not np.shares_memory(once, given)
    np.testing.assert_array_equal(once, corruptions.corrupt(given, name, 3))
    assert (once != given).any(axis=(1, 2)).all()
    other = corruptions.corrupt(given, name, 4)
    assert np.array_equal(once, other) == (name in WITHOUT_CHANCE)


@pytest.mark.parametrize("name", NAMES)
def test_a_trained_network_still_reads_far_more_than_by_chance(
    corruptions: ModuleType, digits: np.ndarray, shipped_model: Path, name: str
) -> None:
    answers = DigitClassifier(shipped_model, reject=0).classify_batch(corruptions.corrupt(digits, name, 0))
    right = sum(answer.digit == index % 10 for index, answer in enumerate(answers))
    assert right > 35  # of 100


def test_shot_noise_counts_photons(corruptions: ModuleType, bar: np.ndarray) -> None:
    noisy = corruptions.corrupt(bar, "shot_noise", 0)
    assert set(np.unique(noisy)) == {0, 85, 170, 255}
    assert noisy[bar == 0].max() == 0
    # Poisson with a mean of 3 * 200 / 255, cut at 3.
    mean = 3 * 200 / 255
    shares = np.exp(-mean) * np.array([1, mean, mean**2 / 2])
    expected = 85 * (shares @ [0, 1, 2] + 3 * (1 - shares.sum()))
    assert noisy[bar > 0].mean() == pytest.approx(expected, rel=0.03)


def test_impulse_noise_is_as_much_salt_as_pepper(corruptions: ModuleType, bar: np.ndarray) -> None:
    noisy = corruptions.corrupt(np.full_like(bar, 100), "impulse_noise", 0)
    assert (noisy == 255).mean() == pytest.approx(0.085, abs=0.005)
    assert (noisy == 0).mean() == pytest.approx(0.085, abs=0.005)
    assert (noisy == 100).mean() == pytest.approx(0.83, abs=0.005)


def test_glass_blur_keeps_the_ink_and_frays_it(corruptions: ModuleType, bar: np.ndarray) -> None:
    blurred = corruptions.corrupt(bar, "glass_blur", 0).astype(float)
    assert blurred.mean() == pytest.approx(bar.mean(), rel=0.02)
    assert blurred[:, :, 12:16].mean() < 0.8 * bar[:, :, 12:16].mean()
    assert blurred[:, 10, 14].std() > 5  # every picture in its own way


def test_motion_blur_draws_the_ink_to_one_side(corruptions: ModuleType, bar: np.ndarray) -> None:
    moved = corruptions.corrupt(bar, "motion_blur", 0)
    away = np.array([centre(image) for image in moved]) - centre(bar[0])
    assert (np.abs(away[:, 1]) > 1).all()
    assert np.ptp(np.sign(away[:, 1])) == 0
    assert (np.abs(away[:, 0]) < np.abs(away[:, 1]) + 0.3).all()  # within 45 degrees
    assert away[:, 0].min() < -0.8
    assert away[:, 0].max() > 0.8


def test_translate_moves_the_mass_by_three_pixels(corruptions: ModuleType, bar: np.ndarray) -> None:
    away = np.array([centre(image) for image in corruptions.corrupt(bar, "translate", 0)]) - centre(bar[0])
    np.testing.assert_allclose(np.abs(away), 3, atol=1e-3)
    assert {tuple(np.sign(each)) for each in away} == {(1, 1), (1, -1), (-1, 1), (-1, -1)}


def test_scale_shrinks_about_the_middle(corruptions: ModuleType, bar: np.ndarray) -> None:
    small = corruptions.corrupt(bar, "scale", 0)[0]
    assert small.astype(float).sum() == pytest.approx(0.49 * bar[0].astype(float).sum(), rel=0.05)
    np.testing.assert_allclose(centre(small), centre(bar[0]), atol=0.1)


def test_rotate_turns_by_23_degrees_to_either_side(corruptions: ModuleType, bar: np.ndarray) -> None:
    def slope(image: np.ndarray) -> float:
        moments = cv2.moments(image.astype(np.float32))
        return float(np.degrees(np.arctan2(2 * moments["mu11"], moments["mu02"] - moments["mu20"]) / 2))

    angles = [slope(image) for image in corruptions.corrupt(bar, "rotate", 0)]
    np.testing.assert_allclose(np.abs(angles), np.degrees(0.4), atol=1)
    assert min(angles) < 0 < max(angles)


def test_shear_leans_and_grows(corruptions: ModuleType, bar: np.ndarray) -> None:
    leaning = corruptions.corrupt(bar, "shear", 0)
    leans = [centre(image[4:8])[1] - centre(image[20:24])[1] for image in leaning]
    np.testing.assert_allclose(np.abs(leans), 16 * np.sin(0.4), atol=0.2)
    assert min(leans) < 0 < max(leans)
    assert {cv2.boundingRect(image)[3] for image in leaning} == {22}


def test_brightness_lifts_the_ground_and_cuts_the_ink(corruptions: ModuleType, bar: np.ndarray) -> None:
    bright = corruptions.corrupt(bar, "brightness", 0)
    assert set(bright[bar == 0]) == {128}
    assert set(bright[bar > 0]) == {255}


def test_stripes_are_negatives_of_the_outer_quarters(corruptions: ModuleType, digits: np.ndarray) -> None:
    striped = corruptions.corrupt(digits, "stripe", 0)
    np.testing.assert_array_equal(striped[:, :, 7:21], digits[:, :, 7:21])
    for side in (slice(0, 7), slice(21, 28)):
        np.testing.assert_array_equal(striped[:, :, side], 255 - digits[:, :, side])


def test_fog_is_soft_and_leaves_the_ink_a_fourth_of_its_light(corruptions: ModuleType, bar: np.ndarray) -> None:
    foggy = corruptions.corrupt(bar, "fog", 0).astype(float)
    ground = foggy[:, :, :6]
    assert np.abs(np.diff(ground, axis=2)).mean() < 4
    assert ground.mean(axis=(1, 2)).std() > 15  # thick and thin fog
    # Of the light of ink and fog together, 200 of 200 + 3 * 255, as bright as the picture was.
    edge = foggy[:, 10, 12] - foggy[:, 10, 11]
    assert edge.mean() == pytest.approx(200 * 200 / (200 + 3 * 255), rel=0.05)


def test_mud_covers_ink_and_ground(corruptions: ModuleType, bar: np.ndarray) -> None:
    dirty = corruptions.corrupt(bar, "spatter", 0)
    assert dirty[bar == 0].max() == 63
    assert 0.05 < (dirty[bar == 0] > 0).mean() < 0.5
    assert 63 <= dirty[bar > 0].min() < 70
    assert 0.05 < (dirty[bar > 0] < 200).mean() < 0.5


def test_dots_are_two_pixels_apart_and_only_add_light(corruptions: ModuleType, bar: np.ndarray) -> None:
    dotted = corruptions.corrupt(np.zeros_like(bar), "dotted_line", 0)
    lit = dotted.any(axis=1)
    # The line ends before the last column.
    np.testing.assert_array_equal(lit.any(axis=0)[:27], np.arange(27) // 2 % 2 == 1)
    assert (dotted.max(axis=(1, 2)) > 150).all()
    assert (corruptions.corrupt(bar, "dotted_line", 0) >= bar).all()


def test_a_zigzag_swings_by_two_pixels_to_either_side(corruptions: ModuleType, bar: np.ndarray) -> None:
    lines = corruptions.corrupt(np.zeros_like(bar), "zigzag", 0).astype(float)
    inside = [line for line in lines if not line[[0, 1, 26, 27]].any()]
    assert len(inside) > 20
    rows = np.arange(28)[:, None]
    for line in inside:
        assert not line[:, :1].any()
        assert not line[:, 26:].any()
        middle = (line * rows).sum(axis=0)[4:24] / line.sum(axis=0)[4:24]
        straight = np.polyval(np.polyfit(np.arange(20), middle, 1), np.arange(20))
        assert 1 < np.abs(middle - straight).max() < 3
        assert np.count_nonzero(np.diff(np.sign(middle - straight))) >= 4
    assert (corruptions.corrupt(bar, "zigzag", 0) >= bar).all()


def test_edges_are_hollow(corruptions: ModuleType) -> None:
    block = np.zeros((1, 28, 28), np.uint8)
    block[0, 6:22, 6:22] = 255
    edges = corruptions.corrupt(block, "canny_edges", 0)[0]
    assert set(np.unique(edges)) == {0, 255}
    assert not edges[9:19, 9:19].any()
    assert 40 < np.count_nonzero(edges) < 80
