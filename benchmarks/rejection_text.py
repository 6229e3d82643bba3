"""The result of rejection.py in words and tables, for docs/rejection.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

Table = Callable[[list[str], list[list[str]]], str]
#: What the table of the models shows, by the names of the results.
_COLUMNS: Final = {
    "all": "drawn for the training",
    "held-out letter": "unseen scripts",
    "clothes": "clothes",
    "noise": "noise",
    "blank": "blank",
}


def rejection_text(measured: dict[str, Any], default_model: str, table: Table) -> str:
    """What refusing costs, and what for, as Markdown: of the default model point by point, then of all models.

    Args:
        measured: The result.
        default_model: The model that is told of in full.
        table: Makes Markdown of a header and rows.
    """
    models = {model["name"]: model for model in measured["models"]}
    told = models[default_model]
    parts = [_points(told, measured["others"], table)]
    if told["real_pictures"] is not None:
        parts.append(_real_pictures(told["real_pictures"], table))
    parts.append(_models(list(models.values()), measured["others"], table))
    return "\n".join(parts)


def _points(model: dict[str, Any], others: dict[str, int], table: Table) -> str:
    rows = [
        [
            f"{point['reject']:.1%}{' (default)' if point['reject'] == model['default'] else ''}",
            f"{point['log_odds']:.2f}",
            f"{point['digits_refused']['photographed']:.2%}",
            f"{point['digits_refused']['mnist']:.2%}",
            f"{point['accepted']['all']:.1%}",
            f"{point['accepted']['held-out letter']:.1%}",
        ]
        for point in model["points"]
    ]
    ranked = model["auroc"]["photographed"]
    kinds = sorted((value, kind) for kind, value in ranked.items() if kind not in ("all", "clothes", "noise", "blank"))
    header = ["`reject`", "log-odds", "harder digits refused", "MNIST digits refused", "others accepted", "unseen scripts"]
    return (
        f"The default model, `{model['name']}`:\n\n" + table(header, rows) + f"\nHarder digits are MNIST's test digits, "
        f"written anew, photographed and read right ({model['digits']['photographed']:,}); others are "
        f"{others['letter']:,} of each kind above. The chance that a harder digit scores higher than something else "
        f"(AUROC) is {ranked['all']:.3f}, by kind: "
        + ", ".join(f"{kind} {value:.3f}" for value, kind in kinds)
        + f". For MNIST's own test digits it is {model['auroc']['mnist']['all']:.4f}.\n"
    )


def _real_pictures(real: dict[str, Any], table: Table) -> str:
    counts = real["digits"]
    rows = [
        [
            f"{p['reject']:.1%}" if p["reject"] else "0",
            *(f"{p['right'][name]} of {counts[name]}" for name in counts),
            str(p["accepted"]),
        ]
        for p in real["points"]
    ]
    return (
        f"Other people's pictures, {sum(counts.values())} of digits and {real['nondigits']} of drawn letters, textures "
        f"and words, were only looked at, not learned from; AUROC {real['auroc']:.3f}:\n\n"
        + table(["`reject`", *(f"{name} digits read right" for name in counts), "non-digits accepted"], rows)
    )


def _models(models: Sequence[dict[str, Any]], others: dict[str, int], table: Table) -> str:
    columns = {kind: words for kind, words in _COLUMNS.items() if kind == "all" or kind in others}
    rows = []
    for model in models:
        passed = next((p["accepted"] for p in model["points"] if p["reject"] == model["default"]), None)
        for name, words in (("mnist", "MNIST"), ("photographed", "harder")):
            ranked, at_95 = model["auroc"][name], model["fpr95"][name]
            rows.append(
                [f"`{model['name']}`", f"{words} digits: AUROC / accepted at 95 %"]
                + [f"{ranked[kind]:.4f} / {at_95[kind]:.2%}" for kind in columns]
            )
        if passed is not None:
            rows.append([f"`{model['name']}`", f"accepted at `reject={model['default']:g}`, the default"])
            rows[-1] += [f"{passed[kind]:.2%}" for kind in columns]
        rows.append([f"`{model['name']}`", "mean confidence", *(f"{model['confidence'][kind]:.3f}" for kind in columns)])
    clothes = f" Clothes are the {others['clothes']:,} test pictures of Fashion-MNIST." if "clothes" in others else ""
    return (
        'All models that can refuse. AUROC is the chance that a digit scores higher than something else; "accepted at '
        '95 %" is the share of other things that pass where 95 % of the digits do (FPR at 95 % TPR). '
        f"Pixel noise, blank pictures and clothes are not among what a training draws.{clothes}\n\n"
        + table(["model", "", *columns.values()], rows)
    )
