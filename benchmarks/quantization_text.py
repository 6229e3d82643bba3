"""The result of quantization.py in words and tables, for docs/quantization.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

Table = Callable[[list[str], list[list[str]]], str]

_KINDS: Final = {
    "float32": "float32",
    "fp16": "**fp16**: weights in float16, arithmetic in float",
    "fp16_graph": "all arithmetic in float16",
    "int8": "**int8**: layers chosen by measurement",
    "int8_all": "all layers in int8",
    "int8_weights": "no layer in int8, weights in 8 bits",
    "int8_wide_weights": "chosen layers, weights of 8 instead of 7 bits",
    "int8_without_fences": "chosen layers, pools not kept in float",
}


def quantization_text(measured: dict[str, Any], table: Table) -> str:
    """What int8 and fp16 bring, model by model, and which way of making them is best.

    Args:
        measured: The result.
        table: Makes Markdown of a header and rows.
    """
    machine = measured["machine"]
    parts = [
        f"Measured on {machine['cpu']} ({', '.join(machine['features'])}), one thread, one picture a call, "
        f"{measured['created'][:10]}. Ratios are to the float file, with 95 % bootstrap intervals; accuracy, flips and "
        "logits are those of MNIST's 6,000 validation digits against the float model.\n"
    ]
    for name, model in measured["models"].items():
        parts += [f"### `{name}`\n", *_verdicts(model), _precisions(model, table), _calibrations(model, table)]
        parts.append(_confidence(model, table))
    return "\n".join(parts)


def _verdicts(model: dict[str, Any]) -> list[str]:
    chosen = ", ".join(model["choice"]["layers"]) or "none"
    looked = model["choice"]["looked_at"]
    tests = [f"{kind} {test['correct'] / test['total']:.2%}" for kind, test in model["test"].items() if test]
    return [
        *(f"{sentence}\n" for sentence in model["verdicts"].values()),
        f"Layers in int8: {chosen} ({looked} choices were timed). Test accuracy: {', '.join(tests)}.\n",
    ]


def _precisions(model: dict[str, Any], table: Table) -> str:
    rows = []
    for name, found in model["precisions"].items():
        ratio = found["ratio"]
        rows.append(
            [
                _KINDS[name],
                f"{found['bytes'] / 1000:.1f}",
                f"{found['latency']['p50_us']:.1f}",
                f"{found['latency']['p90_us']:.1f}",
                "1" if name == "float32" else f"{ratio['value']:.3f} ({ratio['low']:.3f} to {ratio['high']:.3f})",
                f"{found['drop']:.3f}",
                str(found["flips"]),
                f"{found['mean_logit_difference']:.3f}",
            ]
        )
    return table(["", "kB", "p50 µs", "p90 µs", "ratio", "drop, points", "flips", "mean logit difference"], rows)


def _calibrations(model: dict[str, Any], table: Table) -> str:
    rows = []
    for found in model["calibrations"]:
        if not found["bias"]:
            corrected = next(each for each in model["calibrations"] if each["bias"] and each["method"] == found["method"])
            rows.append([f"`{found['method']}`, {found['digits']:,} digits", *_pair(found, corrected)])
    rows += [[f"`minmax`, {found['digits']:,} digits", *_pair(found, None)] for found in model["counts"]]
    header = [
        "ranges, all layers in int8",
        "flips",
        "mean logit difference",
        "biases corrected: flips",
        "mean logit difference",
    ]
    return "Ranges and biases:\n\n" + table(header, rows)


def _pair(plain: dict[str, Any], corrected: dict[str, Any] | None) -> list[str]:
    return [
        text
        for found in (plain, corrected)
        for text in ((str(found["flips"]), f"{found['mean_logit_difference']:.3f}") if found else ("", ""))
    ]


def _confidence(model: dict[str, Any], table: Table) -> str:
    found = model["confidence"]
    kinds = [kind for kind in ("float32", "int8", "fp16") if kind in found]
    ece = ", ".join(f"{kind} {found[kind]['ece']:.3%}" for kind in kinds)
    text = f"Calibration error (ECE) with the card's temperature: {ece}.\n"
    if not found["points"]:
        return text
    rows = [
        [f"{point:.1%}", *(f"{found[kind]['refused'][at]:.2%}" for kind in kinds)]
        for at, point in enumerate(found["points"])
    ]
    return text + "\nShare of real digits below the card's thresholds:\n\n" + table(["threshold for", *kinds], rows)
