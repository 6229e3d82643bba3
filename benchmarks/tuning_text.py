"""The tables of ``docs/tuning.md``, for ``render_docs.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Table = Callable[[list[str], list[list[str]]], str]


def tuning_text(measured: dict[str, Any], table: Table) -> str:
    """Every option by model, as ratio to the defaults."""
    models, machine = measured["models"], measured["machine"]
    names = [each["name"] for each in models[0]["tuning"]["looked"]]
    rows = [["the defaults again", *[_ratio(each["tuning"]["controls"][0]) for each in models]]]
    for name in names:
        found = [next(one for one in each["tuning"]["looked"] if one["name"] == name) for each in models]
        rows.append([name, *[_ratio(one["ratio"]) if one["ratio"] else "refused" for one in found]])
    host = models[0]["tuning"]["host"]
    rounds = models[0]["tuning"]["options"]["repeats"]
    paying = [f"`{each['name']}`: {each['tuning']['steps'][-1]['name']}" for each in models if each["tuning"]["pays"]]
    outcome = f"What pays: {'; '.join(paying)}." if paying else "Nothing pays for any of them, so the defaults stay."
    return (
        table(["p50 of one picture to the defaults", *[f"`{each['name']}`" for each in models]], rows)
        + f"\n{outcome} {rounds} rounds, in brackets the 95 % interval; {machine['cpu']}, {host['usable_threads']} usable "
        + f"threads, onnxruntime {host['onnxruntime']}, {measured['created'][:10]}. {_noise(models)}\n"
    )


def stored_text(measured: dict[str, Any], table: Table) -> str:
    """What a stored optimised model would save."""
    rows = []
    for each in measured["models"]:
        stored = each["stored_model"]
        before, after = stored["as_exported_ms"], stored["stored_ms"]
        rows.append([f"`{each['name']}`", f"{before:.2f}", f"{after:.2f}", f"{before - after:.2f}"])
    return table(["opening a session, ms", "as exported", "stored", "saved"], rows)


def _ratio(ratio: dict[str, float]) -> str:
    return f"{ratio['value']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f})"


def _noise(models: list[dict[str, Any]]) -> str:
    disturbed = [
        f"`{each['name']}`: {'; '.join(reasons)}" for each in models if (reasons := each["tuning"]["noise"]["reasons"])
    ]
    return f"The machine was not quiet: {', '.join(disturbed)}." if disturbed else "The machine was quiet throughout."
