"""Which options a classifier gets from a profile, and when it gets none."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mnist_edge.errors import OptionError, OutputError
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.doctor import examine
from mnist_edge.runtime.doctor_finding import Finding, Level
from mnist_edge.runtime.doctor_tuning import examine_tuning
from mnist_edge.runtime.session import Engine
from mnist_edge.runtime.tuning import host, lookup
from mnist_edge.runtime.tuning.config import DEFAULT_CONFIG, SessionConfig
from mnist_edge.runtime.tuning.lookup import profile_path, session_config
from mnist_edge.runtime.tuning.profile import Entry, Host, Profile, add_entry, read_profile

TUNED = SessionConfig(arena=False, switches=("no prepacked weights",))
GRAPH = "a" * 64


def entry(graph: str = GRAPH, config: SessionConfig = TUNED, **machine: Any) -> Entry:
    here = dataclasses.replace(Host.here(), **machine)
    return Entry("mine", graph, "latency", here, config, (0.9, 0.88, 0.92), "2026-01-02T03:04:05+00:00")


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where this user's profile is; there is none yet."""
    path = str(tmp_path / "settings" / "profile.json")
    monkeypatch.setenv("MNIST_EDGE_PROFILE", path)
    return path


def test_what_was_written_is_found(profile: str) -> None:
    add_entry(profile, entry())
    assert session_config(None, GRAPH) == TUNED
    assert session_config(profile, GRAPH) == session_config(Path(profile), GRAPH) == TUNED
    assert read_profile(profile) == Profile((entry(),))


def test_other_graphs_get_the_defaults(profile: str) -> None:
    add_entry(profile, entry())
    assert session_config(None, "b" * 64) == DEFAULT_CONFIG
    assert session_config(profile, "b" * 64) == DEFAULT_CONFIG


@pytest.mark.parametrize(
    "other", [{"cpu": "Another"}, {"features": ("neon",)}, {"usable_threads": 99}, {"onnxruntime": "0.9"}]
)
def test_a_profile_of_another_machine_is_ignored(profile: str, other: dict[str, Any]) -> None:
    add_entry(profile, entry(**other))
    assert session_config(None, GRAPH) == DEFAULT_CONFIG
    assert session_config(profile, GRAPH) == DEFAULT_CONFIG
    add_entry(profile, entry())
    assert session_config(None, GRAPH) == TUNED  # both share the file
    assert len(read_profile(profile).entries) == 2


def test_a_new_entry_replaces_the_one_of_its_graph_and_machine(profile: str) -> None:
    add_entry(profile, entry(config=SessionConfig(threads=2)))
    add_entry(profile, entry(graph="b" * 64))
    add_entry(profile, entry())
    assert [each.graph_sha256[0] for each in read_profile(profile).entries] == ["a", "b"]
    assert session_config(None, GRAPH) == TUNED


def test_the_oldest_entries_go() -> None:
    grown = Profile()
    for number in range(150):
        grown = grown.with_entry(entry(graph=f"{number:064}"))
    assert [int(each.graph_sha256) for each in grown.entries] == list(range(149, 49, -1))


def test_without_a_profile_there_are_the_defaults(profile: str) -> None:
    assert session_config(None, GRAPH) == session_config(False, GRAPH) == DEFAULT_CONFIG
    assert session_config(TUNED, GRAPH) == TUNED
    with pytest.raises(OptionError, match="cannot be read: No such file"):
        session_config(profile, GRAPH)


ENTRY: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(entry())))


def changed(**changes: Any) -> str:
    return json.dumps({"format_version": 1, "entries": [{**ENTRY, **changes}]})


DAMAGED = [
    "",
    "{",
    "[]",
    "1",
    "{}",
    '{"format_version": 2, "entries": []}',
    '{"format_version": 1, "entries": [1]}',
    '{"format_version": 1, "entries": 1}',
    "[" * 100_000,
    changed(config=None),
    changed(config={**ENTRY["config"], "from the future": 1}),
    changed(config={**ENTRY["config"], "arena": "no"}),
    changed(config={**ENTRY["config"], "threads": 0}),
    changed(config={**ENTRY["config"], "switches": ["from the future"]}),
]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_profile_stops_nobody_unless_it_was_named(profile: str, content: str) -> None:
    Path(profile).parent.mkdir()
    Path(profile).write_text(content)
    assert session_config(None, GRAPH) == DEFAULT_CONFIG
    for read in (lambda: session_config(profile, GRAPH), lambda: read_profile(profile)):
        with pytest.raises(OptionError) as caught:
            read()
        assert "\n" not in str(caught.value)
    with pytest.raises(OptionError):
        add_entry(profile, entry())
    assert Path(profile).read_text() == content


def test_a_folder_in_its_place_stops_nobody(profile: str) -> None:
    Path(profile).mkdir(parents=True)
    assert session_config(None, GRAPH) == DEFAULT_CONFIG
    with pytest.raises(OptionError, match="cannot be read"):
        session_config(profile, GRAPH)


def test_a_profile_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot write"):
        add_entry(str(tmp_path / "file" / "profile.json"), entry())


def test_the_classifier_takes_it_and_the_engine_does_not(profile: str, any_model: Path) -> None:
    add_entry(profile, entry(graph=Engine(any_model).card.graph_sha256, config=SessionConfig(threads=2, arena=False)))
    assert DigitClassifier(any_model).engine.config == SessionConfig(threads=2, arena=False)
    assert DigitClassifier(any_model, threads=1).engine.config == SessionConfig(threads=1, arena=False)
    assert DigitClassifier(any_model, profile=False).engine.config == DEFAULT_CONFIG
    assert Engine(any_model).config == DEFAULT_CONFIG  # measurements and exports do not depend on who runs them
    assert Engine(any_model, profile=None).config.arena is False


@pytest.mark.parametrize(
    ("system", "variables", "expected"),
    [
        ("linux", {"XDG_CONFIG_HOME": "/settings"}, "/settings/mnist-edge/profile.json"),
        ("linux", {"HOME": "/home/me"}, "/home/me/.config/mnist-edge/profile.json"),
        ("darwin", {"HOME": "/Users/me"}, "/Users/me/Library/Application Support/mnist-edge/profile.json"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/mnist-edge/profile.json"),
        ("linux", {"MNIST_EDGE_PROFILE": "here.json"}, "here.json"),
        ("linux", {"MNIST_EDGE_PROFILE": "Off"}, None),
    ],
)
def test_it_lies_where_the_system_has_settings(
    monkeypatch: pytest.MonkeyPatch, system: str, variables: dict[str, str], expected: str | None
) -> None:
    for name in ("MNIST_EDGE_PROFILE", "XDG_CONFIG_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(lookup.sys, "platform", system)
    assert profile_path() == expected


def test_only_the_first_core_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = "model name\t: Big\nflags\t\t: avx2 fma\n"
    (tmp_path / "cpuinfo").write_text(first + "\n".join(f"processor\t: {number}" for number in range(100_000)))
    monkeypatch.setattr(host, "_CPUINFO", str(tmp_path / "cpuinfo"))
    facts = host.host_facts()
    assert (facts["cpu"], facts["features"]) == ("Big", ["avx2", "fma"])
    monkeypatch.setattr(host, "_CPUINFO", str(tmp_path / "none"))
    assert host.host_facts()["features"] == []


def test_the_lookup_is_light() -> None:
    """Without a profile it needs neither the modules that write one nor those that measure."""
    script = "import sys, mnist_edge.runtime.tuning.lookup as l; l.session_config(None, ''); print(sorted(sys.modules))"
    environment = {**os.environ, "MNIST_EDGE_PROFILE": "/nowhere/profile.json"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    for heavy in ("numpy", "onnxruntime", "mnist_edge.files", "mnist_edge.runtime.tuning.profile", "platform", "tempfile"):
        assert f"'{heavy}'" not in done.stdout


def findings() -> list[Finding]:
    return list(examine_tuning())


def test_doctor_shows_what_is_in_use(profile: str) -> None:
    (none,) = findings()
    assert (none.value, none.level, none.fix) == ("none; the defaults are in use", Level.NOTE, "mnist-edge tune")
    add_entry(profile, entry(onnxruntime="0.9"))
    add_entry(profile, entry(usable_threads=1_000))
    add_entry(profile, dataclasses.replace(entry(graph="b" * 64), config=DEFAULT_CONFIG, ratio=None))
    add_entry(profile, entry())
    path, *entries = findings()
    assert path.value == profile
    assert [each.value for each in entries] == [
        "no memory arena, no prepacked weights; 0.900 (0.880 to 0.920) times the latency of the defaults; "
        "for latency, 2026-01-02",
        "the defaults; nothing was faster; for latency, 2026-01-02",
        "ignored, measured with 1000 usable threads",
        "ignored, measured with onnxruntime 0.9",
    ]
    assert [each.level for each in entries] == [Level.OK, Level.OK, Level.NOTE, Level.NOTE]


def test_doctor_warns_of_a_damaged_profile(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(profile).parent.mkdir()
    Path(profile).write_text("{")
    (damaged,) = findings()
    assert (damaged.level, damaged.fix) == (Level.WARNING, "mnist-edge tune --reset")
    assert "is no profile of this version" in damaged.value
    assert next(each for each in examine() if each.section == "self-test").level is Level.OK
    monkeypatch.setenv("MNIST_EDGE_PROFILE", "off")
    assert [each.value for each in findings()] == ["off; the defaults are in use"]
