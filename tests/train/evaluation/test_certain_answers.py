"""Answers with probability 1: their loss is 0, and has no sign."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mnist_edge.train.evaluation.scores import score


@pytest.mark.parametrize("certain", [1.0, np.nextafter(np.float32(1), np.float32(2))])
def test_a_loss_of_nothing_has_no_sign(certain: float) -> None:
    result = score((np.eye(10) * certain).astype(np.float32), np.arange(10, dtype=np.uint8))
    assert result.loss == 0
    assert math.copysign(1, result.loss) == 1
    assert f"{result.loss:.4f}" == "0.0000"
