"""The words on the figures: both languages, and none that is not used."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

from mnist_edge.train import figures
from mnist_edge.train.figures.texts import TEXTS, words


def test_both_languages_have_the_same_placeholders() -> None:
    for english, chinese in TEXTS.values():
        fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (english, chinese)]
        assert fields[0] == fields[1]
        assert chinese
    assert words("zh", "predictions.wrong", wrong=1234, total=10_000) == "预测错误：1,234 / 10,000"


def test_every_text_is_used() -> None:
    sources = "".join(path.read_text("utf-8") for path in Path(figures.__file__ or "").parent.glob("*.py"))
    for key in TEXTS:
        group, _, name = key.partition(".")
        assert f'"{key}"' in sources.replace(f'"{key}": (', "") or (f'f"{group}.{{' in sources and f'"{name}"' in sources)
