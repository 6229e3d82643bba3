"""What is drawn as "no digit": in the runner's form, reproducible, varied, and never like a digit."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.runtime.framed import is_framed
from mnist_edge.runtime.prediction import Prediction
from mnist_edge.runtime.sample_digits import SAMPLE_DIGITS, draw_digit
from mnist_edge.runtime.scenes.reader import read_scene
from mnist_edge.runtime.scenes.scene import Scene, Score
from mnist_edge.train.batches import Split
from mnist_edge.train.drawn import draw_digits
from mnist_edge.train.outliers import HELD_OUT_LETTER, KINDS, draw_outliers, scraps
from mnist_edge.train.outliers.drawing import LIKENESS_QUANTILE, SLACK
from mnist_edge.train.outliers.inventing import slash
from mnist_edge.train.outliers.likeness import DigitLikeness
from mnist_edge.train.outliers.spoiled import TURNED, overhang, pair, piece, turned
from mnist_edge.train.outliers.training import with_outliers


@pytest.fixture(scope="module")
def digits(tiny_dataset: Dataset) -> Split:
    drawn = draw_digits(300, np.random.default_rng(1))
    return Split(np.concatenate([tiny_dataset.x_train, drawn.images]), np.concatenate([tiny_dataset.y_train, drawn.labels]))


@pytest.mark.parametrize("kind", [*KINDS, HELD_OUT_LETTER])
def test_each_kind_is_framed_reproducible_and_varied(kind: str, digits: Split) -> None:
    one, same, other = (draw_outliers(20, np.random.default_rng(seed), digits, [kind]) for seed in (3, 3, 4))
    assert (one.shape, one.dtype) == ((20, 28, 28), np.uint8)
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert len({image.tobytes() for image in one}) > 15
    assert (one.reshape(20, -1).max(axis=1) > (64 if kind == "scrap" else 128)).all()
    if kind != "texture":  # some of these were left as a framed picture of 28 pixels
        assert all(is_framed(image) for image in one)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_is_drawn_is_like_a_digit(kind: str, digits: Split) -> None:
    likeness = DigitLikeness(digits.images, digits.labels, LIKENESS_QUANTILE)
    images = draw_outliers(30, np.random.default_rng(5), digits, [kind])
    assert not likeness.is_like(images, np.full(30, SLACK.get(kind, 1.0), np.float32)).any()


def test_no_digits_at_all_are_needed() -> None:
    assert draw_outliers(3, np.random.default_rng(0)).shape == (3, 28, 28)
    assert draw_outliers(0, np.random.default_rng(0)).shape == (0, 28, 28)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("count", [1, 3, 20])
def test_a_few_digits_do_not_make_everything_like_one(count: int, digits: Split) -> None:
    few = Split(digits.images[:count], digits.labels[:count])
    assert draw_outliers(4, np.random.default_rng(0), few).shape == (4, 28, 28)


def test_the_shares_of_the_kinds_are_all_of_it() -> None:
    assert sum(KINDS.values()) == pytest.approx(1.0)
    assert set(SLACK) <= set(KINDS)


def test_other_hands_of_a_digit_are_like_one(digits: Split) -> None:
    """Every form that the project draws, among them 1 with a flag, slashed 0, crossed 7: most must be recognised."""
    likeness = DigitLikeness(digits.images, digits.labels, LIKENESS_QUANTILE)
    forms = [draw_digit(digit, variant=v) for digit, drawings in SAMPLE_DIGITS.items() for v in range(len(drawings))]
    like = likeness.is_like(np.stack(forms), np.full(len(forms), 2.0, np.float32))
    assert like.mean() > 0.9


def test_a_slim_thing_is_a_1_whatever_it_was(digits: Split) -> None:
    bars = np.zeros((2, 28, 28), np.uint8)
    bars[0, 4:24, 12:16] = 255
    bars[1, 12:16, 4:24] = 255
    likeness = DigitLikeness(digits.images[:5], digits.labels[:5], LIKENESS_QUANTILE)
    assert likeness.is_like(bars, np.zeros(2, np.float32)).tolist() == [True, False]


def test_digits_sorted_by_class_set_the_same_borders(mnist: Dataset) -> None:
    """A data set of one's own may come sorted: the first thousand digits are then of one class."""
    images, labels = mnist.x_train[:4000], mnist.y_train[:4000]
    order = np.argsort(labels, kind="stable")
    mixed, in_order = (DigitLikeness(images[at], labels[at], 0.8)._borders[:10] for at in (np.arange(4000), order))
    np.testing.assert_allclose(mixed, in_order, rtol=0.2)
    assert (in_order > 0.061).sum() >= 5  # not just the least one for all but the first class


def test_more_slack_calls_more_alike(digits: Split) -> None:
    likeness = DigitLikeness(digits.images, digits.labels, LIKENESS_QUANTILE)
    images = draw_digits(100, np.random.default_rng(9)).images
    shares = [likeness.is_like(images, np.full(100, slack, np.float32)).mean() for slack in (0.1, 1.0, 3.0)]
    assert shares == sorted(shares)
    assert shares[0] < shares[2]


def test_a_digit_that_stays_one_is_not_spoiled(digits: Split) -> None:
    rng = np.random.default_rng(2)
    ones, zeros, sixes = (Split(digits.images[digits.labels == d], digits.labels[digits.labels == d]) for d in (1, 0, 6))
    assert all(piece(ones, rng) is None for _ in range(30))  # each half of a 1 is one
    assert all(turned(each, rng) is None for each in (zeros, sixes) for _ in range(30))
    assert not {0, 6, 9} & {digit for allowed in TURNED.values() for digit in allowed}
    assert all(piece(Split(np.zeros_like(zeros.images), zeros.labels), rng) is None for _ in range(5))


def test_a_piece_has_less_ink_across_and_a_pair_is_wide(digits: Split) -> None:
    rng = np.random.default_rng(4)
    pairs = [image for _ in range(40) if (image := pair(digits, rng)) is not None]
    widths = [np.ptp(np.nonzero(image.max(axis=0) > 127)[0]) for image in pairs]
    heights = [np.ptp(np.nonzero(image.max(axis=1) > 127)[0]) for image in pairs]
    assert np.mean(np.array(widths) > np.array(heights)) > 0.6


def test_an_overhang_is_a_digit_and_a_good_part_of_another(digits: Split) -> None:
    """Wider than a digit, narrower than two; of a 1 there are no parts."""
    rng = np.random.default_rng(8)
    ones = Split(digits.images[digits.labels == 1], digits.labels[digits.labels == 1])
    assert all(overhang(ones, rng) is None for _ in range(30))

    def width(image: np.ndarray) -> float:
        columns, rows = (np.nonzero(image.max(axis=axis) > 127)[0] for axis in (0, 1))
        return float(np.ptp(columns) + 1) / float(np.ptp(rows) + 1)

    zeros = Split(digits.images[digits.labels == 0], digits.labels[digits.labels == 0])
    cut, whole = ([width(image) for _ in range(60) if (image := draw(zeros, rng)) is not None] for draw in (overhang, pair))
    assert np.mean([width(image) for image in zeros.images]) * 1.2 < np.mean(cut) < 0.9 * np.mean(whole)


def test_outliers_go_behind_the_training_images_with_a_label_of_their_own(digits: Split) -> None:
    mixed = with_outliers(digits, 0.1, seed=1, of=600)
    assert len(mixed) == len(digits) + 60
    np.testing.assert_array_equal(mixed.images[: len(digits)], digits.images)
    np.testing.assert_array_equal(mixed.labels[len(digits) :], np.full(60, 10, np.uint8), strict=True)
    again, other = (with_outliers(digits, 0.1, seed=seed, of=600) for seed in (1, 2))
    np.testing.assert_array_equal(mixed.images, again.images)
    assert not np.array_equal(mixed.images, other.images)
    assert with_outliers(digits, 0.0, seed=1, of=600) is digits


def test_a_slash_lies_rather_than_stands() -> None:
    rng = np.random.default_rng(0)
    spans = np.array([np.ptp(np.vstack(slash(rng)), axis=0) for _ in range(300)])
    assert (spans[:, 0] > spans[:, 1]).all()
    assert spans[:, 1].max() > 0.3  # some lean, and are no mere dashes


def test_scraps_are_what_the_scene_reader_shows_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[bytes] = []

    def watch(image: np.ndarray, score: Score) -> Scene:
        def noted(frames: np.ndarray) -> list[Prediction]:
            shown.extend(frame.tobytes() for frame in frames)
            return score(frames)

        return read_scene(image, noted)

    monkeypatch.setattr(scraps, "read_scene", watch)
    found = [scraps.scrap(np.random.default_rng(seed)) for seed in range(20)]
    images = [image for image in found if image is not None]
    assert len(images) > 10
    assert all(image.tobytes() in shown for image in images)
    assert len(set(shown)) > 2 * len(images)  # most pictures hold more than one


def test_an_empty_picture_has_no_scraps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scraps, "_picture", lambda rng: np.full((60, 80), 200, np.uint8))
    assert scraps.scrap(np.random.default_rng(0)) is None
