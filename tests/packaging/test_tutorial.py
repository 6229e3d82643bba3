"""The tutorials: their commands work in the order in which a newcomer types them, and both languages say the same."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
ENGLISH, CHINESE = ROOT / "docs" / "tutorial.md", ROOT / "docs" / "tutorial.zh.md"
# What makes the commands quick on a few digits; everything else is as in the documents.
QUICK = {
    "MNIST_EDGE_TRAIN_EPOCHS": "1",
    "MNIST_EDGE_BENCHMARK_SECONDS": "0.05",
    "MNIST_EDGE_BENCHMARK_SAMPLES": "20",
    "MNIST_EDGE_BENCHMARK_REPEATS": "1",
    **{
        f"MNIST_EDGE_{command}_ALLOW_ANY_DATA": "1"
        for command in ("DATA", "TRAIN", "EVALUATE", "REPORT", "EXPORT", "BENCHMARK")
    },
}


@pytest.fixture(scope="module")
def tutorial() -> ModuleType:
    """The script that runs the tutorials on real data."""
    spec = importlib.util.spec_from_file_location("tutorial", ROOT / "benchmarks" / "tutorial.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.real
@pytest.mark.parametrize("document", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_every_command_of_a_tutorial_works(
    document: Path, tutorial: ModuleType, data_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = document.read_text("utf-8")
    steps = tutorial.steps(text)
    assert len(steps) > 12
    for kind, code in steps:
        with monkeypatch.context() as patch:
            if kind == "sh":  # Python code takes the real data, as the reader's does; commands take a few digits
                patch.setenv("MNIST_EDGE_DATA", str(data_file))
                for name, value in QUICK.items():
                    patch.setenv(name, value)
            tutorial.run_step(kind, code, tmp_path)
    for name in tutorial.pictures(text):
        assert (tmp_path / name).stat().st_size > 1000, name


def test_the_tutorials_take_the_same_steps(tutorial: ModuleType) -> None:
    def plain(code: str) -> str:
        for chinese in ("-zh", " --lang zh", ', look=Look(lang="zh")', "Look, "):
            code = code.replace(chinese, "")
        return code

    english, chinese = (tutorial.steps(document.read_text("utf-8")) for document in (ENGLISH, CHINESE))
    assert [(kind, plain(code)) for kind, code in chinese] == english
    headings = [re.findall(r"^## \d+", document.read_text("utf-8"), re.MULTILINE) for document in (ENGLISH, CHINESE)]
    assert headings[0] == headings[1]


def test_only_installing_is_left_to_the_reader(tutorial: ModuleType) -> None:
    for document, extras in ((ENGLISH, "export"), (CHINESE, "export,zh")):
        blocks = re.findall(r"^```(?:sh|python)\n(.*?)^```$", document.read_text("utf-8"), re.DOTALL | re.MULTILINE)
        left = set(blocks) - {code for _, code in tutorial.steps(document.read_text("utf-8"))}
        assert left == {f"python -m venv .venv && . .venv/bin/activate\npip install '.[{extras}]'\n"}
