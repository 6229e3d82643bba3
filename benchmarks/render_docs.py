"""Fills the figures of README.md and docs/ from benchmarks/results/ and the packaged models' cards.

    python benchmarks/render_docs.py            rewrite the documents
    python benchmarks/render_docs.py --check    exit 1 if one of them is out of date

A document names what belongs where: everything between ``<!-- begin: NAME -->`` and ``<!-- end: NAME -->`` is replaced by
what the function of that name gives, ``<!-- begin: model tiny -->`` by what it gives for ``tiny``;
``<!-- begin: output 20 lines -->`` by what the code block above it printed.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from mnist_edge.files import write_text
from mnist_edge.runtime.model_list import PackagedModel, list_models
from mnist_edge.runtime.packaged import DEFAULT_MODEL, packaged_models

ROOT: Final = Path(__file__).parents[1]
RESULTS: Final = ROOT / "benchmarks" / "results"
DOCUMENTS: Final = (
    "README.md",
    "docs/models/README.md",
    "docs/architectures.md",
    "docs/comparison.md",
    "docs/confidence.md",
    "docs/latency.md",
    "docs/quantization.md",
    "docs/rejection.md",
    "docs/tuning.md",
    "docs/tutorial.md",
    "docs/tutorial.zh.md",
    *sorted({f"docs/models/{name.partition('.')[0]}.md" for name in packaged_models()}),
)
_BLOCK: Final = re.compile(r"(<!-- begin: ([a-z_-]+)(?: ([\w.]+)(?: lines)?)? -->\n).*?(<!-- end: \2 -->)", re.DOTALL)
_CODE: Final = re.compile(r"^```(?:sh|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def result(name: str) -> dict[str, Any]:
    """One committed result."""
    content: dict[str, Any] = json.loads(read_result(f"{name}.json"))
    return content


def read_result(name: str) -> str:
    """The text of a file in ``benchmarks/results``; ends the program if it was not measured yet."""
    try:
        return (RESULTS / name).read_text("utf-8")
    except FileNotFoundError:
        raise SystemExit(
            f"There is no benchmarks/results/{name}. Measure it with: python benchmarks/{Path(name).stem}.py"
        ) from None


@functools.cache
def packaged() -> dict[str, PackagedModel]:
    """The packaged models by name."""
    return {model.name: model for model in list_models()}


def result_of_models(name: str) -> dict[str, Any]:
    """A result with a list of models; ends the program if a packaged one is not among them, or had other weights."""
    measured = result(name)
    graphs = {entry["name"]: entry["graph_sha256"] for entry in measured["models"]}
    stale = [each.name for each in packaged().values() if graphs.get(each.name) != each.card.graph_sha256]
    if stale:
        raise SystemExit(
            f"benchmarks/results/{name}.json lacks figures of this {stale[0]}. Measure with: python benchmarks/{name}.py"
        )
    return measured


def model(name: str = DEFAULT_MODEL) -> str:
    """A packaged model in one table; without a name the default."""
    from model_text import model_text  # only where it is needed, for it lies beside this file

    return model_text(packaged()[name], table)


def tools(name: str = DEFAULT_MODEL) -> str:
    """What a packaged model was made with."""
    from model_text import tools_text

    return tools_text(packaged()[name])


def overview() -> str:
    """All packaged models in one table."""
    from model_text import overview_text

    return overview_text(list(packaged().values()), table)


def models() -> str:
    """All packaged models on all sets."""
    from models_text import SOURCES, models_text

    return models_text(list(packaged().values()), {name: result(name) for name in SOURCES}, table)


def robustness() -> str:
    """The errors of all packaged models by corruption."""
    from models_text import robustness_text

    return robustness_text(list(packaged().values()), {"robustness": result("robustness")}, table)


def engines() -> str:
    """The comparison of engines in one table."""
    measured = result_of_models("compare")
    from compare_text import engines_text

    return engines_text(measured, table)


def comparison(part: str) -> str:
    """A part of the comparison of engines: ``latency.edge``, ``throughput`` and so on."""
    measured = result_of_models("compare")
    from compare_text import comparison_text

    return comparison_text(measured, part, table)


def real() -> str:
    """Accuracy on other people's pictures."""
    measured = result("real_pictures")
    rows = [
        [name, f"{group['pictures']}", f"{group['correct']}", f"{group['accuracy']:.1%}"]
        for name, group in measured["groups"].items()
    ]
    return (
        table(["pictures", "", "right", "accuracy"], rows)
        + f"\nModel `{measured['model']['name']}`, {measured['created'][:10]}. "
        "These pictures were at hand while the preprocessing was made, so expect a little less on yours.\n"
    )


def rejection() -> str:
    """What refusing costs, and what for."""
    from rejection_text import rejection_text

    return rejection_text(result_of_models("rejection"), DEFAULT_MODEL, table)


def confidence() -> str:
    """Whether confidence can be believed."""
    from confidence_text import confidence_text

    return confidence_text(result_of_models("confidence"), table)


def output(before: str, lines: int | None) -> str:
    """What the last code block above printed when the tutorial was run, or its first lines."""
    code = _CODE.findall(before)[-1]
    outputs = result("tutorial")["outputs"]
    if code not in outputs:
        raise SystemExit(f"A tutorial has a step that was not run yet. Run it with: python benchmarks/tutorial.py\n{code}")
    printed = outputs[code].rstrip().splitlines()
    shown = printed if lines is None or len(printed) <= lines else [*printed[:lines], "..."]
    return "\n".join(["```text", *shown, "```"])


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def text_of(module: str, name: str, *results: str) -> Callable[[], str]:
    """The block that the function ``NAME_text`` of a module beside this file makes of results."""

    def render_block() -> str:
        contents = [result(each) for each in results]
        text: str = getattr(importlib.import_module(module), f"{name}_text")(*contents, table)
        return text

    return render_block


RENDERERS: Final[dict[str, Callable[..., str]]] = {
    **{
        function.__name__: function
        for function in (model, tools, overview, models, robustness, engines, comparison, real, rejection, confidence)
    },
    "start": text_of("time_text", "start", "startup", "install_size"),
    "start_parts": text_of("time_text", "start_parts", "startup"),
    "xla": text_of("time_text", "xla", "fit_xla"),
    "recipes": text_of("time_text", "recipes", "recipes"),
    "seeds": text_of("time_text", "seeds", "seeds"),
    "evaluation": text_of("time_text", "evaluation", "evaluation"),
    "scenes": text_of("picture_text", "scenes", "scenes", "real_pictures", "picture_path"),
    "speed": text_of("picture_text", "speed", "picture_speed"),
    "quantization": text_of("quantization_text", "quantization", "quantization"),
    "tuning": text_of("tuning_text", "tuning", "tuning"),
    "stored": text_of("tuning_text", "stored", "tuning"),
    "architectures": text_of("architecture_text", "architectures", "architectures"),
    **{
        f"latency_{part}": text_of("latency_text", f"latency_{part}", "latency")
        for part in ("parts", "layers", "export", "kinds", "peak")
    },
    "operators": text_of("architecture_text", "operators", "architectures"),
}


def render(text: str) -> str:
    """Replaces every block of a document."""

    def replaced(block: re.Match[str]) -> str:
        if block[2] == "output":
            content = output(text[: block.start()], int(block[3]) if block[3] else None)
        else:
            content = RENDERERS[block[2]](block[3]) if block[3] else RENDERERS[block[2]]()
        return f"{block[1]}\n{content.strip()}\n\n{block[4]}"

    return _BLOCK.sub(replaced, text)


def main() -> int:
    """Rewrites or checks all documents."""
    parser = argparse.ArgumentParser(description="Fill the documents' figures from the results.")
    parser.add_argument("--check", action="store_true", help="only say what is out of date")
    check = parser.parse_args().check
    stale = []
    for name in DOCUMENTS:
        old = (ROOT / name).read_text("utf-8")
        new = render(old)
        if new != old:
            stale.append(name)
            if not check:
                write_text(ROOT / name, new)
    print(("out of date: " if check else "rewritten: ") + ", ".join(stale) if stale else "all up to date")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
