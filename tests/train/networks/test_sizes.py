"""What the docstrings of the networks say of their size, and the sizes that the small ones must keep within."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mnist_edge.layer_arithmetic import total_multiply_adds
from mnist_edge.train.networks import architectures
from mnist_edge.train.networks.architectures import build
from mnist_edge.train.networks.blocks import LayerOptions
from mnist_edge.train.networks.layer_table import layer_table

# Parameters and multiply-adds at most: 245,000 float32 numbers are just below one megabyte.
LIMITS = {"edge": (100_000, 600_000), "tiny": (10_000, 600_000), "accurate": (245_000, 7_000_000)}


def _folded(name: str) -> Any:
    """The network as it is after the export: batch normalisation is part of the convolutions."""
    return build(name, seed=1, options=LayerOptions(batch_norm=False))


@pytest.mark.parametrize("name", LIMITS)
def test_the_network_keeps_within_its_limits_and_its_docstring_is_right(name: str) -> None:
    model = _folded(name)
    parameters, work = model.count_params(), total_multiply_adds(layer_table(model))
    assert work is not None
    assert (parameters <= LIMITS[name][0], work <= LIMITS[name][1]) == (True, True)
    said = re.search(
        r"([\d,]+) parameters, ([\d,.]+)( million)? multiply-adds", architectures._BUILDERS[name].__doc__ or ""
    )
    assert said is not None
    assert said[1] == f"{parameters:,}"
    assert said[2] == (f"{work / 1e6:.1f}" if said[3] else f"{work:,}")


@pytest.mark.parametrize("name", LIMITS)
def test_batch_normalisation_is_on_unless_it_is_switched_off(name: str) -> None:
    kinds = [type(layer).__name__ for layer in build(name, seed=1).layers]
    assert kinds.count("BatchNormalization") == kinds.count("Conv2D") > 0
    assert "BatchNormalization" not in [type(layer).__name__ for layer in _folded(name).layers]
