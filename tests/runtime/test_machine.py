from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from mnist_edge.runtime import machine


def test_everything_is_described(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "governor").write_text("powersave\n")
    monkeypatch.setattr(machine, "_GOVERNOR", tmp_path / "governor")
    described = machine.describe_machine()
    assert described.governor == "powersave"
    assert 1 <= described.usable_threads <= described.cores
    assert described.timer_resolution_ns > 0


def test_what_cannot_be_read_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("_GOVERNOR", "_CPUINFO", "_STATUS"):
        monkeypatch.setattr(machine, name, tmp_path / "absent")
    described = machine.describe_machine()
    assert described.governor is None
    assert described.features == ()
    assert machine.resident_bytes() is None


def test_memory_is_read_in_bytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "status").write_text("VmHWM:\t   90000 kB\nVmRSS:\t   80000 kB\n")
    monkeypatch.setattr(machine, "_STATUS", tmp_path / "status")
    assert machine.resident_bytes() == 80_000 * 1024
    assert machine.peak_resident_bytes() == 90_000 * 1024


def test_the_cost_of_a_reading_is_the_step_between_two() -> None:
    readings = iter(range(0, 10_000, 25))
    assert machine.timer_cost_ns(lambda: next(readings), readings=11) == 25.0


@pytest.mark.parametrize(
    ("release", "text"), [("6.1.0-18-amd64", "X 6.1"), ("23.4.0", "X 23.4"), ("11", "X 11"), ("Vista", "X"), ("", "X")]
)
def test_results_carry_no_more_of_the_system_than_needed(release: str, text: str) -> None:
    assert machine.short_system("X", release) == text


def test_the_share_of_the_machine_in_words() -> None:
    described = machine.describe_machine()
    shared = dataclasses.replace(described, usable_threads=2, cores=8, quota=1.5)
    assert shared.threads_text == "2 usable of 8 cores, quota 1.5 cores"
    assert dataclasses.replace(shared, quota=None).threads_text == "2 usable of 8 cores, no quota"
