from __future__ import annotations

import hypothesis
import hypothesis.strategies as st
import pytest

from mnist_edge.runtime.drawing.labels import FREE, Label, Layout, digit_text, fit_width
from mnist_edge.runtime.drawing.style import INK, REJECTED, SURE, UNSURE, Colour, choose_pen
from mnist_edge.runtime.scenes.scene import Box

# Deuteranopia and protanopia at full severity, linear RGB: Machado, Oliveira and Fernandes, 2009.
MISSING_GREEN = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
MISSING_RED = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))


def linear_rgb(colour: Colour) -> list[float]:
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (value / 255 for value in colour[::-1])]


def contrast(first: Colour, second: Colour) -> float:
    """Contrast ratio of WCAG 2, 1 to 21."""
    light = sorted(
        sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear_rgb(c), strict=True)) for c in (first, second)
    )
    return (light[1] + 0.05) / (light[0] + 0.05)


def overlap(first: Box, second: Box) -> int:
    across = min(first.right, second.right) - max(first.left, second.left)
    down = min(first.bottom, second.bottom) - max(first.top, second.top)
    return max(across, 0) * max(down, 0)


@pytest.mark.parametrize(
    ("confidence", "text"),
    [(0.98, "7 98%"), (0.989, "7 98%"), (1.0, "7 99%"), (0.29, "7 29%"), (0.0, "7 0%"), (None, "7")],
)
def test_percents_are_rounded_down_and_never_promise_certainty(confidence: float | None, text: str) -> None:
    assert digit_text(7, confidence) == text


@pytest.mark.parametrize("colour", [SURE, UNSURE, REJECTED])
def test_text_contrasts_with_its_label(colour: Colour) -> None:
    assert contrast(INK, colour) >= 7  # AAA of WCAG 2


@pytest.mark.parametrize("colour", [SURE, UNSURE, REJECTED])
@hypothesis.given(ground=st.tuples(*[st.integers(0, 255)] * 3))
def test_frame_or_border_shows_on_any_ground(colour: Colour, ground: Colour) -> None:
    assert max(contrast(colour, ground), contrast(INK, ground)) >= 2.7


@pytest.mark.parametrize("eye", [MISSING_GREEN, MISSING_RED])
def test_sure_and_unsure_differ_without_red_or_green(eye: tuple[tuple[float, ...], ...]) -> None:
    sure, unsure = (
        [sum(w * v for w, v in zip(row, linear_rgb(colour), strict=True)) for row in eye] for colour in (SURE, UNSURE)
    )
    assert max(abs(a - b) for a, b in zip(sure, unsure, strict=True)) > 0.5


@hypothesis.given(
    width=st.integers(60, 6000), height=st.integers(60, 6000), share=st.floats(0.003, 1.0), capital=st.floats(9, 200)
)
def test_text_can_be_read_at_any_size(width: int, height: int, share: float, capital: float) -> None:
    pen = choose_pen(share * height, width, height)
    assert pen.text >= max(9, 0.009 * max(width, height))
    assert pen.text <= max(9, 0.035 * max(width, height))
    assert 9 <= pen.least_text <= pen.text
    assert pen.line >= 1


@hypothesis.given(left=st.integers(0, 390), top=st.integers(0, 290), width=st.integers(1, 200), height=st.integers(1, 200))
def test_a_label_is_inside_the_picture_and_not_on_its_digit_if_that_leaves_room(
    left: int, top: int, width: int, height: int
) -> None:
    box = Box(left, top, min(width, 400 - left), min(height, 300 - top))
    layout = Layout(400, 300, [box], 1)
    place, badness = layout.place(Label("7 98%", 10), 3, box)
    assert place.left >= 0
    assert place.top >= 0
    assert place.right <= 400
    assert place.bottom <= 300
    assert overlap(place, box) == 0
    assert badness < FREE


def test_a_label_goes_above_else_below_else_beside() -> None:
    label, box = Label("7", 10), Box(100, 100, 20, 30)
    above, below = Box(60, 60, 100, 38), Box(60, 132, 100, 38)
    free, _ = Layout(300, 300, [box], 0).place(label, 2, box)
    assert free.bottom <= box.top
    under, _ = Layout(300, 300, [box, above], 0).place(label, 2, box)
    assert under.top >= box.bottom
    beside, badness = Layout(300, 300, [box, above, below], 0).place(label, 2, box)
    assert beside.left >= box.right
    assert badness < FREE


def test_a_taken_place_is_not_given_again() -> None:
    box = Box(100, 100, 20, 30)
    layout = Layout(300, 300, [box], 5)
    places = []
    for _ in range(5):
        place, _ = layout.place(Label("7 98%", 10), 2, box)
        layout.take(place)
        places.append(place)
    assert all(overlap(a, b) == 0 for n, a in enumerate(places) for b in places[:n])


def test_without_a_free_place_the_badness_says_so() -> None:
    box = Box(100, 100, 20, 30)
    _, badness = Layout(300, 300, [Box(0, 0, 300, 300)], 0).place(Label("7", 10), 2, box)
    assert badness >= 1


@pytest.mark.parametrize("width", [15, 40, 1000])
def test_a_label_is_made_to_fit(width: int) -> None:
    assert fit_width(Label("unlikely", 20), width).size[0] <= width
    assert fit_width(Label("7", 20), 1000).capital == 20
