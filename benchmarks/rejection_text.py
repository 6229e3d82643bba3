"""The result of rejection.py in words and tables, for docs/rejection.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def rejection_text(measured: dict[str, Any], table: Callable[[list[str], list[list[str]]], str]) -> str:
    """What refusing costs, and what for, as Markdown."""
    rows = [
        [
            f"{point['reject']:.1%}{' (default)' if point['reject'] == measured['default'] else ''}",
            f"{point['log_odds']:.2f}",
            f"{point['digits_refused']['photographed']:.2%}",
            f"{point['digits_refused']['mnist']:.2%}",
            f"{point['accepted']['all']:.1%}",
            f"{point['accepted']['held-out letter']:.1%}",
        ]
        for point in measured["points"]
    ]
    ranked = measured["auroc"]["photographed"]
    kinds = sorted((value, kind) for kind, value in ranked.items() if kind != "all")
    header = ["`reject`", "log-odds", "harder digits refused", "MNIST digits refused", "others accepted", "unseen scripts"]
    text = (
        table(header, rows) + f"\nHarder digits are MNIST's test digits, written anew, photographed and read right "
        f"({measured['digits']['photographed']:,}); others are {measured['of_each_kind']:,} of each kind above. "
        f"The chance that a harder digit scores higher than something else (AUROC) is {ranked['all']:.3f}, by kind: "
        + ", ".join(f"{kind} {value:.3f}" for value, kind in kinds)
        + f". For MNIST's own test digits it is {measured['auroc']['mnist']['all']:.4f}.\n"
    )
    if (real := measured["real_pictures"]) is None:
        return text
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
        text
        + f"\nOther people's pictures, {sum(counts.values())} of digits and {real['nondigits']} of drawn letters, textures "
        f"and words, were only looked at, not learned from; AUROC {real['auroc']:.3f}:\n\n"
        + table(["`reject`", *(f"{name} digits read right" for name in counts), "non-digits accepted"], rows)
    )
