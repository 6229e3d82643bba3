from __future__ import annotations

import numpy as np
import pytest

from mnist_edge.errors import OptionError
from mnist_edge.runtime.camera.roi import crop, parse_roi, shift_scene
from mnist_edge.runtime.prediction import Prediction
from mnist_edge.runtime.scenes.scene import Box, Digit, Reason, RejectedRegion, Scene


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("10,20,30,40", (10, 20, 30, 40)),
        ("10%, 25% ,50%,60", (20, 25, 100, 60)),
        ("150,0,500,100%", (150, 0, 50, 100)),  # cut off at the edge
        ((1, 2, 3.0, 4), (1, 2, 3, 4)),
        ("0,0,12.5%,1", (0, 0, 25, 1)),
    ],
)
def test_a_region_lies_where_it_is_said(text: object, box: tuple[int, ...]) -> None:
    roi = parse_roi(text)  # type: ignore[arg-type]
    assert roi is not None
    assert roi.place(200, 100) == box


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "-1,0,5,5", "0,0,0,5", "0,0,101%,5", (0, 0, -1, 5)])
def test_what_is_no_region_is_refused(text: object) -> None:
    with pytest.raises(OptionError, match="region to read"):
        parse_roi(text)  # type: ignore[arg-type]


def test_a_region_beside_the_frame_is_refused_with_both_sizes() -> None:
    roi = parse_roi("640,0,10,10")
    assert roi is not None
    with pytest.raises(OptionError, match=r"outside the frame. Received: 640,0,10,10 in a frame of 640x480"):
        roi.place(640, 480)


def test_no_region_is_none() -> None:
    assert parse_roi(None) is None


def test_boxes_come_back_in_the_whole_frame() -> None:
    image = np.arange(5 * 6 * 3, dtype=np.uint8).reshape(5, 6, 3)
    box = Box(2, 1, 3, 2)
    assert (crop(image, box)[0, 0] == image[1, 2]).all()
    scene = Scene(
        digits=(Digit(Prediction(4, 0.9), Box(0, 1, 2, 1), 0),), rejected=(RejectedRegion(Box(1, 0, 1, 1), Reason.SMALL),)
    )
    moved = shift_scene(scene, box, 6, 5)
    assert (moved[0].box, moved.rejected[0].box) == (Box(2, 2, 2, 1), Box(3, 1, 1, 1))
    assert (moved.width, moved.height) == (6, 5)
