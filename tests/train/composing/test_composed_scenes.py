"""Composed scenes are valid, repeatable, and show what their truth says."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mnist_edge.errors import OptionError
from mnist_edge.runtime.scenes.scene import Box
from mnist_edge.train.batches import Split
from mnist_edge.train.composing import SCENE_KINDS, TrueDigit, Truth, compose_scene, levels_of
from mnist_edge.train.composing.camera import SCREEN
from mnist_edge.train.composing.compose import compose_recipe, lay_out, write_digits
from mnist_edge.train.composing.kinds import recipe
from mnist_edge.train.composing.light import Light
from mnist_edge.train.composing.pens import Pen

CASES = [(kind, level) for kind in SCENE_KINDS for level in levels_of(kind)]


def rng(*key: int) -> np.random.Generator:
    return np.random.default_rng([7, *key])


@pytest.mark.parametrize(("kind", "level"), CASES)
def test_every_kind_and_level_gives_valid_scenes(kind: str, level: int, drawn_split: Split) -> None:
    for number in range(2 if kind != "size" else 1):
        scene = compose_scene(kind, level, drawn_split, rng(number, 1))
        height, width = scene.image.shape[:2]
        assert (scene.kind, scene.level) == (kind, level)
        assert scene.image.dtype == np.uint8
        assert scene.image.shape == (height, width, 3)
        assert min(height, width) >= 200
        assert scene.image.std() > 0.2
        assert bool(scene.truth.digits) == (kind != "empty")
        lines = scene.truth.text.split("\n") if scene.truth.digits else []
        assert sorted({digit.line for digit in scene.truth.digits}) == list(range(len(lines)))
        for label, box, _ in scene.truth.digits:
            assert 0 <= label <= 9
            assert 0 <= box.left < box.right <= width
            assert 0 <= box.top < box.bottom <= height
            assert max(box.width, box.height) >= 8


@pytest.mark.parametrize(("kind", "level"), [("light", 3), ("clutter", 3), ("noise", 2), ("empty", 3)])
def test_the_same_random_numbers_give_the_same_picture(kind: str, level: int, drawn_split: Split) -> None:
    one, same, other = (compose_scene(kind, level, drawn_split, rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.image, same.image)
    assert one.truth == same.truth
    assert one.image.shape != other.image.shape or bool((one.image != other.image).any())


@pytest.mark.parametrize("kind", ["plain", "touching", "slanted", "thin"])
def test_boxes_enclose_the_ink_and_nothing_more(kind: str, drawn_split: Split) -> None:
    level = levels_of(kind)[-1]
    for number in range(3):
        plan = recipe(kind, level, rng(number))
        ink = Pen(plan.pen.width, (0.0, 0.0, 0.0), pressure=plan.pen.pressure, gaps=plan.pen.gaps)
        bare = replace(plan, pen=ink, paper=(1.0, 1.0, 1.0), roughness=0.0, rulings=(), light=Light(), camera=SCREEN)
        image, truth = compose_recipe(bare, drawn_split, rng(number, 3))
        dark = image.max(axis=2) < 180  # ink covers three tenths of the pixel
        outside = image.max(axis=2) < 170
        for _, box, _ in truth.digits:
            crop = dark[box.top : box.bottom, box.left : box.right]
            assert crop[0].any() or crop[1].any()
            assert crop[:, 0].any() or crop[:, 1].any()
            assert crop[-1].any() or crop[-2].any()
            assert crop[:, -1].any() or crop[:, -2].any()
            outside[box.top : box.bottom, box.left : box.right] = False
        assert dark.any()
        assert not outside.any()


def test_digits_apart_do_not_touch_and_touching_ones_do(drawn_split: Split) -> None:
    def pieces(kind: str, level: int) -> tuple[int, int]:
        digits = parts = 0
        for number in range(12):
            plan = replace(recipe(kind, level, rng(number)), pen=Pen(0.07, (0, 0, 0)), own=0.0)
            inks = write_digits(plan, lay_out(plan, drawn_split, rng(number, 5)), rng(number, 6))
            canvas = np.zeros(plan.size[::-1], np.uint8)
            for _, ink in inks:
                height, width = ink.cover.shape
                canvas[ink.top : ink.top + height, ink.left : ink.left + width] |= (ink.cover > 0.3).astype(np.uint8)
            digits += len(inks)
            parts += cv2.connectedComponents(canvas)[0] - 1
        return digits, parts

    digits, parts = pieces("plain", 0)
    assert parts == digits
    digits, parts = pieces("touching", 3)
    assert parts < 0.75 * digits


def test_reading_order_follows_lines_and_places(drawn_split: Split) -> None:
    for number in range(10):
        truth = compose_scene("plain", 0, drawn_split, rng(number)).truth
        assert [digit.line for digit in truth.digits] == sorted(digit.line for digit in truth.digits)
        for one, following in zip(truth.digits, truth.digits[1:], strict=False):
            if one.line == following.line:
                assert one.box.left + one.box.width / 2 < following.box.left + following.box.width / 2
            else:
                assert one.box.top + one.box.height / 2 < following.box.top + following.box.height / 2


def test_the_text_has_a_line_for_each_line() -> None:
    box = Box(0, 0, 1, 1)
    assert Truth((TrueDigit(1, box, 0), TrueDigit(2, box, 0), TrueDigit(3, box, 1))).text == "12\n3"
    assert Truth().text == ""


@pytest.mark.parametrize(("kind", "level"), [("plain", 1), ("light", 4), ("light", -1), ("other", 1)])
def test_an_unknown_scene_is_refused(kind: str, level: int, drawn_split: Split) -> None:
    with pytest.raises(OptionError, match=f"Received: {kind}, level {level}|{kind}, level {level}"):
        compose_scene(kind, level, drawn_split, rng())


def test_digits_without_ink_are_refused() -> None:
    blank = Split(np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.uint8))
    plan = replace(recipe("plain", 0, rng()), own=0.0)
    with pytest.raises(OptionError, match="hold no ink"):
        lay_out(plan, blank, rng())


def test_levels_get_harder(drawn_split: Split) -> None:
    def contrast(level: int) -> float:
        shares = []
        for number in range(8):
            scene = compose_scene("faint", level, drawn_split, rng(number))
            grey = cv2.cvtColor(scene.image, cv2.COLOR_BGR2GRAY).astype(float)
            box = max((digit.box for digit in scene.truth.digits), key=lambda each: each.width * each.height)
            crop = grey[box.top : box.bottom, box.left : box.right]
            shares.append(1 - np.percentile(crop, 3) / np.percentile(crop, 90))
        return float(np.median(shares))

    assert contrast(1) > contrast(2) > contrast(3) > 0.03
