from __future__ import annotations

import numpy as np

from mnist_edge.scaling import scale_to_unit


def test_every_grey_level_is_divided_by_255() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(4, 64)
    scaled = scale_to_unit(levels)
    assert (scaled.dtype, scaled.shape) == (np.float32, (4, 64))
    np.testing.assert_array_equal(scaled, (levels.astype(np.float64) / 255).astype(np.float32))
