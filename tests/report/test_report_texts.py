"""Both languages say the same things, and every text that is asked for exists."""

from __future__ import annotations

import re
import string

import pytest

from mnist_edge.report.texts import TEXTS, Words, confidence, count, millions, moment, number, percent, size
from mnist_edge.report.texts_answers import ANSWERS
from mnist_edge.report.texts_model import MODEL
from mnist_edge.report.texts_training import TRAINING


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_fill_in_the_same(key: str) -> None:
    english, chinese = TEXTS[key]
    assert english.strip()
    assert chinese.strip()
    assert fields(english) == fields(chinese)
    assert not re.search(r"[\u4e00-\u9fff，。]", english)


def test_no_key_is_defined_twice() -> None:
    assert len(TEXTS) == len(TRAINING) + len(ANSWERS) + len(MODEL)


def test_numbers_as_people_write_them() -> None:
    assert Words("en")("of", part=9910, whole=10000) == "9,910 of 10,000"
    assert (percent(0.98765), percent(None), percent(0.5, 0)) == ("98.77%", "–", "50%")
    assert (confidence(0.99999), confidence(1.0), confidence(0.5)) == (">99.99%", "100.00%", "50.00%")
    assert (confidence(0.00004), confidence(0.0), confidence(0.0001)) == ("<0.01%", "<0.01%", "0.01%")
    assert [Words("en").images(number) for number in (1, 2000)] == ["1 image", "2,000 images"]
    assert [Words("zh").data(name) for name in ("mnist", "custom", "my.npz")] == ["MNIST", "自定义", "my.npz"]
    assert (number(None), number(0.12345), count(93322), count(None)) == ("–", "0.1235", "93,322", "–")
    assert (millions(2_794_240), millions(640), millions(None)) == ("2.79 M", "640", "–")
    assert (size(376_800), size(2_500_000)) == ("376.8 kB", "2.50 MB")
    assert moment("2026-11-22T02:03:53+01:00") == "2026-11-22 01:03 UTC"
    assert moment("yesterday") == "yesterday"
