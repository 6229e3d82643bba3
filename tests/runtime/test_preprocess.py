"""The whole picture path, by properties: whatever the picture's form, the same digit comes out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from mnist_edge.dataset import Dataset
from mnist_edge.errors import ImageArrayError, ImageError, ImageSizeError
from mnist_edge.runtime.framed import is_framed
from mnist_edge.runtime.preprocess import prepare_digit
from mnist_edge.runtime.sample_digits import draw_digit
from mnist_edge.runtime.session import Engine

fixed = settings(derandomize=True, deadline=None, max_examples=80)
digits = st.integers(0, 9)


@pytest.fixture(scope="module")
def engine(shipped_model: Path) -> Engine:
    return Engine(shipped_model)


def read(engine: Engine, picture: NDArray[np.generic]) -> int:
    prepared = prepare_digit(picture)
    assert prepared is not None
    assert prepared.shape == (28, 28)
    assert prepared.dtype == np.uint8
    return int(engine.infer(prepared[None, :, :, None])[1].argmax())


def scene(digit: int, size: int, frame: tuple[int, int], offset: tuple[float, float]) -> NDArray[np.uint8]:
    """A digit somewhere in a larger frame, white on black."""
    drawing = draw_digit(digit, size=size)
    height, width = size + frame[0], size + frame[1]
    canvas = np.zeros((height, width), np.uint8)
    top, left = int(offset[0] * frame[0]), int(offset[1] * frame[1])
    canvas[top : top + size, left : left + size] = drawing
    return canvas


def as_form(gray: NDArray[np.uint8], form: str) -> NDArray[np.generic]:
    """The same picture as another kind of array."""
    colour = cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)
    return {
        "gray": gray,
        "gray1": gray[:, :, None],
        "bgr": colour,
        "bgra": np.dstack([colour, np.full_like(gray, 255)]),
        "transparent": np.dstack([np.zeros_like(colour), gray]),
        "uint16": gray.astype(np.uint16) * 257,
        "float32": gray.astype(np.float32) / 255,
        "float64": gray / 255,
        "bool": gray > 127,
        "strided": colour[::-1][::-1],
    }[form]


FORMS = ["gray", "gray1", "bgr", "bgra", "transparent", "uint16", "float32", "float64", "bool", "strided"]


@fixed
@given(
    digit=digits,
    size=st.integers(28, 220),
    frame=st.tuples(st.integers(0, 300), st.integers(0, 300)),
    offset=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    form=st.sampled_from(FORMS),
    inverted=st.booleans(),
)
def test_the_same_digit_in_any_form(
    engine: Engine,
    digit: int,
    size: int,
    frame: tuple[int, int],
    offset: tuple[float, float],
    form: str,
    inverted: bool,
) -> None:
    gray = scene(digit, size, frame, offset)
    if inverted and form != "transparent":
        gray = 255 - gray
    assert read(engine, as_form(gray, form)) == digit


@fixed
@given(digit=digits, size=st.integers(40, 300), seed=st.integers(0, 1000))
def test_inversion_gives_nearly_the_same_picture(digit: int, size: int, seed: int) -> None:
    drawing = draw_digit(digit, size=size, seed=seed)
    straight, inverted = prepare_digit(drawing), prepare_digit(255 - drawing)
    assert straight is not None
    assert inverted is not None
    # Centring by whole pixels may round either way.
    shifted = [np.roll(inverted, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    assert min(np.abs(straight.astype(int) - other).mean() for other in shifted) < 4


@fixed
@given(digit=digits, size=st.integers(20, 300), seed=st.integers(0, 1000))
def test_preparing_twice_changes_nothing(digit: int, size: int, seed: int) -> None:
    once = prepare_digit(255 - draw_digit(digit, size=size, seed=seed))
    assert once is not None
    assert is_framed(once)
    assert prepare_digit(once) is once


anything = hnp.arrays(
    st.sampled_from([np.uint8, np.uint16, np.bool_, np.float32, np.int64]),
    hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=20),
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(array=anything)
def test_any_array_gives_mnist_form_none_or_an_image_error(array: NDArray[np.generic]) -> None:
    try:
        prepared = prepare_digit(array)
    except ImageError:
        return
    assert prepared is None or is_framed(prepared)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(shape=st.tuples(st.integers(1, 400), st.integers(1, 400)), seed=st.integers(0, 99), blur=st.floats(0, 9))
def test_any_texture_gives_mnist_form_or_none(shape: tuple[int, int], seed: int, blur: float) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (*shape, 3), np.uint8)
    if blur >= 0.3:
        picture = np.ascontiguousarray(cv2.GaussianBlur(picture, (0, 0), blur).reshape(*shape, 3))
    prepared = prepare_digit(picture)
    assert prepared is None or is_framed(prepared)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30_000), (30_000, 1), (28, 28), (500, 700, 3), (3, 3, 4)])
@pytest.mark.parametrize("value", [0, 130, 255])
def test_blank_pictures_have_no_digit(shape: tuple[int, ...], value: int) -> None:
    assert prepare_digit(np.full(shape, value, np.uint8)) is None


@pytest.mark.parametrize("picture", [np.full((28, 28), np.nan), np.full((28, 28), 2.0), np.zeros((28, 28), np.int8)])
def test_arrays_that_are_no_pictures_are_refused(picture: NDArray[np.generic]) -> None:
    with pytest.raises(ImageArrayError):
        prepare_digit(picture)
    with pytest.raises(ImageSizeError):
        prepare_digit(np.zeros((0, 28), np.uint8))


@fixed
@given(
    digit=digits,
    light=st.floats(0.3, 1),
    angle=st.floats(0, 6.28),
    shadow=st.integers(0, 300),
    depth=st.floats(0.5, 1),
    noise=st.integers(0, 3),
)
def test_uneven_light_and_a_shadow_edge_do_not_matter(
    engine: Engine, digit: int, light: float, angle: float, shadow: int, depth: float, noise: int
) -> None:
    assume(not 60 < shadow < 240)  # beside the digit; across it the outline itself may suffer
    rows, columns = np.mgrid[0:300, 0:300] / 300 - 0.5
    page = 200 * (1 - 0.25 * (1 - light) * (rows * np.sin(angle) + columns * np.cos(angle) + 1))
    page[:, shadow:] *= depth
    page[draw_digit(digit, size=300, thickness=0.06) > 127] *= 0.35
    page += np.random.default_rng(shadow).normal(0, noise, page.shape)
    assert read(engine, np.clip(page, 0, 255).astype(np.uint8)) == digit


@pytest.mark.parametrize("colour", [(0, 0, 200), (200, 60, 0), (40, 120, 40), (190, 190, 255)])
def test_coloured_pens_are_read(engine: Engine, colour: tuple[int, int, int]) -> None:
    for digit in range(10):
        page = np.full((200, 160, 3), 255, np.uint8)
        page[20:180, :][draw_digit(digit, size=160) > 127] = colour
        assert read(engine, page) == digit


@pytest.mark.parametrize("form", ["gray1", "bgr", "bgra", "uint16", "float32", "float64"])
@pytest.mark.parametrize("digit", range(10))
def test_a_framed_picture_is_left_alone_in_every_form(form: str, digit: int) -> None:
    framed = prepare_digit(draw_digit(digit, size=64))
    assert framed is not None
    np.testing.assert_array_equal(prepare_digit(as_form(framed, form)), framed)


def test_a_framed_picture_of_bools_is_left_alone() -> None:
    framed = np.zeros((28, 28), bool)
    framed[4:24, 13:15] = True
    np.testing.assert_array_equal(prepare_digit(framed), framed * np.uint8(255))


def test_every_stage_can_be_looked_at() -> None:
    stages: dict[str, NDArray[np.uint8]] = {}
    page = cv2.cvtColor(255 - draw_digit(6, size=300), cv2.COLOR_GRAY2BGR)
    framed = prepare_digit(page, trace=stages.__setitem__)
    assert list(stages) == ["thumbnail", "plane", "ink strength", "mask", "detail", "framed"]
    assert all(stage.dtype == np.uint8 and stage.max() > 127 for stage in stages.values())
    assert stages["framed"] is framed
    np.testing.assert_array_equal(framed, prepare_digit(page))


def test_the_stages_end_where_there_is_no_ink() -> None:
    stages: list[str] = []
    assert prepare_digit(np.full((60, 60), 200, np.uint8), trace=lambda name, _: stages.append(name)) is None
    assert stages == ["thumbnail", "plane"]


@pytest.mark.real
def test_mnist_takes_the_fast_path_unchanged(mnist: Dataset) -> None:
    for image in mnist.x_test:
        assert prepare_digit(image) is image


@pytest.mark.real
@pytest.mark.parametrize("extension", [".png", ".jpg"])
@pytest.mark.parametrize(("factor", "ground"), [(1, 20), (2, 60), (4, 100), (10, 300)])
def test_mnist_in_a_larger_picture_is_found_and_read(
    mnist: Dataset, engine: Engine, factor: int, ground: int, extension: str
) -> None:
    images, labels = mnist.x_train[-500:], mnist.y_train[-500:]
    seen = []
    for index, image in enumerate(images):
        large = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        page = np.pad(large, ((ground, index % 50), (index % 30, ground)))
        decoded = cv2.imdecode(cv2.imencode(extension, page if index % 2 else 255 - page)[1], cv2.IMREAD_UNCHANGED)
        seen.append(prepare_digit(np.asarray(decoded, np.uint8)))
    around = np.stack([prepared for prepared in seen if prepared is not None])
    assert len(around) == len(images)
    direct = (engine.infer(images[..., None])[1].argmax(axis=1) == labels).mean()
    assert (engine.infer(around[..., None])[1].argmax(axis=1) == labels).mean() >= direct - 0.008


@pytest.mark.real
def test_the_long_way_costs_no_accuracy(mnist: Dataset, engine: Engine) -> None:
    images, labels = mnist.x_train[-2000:], mnist.y_train[-2000:]
    around = np.stack([prepared for image in images if (prepared := prepare_digit(255 - image)) is not None])
    assert len(around) == len(images)
    direct = (engine.infer(images[..., None])[1].argmax(axis=1) == labels).mean()
    assert (engine.infer(around[..., None])[1].argmax(axis=1) == labels).mean() >= direct - 0.003
