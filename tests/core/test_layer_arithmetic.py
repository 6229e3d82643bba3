"""The formulas say what they compute: each is evaluated from its text."""

from __future__ import annotations

import math
import re

import pytest

from mnist_edge.layer_arithmetic import (
    Count,
    LayerRow,
    Window,
    convolution,
    dense,
    each,
    explained_row,
    flatten_formula,
    normalization,
    same_padding,
    separable_convolution,
    times,
    total_multiply_adds,
    window_formula,
)


def evaluated(formula: str) -> int:
    """The value of the left side; it is the right side's."""
    left, right = formula.replace(",", "").replace("×", "*").split(" = ")
    assert re.fullmatch(r"(floor|ceil|[\d+*/() -])+", left)
    value = eval(left, {"__builtins__": {}, "floor": math.floor, "ceil": math.ceil})  # noqa: S307  # digits and operators only
    assert value == int(right)
    return int(value)


def window(size: int, stride: int, padding: tuple[int, int], dilation: int = 1, *, rounds_up: bool = False) -> Window:
    return Window((size,), (stride,), (padding,), (dilation,), rounds_up)


@pytest.mark.parametrize(
    ("before", "moved", "after", "text"),
    [
        (28, window(3, 1, (0, 0)), 26, "floor((28 + 2 × 0 - 3) / 1) + 1 = 26"),
        (11, window(2, 2, (0, 0)), 5, "floor((11 + 2 × 0 - 2) / 2) + 1 = 5"),
        (28, window(3, 1, (1, 1)), 28, "floor((28 + 2 × 1 - 3) / 1) + 1 = 28"),
        (28, window(3, 2, (0, 1)), 14, "floor((28 + 0 + 1 - 3) / 2) + 1 = 14"),
        (28, window(3, 1, (0, 0), 2), 24, "floor((28 + 2 × 0 - (2 × (3 - 1) + 1)) / 1) + 1 = 24"),
        (28, window(5, 3, (0, 0), rounds_up=True), 9, "ceil((28 + 2 × 0 - 5) / 3) + 1 = 9"),
    ],
)
def test_output_size(before: int, moved: Window, after: int, text: str) -> None:
    assert window_formula([before], moved, [after]) == text
    assert evaluated(text) == after


def test_height_and_width_are_told_apart_only_where_they_differ() -> None:
    moved = Window((3, 3), (1, 1), ((0, 0), (0, 0)), (1, 1))
    assert window_formula([28, 28], moved, [26, 26]) == "floor((28 + 2 × 0 - 3) / 1) + 1 = 26"
    both = window_formula([28, 14], moved, [26, 12])
    assert [evaluated(formula) for formula in both.split("; ")] == [26, 12]


def test_no_formula_is_better_than_a_wrong_one() -> None:
    assert window_formula([28], window(3, 1, (0, 0)), [25]) == ""
    row = explained_row("layer", "Dense", (64,), 36_929, counted=Count(36_928, "(576 + 1) × 64 = 36,928"))
    assert (row.parameters, row.parameter_formula) == (36_929, "")


@pytest.mark.parametrize("size", range(1, 31))
@pytest.mark.parametrize("extent", [1, 2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_same_padding_gives_one_output_a_stride(size: int, extent: int, stride: int, dilation: int) -> None:
    padding = same_padding(size, extent, stride, dilation)
    assert padding[1] - padding[0] in (0, 1)
    formula = window_formula([size], window(extent, stride, padding, dilation), [math.ceil(size / stride)])
    assert evaluated(formula) == math.ceil(size / stride)


CONVOLUTIONS = [
    (convolution((3, 3), 1, (26, 26, 32)), "(3 × 3 × 1 + 1) × 32 = 320", "26 × 26 × 32 × 3 × 3 × 1 = 194,688"),
    (convolution((1, 5), 8, (9, 4), bias=False), "1 × 5 × 8 × 4 = 160", "9 × 4 × 1 × 5 × 8 = 1,440"),
    (convolution((3, 3), 8, (28, 28, 8), groups=8), "(3 × 3 + 1) × 8 = 80", "28 × 28 × 8 × 3 × 3 = 56,448"),
    (convolution((3, 3), 8, (5, 5, 16), groups=8, bias=False), "3 × 3 × 8 × 2 = 144", "5 × 5 × 16 × 3 × 3 = 3,600"),
    (convolution((3, 3), 8, (5, 5, 6), groups=2), "(3 × 3 × 8 / 2 + 1) × 6 = 222", "5 × 5 × 6 × 3 × 3 × 8 / 2 = 5,400"),
    (
        separable_convolution((3, 3), 6, (14, 14, 8)),
        "3 × 3 × 6 + (6 + 1) × 8 = 110",
        "14 × 14 × 6 × 3 × 3 + 14 × 14 × 8 × 6 = 19,992",
    ),
    (
        separable_convolution((3, 3), 6, (2, 2, 8), multiplier=2, bias=False),
        "3 × 3 × 6 × 2 + 6 × 2 × 8 = 204",
        "2 × 2 × 6 × 2 × 3 × 3 + 2 × 2 × 8 × 6 × 2 = 816",
    ),
    (dense(576, (64,)), "(576 + 1) × 64 = 36,928", "576 × 64 = 36,864"),
    (dense(1600, (128,), bias=False), "1,600 × 128 = 204,800", "1,600 × 128 = 204,800"),
    (dense(14, (8, 5)), "(14 + 1) × 5 = 75", "8 × 14 × 5 = 560"),
]


@pytest.mark.parametrize(("counts", "parameters", "work"), CONVOLUTIONS)
def test_parameters_and_multiply_adds(counts: tuple[Count, Count], parameters: str, work: str) -> None:
    assert [count.formula for count in counts] == [parameters, work]
    assert [evaluated(count.formula) for count in counts] == [count.value for count in counts]


def test_normalisation_and_flattening() -> None:
    for count, value in ((normalization(32, trained=2, counted=2), 128), (normalization(576, trained=1), 576)):
        assert evaluated(count.formula) == count.value == value
    assert normalization(32, trained=2, counted=2).formula == "(2 + 2) × 32 = 128"
    assert flatten_formula((3, 3, 64)) == "3 × 3 × 64 = 576"
    assert flatten_formula((576,)) == ""


def test_rows_and_their_sum() -> None:
    known = explained_row("conv1", "Conv2D", (26, 26, 1000), 3, work=Count(5, "5 = 5"))
    assert (known.shape_text, known.multiply_adds, known.multiply_adds_formula) == ("26 × 26 × 1,000", 5, "5 = 5")
    unknown = LayerRow("odd", "Odd", (), 7, None)
    assert total_multiply_adds([known, explained_row("relu", "ReLU", (1,), 0, work=0)]) == 5
    assert total_multiply_adds([known, unknown]) is None
    assert (unknown.shape_text, times(3), each(["a", "a"])) == ("", "3", "a")
