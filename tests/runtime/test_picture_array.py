"""What counts as a picture, and the steps before ink is looked for."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_edge.errors import ImageArrayError, ImageSizeError
from mnist_edge.runtime.picture_array import as_picture, colour_direction, flatten_alpha, project_colour, reduce_picture


@pytest.mark.parametrize(
    ("array", "words"),
    [
        ("picture", "numpy array"),
        (np.zeros(10, np.uint8), "shape"),
        (np.zeros((2, 3, 4, 1), np.uint8), "shape"),
        (np.zeros((9, 9, 2), np.uint8), "shape"),
        (np.zeros((9, 9), np.int32), "dtype"),
        (np.zeros((9, 9), np.complex64), "dtype"),
        (np.zeros((9, 9), object), "dtype"),
        (np.full((9, 9), np.nan), "NaN or infinity"),
        (np.full((9, 9), np.inf), "NaN or infinity"),
        (np.full((9, 9), 255.0), "out of range"),
        (np.full((9, 9), -0.1), "out of range"),
    ],
)
def test_what_is_not_a_picture_is_refused(array: object, words: str) -> None:
    with pytest.raises(ImageArrayError, match=words):
        as_picture(array)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0, 3)])
def test_no_pixels_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageSizeError, match="no pixels"):
        as_picture(np.zeros(shape, np.uint8))


def test_accepted_forms_keep_their_values() -> None:
    gray = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert np.shares_memory(as_picture(gray), gray)
    np.testing.assert_array_equal(as_picture(gray[:, :, None]), gray)
    np.testing.assert_array_equal(as_picture(gray > 2), np.where(gray > 2, 255, 0))
    assert as_picture(gray.astype(">u2")).dtype == np.dtype("=u2")
    assert as_picture(gray / 10).dtype == np.float32
    assert as_picture(gray[:, ::-1]).flags.c_contiguous


@pytest.mark.parametrize("shape", [(1, 1), (1, 30_000), (30_000, 1), (700, 300, 3)])
def test_reduction_keeps_at_least_one_pixel_each_way(shape: tuple[int, ...]) -> None:
    reduced = reduce_picture(np.full(shape, 7, np.uint8), 128)
    assert max(reduced.shape[:2]) <= 128
    assert min(reduced.shape[:2]) >= 1
    assert np.all(reduced == 7)


def test_one_colour_on_transparent_ground_is_read_from_opacity() -> None:
    alpha = np.zeros((4, 4), np.uint8)
    alpha[1] = 200
    for colour in (0, 255):
        picture = np.dstack([np.full((4, 4, 3), colour, np.uint8), alpha])
        np.testing.assert_array_equal(flatten_alpha(picture), alpha)


def test_opaque_card_with_transparent_corner_keeps_its_ground() -> None:
    picture = np.full((20, 20, 4), 255, np.uint8)
    picture[5:15, 9:11, :3] = 0
    picture[0, 0] = 0
    flat = flatten_alpha(picture)
    assert flat[0, 0].tolist() == [255, 255, 255]
    assert flat[10, 10].tolist() == [0, 0, 0]


def test_sixteen_bits_and_floats_become_eight_bits() -> None:
    assert flatten_alpha(np.array([[65535, 0]], np.uint16)).tolist() == [[255, 0]]
    assert flatten_alpha(np.array([[1.0, 0.5]], np.float32)).tolist() == [[255, 128]]


def test_red_ink_is_seen_although_the_red_channel_shows_nothing() -> None:
    picture = np.full((60, 60, 3), 255, np.uint8)
    picture[10:50, 28:32, :2] = 0
    plane = project_colour(picture, colour_direction(picture))
    assert int(plane[0, 0]) - int(plane[30, 30]) > 240


def test_rounding_beyond_the_range_is_forgiven() -> None:
    image = np.array([[-1e-7, 0.5], [1.0000001, 1.0]])
    np.testing.assert_array_equal(as_picture(image), np.array([[0, 0.5], [1, 1]], np.float32))


@pytest.mark.parametrize("shape", [(300, 400, 3), (301, 17), (30_000, 1), (129, 128, 4), (90, 70)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_reduced_picture_has_the_asked_side_and_the_same_mean(shape: tuple[int, ...], dtype: type) -> None:
    picture = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    picture = picture * np.array(200 if dtype == np.uint8 else 1, dtype)
    reduced = reduce_picture(picture, 128)
    assert max(reduced.shape[:2]) == min(128, max(shape[:2]))
    assert reduced.dtype == picture.dtype
    assert reduced.shape[0] / reduced.shape[1] == pytest.approx(shape[0] / shape[1], rel=0.1) or min(reduced.shape[:2]) == 1
    if dtype != np.uint16:
        assert reduced.mean() == pytest.approx(picture.mean(), rel=0.1)
