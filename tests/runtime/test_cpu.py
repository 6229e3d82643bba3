from __future__ import annotations

from pathlib import Path

import pytest

from mnist_edge.runtime import cpu


@pytest.fixture
def cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cpu, "_CGROUP_V2", tmp_path)
    monkeypatch.setattr(cpu, "_CGROUP_V1", tmp_path / "v1")
    monkeypatch.setattr(cpu, "_own_groups", lambda: [tmp_path / "pod" / "box", tmp_path / "pod", tmp_path])
    (tmp_path / "pod" / "box").mkdir(parents=True)
    (tmp_path / "v1").mkdir()
    monkeypatch.setattr(cpu.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    return tmp_path


def test_without_a_quota_the_affinity_counts(cgroup: Path) -> None:
    assert cpu.cgroup_quota() is None
    assert cpu.usable_threads() == 8


def test_no_more_threads_than_usable_are_granted(cgroup: Path) -> None:
    assert [cpu.granted_threads(wanted) for wanted in (1, 2, 8, 9)] == [1, 2, 8, 8]


def test_for_one_thread_nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu, "usable_threads", None)
    assert cpu.granted_threads(1) == 1


def test_an_unlimited_group(cgroup: Path) -> None:
    (cgroup / "pod" / "box" / "cpu.max").write_text("max 100000\n")
    assert cpu.usable_threads() == 8


@pytest.mark.parametrize(("quota", "threads"), [(50_000, 1), (100_000, 1), (150_000, 2), (300_000, 3), (6_400_000, 8)])
def test_a_quota_is_rounded_up(cgroup: Path, quota: int, threads: int) -> None:
    (cgroup / "pod" / "box" / "cpu.max").write_text(f"{quota} 100000\n")
    assert cpu.usable_threads() == threads


def test_the_tightest_group_on_the_way_up_counts(cgroup: Path) -> None:
    (cgroup / "pod" / "box" / "cpu.max").write_text("400000 100000\n")
    (cgroup / "pod" / "cpu.max").write_text("200000 100000\n")
    assert cpu.usable_threads() == 2


def test_the_older_cgroup_layout(cgroup: Path) -> None:
    (cgroup / "v1" / "cpu.cfs_quota_us").write_text("250000")
    (cgroup / "v1" / "cpu.cfs_period_us").write_text("100000")
    assert cpu.usable_threads() == 3
    (cgroup / "v1" / "cpu.cfs_quota_us").write_text("-1")
    assert cpu.usable_threads() == 8


@pytest.mark.parametrize("content", ["", "garbage", "1 0", "1 2 3"])
def test_an_unreadable_quota_is_no_quota(cgroup: Path, content: str) -> None:
    (cgroup / "pod" / "cpu.max").write_text(content)
    assert cpu.cgroup_quota() is None


def test_here() -> None:
    assert cpu.usable_threads() >= 1
