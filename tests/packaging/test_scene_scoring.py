"""The scores of ``benchmarks/scenes.py`` are those that one counts by hand."""

from __future__ import annotations

import pytest
from benchmark_scripts import module

from mnist_edge.runtime.scenes.scene import Box
from mnist_edge.train.composing import TrueDigit


@pytest.mark.parametrize(
    ("read", "true", "edits"),
    [
        *(("", "", 0), ("123", "123", 0), ("", "12", 2), ("12", "", 2), ("13", "123", 1), ("1723", "123", 1)),
        *(("923", "123", 1), ("2341", "1234", 2), ("555", "123", 3), ("1283", "1285", 1), ("70", "0770", 2)),
    ],
)
def test_edit_distance(read: str, true: str, edits: int) -> None:
    assert module("scene_scoring").edit_distance(read, true) == edits


def test_boxes_are_aligned_best_first_and_each_once() -> None:
    scoring = module("scene_scoring")
    one, next_to_it, apart = Box(0, 0, 10, 10), Box(3, 0, 10, 10), Box(50, 50, 10, 10)
    assert scoring.overlap(one, one) == 1
    assert scoring.overlap(one, next_to_it) == pytest.approx(70 / 130)
    assert scoring.overlap(one, apart) == 0
    assert scoring.overlap(Box(0, 0, 0, 0), Box(0, 0, 0, 0)) == 0
    assert scoring.align_boxes([next_to_it, one], [one]) == [(1, 0)]
    assert scoring.align_boxes([apart, next_to_it], [one, apart]) == [(0, 1), (1, 0)]
    assert scoring.align_boxes([Box(6, 0, 10, 10)], [one]) == []


def test_a_scene_is_scored_by_digits_boxes_and_lines() -> None:
    scoring = module("scene_scoring")
    true = [TrueDigit(label, Box(20 * place, 0, 10, 10), int(place > 1)) for place, label in enumerate((4, 2, 7))]
    wrong_label = [true[0], TrueDigit(3, true[1].box, 0), true[2]]
    score = scoring.score_scene(wrong_label, true)
    assert (score.digits, score.read, score.edits, score.found, score.labelled) == (3, 3, 1, 3, 2)
    assert (score.is_exact, score.has_lines) == (False, True)
    one_line = [TrueDigit(digit.label, digit.box, 0) for digit in true]
    assert (scoring.score_scene(one_line, true).is_exact, scoring.score_scene(one_line, true).has_lines) == (True, False)
    extra = [*true, TrueDigit(1, Box(90, 90, 5, 5), 2)]
    score = scoring.score_scene(extra, true)
    assert (score.read, score.edits, score.found, score.has_lines) == (4, 1, 3, True)
    score = scoring.score_scene([], true)
    assert (score.read, score.edits, score.found, score.is_exact, score.has_lines) == (0, 3, 0, False, False)
    assert scoring.score_scene([], []).has_lines
    assert scoring.summary([score, scoring.score_scene([], [])])["right_lines"] == 0  # of the one that has lines
    assert scoring.same_lines([(0, 1), (2, 3)])
    assert not scoring.same_lines([(2, 1), (0, 3)])
    assert not scoring.same_lines([(0, 0), (1, 0)])


def test_texts_are_scored_without_line_breaks() -> None:
    scoring = module("scene_scoring")
    score = scoring.score_text("123\n4", "12\n34")
    assert (score.edits, score.is_exact, score.has_lines, score.found) == (0, True, False, None)
    assert scoring.score_text("19\n34", "12\n34").has_lines


def test_the_summary_weighs_digits_and_bears_an_interval() -> None:
    scoring = module("scene_scoring")
    scores = [scoring.score_text("12345678", "12345678"), scoring.score_text("", "12")] * 30
    figures = scoring.summary(scores)
    assert figures["edit_error"] == pytest.approx(0.2)
    assert figures["exact"] == 0.5
    assert figures["found"] is None
    for name, share in (("edit_error_interval", 0.2), ("exact_interval", 0.5)):
        low, high = figures[name]
        assert low < share < high
        assert 0.05 < high - low < 0.4
    empty = scoring.summary([scoring.score_scene([TrueDigit(1, Box(0, 0, 5, 5), 0)], []), scoring.score_scene([], [])])
    assert (empty["edit_error"], empty["exact"], empty["false_digits_a_picture"]) == (None, 0.5, 0.5)
