"""Every text is asked for by some page, and says what is so."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.contract import InputSpec, Rejection
from mnist_edge.dataset import Dataset
from mnist_edge.precision import Precision
from mnist_edge.report import ReportOptions, open_models, texts
from mnist_edge.report.belonging import LayerComparison
from mnist_edge.report.blocks import Paragraph, Picture
from mnist_edge.report.contents import Contents, gather, no_progress
from mnist_edge.report.measurements import (
    Benchmark,
    MeasuredConfiguration,
    MeasuredModel,
    read_parity,
)
from mnist_edge.report.models import KerasSide
from mnist_edge.report.page import all_sections, head, render
from mnist_edge.report.pictures import DrawnPicture
from mnist_edge.report.sections_answers import calibration, classes
from mnist_edge.report.sections_card import card_facts
from mnist_edge.report.sections_training import fit_text, training
from mnist_edge.report.texts import TEXTS, Words
from mnist_edge.runtime.bench_report import BatchResult, ClockResult
from mnist_edge.runtime.bench_stats import summarize
from mnist_edge.runtime.machine import describe_machine
from mnist_edge.train.config import TrainConfig
from mnist_edge.train.evaluation.fit_verdict import FitKind, judge_fit
from mnist_edge.train.evaluation.scores import score
from mnist_edge.train.run import EpochRecord, Run

HISTORY = tuple(EpochRecord(epoch, 0.1, 0.98, 0.1, 0.98, seconds=1.0, learning_rate=1e-3) for epoch in (1, 2, 3))
METRICS = {"train": {"accuracy": 0.99}, "validation": {"accuracy": 0.98}, "finished": "2026-01-01T00:00:00+00:00"}
SAME = LayerComparison((("conv1", 1e-6, 1.0),), True, 64)
OTHER = LayerComparison((("conv1", 1.0, 1.0),), False, 64)


class Recorder(dict[str, tuple[str, str]]):
    """The texts; remembers which were asked for."""

    def __init__(self) -> None:
        super().__init__(TEXTS)
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> tuple[str, str]:
        self.asked.add(key)
        return super().__getitem__(key)


@pytest.fixture(scope="module")
def packaged(shipped_model: Path, tiny_dataset: Dataset) -> Contents:
    """What a page on the packaged model is made from."""
    options = ReportOptions(num_samples=1, layers=("conv1",))
    return gather(open_models(shipped_model), tiny_dataset, Path("out"), options, no_progress)


def run_of(**changes: Any) -> Run:
    return dataclasses.replace(Run(Path("run"), TrainConfig(), {}, HISTORY, METRICS), **changes)


def with_keras(contents: Contents, run: Run | None, *, onnx: bool = True, **changes: Any) -> Contents:
    """The same with a Keras model, of which nothing but its name and run is asked for."""
    assert contents.models.onnx is not None
    keras = KerasSide(Path("run"), contents.models.onnx.file, None, run)
    fields = {"keras": keras, "leads_with_onnx": False, "given": Path("run"), **changes}
    models = dataclasses.replace(contents.models, **fields, **({} if onnx else {"onnx": None}))
    parity = contents.parity if onnx else None
    return dataclasses.replace(
        contents, models=models, parity=parity, commands=dataclasses.replace(contents.commands, models=models)
    )


def with_views(contents: Contents, **changes: Any) -> Contents:
    return dataclasses.replace(contents, views=dataclasses.replace(contents.views, **changes))


def with_answers(contents: Contents, confidence: float, right: float) -> Contents:
    """The same, with answers that are so sure, and so often right."""
    labels = np.arange(1000, dtype=np.uint8) % 9  # no digit 9
    answers = np.where(np.arange(1000) < round(right * 1000), labels, 9)
    probabilities = np.full((1000, 10), (1 - confidence) / 9, np.float32)
    probabilities[np.arange(1000), answers] = confidence
    return dataclasses.replace(contents, evaluation=score(probabilities, labels))


def with_one_unsure_answer(contents: Contents) -> Contents:
    """The same, with ten sure and right answers, and a wrong one that is alone in its confidence."""
    probabilities = np.eye(10, dtype=np.float32)[np.arange(11) % 10]
    probabilities[10] = [0.0, 0.6, *[0.05] * 8]
    return dataclasses.replace(contents, evaluation=score(probabilities, np.arange(11, dtype=np.uint8) % 10))


def variants(packaged: Contents) -> list[Contents]:
    assert packaged.models.onnx is not None
    assert packaged.parity is not None
    card = packaged.models.onnx.card
    digest = hashlib.sha256(packaged.models.onnx.data).hexdigest()
    taught = dataclasses.replace(card.training, photographed_share=0.4, teachers=1)
    bare_card = dataclasses.replace(card, rejection=Rejection(0.5), temperature=1.5, training=taught)
    bare_side = dataclasses.replace(packaged.models.onnx, card=bare_card)
    bare = dataclasses.replace(packaged, models=dataclasses.replace(packaged.models, onnx=bare_side), parity=None)
    accepting_side = dataclasses.replace(
        packaged.models.onnx, card=dataclasses.replace(card, rejection=Rejection(), temperature=1.0)
    )
    accepting = dataclasses.replace(packaged, models=dataclasses.replace(packaged.models, onnx=accepting_side), parity=None)
    int8 = dataclasses.replace(card, precision=Precision("int8", "int8", images=6000, flips=1, verdict="Use it."))
    reduced_side = dataclasses.replace(packaged.models.onnx, card=int8)
    reduced = dataclasses.replace(packaged, models=dataclasses.replace(packaged.models, onnx=reduced_side))
    failed = dataclasses.replace(packaged.parity.summary, flips=1)
    own = dataclasses.replace(packaged, data=dataclasses.replace(packaged.data, name="custom"))
    picture = dataclasses.replace(packaged.views.picture, index=None, label=None, file="seven.png")
    no_maps = with_views(packaged, maps={})
    many = with_views(packaged, convolutions=tuple("abcdefg"))
    return [
        packaged,
        bare,
        accepting,
        reduced,
        own,
        *(dataclasses.replace(packaged, benchmark=some_benchmark(sha256)) for sha256 in ("", digest)),
        dataclasses.replace(packaged, parity=dataclasses.replace(packaged.parity, summary=failed)),
        dataclasses.replace(packaged, parity=read_parity(dataclasses.replace(bare_side, file=Path("absent.onnx")))),
        with_views(
            with_keras(packaged, run_of(config=TrainConfig(l2=1e-4, outlier_share=0.1, teacher=("a",)))), comparison=SAME
        ),
        with_views(with_keras(packaged, run_of(), same_weights=False), comparison=OTHER),
        with_views(with_keras(packaged, run_of(), same_weights=False, leads_with_onnx=True), comparison=OTHER),
        *(with_views(with_keras(packaged, None), comparison=LayerComparison((), same, 64)) for same in (True, False)),
        with_keras(packaged, run_of(metrics=None), onnx=False),
        with_keras(packaged, None, onnx=False),
        with_keras(packaged, run_of(history=()), onnx=False),
        with_views(packaged, picture=picture),
        no_maps,
        with_views(no_maps, kernels=None),
        dataclasses.replace(many, options=ReportOptions()),
        with_one_unsure_answer(packaged),
        *(with_answers(packaged, *pair) for pair in ((0.9, 1.0), (0.9, 0.5), (0.6, 0.999))),
    ]


def test_every_text_that_is_asked_for_exists_and_every_text_is_asked_for(
    packaged: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "TEXTS", recorder := Recorder())
    blank = DrawnPicture("data:,", "data:,", 1, 1, b"", b"")
    words = Words("en")
    for contents in variants(packaged):
        sections = all_sections(contents, words)
        blocks = [block for section in sections for block in section.blocks]
        drawn = {block.name: blank for block in blocks if isinstance(block, Picture)}
        render(sections, drawn, words, head(contents, words))
    verdict = judge_fit(HISTORY)
    flags = [field.name for field in dataclasses.fields(verdict) if isinstance(getattr(verdict, field.name), bool)]
    for kind, best, *values in itertools.product(FitKind, (1, 3), *([True, False] for _ in flags)):
        changes = dict(zip(flags, values, strict=True))
        fit_text(dataclasses.replace(verdict, kind=kind, best_epoch=best, **changes), words)
    assert set(TEXTS) - recorder.asked == set()


def some_benchmark(sha256: str = "") -> Benchmark:
    latency = summarize([20_000, 21_000])
    clocks = tuple(ClockResult(clock, latency, 1.0, (20.0,)) for clock in ("infer", "classify", "end_to_end"))
    measured = MeasuredConfiguration("m", 1, clocks, (BatchResult(256, 1.0, 1.0, 1.0, latency),))
    return Benchmark("2026-01-02T03:04:05+00:00", describe_machine(), (MeasuredModel("m", sha256),), (measured,))


@pytest.mark.parametrize(
    ("confidence", "right", "english", "chinese"),
    [
        (0.985, 0.98, "about as sure as it is right", "基本相符"),
        (0.9, 0.5, "too sure of itself by 40.0 points", "高出 40.0 个百分点"),
        (0.6, 0.999, "too modest by 39.9 points", "低了 39.9 个百分点"),
    ],
)
def test_calibration_is_told_by_its_size(
    packaged: Contents, confidence: float, right: float, english: str, chinese: str
) -> None:
    contents = with_answers(packaged, confidence, right)
    for words, wanted, images in ((Words("en"), english, "holds 1,000 images"), (Words("zh"), chinese, "1,000 张图片")):
        (text,) = (
            block.text for block in calibration(contents, words).blocks if isinstance(block, Paragraph) and block.strong
        )
        assert wanted in text
        assert images in text


@pytest.mark.parametrize(("config", "told"), [({}, False), ({"l2": 1e-4}, True), ({"label_smoothing": 0.1}, True)])
def test_losses_that_hold_more_than_the_test_loss_are_told(packaged: Contents, config: Any, told: bool) -> None:
    contents = with_keras(packaged, run_of(config=TrainConfig(**config)))
    (picture,) = (block for block in training(contents, Words("en")).blocks if isinstance(block, Picture))
    assert ("the test loss does not" in picture.caption) is told


def test_the_card_is_told_in_the_language_of_the_page(packaged: Contents) -> None:
    assert packaged.models.card is not None
    assert Words("en")("card.polarity") == InputSpec.polarity
    assert Words("en")("card.framing") == InputSpec.framing
    facts = dict(card_facts(packaged.models.card, Words("zh")))
    assert "黑底白字" in facts["输入"]
    assert "ink" not in facts["输入"]


def test_one_mistake_and_one_digit_are_told_in_good_words(packaged: Contents) -> None:
    page = " ".join(
        block.text
        for section in all_sections(with_answers(packaged, 0.9, 0.999), Words("en"))
        for block in section.blocks
        if isinstance(block, Paragraph)
    )
    assert "Wrong answers: 1 of 1,000 test images." in page
    assert "1 wrong answers" not in page
    assert "test digit 0, labelled 7" in page


def test_the_caption_of_the_predictions_says_what_the_figure_does() -> None:
    from mnist_edge.train.figures import digits

    assert digits._WRONG_SHARE == 0.6
    assert "at most three fifths of the places" in Words("en")("predictions.caption", seed=1)
    assert "最多占五分之三" in Words("zh")("predictions.caption", seed=1)


@pytest.mark.parametrize(("lang", "told"), [("en", "3, 5, 9"), ("zh", "3、5、9")])
def test_absent_digits_are_listed_as_the_language_does(packaged: Contents, lang: Any, told: str) -> None:
    labels = np.array([0, 1, 2, 4, 6, 7, 8], np.uint8)
    evaluation = score(np.eye(10, dtype=np.float32)[labels], labels)
    section = classes(dataclasses.replace(packaged, evaluation=evaluation), Words(lang))
    assert any(told in block.text for block in section.blocks if isinstance(block, Paragraph))
