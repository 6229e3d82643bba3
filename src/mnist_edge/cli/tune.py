"""``mnist-edge tune``."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnist_edge.cli.common import Console, FiniteRange, text_table, verbosity
from mnist_edge.runtime.tuning.candidates import Purpose
from mnist_edge.runtime.tuning.options import TuneOptions

if TYPE_CHECKING:
    from mnist_edge.runtime.bench_stats import Ratio
    from mnist_edge.runtime.tuning.findings import Judged, TuningReport

_DEFAULTS = TuneOptions()


@click.command(name="tune", short_help="Find the session options that are fastest on this machine.")
@click.option(
    "-m",
    "--model",
    default=None,
    metavar="MODEL",
    help="An exported .onnx file, or a name that mnist-edge models lists.",
)
@click.option(
    "--for",
    "purpose",
    type=click.Choice([purpose.value for purpose in Purpose]),
    default=_DEFAULTS.purpose.value,
    help="Single pictures, or batches of 256.",
)
@click.option("--repeats", type=click.IntRange(5), default=_DEFAULTS.repeats, help="Rounds, each in a fresh process.")
@click.option("--seconds", type=FiniteRange(0), default=_DEFAULTS.seconds, help="Least time of each candidate in a round.")
@click.option("--allow-spinning", is_flag=True, help="Try threads that spin while they wait: they take whole cores.")
@click.option("--force", is_flag=True, help="Write the profile even if the machine was not quiet.")
@click.option("--dry-run", is_flag=True, help="Measure and report, write nothing.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the profile there, for DigitClassifier(profile=FILE) or MNIST_EDGE_PROFILE.",
)
@click.option("--reset", is_flag=True, help="Delete this user's profile and end.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@verbosity
def command(
    purpose: str,
    force: bool,
    dry_run: bool,
    output: Path | None,
    reset: bool,
    as_json: bool,
    console: Console,
    **options: Any,
) -> None:
    """Try onnxruntime's session options with MODEL, or else with the default one, and keep what is faster here.

    Tried are numbers of threads, memory options, levels of graph rewriting and kernels; only options that leave the answers
    as they are. An option is adopted if its whole 95 % interval lies at least 2 % below the defaults, and the choice is
    measured once more with new samples. Where nothing pays, nothing changes, and the profile says so.

    The profile is a small file under your settings (MNIST_EDGE_PROFILE names another; "off" switches it off). Every
    DigitClassifier, classify and camera use what it has for their model, on the same processor with the same onnxruntime;
    else it is ignored. mnist-edge doctor shows it. Nothing leaves this machine.

    \b
    Examples:
      mnist-edge tune                            about half a minute on a quiet machine
      mnist-edge tune -m simple_cnn --dry-run    only look
      mnist-edge tune --for throughput           for large batches; single pictures may become slower
      mnist-edge tune --reset                    back to the defaults, for all models
    """
    from mnist_edge.runtime.tuning.lookup import profile_path

    own = profile_path()
    if reset:
        if output is not None or dry_run:
            raise click.UsageError("--reset deletes this user's profile, and takes neither --output nor --dry-run.")
        console.result(_reset(own))
        return
    chosen = TuneOptions(purpose=Purpose(purpose), **options)
    _measure(chosen, None if dry_run else _target(output, own), force, as_json, console)


def _measure(options: TuneOptions, target: str | None, force: bool, as_json: bool, console: Console) -> None:
    from mnist_edge.runtime.tuning.findings import entry_of
    from mnist_edge.runtime.tuning.profile import add_entry
    from mnist_edge.runtime.tuning.search import tune

    report = tune(options, notify=console.note)
    if as_json:
        console.result_json(report.to_dict())
    else:
        console.result(format_report(report))
    if target is None:
        console.note("nothing is written: --dry-run")
        return
    add_entry(target, entry_of(report, even_if_noisy=force))
    console.note(f"profile written to {target}")


def _target(output: Path | None, own: str | None) -> str:
    """Where the profile goes; looked at before time is spent on measuring.

    Raises:
        UsageError: If there is no place for it.
        OptionError: If there is a file that is no profile.
        OutputError: If nothing can be written there.
    """
    from mnist_edge.files import output_errors
    from mnist_edge.runtime.tuning.profile import read_or_new

    target = own if output is None else str(output)
    if target is None:
        raise click.UsageError(
            "There is no place for a profile (MNIST_EDGE_PROFILE is off, or no home folder): give --output or --dry-run."
        )
    read_or_new(target)
    folder = Path(target).absolute().parent
    with output_errors(target):
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    return target


def _reset(own: str | None) -> str:
    from mnist_edge.files import output_errors
    from mnist_edge.runtime.tuning.lookup import PROFILE_VARIABLE
    from mnist_edge.runtime.tuning.profile import read_profile

    if own is None or not os.path.lexists(own):
        return "there is no profile; the defaults are in use"
    if os.environ.get(PROFILE_VARIABLE):
        read_profile(own)  # what somebody has named may be anything; only a profile is deleted
    with output_errors(own):
        Path(own).unlink()
    return f"{own} is deleted; the defaults are in use"


def format_report(report: TuningReport) -> str:
    """The report for the screen."""
    options = report.options
    head = (
        f"{report.model}, {_pictures(options.purpose.batch)} a call, {options.repeats} rounds in fresh processes: "
        f"{report.default_us:,.1f} µs with the defaults"
    )
    control = ["the defaults again", *_figures(report.controls[0]), "the error of this measurement"]
    rows = [control, *[[str(each.config), *_figures(each.ratio), _verdict(each, options.margin)] for each in report.looked]]
    table = text_table(["option", "to defaults", "95 % interval", "verdict"], rows)
    return "\n\n".join([head, table, "\n".join(_conclusion(report))])


def _conclusion(report: TuningReport) -> list[str]:
    lines = [f"the machine was not quiet: {'; '.join(report.noise.reasons)}"] if report.noise.reasons else []
    confirmed = report.confirmed
    if confirmed is None or confirmed.ratio is None:
        why = confirmed.refused if confirmed is not None else f"nothing pays by {report.options.margin:.0%} or more"
        return [*lines, f"the defaults stay: {why}"]
    value, interval = _figures(confirmed.ratio)
    outcome = f"{confirmed.config}: {value} times the latency of the defaults ({interval}), measured anew"
    if not report.pays:
        outcome = f"the defaults stay: {outcome}, which is no gain of {report.options.margin:.0%}"
    return [*lines, outcome]


def _verdict(judged: Judged, margin: float) -> str:
    if judged.refused:
        return f"refused: {judged.refused}"
    return "pays" if judged.pays(margin) else "does not pay"


def _figures(ratio: Ratio | None) -> tuple[str, str]:
    return (f"{ratio.value:.3f}", f"{ratio.low:.3f}-{ratio.high:.3f}") if ratio is not None else ("-", "-")


def _pictures(batch: int) -> str:
    return "one picture" if batch == 1 else f"{batch} pictures"
