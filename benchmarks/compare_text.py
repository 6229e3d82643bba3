"""The comparison as Markdown: a short table for the README, and all of it for ``docs/comparison.md``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from compare_ratios import LEAST_ROUNDS
from engines import BASE, OWN

from mnist_edge.runtime.packaged import DEFAULT_MODEL

Table = Callable[[list[str], list[list[str]]], str]
Entry = dict[str, Any]
MAIN: Final = "simple_cnn"  # the network that everybody can run
TOO_FEW: Final = "too few rounds"
HEADER: Final = ["p50 µs", "p90 µs", "p99 µs", "time, float `infer` = 1", "against it"]
TAIL: Final = 10  # samples beyond a percentile, at least; fewer say nothing about it


def plain_table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (header, ["---"] * len(header), *rows))


def markdown(report: dict[str, Any]) -> str:
    """Everything, for ``compare.md``."""
    models = list(dict.fromkeys(entry["model"] for entry in report["entries"]))
    parts = [f"## {model}\n\n{latency_text(report, model)}" for model in models]
    titles = {"throughput": throughput_text, "start and memory": start_text, "goals": goals_text, "set-up": setup_text}
    parts += [f"## {title}\n\n{make(report)}" for title, make in titles.items()]
    return "\n".join([*parts, method_text(report)])


def comparison_text(report: dict[str, Any], part: str, table: Table) -> str:
    """One block of ``docs/comparison.md``.

    Args:
        report: What ``compare.py`` wrote.
        part: ``latency.MODEL``, ``throughput``, ``start``, ``goals``, ``setup`` or ``method``.
        table: Makes a Markdown table.
    """
    kind, _, model = part.partition(".")
    if kind == "latency":
        return latency_text(report, model, table)
    if kind == "method":
        return method_text(report)
    texts = {"throughput": throughput_text, "start": start_text, "goals": goals_text, "setup": setup_text}
    return texts[kind](report, table)


def engines_text(report: dict[str, Any], table: Table) -> str:
    """The README's tables: the same network in all engines, then the default model in all that can run it."""
    blocks = []
    for model, title in ((MAIN, f"`{MAIN}`, one picture"), (DEFAULT_MODEL, f"`{DEFAULT_MODEL}`, the default")):
        rows = [_row(entry) for entry in _of(report, model) if not entry["failed"]]
        if rows:
            blocks += [table([title, *HEADER], rows), faster_text(report, model)]
    return "\n".join([*blocks, *_left_out(report), method_text(report)])


def faster_text(report: dict[str, Any], model: str) -> str:
    """Names the engines that were shown to be faster than mnist-edge with one model, the fastest first."""
    others = [entry for entry in _of(report, model) if entry["engine"] not in OWN and not entry["failed"]]
    ratios = {key: [(each["title"], each[key]) for each in others if each[key]] for key in ("ratio", "ratio_int8")}
    if not ratios["ratio"]:
        return ""
    if all(ratio["verdict"] == TOO_FEW for _, ratio in ratios["ratio"]):
        return "Too few rounds to say which engine is faster.\n"
    if report["noise"]["reasons"]:
        return "The machine was not quiet enough to say which engine is faster.\n"
    text = _named("engine", "mnist-edge's float `infer` on this network", ratios["ratio"])
    if ratios["ratio_int8"]:
        text += " " + _named("int8 engine", "mnist-edge's int8 `infer`", ratios["ratio_int8"])
    return text + "\n"


def _named(what: str, base: str, ratios: list[tuple[str, dict[str, Any]]]) -> str:
    faster = sorted((pair for pair in ratios if pair[1]["verdict"] == "faster"), key=lambda pair: float(pair[1]["value"]))
    if not faster:
        return f"No {what} was shown to be faster than {base}."
    listed = ", ".join(f"{title} ({ratio['value']:.2f})" for title, ratio in faster)
    return f"Faster than {base}: {listed}."


def latency_text(report: dict[str, Any], model: str, table: Table = plain_table) -> str:
    """One picture at a time: all engines with one model."""
    header = ["engine", *HEADER, "to int8", f"right of {report['check']:,}", "samples"]
    rows = []
    for entry in _of(report, model):
        if entry["failed"]:
            rows.append([entry["title"], *["–"] * (len(header) - 1)])
            continue
        agreement = entry["agreement"]
        right = "–" if agreement["correct"] is None else f"{agreement['correct']:,}"
        rows.append([*_row(entry), _interval(entry["ratio_int8"]), right, f"{entry['latency']['n']:,}"])
    return "\n".join(part for part in (table(header, rows), faster_text(report, model)) if part)


def _row(entry: Entry) -> list[str]:
    latency, ratio = entry["latency"], entry["ratio"]
    times = [
        f"{latency[f'p{percent}_us']:,.1f}" if latency["n"] * (100 - percent) >= 100 * TAIL or percent == 50 else "–"
        for percent in (50, 90, 99)
    ]
    return [entry["title"], *times, "1" if entry["engine"] == BASE else _interval(ratio), ratio["verdict"] if ratio else ""]


def throughput_text(report: dict[str, Any], table: Table = plain_table) -> str:
    """Pictures a second by batch size."""
    sizes = [str(size) for size in report["batches"]]
    rows = [
        [
            f"`{entry['model']}`",
            entry["title"],
            *(
                f"{entry['throughput'][size]['images_per_s']:,.0f}" if size in entry["throughput"] else "–"
                for size in sizes
            ),
        ]
        for entry in _measured(report)
        if entry["throughput"]
    ]
    return table(["model", "pictures a second, batch of", *sizes], rows)


def start_text(report: dict[str, Any], table: Table = plain_table) -> str:
    """Import, load, first picture, memory, and size on the disk."""
    rows = []
    for entry in _measured(report):
        if entry["model"] != MAIN or entry["engine"] not in _loaded(report):
            continue
        size, memory = report["sizes"][entry["distribution"]], entry["memory"]
        rows.append(
            [
                entry["title"],
                *(_number(entry[name]) for name in ("imports_ms", "load_ms", "first_ms")),
                *(_number(memory[name]) for name in ("peak_mb", "growth_mb")),
                f"{size['megabytes']:,.0f}" if size else "–",
                str(len(size["packages"])) if size else "–",
            ]
        )
    header = ["engine", "import ms", "load ms", "first picture ms", "peak MB", "above Python and numpy", "installed MB"]
    return table([*header, "packages"], rows)


def _loaded(report: dict[str, Any]) -> set[str]:
    return {entry["engine"] for entry in report["entries"] if not entry["engine"].startswith("classify")}


def goals_text(report: dict[str, Any], table: Table = plain_table) -> str:
    """The figures that were to be reached, and whether they are."""
    rows = [
        [
            figure["title"] + (f", batch {' and '.join(map(str, figure['batches']))}" if figure["batches"] else ""),
            f"{'≥' if figure['by'] == 'throughput' else '≤'} {figure['bound']:.2f}",
            _interval(figure["ratio"]),
            figure["met"],
        ]
        for figure in report["figures"]
    ]
    return table(["ratio", "goal", "measured (95 % interval)", "reached"], rows)


def setup_text(report: dict[str, Any], table: Table = plain_table) -> str:
    """How each engine was set up, and which were left out."""
    entries = {entry["engine"]: entry for entry in reversed(report["entries"])}
    order = dict.fromkeys(entry["engine"] for entry in report["entries"])
    versions = report["versions"]
    rows = [
        [entries[name]["title"], versions.get(entries[name]["distribution"], "–"), entries[name]["setup"]] for name in order
    ]
    return "\n".join([table(["engine", "version", "set-up"], rows), *_left_out(report)])


def method_text(report: dict[str, Any]) -> str:
    """What is needed to read the tables."""
    machine, load = report["machine"], report["load_average"]
    loads = " / ".join(f"{value[0]:.2f}" if value else "unknown" for value in (load["before"], load["after"]))
    pinned = "not pinned" if report["pinned_to"] is None else f"pinned to processor {report['pinned_to']}"
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    noise = report["noise"]["reasons"]
    quiet = f" The machine was not quiet: {'; '.join(noise)}." if noise else ""
    return (
        f"{report['pictures']}; {report['rounds']} rounds, each engine in a fresh process in each, {pinned}; no outlier "
        f"dropped. Intervals: 95 %, bootstrap over the rounds. {machine['cpu']} ({', '.join(machine['features'])}), "
        f"{machine['usable_threads']} threads usable, load average {loads}; {versions}; {report['created'][:10]}.{quiet}\n"
    )


def _left_out(report: dict[str, Any]) -> list[str]:
    reasons = [
        f"- {entry['title']}, `{entry['model']}`: {_cell(entry['failed'])}"
        for entry in report["entries"]
        if entry["failed"]
    ]
    return ["Without figures:\n", *reasons, ""] if reasons else []


def _of(report: dict[str, Any], model: str) -> list[Entry]:
    return [entry for entry in report["entries"] if entry["model"] == model]


def _measured(report: dict[str, Any]) -> Iterable[Entry]:
    return (entry for entry in report["entries"] if not entry["failed"])


def _interval(ratio: dict[str, Any] | None) -> str:
    if ratio is None:
        return "–"
    digits = 2 if ratio["value"] < 10 else 0
    value, low, high = (f"{ratio[key]:,.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} ({low}–{high})" if ratio["rounds"] >= LEAST_ROUNDS else value


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
