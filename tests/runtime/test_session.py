from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mnist_edge.errors import ImageArrayError, ModelFormatError, ModelNotFoundError, OptionError
from mnist_edge.runtime.cpu import usable_threads
from mnist_edge.runtime.session import Engine

BuildModel = Callable[..., bytes]


def test_infer_gives_logits_and_probabilities(any_model: Path, bands: np.ndarray) -> None:
    logits, probabilities = Engine(any_model).infer(bands)
    assert logits.shape == probabilities.shape == (10, 10)
    assert logits.dtype == probabilities.dtype == np.float32
    np.testing.assert_array_equal(logits.argmax(axis=1), np.arange(10))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_encode_makes_what_the_model_takes(build_model: BuildModel, bands: np.ndarray, dtype: str) -> None:
    engine = Engine(build_model(dtype=dtype))
    encoded = engine.encode(bands[..., 0])
    assert encoded.dtype == dtype
    assert encoded.shape == (10, 28, 28, 1)
    np.testing.assert_array_equal(engine.infer(encoded)[0].argmax(axis=1), np.arange(10))


@pytest.mark.parametrize("count", [0, 1, 3, 4, 9])
def test_a_fixed_batch_takes_any_number_of_pictures(build_model: BuildModel, bands: np.ndarray, count: int) -> None:
    fixed, free = Engine(build_model(batch=4)), Engine(build_model())
    assert (fixed.batch, free.batch) == (4, None)
    for one, other in zip(fixed.infer(bands[:count]), free.infer(bands[:count]), strict=True):
        assert one.shape == (count, 10)
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((1, 28, 28, 1), np.float32),
        np.zeros((28, 28), np.uint8),
        np.zeros((1, 28, 28), np.uint8),
        np.zeros((1, 32, 32, 1), np.uint8),
        np.zeros((1, 1, 28, 28), np.uint8),
    ],
)
def test_another_array_is_refused(any_model: Path, images: np.ndarray) -> None:
    with pytest.raises(ImageArrayError, match=r"Expected: uint8 \[n, 28, 28, 1\]\. Received: "):
        Engine(any_model).infer(images)


def test_not_contiguous_pictures_are_read_right(any_model: Path, bands: np.ndarray) -> None:
    engine = Engine(any_model)
    np.testing.assert_array_equal(engine.infer(bands[::-2])[0], engine.infer(bands[::-2].copy())[0])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"card": None}, "has no model card.*Export it with"),
        ({"card": "{}"}, "no format version"),
        ({"input_name": "input"}, r"another input/output signature.*image tensor\(uint8\).*input tensor\(uint8\)"),
        ({"output_names": ("logits", "scores")}, "another input/output signature.*scores"),
        ({"batch": "N"}, r"another input/output signature.*\[batch, 28.*\[N, 28"),
        ({"external": True}, "weights in another file.*external data for kernel"),
        ({"opset": 99}, "onnxruntime .* cannot load"),
    ],
)
def test_a_model_outside_the_contract_is_refused(build_model: BuildModel, changes: dict[str, object], words: str) -> None:
    with pytest.raises(ModelFormatError, match=words) as caught:
        Engine(build_model(**changes))
    assert "\n" not in str(caught.value)


def test_a_card_that_contradicts_the_graph(build_model: BuildModel) -> None:
    wrong = build_model(dtype="float32").replace(b'"dtype": "float32"', b'"dtype": "uint8"  ')
    with pytest.raises(ModelFormatError, match="another input/output signature"):
        Engine(wrong)


def test_a_model_that_is_not_there() -> None:
    with pytest.raises(ModelNotFoundError, match=r"There is no model nothing\.onnx.*packaged models"):
        Engine("nothing.onnx")


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelFormatError, match="is a folder"):
        Engine(tmp_path)


def test_threads_are_bounded_by_the_machine(any_model: Path) -> None:
    assert Engine(any_model, threads=4_096).threads == usable_threads()
    with pytest.raises(OptionError, match="threads is out of range"):
        Engine(any_model, threads=0)


def test_a_pickled_engine_works(any_model: Path, bands: np.ndarray) -> None:
    engine = Engine(any_model)
    copy = pickle.loads(pickle.dumps(engine))  # noqa: S301
    any_model.unlink()  # the copy carries the model, not the path
    np.testing.assert_array_equal(copy.infer(bands)[0], engine.infer(bands)[0])


def test_one_engine_serves_many_threads(any_model: Path, bands: np.ndarray) -> None:
    engine = Engine(any_model)

    def answers(digit: int) -> set[int]:
        return {int(engine.infer(bands[digit : digit + 1])[0].argmax()) for _ in range(200)}

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(answers, range(10))) == [{digit} for digit in range(10)]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_an_engine_works_after_fork(any_model: Path, bands: np.ndarray) -> None:
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system has no fork")
    engine = Engine(any_model, threads=2)
    expected = engine.infer(bands)[0]
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=lambda: results.put(engine.infer(bands)[0]))
    child.start()
    received = results.get(timeout=60)
    child.join(60)
    assert child.exitcode == 0
    np.testing.assert_allclose(received, expected, atol=1e-6)
