"""Second thoughts end in time, whatever is in the picture."""

import numpy as np

from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scenes.doubts import Read, resolve_doubts
from mnist_edge.runtime.scenes.glyphs import Glyph
from mnist_edge.runtime.scenes.scene import Box

REFUSED = Prediction(None, 0.3, Status.REJECTED, log_odds=-6.0)


def lattice_of_strokes(width: int, height: int, left: int = 0) -> Read:
    """A drawing in which there is much to cut apart, refused by the network."""
    mask = np.zeros((height, width), np.uint8)
    pitch, stroke = height // 8, max(1, height // 40)
    for start in range(stroke):
        mask[start::pitch] = mask[:, start::pitch] = 1
    return Read(Glyph(Box(left, 0, width, height), mask, float(stroke)), REFUSED)


def asked(reads: list[Read], width: int = 2600, height: int = 1300) -> tuple[list[int], list[Read]]:
    """How many pictures the network is asked about, and what comes out."""
    calls: list[int] = []

    def refuses(images):
        calls.append(len(images))
        return [REFUSED] * len(images)

    return calls, resolve_doubts(reads, np.zeros((height, width), np.uint8), refuses)


def test_a_large_drawing_stays_as_it_was_and_a_small_one_is_looked_at_again():
    small, large = lattice_of_strokes(80, 60), lattice_of_strokes(1280, 1200, left=1000)
    alone, _ = asked([small])
    (count,) = alone
    assert count > 20
    together, result = asked([large, small])
    assert together == alone
    assert large in result
    only_large, result = asked([large])
    assert only_large == []
    assert result == [large]


def test_a_texture_of_strokes_in_one_place_is_not_asked_about():
    """Thousands of runs of neighbours are narrow enough to be one digit."""
    strokes = [Read(Glyph(Box(place, 0, 1, 60), np.ones((60, 1), np.uint8), 1.0), REFUSED) for place in range(60)]
    few, _ = asked(strokes[:20])
    assert sum(few) == 20 * 21 // 2 - 20
    many, result = asked(strokes)
    assert many == []
    assert result == strokes
