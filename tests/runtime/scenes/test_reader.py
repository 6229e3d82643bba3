import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnist_edge.errors import ImageArrayError
from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.sample_digits import draw_digit
from mnist_edge.runtime.scenes.ink_map import InkMap
from mnist_edge.runtime.scenes.reader import read_ink, read_scene
from mnist_edge.runtime.scenes.scene import Reason
from mnist_edge.runtime.scoring import Scorer
from mnist_edge.runtime.session import Engine


@pytest.fixture(scope="module")
def score():
    return Scorer(Engine()).score


def page(*lines: str, size: int = 90, step: int = 80, pitch: int = 120, rise: float = 0.0, seed: int = 0) -> np.ndarray:
    """Dark digits on light paper, gray."""
    ink = np.zeros((80 + pitch * len(lines), 100 + step * max(map(len, lines))), np.uint8)
    for row, line in enumerate(lines):
        for column, digit in enumerate(line):
            drawn = draw_digit(int(digit), size=size, seed=seed + 10 * row + column, thickness=0.12)
            left, top = 30 + step * column, 40 + pitch * row + round(rise * step * column)
            place = ink[top : top + size, left : left + size]
            np.maximum(place, drawn, out=place)
    return np.asarray(230 - ink * 0.75, np.uint8)


def test_two_lines(score):
    scene = read_scene(page("31415", "9268"), score)
    assert scene.text == "31415\n9268"
    assert scene.status is Status.OK
    assert scene.message == ""


def test_boxes_enclose_the_ink(score):
    picture = page("2", "7")
    for digit in read_scene(picture, score):
        box = digit.box
        inside = picture[box.top : box.bottom, box.left : box.right] < 180
        assert inside[0].any()
        assert inside[-1].any()
        assert inside[:, 0].any()
        assert inside[:, -1].any()
    covered = picture < 150
    for digit in read_scene(picture, score):
        covered[digit.box.top - 1 : digit.box.bottom + 1, digit.box.left - 1 : digit.box.right + 1] = False
    assert not covered.any()


def test_boxes_are_in_pixels_of_a_large_picture(score):
    picture = cv2.resize(page("46"), None, fx=7, fy=7, interpolation=cv2.INTER_CUBIC)
    scene = read_scene(picture, score)
    assert scene.text == "46"
    assert (scene.width, scene.height) == (picture.shape[1], picture.shape[0])
    edge = picture.shape[1] // 2 - 70  # between the two
    for digit, first in zip(scene, (0, edge), strict=True):
        left, top, width, height = cv2.boundingRect((picture[:, first : first + edge] < 140).astype(np.uint8))
        assert np.abs(np.subtract(digit.box, (first + left, top, width, height))).max() <= 2 / 0.25  # working pixels


@pytest.mark.parametrize("side", [1281, 2563, 2999])
def test_the_last_digit_of_an_odd_size_has_its_box_where_it_is(score, side):
    picture = np.full((side, side), 225, np.uint8)
    drawn = draw_digit(3, size=200, seed=2, thickness=0.12)
    for place in (10, side - 210):
        picture[place : place + 200, place : place + 200] -= (drawn * 0.7).astype(np.uint8)
    last = read_scene(picture, score)[-1].box
    left, top, width, height = cv2.boundingRect((drawn > 128).astype(np.uint8))
    true = (side - 210 + left, side - 210 + top, width, height)
    assert np.abs(np.subtract(last, true)).max() <= 12


@pytest.mark.parametrize(("height", "width"), [(2603, 80), (3900, 67)])
def test_boxes_of_a_narrow_strip_are_where_the_digits_are(height, width):
    """Reduced to a few whole pixels, a strip has not quite its proportions any more."""
    picture = np.full((height, width), 225, np.uint8)
    drawn = draw_digit(3, size=52, seed=2, thickness=0.12)
    picture[height - 70 : height - 18, 3:55] -= (drawn * 0.7).astype(np.uint8)
    scene = read_scene(picture, lambda images: [Prediction(3, 0.99, log_odds=12.0) for _ in images])
    (box,) = [region.box for region in (*scene.digits, *scene.rejected)]
    left, top, wide, high = cv2.boundingRect((drawn > 128).astype(np.uint8))
    assert np.abs(np.subtract(box, (3 + left, height - 70 + top, wide, high))).max() <= 8


def test_slanted_lines(score):
    assert read_scene(page("3141", "9268", rise=0.15), score).text == "3141\n9268"


def test_white_on_black_and_colour(score):
    dark = 255 - page("507")
    assert read_scene(dark, score).text == "507"
    assert read_scene(cv2.cvtColor(dark, cv2.COLOR_GRAY2BGR), score).text == "507"


def test_touching_digits(score):
    assert read_scene(page("53", step=46, seed=3), score).text == "53"


def test_a_broken_digit(score):
    picture = page("808")
    row = 40 + 45
    picture[row - 1 : row + 1, 110:190] = 230
    assert read_scene(picture, score).text == "808"


def test_dots_and_an_underline_are_refused(score):
    picture = page("264")
    cv2.line(picture, (20, 160), (320, 163), 55, 4)
    cv2.circle(picture, (310, 40), 3, 55, -1)
    scene = read_scene(picture, score)
    assert scene.text == "264"
    assert Reason.LINE in {region.reason for region in scene.rejected}


def test_an_empty_picture(score):
    scene = read_scene(np.full((120, 200), 200, np.uint8), score)
    assert scene.status is Status.EMPTY
    assert scene.message
    assert (scene.width, scene.height, len(scene)) == (200, 120, 0)


def refuse(images):
    return [Prediction(None, 0.2, Status.REJECTED, log_odds=-5.0) for _ in images]


def test_only_other_ink(score):
    scene = read_scene(page("12"), refuse)
    assert scene.status is Status.REJECTED
    assert scene.message
    assert [region.reason for region in scene.rejected] == [Reason.UNLIKELY] * 2
    assert all(region.prediction.status is Status.REJECTED for region in scene.rejected)


def test_the_network_is_asked_once_for_plain_digits():
    calls = []

    def sure(images):
        calls.append(len(images))
        return [Prediction(3, 0.99, log_odds=12.0) for _ in images]

    assert read_scene(page("3333"), sure).text == "3333"
    assert calls == [4]


def test_trace_is_given_every_stage(score):
    stages = {}
    read_scene(page("12"), score, trace=lambda name, picture: stages.setdefault(name, picture))
    assert {"pieces", "glyphs", "lines"} <= set(stages)
    for picture in stages.values():
        assert picture.dtype == np.uint8
        assert picture.ndim == 2 or picture.shape[2] == 3


def test_not_a_picture(score):
    with pytest.raises(ImageArrayError):
        read_scene(np.zeros((3, 3, 7), np.uint8), score)


@given(
    arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60)), elements=st.integers(0, 1)),
    st.integers(0, 2**32 - 1),
    st.sampled_from([1.0, 0.5, 0.23]),
)
@settings(deadline=None, max_examples=80)
def test_any_mask_and_any_answers(mask, seed, scale):
    rng = np.random.default_rng(seed)

    def moody(images):
        assert images.dtype == np.uint8
        assert images.shape[1:] == (28, 28)
        answers = []
        for odds in rng.normal(2, 6, len(images)):
            ok = odds > 0
            answers.append(
                Prediction(int(rng.integers(10)) if ok else None, 0.5, Status.OK if ok else Status.REJECTED, log_odds=odds)
            )
        return answers

    size = (round(mask.shape[1] / scale), round(mask.shape[0] / scale))
    ink = InkMap(mask, mask * np.uint8(255), scale, True, 3.0)
    scene = read_ink(ink, moody, size)
    for region in (*scene.digits, *scene.rejected):
        box = region.box
        assert 0 <= box.left < box.right <= size[0]
        assert 0 <= box.top < box.bottom <= size[1]
    assert all(digit.prediction.status is Status.OK for digit in scene)
    assert [digit.line for digit in scene] == sorted(digit.line for digit in scene)
    assert (scene.status is Status.OK) == (len(scene) > 0)
