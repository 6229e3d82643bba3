import numpy as np
import pytest

from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scenes.glyphs import Glyph
from mnist_edge.runtime.scenes.scene import Box
from mnist_edge.runtime.scenes.weighing import Company, cut_value, digit_value, nothing_value

NOWHERE = Company(0, 0)
DIGITS = Company(6, 0)
LETTERS = Company(0, 6)


def part(width: int = 20, height: int = 40) -> Glyph:
    return Glyph(Box(0, 0, width, height), np.ones((height, width), np.uint8), 4.0)


def said(log_odds: float, digit: int | None = 8) -> Prediction:
    return Prediction(digit, 0.9, Status.OK if digit is not None else Status.REJECTED, log_odds=log_odds)


def value(glyph: Glyph, prediction: Prediction, *, share=1.0, whole=True, joins=0, company=NOWHERE) -> float:
    return digit_value(glyph, prediction, 40, share, whole, joins, company)


def test_sure_digits_are_worth_more_than_doubtful_ones_and_refused_ones_least():
    values = [value(part(), each) for each in (said(-4, None), said(-4), said(3), said(9))]
    assert values == sorted(values)
    assert len(set(values)) == 4


def test_two_sure_halves_beat_a_wide_doubtful_whole_but_not_a_sure_digit():
    halves = 2 * value(part(28), said(9), share=0.5, whole=False) + cut_value(1.5)
    assert halves > value(part(56), said(0))
    assert halves < value(part(30), said(12))


def test_parts_lower_than_the_rest_are_unlikely():
    assert value(part(20, 20), said(9)) < value(part(20, 40), said(9)) - 1


def test_a_part_read_as_one_is_worth_less_and_a_whole_is_not():
    assert value(part(), said(9, 1), whole=False) < value(part(), said(9, 7), whole=False)
    assert value(part(), said(9, 1)) == pytest.approx(value(part(), said(9, 7)))


def test_a_cut_costs_and_no_cut_does_not():
    assert cut_value(None) == 0
    assert cut_value(1.0) < 0


def test_the_same_glyph_is_a_digit_among_digits_and_a_letter_among_letters():
    glyph, answer = part(), said(2)
    for company, is_digit in ((DIGITS, True), (LETTERS, False)):
        assert (value(glyph, answer, company=company) > nothing_value(glyph, 40, company)) is is_digit
