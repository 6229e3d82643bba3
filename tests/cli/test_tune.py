"""``mnist-edge tune``: what it prints, what it writes, and when it writes nothing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.runtime.bench_noise import judge_noise
from mnist_edge.runtime.bench_stats import Ratio
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.session import Engine
from mnist_edge.runtime.tuning.config import DEFAULT_CONFIG, SessionConfig
from mnist_edge.runtime.tuning.findings import Judged, TuningReport
from mnist_edge.runtime.tuning.options import TuneOptions
from mnist_edge.runtime.tuning.profile import Host, read_profile

RunCli = Callable[..., Any]
FASTER = Judged(SessionConfig(arena=False), Ratio(0.9, 0.88, 0.92), "")
SLOWER = Judged(SessionConfig(graph="extended"), Ratio(2.0, 1.9, 2.1), "")
REFUSED = Judged(SessionConfig(threads=2), None, "logits differ by 0.1")


class FakeTune:
    """Answers like ``tune`` with what a test wants to have been found."""

    def __init__(self) -> None:
        self.asked: list[TuneOptions] = []
        self.confirmed: Judged | None = FASTER
        self.reasons: tuple[str, ...] = ()

    def __call__(self, options: TuneOptions, **_: Any) -> TuningReport:
        self.asked.append(options)
        noise = dataclasses.replace(judge_noise(None, None, []), reasons=self.reasons)
        return TuningReport(
            created="2026-01-02T03:04:05+00:00",
            model="edge",
            graph_sha256=Engine().card.graph_sha256,
            host=Host.here(),
            options=options,
            default_us=12.34,
            looked=(FASTER, SLOWER, REFUSED),
            steps=(FASTER,) if self.confirmed else (),
            confirmed=self.confirmed,
            controls=(Ratio(1.0, 0.99, 1.01),),
            noise=noise,
        )


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> FakeTune:
    fake = FakeTune()
    monkeypatch.setattr("mnist_edge.runtime.tuning.search.tune", fake)
    return fake


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "settings" / "profile.json"
    monkeypatch.setenv("MNIST_EDGE_PROFILE", str(path))
    return path


def test_what_pays_is_said_written_and_used(run_cli: RunCli, found: FakeTune, profile: Path) -> None:
    result = run_cli("tune")
    assert result.code == 0, result.err
    assert "edge, one picture a call, 15 rounds in fresh processes: 12.3 µs with the defaults" in result.out
    rows = {line.split("  ")[0]: line.split() for line in result.out.splitlines()}
    assert rows["the defaults again"][3:5] == ["1.000", "0.990-1.010"]
    assert rows["no memory arena"][-3:] == ["0.900", "0.880-0.920", "pays"]
    assert rows["graph level extended"][-3:] == ["does", "not", "pay"]
    assert " ".join(rows["2 threads"][-5:]) == "refused: logits differ by 0.1"
    assert "no memory arena: 0.900 times the latency of the defaults (0.880-0.920), measured anew" in result.out
    assert f"profile written to {profile}" in result.err
    assert DigitClassifier().engine.config == SessionConfig(arena=False)
    assert found.asked == [TuneOptions()]


@pytest.mark.parametrize(
    ("confirmed", "words"),
    [
        (None, "the defaults stay: nothing pays by 2% or more"),
        (
            dataclasses.replace(FASTER, ratio=Ratio(0.99, 0.97, 1.01)),
            "the defaults stay: no memory arena: 0.990 times the latency of the defaults (0.970-1.010), measured anew, "
            "which is no gain of 2%",
        ),
        (dataclasses.replace(FASTER, ratio=None, refused="logits differ by 1"), "the defaults stay: logits differ by 1"),
    ],
)
def test_where_nothing_pays_the_profile_says_so(
    run_cli: RunCli, found: FakeTune, profile: Path, confirmed: Judged | None, words: str
) -> None:
    found.confirmed = confirmed
    result = run_cli("tune")
    assert result.code == 0
    assert result.out.rstrip().endswith(words)
    (entry,) = read_profile(str(profile)).entries
    assert (entry.config, entry.ratio) == (DEFAULT_CONFIG, None)


def test_a_noisy_machine_gets_no_profile_unless_forced(run_cli: RunCli, found: FakeTune, profile: Path) -> None:
    found.reasons = ("other programs took 40% of the processors' time",)
    refused = run_cli("tune")
    assert refused.code == 3
    assert "the machine was not quiet: other programs took 40%" in refused.out
    assert "No profile is written, the machine was not quiet" in refused.err
    assert not profile.exists()
    assert run_cli("tune", "--dry-run").code == 0
    assert run_cli("tune", "--force").code == 0
    assert profile.exists()


def test_a_dry_run_writes_nothing(run_cli: RunCli, found: FakeTune, profile: Path) -> None:
    result = run_cli("tune", "--dry-run", "--json")
    assert json.loads(result.out)["chosen"]["arena"] is False
    assert "nothing is written" in result.err
    assert not profile.parent.exists()


def test_options_reach_the_search(run_cli: RunCli, found: FakeTune, profile: Path) -> None:
    arguments = ("-m", "tiny", "--for", "throughput", "--repeats", "7", "--seconds", "0.5", "--allow-spinning")
    assert "256 pictures a call" in run_cli("tune", *arguments).out
    (asked,) = found.asked
    assert (asked.model, asked.purpose.batch, asked.repeats, asked.seconds) == ("tiny", 256, 7, 0.5)
    assert asked.allow_spinning


def test_another_file_can_be_named(run_cli: RunCli, found: FakeTune, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"  # the user's own profile is off here, as in all tests
    assert run_cli("tune", "-o", file).code == 0
    assert DigitClassifier(profile=file).engine.config == SessionConfig(arena=False)
    assert DigitClassifier().engine.config == DEFAULT_CONFIG


def test_there_must_be_a_place_for_it_before_time_is_spent(run_cli: RunCli, found: FakeTune, tmp_path: Path) -> None:
    off = run_cli("tune")
    assert off.code == 2
    assert "MNIST_EDGE_PROFILE is off" in off.err
    (tmp_path / "model.onnx").write_bytes(b"not a profile")
    other = run_cli("tune", "-o", tmp_path / "model.onnx")
    assert other.code == 1
    assert "is no profile of this version" in other.err
    assert (tmp_path / "model.onnx").read_bytes() == b"not a profile"
    assert found.asked == []


def test_reset_deletes_the_profile(run_cli: RunCli, found: FakeTune, profile: Path) -> None:
    assert "there is no profile" in run_cli("tune", "--reset").out
    run_cli("tune")
    assert run_cli("tune", "--reset").out == f"{profile} is deleted; the defaults are in use\n"
    assert not profile.exists()
    assert run_cli("tune", "--reset", "-o", profile).code == 2
    assert len(found.asked) == 1


def test_reset_deletes_nothing_else(run_cli: RunCli, profile: Path) -> None:
    profile.parent.mkdir(parents=True, exist_ok=True)
    profile.write_text("precious")
    result = run_cli("tune", "--reset")
    assert result.code == 1
    assert "Remove the file, or name another one" in result.err
    assert profile.read_text() == "precious"
    assert run_cli("tune", "--reset", "--dry-run").code == 2


def test_a_place_that_cannot_be_written_is_said_before_measuring(run_cli: RunCli, found: FakeTune, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run_cli("tune", "-o", tmp_path / "file" / "profile.json")
    assert result.code == 1
    assert "Cannot write" in result.err
    assert found.asked == []


@pytest.mark.parametrize("arguments", [("--repeats", "4"), ("--for", "fun"), ("--seconds", "nan"), ("x.onnx",)])
def test_wrong_usage_of_tune_is_2(run_cli: RunCli, profile: Path, arguments: tuple[str, ...]) -> None:
    assert run_cli("tune", *arguments).code == 2


def test_a_bad_model_is_one_line(run_cli: RunCli, profile: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"garbage")
    result = run_cli("tune", "-m", tmp_path / "bad.onnx")
    assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)


def test_benchmark_and_doctor_say_what_is_in_use(run_cli: RunCli, found: FakeTune, profile: Path) -> None:
    short = ("--repeats", "1", "--samples", "10", "--seconds", "0.01", "--warmup", "0", "--batch", "1")
    assert "session options: the defaults" in run_cli("benchmark", *short).out
    run_cli("tune")
    tuned = run_cli("benchmark", *short).out
    assert "session options: edge: no memory arena (from the profile of mnist-edge tune)" in tuned
    report = json.loads(run_cli("benchmark", *short, "--json").out)
    assert report["results"][0]["session"]["arena"] is False
    assert "no memory arena; 0.900 (0.880 to 0.920) times the latency of the defaults" in run_cli("doctor").out


@pytest.mark.real
def test_a_real_model_is_tuned_and_read_with_what_was_found(run_cli: RunCli, profile: Path) -> None:
    result = run_cli("tune", "-m", "tiny", "--repeats", "5", "--seconds", "0.01", "--force", "--json")
    assert result.code == 0, result.err
    report = json.loads(result.out)
    assert {each["refused"] for each in report["looked"]} == {""}
    assert report["default_us"] > 0
    assert 0 < report["controls"][0]["low"] <= report["controls"][0]["high"]
    (entry,) = read_profile(str(profile)).entries
    assert (entry.model, entry.host) == ("tiny", Host.here())
    assert DigitClassifier("tiny").engine.config == entry.config == SessionConfig.from_dict(report["chosen"])
