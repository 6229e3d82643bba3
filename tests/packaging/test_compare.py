"""``benchmarks/compare.py``: what is compared, what is refused, and what is concluded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import pytest
from benchmark_scripts import script

from mnist_edge.dataset import Dataset
from mnist_edge.errors import WorkerError
from mnist_edge.runtime.bench_stats import Ratio
from mnist_edge.runtime.packaged import MODELS_FOLDER
from mnist_edge.runtime.session import Engine

Load = Callable[[str], ModuleType]
SHORT = ("--rounds", "1", "--samples", "20", "--seconds", "0", "--warmup", "1", "--batch", "8", "--batch-seconds", "0")
LABELS = np.arange(10)


def answers(count: int = 20, lead: float = 0.9) -> np.ndarray:
    """Probabilities of digits 0, 1, 2, … in turn."""
    found = np.full((count, 10), (1 - lead) / 9, np.float32)
    found[np.arange(count), np.arange(count) % 10] = lead
    return found


@pytest.mark.parametrize(
    ("ratio", "rounds", "expected"),
    [
        (Ratio(0.5, 0.4, 0.6), 6, "faster"),
        (Ratio(2.0, 1.9, 2.1), 10, "slower"),
        (Ratio(0.9, 0.8, 1.01), 10, "no difference shown"),
        (Ratio(1.1, 0.99, 1.2), 10, "no difference shown"),
        (Ratio(1.01, 1.005, 1.015), 10, "no difference shown"),
        (Ratio(0.5, 0.5, 0.5), 5, "too few rounds"),
    ],
)
def test_no_winner_is_named_where_the_interval_holds_one(load: Load, ratio: Ratio, rounds: int, expected: str) -> None:
    assert load("compare_ratios").verdict(ratio, rounds) == expected


def test_ratios_are_those_of_common_rounds(load: Load) -> None:
    ratio, rounds = load("compare_ratios").common_ratio({0: 2.0, 3: 6.0, 6: 4.0}, {0: 1.0, 1: 9.0, 3: 2.0, 6: 2.0})
    assert (ratio.value, ratio.low, ratio.high, rounds) == (2.0, 2.0, 3.0, 3)
    assert load("compare_ratios").common_ratio({0: 1.0}, {1: 1.0}) is None


@pytest.mark.parametrize(
    ("by", "measured", "reference", "met"),
    [
        ("latency", [40, 41, 42], [100, 100, 100], "yes"),
        ("latency", [60, 61, 62], [100, 100, 100], "no"),
        ("latency", [40, 50, 60], [100, 100, 100], "not shown"),
        ("latency", [40, 40], [100, 100], "too few rounds"),
        ("throughput", [100, 100, 100], [60, 61, 62], "yes"),
        ("throughput", [100, 100, 100], [40, 41, 42], "no"),
        ("throughput", [100, 100, 100], [40, 50, 60], "not shown"),
    ],
)
def test_a_goal_is_reached_when_the_whole_interval_says_so(
    load: Load, by: str, measured: list[int], reference: list[int], met: str
) -> None:
    goals = load("compare_goals")
    goal = goals.Goal("a to b", ("a", "m"), ("b", "m"), 0.5, by)
    times = {
        (name, "m"): {
            number: {"times_ns": [1000 * time], "batches_ns": {"1": [9000 * time], "8": [1000 * time]}}
            for number, time in enumerate(2 * values)
        }
        for name, values in (("a", measured), ("b", reference))
    }
    found = goals.judge(goal, times)
    assert found["met"] == met
    assert found["batches"] == ([8, 8] if by == "throughput" else [])
    assert goals.judge(goal, {("a", "m"): times["a", "m"]}) is None


def test_a_known_tail_is_found(load: Load) -> None:
    goals = load("compare_goals")
    goal = goals.Goal("p99 to p50", ("a", "m"), ("a", "m"), 2.0, "tail")
    for slow, met in ((2, "yes"), (3, "no")):
        times = [10_000] * 980 + [10_000 * slow] * 20
        found = goals.judge(goal, {("a", "m"): {number: {"times_ns": times} for number in range(6)}})
        assert (found["ratio"]["value"], found["met"]) == (slow, met)


@pytest.mark.parametrize(
    ("engine", "change", "refused"),
    [
        ("opencv", "none", False),
        ("opencv", "class", True),
        ("opencv", "probability", True),
        ("opencv", "nan", True),
        ("classify", "probability", False),
        ("classify", "class", True),
        ("litert_int8", "probability", False),
        ("litert_int8", "class", True),
        ("openvino_bf16", "nan", True),
    ],
)
def test_an_engine_that_computes_something_else_is_refused(load: Load, engine: str, change: str, refused: bool) -> None:
    found = answers()
    if change == "class":
        found[3] = np.roll(found[3], 1)
    elif change == "probability":
        found[3, 3] -= 0.01
    elif change == "nan":
        found[:] = np.nan
    compare = load("compare_rounds").compare_answers
    if refused:
        with pytest.raises(WorkerError, match="does not compute what onnxruntime computes"):
            compare(engine, found, answers(), LABELS, {})
    else:
        assert compare(engine, found, answers(), LABELS, {}).correct == 10


def test_one_class_of_a_hundred_may_differ_in_int8(load: Load) -> None:
    found = answers(100)
    found[3] = np.roll(found[3], 1)
    check = load("compare_rounds").compare_answers("litert_int8", found, answers(100), LABELS, {})
    assert (check.same_top1, check.digits, len(check.labels)) == (0.99, 100, 90)


def test_answers_to_the_timed_pictures_alone_have_no_accuracy(load: Load) -> None:
    check = load("compare_rounds").compare_answers("classify", answers(10), answers(), LABELS, {})
    assert (check.correct, check.digits, check.labels) == (None, 10, list(range(10)))


class FakeBench:
    """Stands in for the processes: the answers of each subject, or the reason why it has none."""

    def __init__(self, folder: Path, found: dict[tuple[str, str], Any]) -> None:
        self.folder, self.batches, self.found = folder, (1,), found
        self.asked: list[tuple[str, str]] = []

    def run(self, subject: tuple[str, str], pictures: str, **config: Any) -> dict[str, Any]:
        self.asked.append(subject)
        answer = self.found[subject]
        if isinstance(answer, str):
            raise WorkerError(answer)
        if config.get("answers"):
            np.save(config["answers"], answer)
            return {"versions": {"fake": "1"}}
        return {"times_ns": [len(self.asked)], "pictures": pictures, "labels": config["labels"]}


def test_what_fails_is_said_and_the_rest_goes_on(load: Load, tmp_path: Path) -> None:
    right = answers()
    subjects = [(name, "tiny") for name in ("infer", "mnn", "opencv", "ncnn", "onnxruntime")]
    bench = FakeBench(
        tmp_path, dict(zip(subjects, [right, "it crashed", np.roll(right, 1, axis=1), right, right], strict=True))
    )
    failed = {subjects[3]: "not installed"}
    checks = load("compare_rounds").check_answers(bench, subjects, failed, LABELS)
    assert bench.asked[0] == ("onnxruntime", "tiny")
    assert set(checks) == {subjects[0], subjects[4]}
    assert {name: reason.partition(".")[0] for (name, _), reason in failed.items()} == {
        "ncnn": "not installed",
        "mnn": "it crashed",
        "opencv": "OpenCV dnn does not compute what onnxruntime computes",
    }
    bench.found[subjects[4]] = "no reference"
    with pytest.raises(WorkerError, match="no reference"):
        load("compare_rounds").check_answers(bench, subjects, {}, LABELS)


def test_every_engine_has_its_turn_in_every_round_in_another_order(load: Load, tmp_path: Path) -> None:
    rounds = load("compare_rounds")
    names = ["infer", "opencv", "mnn", "ncnn", "keras_predict", "litert"]
    subjects = [(name, "simple_cnn") for name in names]
    check = rounds.Check(list(range(20)), 1.0, 0.0, 20, None, {})
    bench = FakeBench(tmp_path, dict.fromkeys(subjects) | {subjects[3]: "it crashed"})
    failed = {subjects[5]: "not installed"}
    options = load("compare").CompareOptions(rounds=4)
    times = rounds.measure_rounds(bench, subjects, failed, dict.fromkeys(subjects, check), options, lambda text: None)
    assert {name: list(times[name, "simple_cnn"]) for name in names[:3]} == {key: [0, 1, 2, 3] for key in names[:3]}
    assert list(times["keras_predict", "simple_cnn"]) == [0, 3]
    assert set(failed) == {subjects[3], subjects[5]}
    assert bench.asked.count(subjects[3]) == 1
    assert len({tuple(part) for part in _rounds(bench.asked)}) > 1
    few = times["keras_predict", "simple_cnn"][0]
    assert (few["pictures"], few["labels"]) == ("few", [0, 10])


def _rounds(asked: list[tuple[str, str]]) -> list[list[str]]:
    names = [name for name, _ in asked if name in ("infer", "opencv", "mnn")]
    return [names[start : start + 3] for start in range(0, len(names), 3)]


def test_a_module_that_is_not_there_is_named(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = load("compare_files").missing_module
    assert missing(("json", "os.path")) is None
    assert missing(("json", "no_such_engine.interpreter")) == "no_such_engine"
    engines, compare = load("engines"), load("compare")
    monkeypatch.setitem(engines.ENGINES, "mnn", engines.Engine("MNN", "", "mnn", None, ("no_such_engine",), "MNN"))
    found = compare.not_installed([("infer", "edge"), ("mnn", "edge"), ("mnn", "tiny")])
    assert found == dict.fromkeys([("mnn", "edge"), ("mnn", "tiny")], "not installed: the module no_such_engine")


@pytest.mark.parametrize("name", ["edge", "simple_cnn", "tiny"])
def test_the_graph_for_other_engines_computes_the_same(load: Load, name: str) -> None:
    path = MODELS_FOLDER / f"{name}.onnx"
    plain = load("compare_files").planar_graph(onnx.load(path), 3)
    onnx.checker.check_model(plain, full_check=True)
    pictures = np.random.default_rng(0).integers(0, 256, (3, 28, 28, 1), np.uint8)
    session = ort.InferenceSession(plain.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"image": pictures.transpose(0, 3, 1, 2).astype(np.float32)})
    np.testing.assert_allclose(found, Engine(path).infer(pictures)[1], atol=1e-6)


def test_a_graph_that_scales_before_its_convolution_is_not_stripped(load: Load) -> None:
    model = onnx.load(MODELS_FOLDER / "tiny.onnx")
    cast = next(node for node in model.graph.node if node.op_type == "Cast")
    scaled = onnx.helper.make_node("Sqrt", [cast.output[0]], ["scaled"])
    for node in model.graph.node:
        node.input[:] = ["scaled" if value == cast.output[0] else value for value in node.input]
    model.graph.node.insert(1, scaled)
    with pytest.raises(WorkerError, match="Sqrt before it"):
        load("compare_files").planar_graph(model, 1)


@pytest.mark.real
def test_a_part_is_compared_for_real(mnist: Dataset, tmp_path: Path) -> None:
    chosen = ("-m", "tiny", "-e", "infer", "-e", "classify", "-e", "opencv", "-e", "litert", "--check", "50")
    done = script("compare", *chosen, *SHORT, "--runs", tmp_path / "none", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out" / "compare.json").read_text("utf-8"))
    entries = {entry["engine"]: entry for entry in report["entries"]}
    assert set(entries) == {"infer", "classify", "opencv", "litert"}
    assert "There is no trained model" in entries["litert"]["failed"]
    assert "make runs/tiny/metrics.json" in done.stdout
    for name in ("infer", "classify", "opencv"):
        entry = entries[name]
        assert entry["failed"] is None
        assert entry["agreement"]["same_top1"] == 1
        assert min(entry["imports_ms"], entry["load_ms"], entry["first_ms"], entry["latency"]["p50_us"]) > 0
        assert (entry["ratio"] is None) == (name == "infer")
        assert list(entry["throughput"]) == ["8"]
    assert entries["opencv"]["agreement"]["digits"] == 150
    assert (tmp_path / "out" / "compare.md").read_text("utf-8") == done.stdout.removesuffix("\n")
    assert cv2.imread(str(tmp_path / "out" / "compare_throughput.png")) is None  # there is none of simple_cnn
