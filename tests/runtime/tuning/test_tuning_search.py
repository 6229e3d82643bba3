"""The winner is known: tuning must find it, and must not find one where there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mnist_edge.errors import ModelFormatError, NoiseError, OptionError
from mnist_edge.runtime.bench_stats import Ratio
from mnist_edge.runtime.tuning.config import DEFAULT_CONFIG, SessionConfig
from mnist_edge.runtime.tuning.findings import Judged, entry_of
from mnist_edge.runtime.tuning.options import TuneOptions

FakeMachines = Callable[..., Any]


def test_what_pays_is_combined_and_measured_anew(fake_machine: FakeMachines) -> None:
    machine = fake_machine(arena=0.9, memory_pattern=0.95, bound=1.1, threads=1.3)
    report = machine.tune()
    assert report.chosen == SessionConfig(arena=False, memory_pattern=False)
    assert [step.config for step in report.steps] == [SessionConfig(arena=False), report.chosen]
    assert report.steps[1].ratio.value == pytest.approx(0.95, abs=0.01)  # on top of the first
    assert report.confirmed.ratio.value == pytest.approx(0.9 * 0.95, abs=0.01)
    assert report.default_us == pytest.approx(100, abs=1)
    assert report.noise.is_quiet
    assert len(machine.rounds) == 3 * 8  # looking, combining, confirming


def test_each_candidate_gets_the_figure_that_it_has(fake_machine: FakeMachines) -> None:
    report = fake_machine(arena=0.97, memory_pattern=1.07, graph=2.0).tune()
    found = {each.config: each.ratio for each in report.looked}
    for config, factor in [
        (SessionConfig(arena=False), 0.97),
        (SessionConfig(memory_pattern=False), 1.07),
        (SessionConfig(graph="extended"), 2.0),
        (SessionConfig(bound=False), 1.0),
    ]:
        assert found[config].low - 0.005 <= factor <= found[config].high + 0.005
        assert found[config].value == pytest.approx(factor, abs=0.01)
    assert report.controls[0].value == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("factor", [1.0, 1.3, 0.99])
def test_nothing_changes_where_nothing_pays(fake_machine: FakeMachines, factor: float) -> None:
    machine = fake_machine(arena=factor, threads=1.2)
    report = machine.tune()
    assert (report.chosen, report.confirmed, report.steps, report.pays) == (DEFAULT_CONFIG, None, (), False)
    assert len(machine.rounds) == 8
    entry = entry_of(report)
    assert (entry.config, entry.ratio) == (DEFAULT_CONFIG, None)


def test_a_gain_that_new_samples_do_not_show_is_none(fake_machine: FakeMachines) -> None:
    machine = fake_machine(lambda config: 90.0 if not config.arena and len(machine.rounds) <= 8 else 100.0)
    report = machine.tune()
    assert report.steps[0].ratio.value == pytest.approx(0.9, abs=0.01)
    assert report.confirmed.ratio.value == pytest.approx(1.0, abs=0.01)
    assert (report.pays, report.chosen) == (False, DEFAULT_CONFIG)
    assert entry_of(report).config == DEFAULT_CONFIG


def test_what_does_not_pay_on_top_is_left_out(fake_machine: FakeMachines) -> None:
    """Two ways to save the same work."""
    report = fake_machine(lambda config: 100.0 if config.arena and config.memory_pattern else 90.0).tune()
    assert len(report.steps) == 1
    assert report.chosen in (SessionConfig(arena=False), SessionConfig(memory_pattern=False))


def test_of_two_values_of_an_option_the_faster_is_taken(fake_machine: FakeMachines) -> None:
    machine = fake_machine(threads=0.8, spinning=0.9)
    assert machine.tune().chosen == SessionConfig(threads=2)
    assert machine.tune(allow_spinning=True).chosen == SessionConfig(threads=2, spinning=True)


def test_faster_but_wrong_is_refused(fake_machine: FakeMachines) -> None:
    report = fake_machine(None, lambda config: 0.0 if config.arena else 0.01, arena=0.5).tune()
    refused = next(each for each in report.looked if not each.config.arena)
    assert refused.ratio is None
    assert refused.refused.startswith("logits differ by 0.01")
    assert report.chosen == DEFAULT_CONFIG


def test_an_option_that_onnxruntime_does_not_take_is_refused(fake_machine: FakeMachines) -> None:
    def delay_of(config: SessionConfig) -> float:
        if config.switches:
            raise ModelFormatError("No such option")
        return 100.0

    report = fake_machine(delay_of).tune()
    assert {each.refused for each in report.looked if each.config.switches} == {"No such option."}
    assert all(each.ratio for each in report.looked if not each.config.switches)


def test_a_machine_that_slows_down_gets_no_profile(fake_machine: FakeMachines) -> None:
    machine = fake_machine(lambda config: (100.0 if config.arena else 80.0) * (1 + 0.1 * (len(machine.rounds) > 6)))
    report = machine.tune()
    assert report.pays  # the ratios within the rounds do not see it
    with pytest.raises(NoiseError, match=r"No profile is written.*last third of the calls took 1\.\d+ times.*--force"):
        entry_of(report)
    assert entry_of(report, even_if_noisy=True).config == SessionConfig(arena=False)


def test_defaults_that_differ_from_themselves_are_noise(fake_machine: FakeMachines) -> None:
    opened: list[SessionConfig] = []

    def delay_of(config: SessionConfig) -> float:
        opened.append(config)
        return 100.0

    machine = fake_machine(delay_of)
    real = machine.run_round

    def run_round(config: Any) -> Any:
        result = real(config)
        times = (result.times_ns[0], [round(1.05 * time) for time in result.times_ns[1]], *result.times_ns[2:])
        return type(result)(times, result.refused)

    machine.run_round = run_round
    report = machine.tune()
    assert [reason for reason in report.noise.reasons if "measured twice, differ by 5" in reason]
    with pytest.raises(NoiseError, match="the same options, measured twice"):
        entry_of(report)


def test_each_round_opens_in_another_order_and_times_all(fake_machine: FakeMachines) -> None:
    order: list[SessionConfig] = []

    def delay_of(config: SessionConfig) -> float:
        order.append(config)
        return 100.0

    machine = fake_machine(delay_of)
    machine.tune()
    size = len(machine.rounds[0].trials)
    rounds = [tuple(order[start : start + size]) for start in range(0, len(order), size)]
    assert len(set(rounds)) > 4
    assert len({config.seed for config in machine.rounds}) == 8


def test_batches_are_timed_for_throughput(fake_machine: FakeMachines) -> None:
    machine = fake_machine(threads=0.6)
    report = machine.tune(purpose="throughput")
    assert {config.batch for config in machine.rounds} == {256}
    assert report.chosen == SessionConfig(threads=2)
    assert entry_of(report).purpose == "throughput"
    assert not any(each.config == SessionConfig(bound=False) for each in report.looked)


def test_the_report_is_made_of_plain_values(fake_machine: FakeMachines) -> None:
    value = json.loads(json.dumps(fake_machine(arena=0.8).tune().to_dict(), allow_nan=False))
    assert value["chosen"]["arena"] is False
    assert value["confirmed"]["ratio"]["high"] < 0.85
    assert value["options"]["purpose"] == "latency"


@pytest.mark.parametrize(
    "wrong", [{"repeats": 4}, {"samples": 0}, {"warmup": -1}, {"seconds": float("nan")}, {"margin": 1.0}, {"margin": -0.1}]
)
def test_tune_options_out_of_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match="out of range"):
        TuneOptions(**wrong)


@pytest.mark.parametrize(
    ("ratio", "pays"), [(Ratio(0.9, 0.8, 0.98), True), (Ratio(0.9, 0.8, 0.99), False), (Ratio(1.1, 1.0, 1.2), False)]
)
def test_the_whole_interval_must_lie_below_the_margin(ratio: Ratio, pays: bool) -> None:
    assert Judged(SessionConfig(arena=False), ratio, "").pays(0.02) is pays
