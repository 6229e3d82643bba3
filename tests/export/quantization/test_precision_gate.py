"""The gate of reduced precision, and the verdict on the machine."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from small_networks import small_card, small_model

from mnist_edge.errors import PrecisionError
from mnist_edge.export.card import serialize
from mnist_edge.export.quantization.calibration import Digits
from mnist_edge.export.quantization.gate import find_flips, judge
from mnist_edge.export.quantization.timing import Compared
from mnist_edge.export.quantization.verdict import MachineVerdict, measure_verdict
from mnist_edge.runtime.bench_stats import LatencySummary, Ratio


@pytest.fixture
def digits(blobs):
    return Digits(blobs.x_train[360:, ..., None], blobs.y_train[360:], 360)


@pytest.fixture
def reference(digits):
    from mnist_edge.export.layers import tensor_values

    return tensor_values(small_model(), ["logits"], digits.images)["logits"]


def data_of(model, **changes):
    return serialize(model, dataclasses.replace(small_card(model), **changes))


def test_the_float_model_itself_passes(small, digits, reference):
    verdict = judge(data_of(small), reference, digits, 0.0, where="m")
    assert verdict.passed
    assert (verdict.images, verdict.float_correct, verdict.drop, verdict.flips) == (40, 39, 0.0, ())
    assert [(run.batch, run.optimized) for run in verdict.runs] == [(1, True), (256, True), (256, False)]
    assert all(run.max_logit_difference < 1e-3 for run in verdict.runs)


def test_a_drop_beyond_the_allowed_fails_and_says_by_how_much(small, digits, reference, edit_weight):
    edit_weight(small, "output/bias", lambda bias: bias + np.eye(1, 10, 3, dtype=np.float32)[0] * 100)
    verdict = judge(data_of(small), reference, digits, 1.0, where="m")
    wrong = int((digits.labels != 3).sum())
    assert not verdict.passed
    assert verdict.runs[0].correct == 40 - wrong
    assert verdict.drop == pytest.approx(100 * (39 - 40 + wrong) / 40)
    assert f"it reads {wrong - 1} fewer of 40 validation digits right" in verdict.failures[0]
    assert isinstance(verdict.error("a", "b"), PrecisionError)
    assert verdict.error("a", "b").exit_code == 3
    assert judge(data_of(small), reference, digits, 100.0, where="m").passed
    allowed = verdict.drop
    assert judge(data_of(small), reference, digits, allowed, where="m").passed
    assert not judge(data_of(small), reference, digits, allowed - 0.01, where="m").passed


def test_flips_are_listed_with_both_answers_and_their_place(digits):
    reference = np.zeros((40, 10), np.float32)
    logits = reference.copy()
    reference[:, 1] = 5
    logits[:, 1] = 5
    logits[7, 2] = 9
    (flip,) = find_flips(logits, reference, digits)
    assert (flip.index, flip.label, flip.float_answer, flip.answer) == (367, int(digits.labels[7]), 1, 2)
    assert flip.float_confidence == pytest.approx(np.exp(5) / (np.exp(5) + 9))
    assert flip.confidence == pytest.approx(np.exp(9) / (np.exp(9) + np.exp(5) + 8))


def test_answers_that_are_no_numbers_and_foreign_cards_fail(small, digits, reference, edit_weight):
    failures = judge(data_of(small, graph_sha256="0" * 64), reference, digits, 100.0, where="m").failures
    assert "the card belongs to another graph" in failures[0]
    edit_weight(small, "output/bias", lambda bias: bias * np.float32(np.nan))
    verdict = judge(data_of(small), reference, digits, 100.0, where="m")
    assert "not all answers at batch size 1 are numbers" in verdict.failures[0]
    json.dumps(verdict.to_dict(), allow_nan=False)


def test_the_verdict_on_two_equal_files_is_no_difference(small, digits, monkeypatch):
    monkeypatch.setattr("mnist_edge.export.quantization.verdict.ROUNDS", 3)
    monkeypatch.setattr("mnist_edge.export.quantization.verdict.SECONDS", 0.002)
    data = data_of(small)
    machine = measure_verdict("int8", data, data, digits.images, drop=0.0, flips=(), own_target=True)
    assert machine.latency.ratio.low < machine.latency.ratio.high
    assert 0.5 < machine.latency.ratio.value < 2
    assert (machine.size_bytes, machine.float_size_bytes) == (len(data), len(data))
    json.dumps(machine.to_dict(), allow_nan=False)


def machine_of(ratio: tuple[float, float, float], size: int = 100, drop: float = 0.0, own_target: bool = True):
    summary = LatencySummary(1, 1, 1, 1, 1, 1, 1)
    compared = Compared(summary, Ratio(*ratio))
    return MachineVerdict("int8", "A CPU", size, 340, compared, compared, drop, 2, own_target)


@pytest.mark.parametrize(
    ("machine", "sentence"),
    [
        (
            machine_of((0.5, 0.4, 0.6)),
            "int8 is 2.00 times as fast here (A CPU), 3.4 times smaller and no less accurate: use it.",
        ),
        (
            machine_of((1.18, 1.1, 1.2), drop=0.05),
            "int8 is 1.18 times as slow here (A CPU), 3.4 times smaller and 0.05 points less accurate: use it only where "
            "size counts.",
        ),
        (
            machine_of((0.98, 0.95, 1.0)),
            "int8 is no different in speed here (A CPU), 3.4 times smaller and no less accurate: use it where size counts.",
        ),
        (
            machine_of((0.985, 0.981, 0.989)),
            "int8 is no different in speed here (A CPU), 3.4 times smaller and no less accurate: use it where size counts.",
        ),
        (
            machine_of((1.2, 1.1, 1.3), size=340),
            "int8 is 1.20 times as slow here (A CPU), no smaller and no less accurate: keep the float file.",
        ),
        (
            machine_of((0.5, 0.4, 0.6), own_target=False),
            "int8 is 2.00 times as fast here (A CPU), 3.4 times smaller and no less accurate: it was made for another kind "
            "of processor, so measure it there.",
        ),
    ],
)
def test_the_verdict_in_words(machine, sentence):
    assert machine.sentence == sentence
