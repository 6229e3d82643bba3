"""The table of all packaged models on all sets, for ``render_docs.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from model_text import validation_accuracy

from mnist_edge.runtime.model_list import PackagedModel
from mnist_edge.train.evaluation.intervals import wilson_interval

Table = Callable[[list[str], list[list[str]]], str]
Results = dict[str, dict[str, Any]]

#: The results that the table is made of, and the script of each.
SOURCES: Final = ("models", "robustness", "transfer", "rejection")
NOT_MEASURED: Final = "–"
NEEDED: Final = {
    "models": ("mnist", "photographed", "scenes", "pictures"),
    "robustness": ("mean",),  # which is the last to be written
    "transfer": ("load_digits",),
}


def models_text(packaged: list[PackagedModel], results: Results, table: Table) -> str:
    """A column for each model, a row for each set and fact.

    Args:
        packaged: The models.
        results: The contents of the files of :data:`SOURCES`, by name.
        table: Makes Markdown of a header and rows.

    Raises:
        SystemExit: If a model was not measured, or had other weights when it was.
    """
    columns = [_column(model, results) for model in packaged]
    body = [[title, *(column[title] for column in columns)] for title in columns[0]]
    return table(["", *(f"`{model.name}`" for model in packaged)], body) + "\n" + _notes(results)


def robustness_text(packaged: list[PackagedModel], results: Results, table: Table) -> str:
    """The errors by corruption: through the classifier, and in brackets by the network alone."""
    columns = [_parts(results["robustness"], "robustness", model) for model in packaged]
    names = [name for name in columns[0] if name != "mean"]
    body = [
        [name.replace("_", " "), *(f"{parts[name]['error']:.1%} ({parts[name]['network_error']:.1%})" for parts in columns)]
        for name in (*names, "mean")
    ]
    return table(["corruption", *(f"`{model.name}`" for model in packaged)], body)


def _column(model: PackagedModel, results: Results) -> dict[str, str]:
    own = _parts(results["models"], "models", model)
    mean = _parts(results["robustness"], "robustness", model)["mean"]
    other = _parts(results["transfer"], "transfer", model)["load_digits"]
    test, scenes = model.card.test, own["scenes"]
    if test is None:
        raise SystemExit(f"{model.path} has no test result. Export it with: mnist-edge export")
    latency = results["models"].get("latency", {}).get(model.name)
    return {
        "MNIST test": _accuracy(test.accuracy, wilson_interval(test.correct, test.total)),
        "MNIST validation": f"{validation_accuracy(model.card):.2%}",
        "test digits, written anew and photographed": _accuracy_of(own["photographed"]),
        "test digits as picture files": f"{own['pictures']['classify']:.2%}",
        "scikit-learn's `load_digits`": _accuracy_of(other),
        "MNIST-C, mean error": f"{mean['error']:.1%}",
        "the same, nothing refused": f"{mean['misread']:.1%}",
        "the same, network alone": f"{mean['network_error']:.1%}",
        "composed scenes, digit edit error": f"{scenes['edit_error']:.1%}{_interval(scenes['edit_error_interval'], 1)}",
        "composed scenes exactly right": f"{scenes['exact']:.1%}",
        "what is no digit, AUROC": _auroc(results["rejection"], model),
        "calibration error (ECE), MNIST test": f"{own['mnist']['ece']:.2%}",
        "parameters": f"{model.card.parameters:,}",
        "multiply-adds": f"{model.multiply_adds:,}",
        "file": f"{model.size_bytes / 1000:,.0f} kB",
        "latency to `simple_cnn`": NOT_MEASURED if latency is None else _ratio(latency),
    }


def _parts(result: dict[str, Any], name: str, model: PackagedModel) -> dict[str, Any]:
    """What a result file has of a model; ends the program if that is not this model."""
    entry = result["models"].get(model.name, {})
    if entry.get("graph_sha256") != model.card.graph_sha256 or not entry["parts"].keys() >= set(NEEDED[name]):
        raise SystemExit(
            f"benchmarks/results/{name}.json lacks figures of this {model.name}. "
            f"Measure it with: python benchmarks/{name}.py -m {model.name}"
        )
    parts: dict[str, Any] = entry["parts"]
    return parts


def _auroc(rejection: dict[str, Any], model: PackagedModel) -> str:
    measured = [entry for entry in rejection.get("models", []) if entry["graph_sha256"] == model.card.graph_sha256]
    return f"{measured[0]['auroc']['photographed']['all']:.4f}" if measured else NOT_MEASURED


def _accuracy_of(figures: dict[str, Any]) -> str:
    low, high = figures["accuracy_interval"]
    return _accuracy(figures["accuracy"], (low, high))


def _accuracy(share: float, ends: tuple[float, float]) -> str:
    return f"{share:.2%}{_interval(ends, 2)}"


def _interval(ends: Any, decimals: int) -> str:
    low, high = ends
    return f" ({low:.{decimals}%} to {high:.{decimals}%})"


def _ratio(latency: dict[str, Any]) -> str:
    low, high = latency["ratio_interval"]
    return f"{latency['ratio']:.2f} ({low:.2f} to {high:.2f}), {latency['p50_us']:.0f} µs"


def _notes(results: Results) -> str:
    sizes, corrupted = results["models"]["sizes"], results["robustness"]
    return (
        f"95 % intervals in brackets. A digit that is refused counts as an error, but in the row that says otherwise. "
        f"MNIST-C: its fifteen corruptions, made anew, of {corrupted['count']:,} test digits. `load_digits`: "
        f"{results['transfer']['count']:,} digits of 8×8 pixels by other people, enlarged; no training saw them, but the "
        "design of `edge` was chosen with a look at them. Scenes: "
        f"{sizes['scenes']} of each kind and level. Latency: p50 of the network alone, one picture, one thread, models in "
        f"turns; {results['models']['environment']['cpu']}, {results['models']['created'][:10]}.\n"
    )
