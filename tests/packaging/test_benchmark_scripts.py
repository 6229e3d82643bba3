"""The scripts in ``benchmarks/`` run, and say in one line what they lack."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from benchmark_scripts import BENCHMARKS, module, script

from mnist_edge.dataset import Dataset
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.sample_digits import draw_digit


def test_a_result_that_was_not_measured_yet_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    shutil.copy(BENCHMARKS / "render_docs.py", folder)
    (tmp_path / "README.md").write_text("<!-- begin: engines -->\n<!-- end: engines -->\n")
    done = script("render_docs", "--check", folder=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "There is no benchmarks/results/compare.json. Measure it with: python benchmarks/compare.py\n"


@pytest.mark.parametrize(("losses", "same"), [([0.5], None), ([0.5, 0.5], True), ([0.5, 0.4], False)])
def test_one_repeat_says_nothing_about_repeatability(losses: list[float], same: bool | None) -> None:
    fit_xla = module("fit_xla")
    one: dict[str, Any] = {"seconds": [2.0, 1.0], "test_accuracy": 0.98}
    summary = fit_xla.summarize({fit_xla.DEFAULT: [{**one, "last_loss": loss} for loss in losses]})
    assert summary[fit_xla.DEFAULT]["same_result_each_time"] is same


def test_lines_of_a_labelled_scene_come_from_its_notes() -> None:
    folder = module("labelled_folder")
    assert folder.scene_text("12345", "lines=12|345; photo") == "12\n345"
    assert folder.scene_text("12345", "lines=12 3|45") == "123\n45"
    assert folder.scene_text("123", "photo") == "123"
    assert folder.scene_text("123", "lines=12|4") == "123"


def test_real_pictures_scores_three_parts_and_names_nothing(tmp_path: Path) -> None:
    rows = ["file,label,notes"]
    for digit in (3, 7):
        rows.append(f"single/secret{digit}.png,{digit},drawn")
        _save(tmp_path / f"single/secret{digit}.png", 255 - draw_digit(digit, size=120))
    pair = np.hstack([255 - draw_digit(digit, size=90) for digit in (3, 7)])
    rows += ["scenes/secret.png,37,lines=37; photo", "nondigit/secret.png,nondigit,", "nondigit/blank.png,nondigit,"]
    _save(tmp_path / "scenes/secret.png", pair)
    weave = (np.indices((200, 200)).sum(axis=0) // 3 % 2 * 90 + 100).astype(np.uint8)
    _save(tmp_path / "nondigit/secret.png", weave)
    _save(tmp_path / "nondigit/blank.png", np.full((80, 80), 255, np.uint8))
    (tmp_path / "labels.csv").write_text("\n".join(rows), "utf-8")
    done = script("real_pictures", tmp_path, "-o", tmp_path / "out.json")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "out.json").read_text("utf-8")
    report = json.loads(text)
    assert "secret" not in text
    assert report["groups"]["all"]["pictures"] == 2
    assert (report["scenes"]["pictures"], report["scenes"]["digits"], report["scenes"]["edits"]) == (1, 2, 0)
    assert (report["nondigits"]["pictures"], report["nondigits"]["scenes"], report["nondigits"]["auroc"]) == (2, 1, 1.0)
    assert report["nondigits"]["digits_refused"] == 0
    assert report["nondigits"]["nondigits_refused"] >= 0.5


def test_a_folder_of_single_digits_alone_has_no_other_parts(tmp_path: Path) -> None:
    _save(tmp_path / "a.png", 255 - draw_digit(5, size=100))
    (tmp_path / "labels.csv").write_text("file,label,notes\na.png,5,\n", "utf-8")
    done = script("real_pictures", tmp_path, "-o", tmp_path / "out.json")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert (report["scenes"], report["nondigits"]) == (None, None)
    (tmp_path / "labels.csv").write_text("name,digit\na.png,5\n", "utf-8")
    done = script("real_pictures", tmp_path, "-o", tmp_path / "other.json")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "file,label,notes" in done.stderr


def _save(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())


@pytest.mark.real
def test_composed_scenes_are_scored_and_drawn(mnist: Dataset, tmp_path: Path) -> None:
    short = ("--split", "validation", "-n", "3", "--kind", "plain", "--kind", "empty")
    files = ("-o", tmp_path / "a.json", "--figure", tmp_path / "figure.png", "--sheet", tmp_path / "sheet.png")
    done = script("scenes", *short, *files)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert set(report["kinds"]) == {"plain", "empty"}
    assert report["kinds"]["plain"]["0"]["pictures"] == 3
    assert report["kinds"]["plain"]["0"]["edit_error"] < 0.5
    assert report["kinds"]["empty"]["2"]["edit_error"] is None
    for name in ("figure.png", "sheet.png"):
        assert cv2.imread(str(tmp_path / name)) is not None
    again = script("scenes", *short, "-o", tmp_path / "b.json")
    assert again.returncode == 0, again.stderr
    other = json.loads((tmp_path / "b.json").read_text("utf-8"))
    assert _without_times(report["kinds"]) == _without_times(other["kinds"])


def _without_times(value: Any) -> Any:
    return (
        {key: _without_times(each) for key, each in value.items() if key != "p50_ms"} if isinstance(value, dict) else value
    )


@pytest.mark.real
def test_picture_speed_times_what_is_read_right(tmp_path: Path) -> None:
    files = ("-o", tmp_path / "speed.json", "--figure", tmp_path / "speed.png", "--stages", tmp_path / "stages.png")
    done = script("picture_speed", "--rounds", "1", "--warmup", "0", "--largest", "0.3", *files)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "speed.json").read_text("utf-8"))
    assert set(report["within_budget"]) == {"640x480", "1920x1080"}
    assert [case["digits"] for case in report["cases"] if case["series"] == "digits"] == [1, 2, 5, 10, 20, 30, 40, 50]
    assert all(0 < case["p50_ms"] <= case["p90_ms"] <= case["p99_ms"] for case in report["cases"])
    assert all(case["pictures"] == 7 for case in report["cases"] if case["megapixels"] < 2)
    for case in report["cases"]:
        low, high = case["p50_range_ms"]
        assert low <= case["p50_ms"] <= high
    for split in report["stages"]:
        assert list(split["stages_us"]) == ["decode", "ink", "components", "framing", "network", "doubts", "order"]
        assert min(split["stages_us"].values()) > 0
        assert sum(split["stages_us"].values()) < 2 * split["total_us"]
    for name in ("speed.png", "stages.png"):
        assert cv2.imread(str(tmp_path / name)) is not None


def test_stages_are_timed_without_each_other_and_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = module("picture_stages")
    now = iter([0, 10, 30, 100])  # the outer one from 0 to 100, the inner one from 10 to 30
    monkeypatch.setattr(stages.time, "perf_counter_ns", lambda: next(now))
    clock = stages.StageClock()
    clock.timed("ink", clock.timed("network", lambda: None))()
    assert (clock.spent_ns["ink"], clock.spent_ns["network"]) == (80, 20)
    monkeypatch.undo()
    classifier = DigitClassifier()
    before = [getattr(owner, name) for owner, name, _ in stages._TIMED]
    with stages.stages_timed(stages.StageClock(), classifier) as read:
        assert read(cv2.imencode(".jpg", 255 - draw_digit(3))[1].tobytes()).text == "3"
    assert [getattr(owner, name) for owner, name, _ in stages._TIMED] == before
    assert "score" not in vars(classifier._scorer)


def test_every_form_of_a_digit_decodes_to_its_size_and_polarity() -> None:
    forms = module("picture_path").FORMS
    assert len(set(forms)) == 32
    for form in forms:
        picture = cv2.imdecode(np.frombuffer(form.encode(draw_digit(3), np.random.default_rng(1)), np.uint8), 0)
        side = 28 * form.enlarged
        assert picture.shape == (side + int(form.room * side),) * 2
        assert (np.median(picture) > 127) == form.is_dark


@pytest.mark.real
def test_the_way_through_pictures_is_compared_with_the_direct_one(mnist: Dataset, tmp_path: Path) -> None:
    done = script("picture_path", "--split", "validation", "-n", "40", "--forms", "2", "-o", tmp_path / "path.json")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "path.json").read_text("utf-8"))
    for way in report["ways"].values():
        assert way["accuracy"] > 0.8
        assert way["gap"] == pytest.approx(report["direct"] - way["accuracy"], abs=1e-5)
        assert sum(form["pictures"] for form in way["forms"]) == 80
