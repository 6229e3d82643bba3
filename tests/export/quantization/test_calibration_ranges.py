"""Ranges of activations, and which digits they come from."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_edge.dataset import Dataset
from mnist_edge.export.layers import inner_tensors, tensor_values
from mnist_edge.export.quantization.calibration import (
    Histogram,
    calibration_digits,
    find_range,
    observe,
    validation_digits,
)
from mnist_edge.export.quantization.presets import METHODS


def histogram_of(values: np.ndarray) -> Histogram:
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    return Histogram(low, high, np.histogram(values, 2048, (low, high))[0])


@pytest.fixture
def numbered() -> Dataset:
    images = np.zeros((200, 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(200)
    labels = (np.arange(200) % 10).astype(np.uint8)
    return Dataset(images, labels, images[:1], labels[:1], "custom", "here", "abc")


def test_calibration_never_sees_validation_or_test_digits(numbered):
    validation = validation_digits(numbered)
    assert validation.first == 180
    assert validation.images[:, 0, 0, 0].tolist() == list(range(180, 200))
    assert validation.labels.tolist() == numbered.y_train[180:].tolist()
    drawn = calibration_digits(numbered, 10_000, seed=0)[:, 0, 0, 0].tolist()
    assert drawn == list(range(180))
    few = calibration_digits(numbered, 20, seed=0)
    assert few.shape == (20, 28, 28, 1)
    assert len(np.unique(few[:, 0, 0, 0])) == 20
    assert not np.array_equal(few, calibration_digits(numbered, 20, seed=1))
    assert np.array_equal(few, calibration_digits(numbered, 20, seed=0))


@pytest.mark.parametrize(("count", "border"), [(1, 0), (2, 1), (60_000, 54_000)])
def test_the_border_is_that_of_the_training(count, border):
    images, labels = np.zeros((count, 28, 28), np.uint8), np.zeros(count, np.uint8)
    dataset = Dataset(images, labels, images[:1], labels[:1], "custom", "here", "abc")
    assert validation_digits(dataset).first == border
    assert len(validation_digits(dataset).labels) >= 1
    assert len(calibration_digits(dataset, 5, 0)) >= 1


def test_histograms_hold_every_value_of_every_batch(small, pictures):
    names = [name for name in inner_tensors(small) if name not in {"probabilities"}]
    found = observe(small, names, pictures[..., None], "uint8")
    values = tensor_values(small, names, pictures[..., None])
    for name in names:
        assert found[name].counts.sum() == values[name].size
        assert found[name].highest == max(0.0, float(values[name].max()))
        assert found[name].lowest == min(0.0, float(values[name].min()))
    assert found["conv1"].lowest == 0
    assert found["logits"].lowest < 0 < found["logits"].highest


def test_minmax_keeps_all_and_the_others_clip_what_hardly_occurs():
    rng = np.random.default_rng(0)
    values = np.concatenate([np.abs(rng.normal(0, 1, 1_000_000)), [40.0]])
    histogram = histogram_of(values)
    assert find_range(histogram, "minmax") == (0.0, 40.0)
    low, high = find_range(histogram, "percentile")
    assert low == 0
    assert high == pytest.approx(np.quantile(values, 1 - 1e-4), abs=0.05)
    for method in ("mse", "entropy"):
        assert find_range(histogram, method)[1] < 25, method


def test_both_sides_are_clipped_of_what_has_both():
    values = np.random.default_rng(0).normal(0, 1, 1_000_000)
    low, high = find_range(histogram_of(values), "percentile")
    assert (low, high) == pytest.approx(tuple(np.quantile(values, [5e-5, 1 - 5e-5])), abs=0.02)
    assert find_range(histogram_of(-np.abs(values)), "percentile")[1] == 0


def test_mse_finds_the_least_error_of_rounding_and_clipping():
    values = np.random.default_rng(3).standard_t(3, 200_000)
    histogram = histogram_of(values)

    def error(low: float, high: float) -> float:
        scale = (high - low) / 255
        return float(((values - (np.clip(np.rint((values - low) / scale), 0, 255) * scale + low)) ** 2).mean())

    assert error(*find_range(histogram, "mse")) < 0.75 * error(*find_range(histogram, "minmax"))


@pytest.mark.parametrize("method", METHODS)
def test_a_tensor_that_is_always_zero_has_a_range(small, method):
    found = observe(small, ["conv1"], np.zeros((3, 28, 28, 1), np.uint8), "uint8")
    dead = Histogram(0.0, 1.0, np.eye(1, 2048, dtype=np.int64)[0])
    for histogram in (found["conv1"], dead):
        low, high = find_range(histogram, method)
        assert low <= 0 < high
        assert np.isfinite([low, high]).all()
