"""The options of a session: what they say of themselves, how they are put together, and that they reach onnxruntime."""

from __future__ import annotations

import dataclasses
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_edge.errors import OptionError
from mnist_edge.runtime.bound_run import BoundRun
from mnist_edge.runtime.cpu import usable_threads
from mnist_edge.runtime.session import Engine, open_session
from mnist_edge.runtime.tuning.candidates import Purpose, candidates
from mnist_edge.runtime.tuning.config import DEFAULT_CONFIG, GRAPH_LEVELS, SWITCHES, SessionConfig, merge

BuildModel = Callable[..., bytes]
ALL_CHANGED = SessionConfig(3, True, "basic", False, False, False, tuple(SWITCHES))


def test_the_defaults_are_what_they_always_were() -> None:
    assert SessionConfig(1, False, "all", True, True, True, ()) == DEFAULT_CONFIG
    assert str(DEFAULT_CONFIG) == "the defaults"


def test_a_change_is_said_in_words() -> None:
    words = str(ALL_CHANGED)
    assert words.startswith("3 threads, spinning, graph level basic, no memory arena, no memory pattern, ")
    assert words.endswith("no KleidiAI kernels")


def test_options_survive_json_and_pickling() -> None:
    plain = json.loads(json.dumps(dataclasses.asdict(ALL_CHANGED)))
    assert SessionConfig.from_dict(plain) == ALL_CHANGED
    assert pickle.loads(pickle.dumps(ALL_CHANGED)) == ALL_CHANGED  # noqa: S301


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"threads": 0}, OptionError),
        ({"graph": "most"}, OptionError),
        ({"switches": ["session.optimized_model_filepath"]}, OptionError),
        ({"threads": "2"}, TypeError),
        ({"threads": True}, TypeError),
        ({"arena": 1}, TypeError),
        ({"graph": None}, OptionError),
        ({"switches": None}, TypeError),
        ({"switches": [[]]}, TypeError),
        ({"profile": "x"}, TypeError),
    ],
)
def test_other_values_are_refused(changes: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        SessionConfig.from_dict({**dataclasses.asdict(DEFAULT_CONFIG), **changes})


def test_changes_of_two_options_are_merged() -> None:
    arena, pattern = SessionConfig(arena=False), SessionConfig(memory_pattern=False)
    first, second = (SessionConfig(switches=(name,)) for name in list(SWITCHES)[:2])
    assert merge(arena, pattern) == SessionConfig(arena=False, memory_pattern=False)
    assert merge(arena, DEFAULT_CONFIG) == arena
    assert merge(first, second) == SessionConfig(switches=tuple(SWITCHES)[:2])
    assert merge(SessionConfig(threads=2), SessionConfig(threads=4)) is None
    assert merge(SessionConfig(threads=2), SessionConfig(threads=2, spinning=True)) is None


class RecordedOptions:
    """Stands in for ``onnxruntime.SessionOptions`` and keeps what it is told."""

    def __init__(self) -> None:
        self.entries: dict[str, str] = {}

    def add_session_config_entry(self, key: str, value: str) -> None:
        self.entries[key] = value


@pytest.mark.parametrize("optimize", [True, False])
def test_every_option_reaches_onnxruntime(monkeypatch: pytest.MonkeyPatch, optimize: bool) -> None:
    import onnxruntime

    seen: list[Any] = []
    monkeypatch.setattr(onnxruntime, "SessionOptions", RecordedOptions)
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda model, sess_options, providers: seen.append(sess_options))
    open_session(b"", DEFAULT_CONFIG)
    open_session(b"", ALL_CHANGED, optimize=optimize)
    default, changed = seen
    levels = onnxruntime.GraphOptimizationLevel
    assert (default.intra_op_num_threads, default.inter_op_num_threads) == (1, 1)
    assert default.entries == {"session.intra_op.allow_spinning": "0"}
    assert default.graph_optimization_level == levels.ORT_ENABLE_ALL
    assert (default.enable_cpu_mem_arena, default.enable_mem_pattern) == (True, True)
    assert changed.intra_op_num_threads == min(3, usable_threads())
    assert changed.entries == {"session.intra_op.allow_spinning": "1", **dict(SWITCHES.values())}
    assert changed.graph_optimization_level == (levels.ORT_ENABLE_BASIC if optimize else levels.ORT_DISABLE_ALL)
    assert (changed.enable_cpu_mem_arena, changed.enable_mem_pattern) == (False, False)


@pytest.mark.parametrize("level", GRAPH_LEVELS)
def test_this_onnxruntime_has_every_level(level: str, build_model: BuildModel, bands: np.ndarray) -> None:
    engine = Engine(build_model(), profile=SessionConfig(graph=level))
    np.testing.assert_array_equal(engine.infer(bands)[0].argmax(axis=1), np.arange(10))


@pytest.mark.parametrize("config", candidates(Purpose.LATENCY, 8, allow_spinning=True), ids=str)
def test_no_candidate_changes_an_answer(config: SessionConfig, build_model: BuildModel, bands: np.ndarray) -> None:
    data = build_model()
    expected, engine = Engine(data).infer(bands)[0], Engine(data, profile=config)
    np.testing.assert_allclose(engine.infer(bands)[0], expected, atol=1e-4)
    for digit in range(10):
        np.testing.assert_allclose(engine.infer(bands[digit : digit + 1])[0], expected[digit : digit + 1], atol=1e-4)
    assert isinstance(engine._run_one, BoundRun) is config.bound


def test_a_pickled_engine_keeps_its_options(any_model: Path, bands: np.ndarray) -> None:
    engine = Engine(any_model, profile=SessionConfig(arena=False, bound=False))
    copy = pickle.loads(pickle.dumps(engine))  # noqa: S301
    assert copy.config == engine.config
    np.testing.assert_array_equal(copy.infer(bands[:1])[0], engine.infer(bands[:1])[0])


@pytest.mark.parametrize(
    ("usable", "counts"), [(1, []), (2, [2]), (3, [2, 3]), (4, [2, 4]), (6, [2, 4, 6]), (64, [2, 4, 8])]
)
def test_as_many_threads_are_tried_as_may_run(usable: int, counts: list[int]) -> None:
    tried = candidates(Purpose.LATENCY, usable)
    assert [config.threads for config in tried if config.threads > 1] == counts
    assert not any(config.spinning for config in tried)
    spinning = [config.threads for config in candidates(Purpose.LATENCY, usable, allow_spinning=True) if config.spinning]
    assert spinning == counts


@pytest.mark.parametrize(("architecture", "kernels"), [("x86_64", "sliding"), ("AMD64", "sliding"), ("aarch64", "Kleidi")])
def test_kernels_of_this_kind_of_processor_are_tried(architecture: str, kernels: str) -> None:
    tried = candidates(Purpose.LATENCY, 1, architecture=architecture)
    assert [kernels in str(config) for config in tried if "kernel" in str(config)] == [True]
    assert len(set(tried)) == len(tried)
    assert DEFAULT_CONFIG not in tried
