"""What the documents say is what is so."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import mnist_edge

ROOT = Path(__file__).parents[2]


def test_every_figure_is_that_of_the_committed_results() -> None:
    command = [sys.executable, ROOT / "benchmarks" / "render_docs.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_links_between_the_documents_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == mnist_edge.__version__


def test_the_oldest_constraints_are_the_declared_bounds() -> None:
    bounds = dict(
        line.split(">=") for line in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    )
    pins = dict(
        line.split("==") for line in (ROOT / "constraints-oldest.txt").read_text("utf-8").splitlines() if "==" in line
    )
    assert {name: pins[name] for name in bounds} == bounds


def test_constraints_carry_versions_and_nothing_else() -> None:
    for name in ("constraints.txt", "constraints-oldest.txt"):
        for line in (ROOT / name).read_text("utf-8").splitlines():
            assert not line or line.startswith("#") or re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line), line
