"""``mnist-edge doctor``."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import click

from mnist_edge.cli.common import Console, verbosity

if TYPE_CHECKING:
    from mnist_edge.runtime.doctor_finding import Finding

_MARKS = {"ok": " ", "note": "-", "warning": "!", "error": "X"}


@click.command(name="doctor", short_help="Check this installation.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@verbosity
@click.pass_context
def command(ctx: click.Context, as_json: bool, console: Console) -> None:
    """Say what works here, what does not, and what to do about it.

    Versions, onnxruntime's providers, OpenCV's build, the processor, the packaged models, ten drawn digits read as a test,
    the data, and what is missing for which command. Nothing is downloaded. The exit code is 1 if classify does not work.

    \b
    Examples:
      mnist-edge doctor
      mnist-edge doctor --quiet              only what is missing or wrong
      mnist-edge doctor --json > doctor.json
    """
    from mnist_edge.runtime.doctor import examine, to_dict, works

    findings = examine()
    if as_json:
        console.result_json(to_dict(findings))
    else:
        shown = findings if console.level >= 1 else [finding for finding in findings if finding.level != "ok"]
        console.result(format_findings(shown))
        console.result(f"\n{verdict(findings)}")
    if not works(findings):
        ctx.exit(1)


def format_findings(findings: list[Finding]) -> str:
    """The findings under their headings; ``-`` marks what is optional and absent, ``!`` a warning, ``X`` an error."""
    width = max((len(finding.name) for finding in findings), default=0)
    blocks = []
    for section, group in itertools.groupby(findings, key=lambda finding: finding.section):
        lines = [section]
        for finding in group:
            lines.append(f"{_MARKS[finding.level]} {finding.name.ljust(width)}  {finding.value}")
            if finding.fix:
                lines.append(f"  {' ' * width}  -> {finding.fix}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def verdict(findings: list[Finding]) -> str:
    """The outcome in one sentence."""
    counts = {level: sum(finding.level == level for finding in findings) for level in ("error", "warning")}
    if counts["error"]:
        return f"mnist-edge classify does not work here: {_count(counts['error'], 'error')}, see the lines marked X."
    warnings = f", with {_count(counts['warning'], 'warning')}, see the lines marked !" if counts["warning"] else ""
    return f"mnist-edge classify works here{warnings}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
