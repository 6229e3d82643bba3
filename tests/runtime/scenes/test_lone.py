"""A digit in pieces that is alone in its picture."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from mnist_edge import DigitClassifier
from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.sample_digits import draw_digit
from mnist_edge.runtime.scenes.doubts import Read
from mnist_edge.runtime.scenes.glyphs import Glyph
from mnist_edge.runtime.scenes.lone import are_together, gap, join_lone_digit
from mnist_edge.runtime.scenes.scene import Box

NEAR = (Box(10, 10, 20, 4), Box(10, 18, 20, 24))


def answer(digit: int | None, log_odds: float) -> Prediction:
    return Prediction(digit, 0.5, Status.REJECTED if digit is None else Status.OK, log_odds=log_odds)


def reads(*answers: Prediction, boxes: tuple[Box, ...] = NEAR) -> list[Read]:
    glyphs = [Glyph(box, np.ones((box.height, box.width), np.uint8), 4.0) for box in boxes]
    return [Read(glyph, each) for glyph, each in zip(glyphs, answers, strict=True)]


def network(says: Prediction) -> tuple[list[int], Callable[[np.ndarray], list[Prediction]]]:
    asked: list[int] = []

    def score(images: np.ndarray) -> list[Prediction]:
        asked.append(len(images))
        return [says] * len(images)

    return asked, score


STRENGTH = np.full((60, 60), 255, np.uint8)


@pytest.mark.parametrize(
    ("parts", "whole", "joined"),
    [
        ((answer(None, -6), answer(None, -5)), answer(5, 8), True),
        ((answer(None, -6), answer(None, -5)), answer(5, 1), False),  # not convincing
        ((answer(None, -6), answer(None, -5)), answer(None, 8), False),  # refused
        ((answer(None, -6), answer(3, 2)), answer(5, 8), True),  # the lower part of a 5 looks like a 3
        ((answer(None, -6), answer(3, 9)), answer(5, 8), False),
        ((answer(1, 3), answer(3, 3)), answer(5, 20), False),  # two digits
    ],
)
def test_joined_where_the_whole_is_surer(parts: tuple[Prediction, ...], whole: Prediction, joined: bool) -> None:
    given = reads(*parts)
    result = join_lone_digit(given, STRENGTH, network(whole)[1])
    if joined:
        assert [read.prediction for read in result] == [whole]
        assert result[0].glyph.box == Box(10, 10, 20, 32)
    else:
        assert result == given


def test_the_network_is_not_asked_where_the_pieces_lie_apart_or_are_many_or_one() -> None:
    asked, score = network(answer(5, 20))
    apart = (Box(0, 0, 5, 20), Box(30, 0, 5, 20))
    join_lone_digit(reads(answer(None, -6), answer(None, -5), boxes=apart), STRENGTH, score)
    join_lone_digit(reads(*[answer(None, -6)] * 7, boxes=tuple(Box(0, 5 * i, 4, 4) for i in range(7))), STRENGTH, score)
    join_lone_digit(reads(answer(None, -6), boxes=NEAR[:1]), STRENGTH, score)
    join_lone_digit([], STRENGTH, score)
    assert asked == []


def test_together_means_a_chain_of_near_boxes() -> None:
    chain = [Box(0, 0, 20, 10), Box(0, 16, 20, 10), Box(0, 34, 20, 10)]
    assert are_together(chain)
    assert are_together(chain[::-1])
    assert not are_together([chain[0], Box(0, 100, 20, 10)])
    assert gap(chain[0], chain[2]) == 24
    assert gap(chain[0], Box(5, 5, 5, 5)) == 0


@pytest.mark.parametrize("ink", ["dark", "bright"])
def test_a_five_with_a_loose_bar_is_read(ink: str) -> None:
    digit = draw_digit(5, size=160, thickness=0.1)
    digit[int(0.30 * 160) : int(0.36 * 160)] = 0  # the pen left a gap across the neck
    page = cv2.copyMakeBorder(digit, 60, 60, 80, 80, cv2.BORDER_CONSTANT)
    scene = DigitClassifier().read(255 - page if ink == "dark" else page)
    assert scene.text == "5"
