"""What ``benchmarks/compare.py`` writes of what it measured: JSON, tables, figures, sizes on the disk."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import pytest

Load = Callable[[str], ModuleType]
US = 1000  # ns
MEMORY = {"python_and_numpy": 30_000_000, "imported": 40_000_000, "loaded": 50_000_000, "peak": 55_000_000}


def process(p50_us: float, calls: int = 100, memory: dict[str, int | None] | None = None) -> dict[str, Any]:
    """What one process measured: ``calls`` times alike, and batches of 8 that take five times as long."""
    return {
        "times_ns": [round(p50_us * US)] * calls,
        "batches_ns": {"1": [round(p50_us * US)], "8": [round(5 * p50_us * US)]},
        "imports_ms": 40.0,
        "load_ms": 3.0,
        "first_ms": 0.5,
        "memory": MEMORY if memory is None else memory,
    }


@pytest.fixture
def report(load: Load) -> dict[str, Any]:
    """Of four engines with ``simple_cnn``: one with known ratios to mnist-edge, a slow one, and one that was refused."""
    times = {
        ("infer", "simple_cnn"): [10, 10.2, 10.1, 10],
        ("infer_int8", "simple_cnn"): [5, 5.1, 5.05, 5],
        ("litert", "simple_cnn"): [20, 20.4, 20.2, 20],
        ("litert_int8", "simple_cnn"): [10, 10.6, 10.1, 10],
        ("opencv", "simple_cnn"): [40, 51, 50.5, 50],
    }
    rounds = {
        subject: {n: process(time) for n, time in enumerate([*values, *values[:2]])} for subject, values in times.items()
    }
    rounds["keras_predict", "simple_cnn"] = {n: process(11_000.0, calls=2) for n in (0, 3)}
    subjects = [*rounds, ("mnn", "simple_cnn")]
    checks = {each: load("compare_rounds").Check([], 1.0, 1e-6, 110, 99, {"fake": "1.2"}) for each in rounds}
    failed = {("mnn", "simple_cnn"): "not installed: the module MNN"}
    measured = load("compare_report").Measured(subjects, failed, checks, rounds)
    return {
        "created": "2026-01-02T03:04:05+00:00",
        "machine": {"cpu": "a processor", "features": ["avx2"], "usable_threads": 2},
        "load_average": {"before": None, "after": (0.5, 0.4, 0.3)},
        "pinned_to": 1,
        "pictures": "digits",
        "rounds": 6,
        "check": 100,
        "batches": [1, 8],
        **load("compare_report").build_report(measured),
    }


def entry_of(report: dict[str, Any], engine: str) -> dict[str, Any]:
    return next(entry for entry in report["entries"] if entry["engine"] == engine)


def test_known_delays_are_found(report: dict[str, Any]) -> None:
    litert = entry_of(report, "litert")
    assert litert["ratio"] == {"value": 2.0, "low": 2.0, "high": 2.0, "rounds": 6, "verdict": "slower"}
    assert litert["ratio_int8"] is None
    assert litert["latency"]["n"] == 600
    assert litert["throughput"]["8"]["images_per_s"] == pytest.approx((8 / (5 * 20e-6) + 8 / (5 * 20.2e-6)) / 2)
    assert litert["memory"] == {"peak_mb": 55.0, "growth_mb": 25.0}
    assert (litert["imports_ms"], litert["load_ms"], litert["first_ms"]) == (40.0, 3.0, 0.5)
    int8 = entry_of(report, "litert_int8")
    assert int8["ratio"]["verdict"] == "no difference shown"
    assert int8["ratio_int8"]["value"] == pytest.approx(2.0, abs=0.05)
    assert entry_of(report, "infer")["ratio"] is None
    assert entry_of(report, "infer_int8")["ratio"]["verdict"] == "faster"
    assert entry_of(report, "keras_predict")["ratio"]["verdict"] == "too few rounds"


def test_nothing_is_shown_where_the_machine_was_not_quiet(load: Load) -> None:
    times = {"infer": [10, 12, 10, 12, 10, 12], "litert": [20, 24, 20, 24, 20, 24]}
    rounds = {(name, "simple_cnn"): {n: process(time) for n, time in enumerate(each)} for name, each in times.items()}
    checks = {each: load("compare_rounds").Check([], 1.0, 0.0, 1, None, {}) for each in rounds}
    report = load("compare_report").build_report(load("compare_report").Measured(list(rounds), {}, checks, rounds))
    assert report["noise"]["reasons"] == ("the rounds' medians differ by 18%",)
    assert entry_of(report, "litert")["ratio"]["verdict"] == "machine not quiet"
    assert {figure["met"] for figure in report["figures"]} == {"not shown"}


@pytest.mark.parametrize(
    "change",
    [
        {"rounds": 9},
        {"samples": 499},
        {"seconds": 0.1},
        {"warmup": 0},
        {"batches": (1, 8)},
        {"batch_seconds": 0.0},
        {"check": 100},
        {"models": ("edge",)},
        {"engines": ("infer",)},
    ],
)
def test_a_run_that_is_cut_short_is_a_part(load: Load, change: dict[str, Any]) -> None:
    options = load("compare").CompareOptions
    assert options().is_whole
    assert options(rounds=20, samples=1000).is_whole
    assert not options(**change).is_whole


def test_memory_that_the_system_does_not_tell_is_no_number(load: Load) -> None:
    unknown = dict.fromkeys(MEMORY)
    rounds = {("infer", "tiny"): {0: process(1, memory=unknown)}}
    checks = {("infer", "tiny"): load("compare_rounds").Check([], 1.0, 0.0, 1, None, {})}
    measured = load("compare_report").Measured(list(rounds), {}, checks, rounds)
    entry = entry_of(load("compare_report").build_report(measured), "infer")
    assert entry["memory"] == {"peak_mb": None, "growth_mb": None}


def test_goals_that_were_measured_are_judged(report: dict[str, Any]) -> None:
    met = {figure["title"]: (figure["ratio"]["value"], figure["met"]) for figure in report["figures"]}
    assert met["`simple_cnn` to LiteRT float"] == (0.5, "yes")
    assert met["`simple_cnn` to OpenCV dnn"] == (pytest.approx(0.2), "yes")
    assert met["p99 to p50 of `infer`, `simple_cnn`"] == (1.0, "yes")
    assert len(met) == 3


def test_tables_show_what_was_left_out_and_why(load: Load, report: dict[str, Any]) -> None:
    text = load("compare_text").markdown(report)
    assert "| MNN | – | – | – | – | – | – | – | – |" in text
    assert "- MNN, `simple_cnn`: not installed: the module MNN" in text
    assert "| LiteRT float | 20.0 | 20.4 | – | 2.00 (2.00–2.00) | slower | – | 99 | 600 |" in text
    assert "right of 100" in text
    assert "| `keras.predict` | 11,000.0 | – | – | 1,100 | too few rounds | – | 99 | 4 |" in text
    assert "load average unknown / 0.50" in text
    readme = load("compare_text").engines_text(report, load("compare_text").plain_table)
    assert "| mnist-edge `Engine.infer` | 10.0 | 10.2 | – | 1 |  |" in readme
    assert "- MNN, `simple_cnn`: not installed" in readme


def test_what_is_faster_is_said_below_the_table(load: Load, report: dict[str, Any]) -> None:
    texts = load("compare_text")
    none = "No engine was shown to be faster than mnist-edge's float `infer` on this network. "
    assert texts.faster_text(report, "simple_cnn") == (
        f"{none}No int8 engine was shown to be faster than mnist-edge's int8 `infer`.\n"
    )
    entry_of(report, "litert")["ratio"] |= {"value": 0.71, "verdict": "faster"}
    entry_of(report, "litert_int8")["ratio"] |= {"value": 0.44, "verdict": "faster"}
    entry_of(report, "litert_int8")["ratio_int8"] |= {"value": 0.667, "verdict": "faster"}
    said = (
        "Faster than mnist-edge's float `infer` on this network: LiteRT int8 (0.44), LiteRT float (0.71). "
        "Faster than mnist-edge's int8 `infer`: LiteRT int8 (0.67).\n"
    )
    assert texts.faster_text(report, "simple_cnn") == said
    assert said in texts.latency_text(report, "simple_cnn")
    assert said in texts.engines_text(report, texts.plain_table)
    report["noise"]["reasons"] = ("the rounds' medians differ by 18%",)
    assert "not quiet enough" in texts.faster_text(report, "simple_cnn")
    for entry in report["entries"]:
        if entry.get("ratio"):
            entry["ratio"]["verdict"] = "too few rounds"
    assert "Too few rounds" in texts.faster_text(report, "simple_cnn")
    assert texts.faster_text(report, "edge") == ""


@pytest.mark.parametrize("part", ["latency.simple_cnn", "throughput", "start", "goals", "setup", "method"])
def test_each_part_of_the_page_has_its_table(load: Load, report: dict[str, Any], part: str) -> None:
    text = load("compare_text").comparison_text(report, part, load("compare_text").plain_table)
    assert text in load("compare_text").markdown(report)
    assert len(text) > 100


def test_percentiles_need_ten_samples_beyond_them(load: Load, report: dict[str, Any]) -> None:
    entry = entry_of(report, "litert")
    shown = {
        count: load("compare_text")._row({**entry, "latency": {**entry["latency"], "n": count}})[1:4]
        for count in (99, 100, 999, 1000)
    }
    assert [[cell != "–" for cell in row] for row in shown.values()] == [
        [True, False, False],
        [True, True, False],
        [True, True, False],
        [True, True, True],
    ]


def test_the_figures_are_drawn(load: Load, report: dict[str, Any], tmp_path: Path) -> None:
    figure = load("compare_figure")
    figure.draw_ratios(report, tmp_path / "ratios.png")
    figure.draw_throughput(report, tmp_path / "throughput.png")
    for name in ("ratios", "throughput"):
        picture = cv2.imread(str(tmp_path / f"{name}.png"))
        assert picture is not None
        assert picture.std() > 10
    figure.draw_ratios({**report, "entries": []}, tmp_path / "none.png")
    figure.draw_throughput({**report, "entries": []}, tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


def test_a_package_counts_with_all_that_it_requires(load: Load) -> None:
    sizes = load("package_size")
    alone, names = sizes.installed_size("click")
    assert "click" in names
    assert alone == sum(file.locate().stat().st_size for file in metadata.files("click") or () if file.locate().is_file())
    whole, names = sizes.installed_size("mnist-edge")
    assert {"mnist-edge", "click", "numpy", "onnxruntime", "opencv-python"} <= set(names)
    assert not {"tensorflow", "keras", "onnx"} & set(names)
    assert whole > alone + sizes.installed_size("onnxruntime")[0]
    assert sizes.installed_size("no-such-package") is None
