"""The figures of ``benchmarks/rejection.py`` on a folder of pictures."""

from __future__ import annotations

import importlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.sample_digits import draw_digit

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_a_picture_without_ink_is_accepted_at_no_share(
    tmp_path: Path, shipped_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    benchmark = importlib.import_module("rejection")
    pictures = {
        "three.png,3,drawn": 255 - draw_digit(3, size=120),
        "like_a_seven.png,nondigit,": 255 - draw_digit(7, size=120),
        "blank.png,nondigit,": np.full((80, 80), 255, np.uint8),
    }
    for row, picture in pictures.items():
        (tmp_path / row.split(",")[0]).write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    (tmp_path / "labels.csv").write_text("\n".join(["file,label,notes", *pictures]), "utf-8")
    classifier = DigitClassifier(shipped_model, reject=0)
    report = benchmark.real_pictures(tmp_path, classifier, classifier.card.rejection)
    assert (report["digits"], report["nondigits"]) == ({"drawn": 1}, 2)
    assert report["auroc"] >= 0.5
    assert [point["reject"] for point in report["points"][:2]] == [0.0, 0.001]
    assert [point["accepted"] for point in report["points"][:2]] == [1, 1]
    assert report["points"][0]["right"] == {"drawn": 1}
