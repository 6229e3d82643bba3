"""A session bound to buffers: the same answers as without, which nobody else writes over."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mnist_edge.runtime.bound_run import BoundRun
from mnist_edge.runtime.session import Engine, open_session

BuildModel = Callable[..., bytes]


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_the_answers_are_those_of_an_ordinary_run(build_model: BuildModel, bands: np.ndarray, dtype: str) -> None:
    data = build_model(dtype=dtype)
    images = Engine(data).encode(bands[..., 0])
    session = open_session(data)
    run = BoundRun(session, images.dtype)
    for row in range(10):
        picture = images[row : row + 1]
        answer = run(picture)
        assert answer is not None
        for one, other in zip(answer, session.run(None, {"image": picture}), strict=True):
            np.testing.assert_array_equal(one, other)


def test_an_answer_stays_what_it_was(build_model: BuildModel, bands: np.ndarray) -> None:
    engine = Engine(build_model())
    first = engine.infer(bands[:1])
    kept = [array.copy() for array in first]
    engine.infer(bands[5:6])
    for array, copy in zip(first, kept, strict=True):
        np.testing.assert_array_equal(array, copy)
        assert array.flags.writeable
        assert array.flags.owndata


def test_pictures_of_any_layout_are_taken(build_model: BuildModel, bands: np.ndarray) -> None:
    engine = Engine(build_model())
    transposed = np.asfortranarray(bands[3:4])
    reversed_ = np.ascontiguousarray(bands[3:4, :, ::-1])[:, :, ::-1]
    for picture in (transposed, reversed_, np.frombuffer(bands[3:4].tobytes(), np.uint8).reshape(1, 28, 28, 1)):
        assert int(engine.infer(picture)[0].argmax()) == 3


def test_buffers_in_use_are_left_alone(build_model: BuildModel, bands: np.ndarray) -> None:
    engine = Engine(build_model())
    run = engine._run_one
    with run._lock:
        assert run(bands[:1]) is None
        assert int(engine.infer(bands[4:5])[0].argmax()) == 4
    assert run(bands[:1]) is not None


def test_a_run_that_fails_frees_the_buffers(build_model: BuildModel, bands: np.ndarray) -> None:
    run = BoundRun(open_session(build_model()), np.dtype(np.uint8))
    with pytest.raises(ValueError, match="broadcast"):
        run(np.zeros((2, 28, 28, 1), np.uint8))
    assert run(bands[:1]) is not None


@pytest.mark.parametrize("kind", [{}, {"dtype": "float32"}, {"batch": 1}, {"batch": 4}])
def test_one_picture_alone_gets_the_logits_of_infer(
    build_model: BuildModel, bands: np.ndarray, kind: dict[str, Any]
) -> None:
    engine = Engine(build_model(**kind))
    planes = bands[..., 0]
    for row in range(10):
        expected = engine.infer(engine.encode(planes[row : row + 1]))[0][0]
        answer = engine.infer_one(planes[row])
        np.testing.assert_array_equal(answer, expected)
        engine.infer_one(planes[(row + 1) % 10])
        np.testing.assert_array_equal(answer, expected)  # a copy


def test_one_picture_alone_is_read_while_the_buffers_are_in_use(build_model: BuildModel, bands: np.ndarray) -> None:
    engine = Engine(build_model())
    with engine._run_one._lock:
        assert int(engine.infer_one(bands[6, :, :, 0]).argmax()) == 6


def test_one_picture_alone_is_read_after_pickling(build_model: BuildModel, bands: np.ndarray) -> None:
    engine = pickle.loads(pickle.dumps(Engine(build_model())))  # noqa: S301
    assert int(engine.infer_one(bands[6, :, :, 0]).argmax()) == 6
