from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mnist_edge.contract import ModelCard
from mnist_edge.errors import ImageArrayError, ModelFormatError, ModelNotFoundError, OptionError
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.cpu import usable_threads
from mnist_edge.runtime.session import Engine, read_card

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
    wrong = (
        build_model(dtype="float32")
        .replace(b'"dtype": "float32"', b'"dtype": "uint8"  ')
        .replace(b"[0.0, 1.0]", b"[0.0, 255]")
    )
    with pytest.raises(ModelFormatError, match="another input/output signature"):
        Engine(wrong)


def test_a_card_of_another_graph(build_model: BuildModel) -> None:
    card = ModelCard("bands", "custom", 290, 17, "0" * 64, "2026-01-01T00:00:00Z")
    data = build_model(card=card)
    with pytest.raises(ModelFormatError, match=r"The card of <bytes> belongs to another graph.*000….*Export it with"):
        Engine(data)
    assert read_card(data, "x").graph_sha256 == "0" * 64  # the export gate reports it in its own way


def test_a_weight_changed_after_the_export(build_model: BuildModel) -> None:
    ten = np.float32(10).tobytes()
    with pytest.raises(ModelFormatError, match="belongs to another graph"):
        Engine(build_model().replace(ten, np.float32(11).tobytes(), 1))


@pytest.mark.parametrize(
    "text", ['{"format_version": 1, "x": ' + "[" * 100_000, '{"format_version": 1, "temperature": 1' + "0" * 400]
)
def test_a_hostile_card_is_one_error(build_model: BuildModel, text: str) -> None:
    closing = "]" * text.count("[") + "}"
    with pytest.raises(ModelFormatError, match=r"damaged|not JSON") as caught:
        Engine(build_model(card=text + closing))
    assert "\n" not in str(caught.value)


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


@pytest.mark.skipif(sys.platform == "darwin", reason="Apple's libraries do not survive a fork")
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_an_engine_works_after_fork(any_model: Path, bands: np.ndarray) -> None:
    engine = Engine(any_model, threads=2)
    expected = engine.infer(bands)[0]
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=lambda: results.put(engine.infer(bands)[0]), daemon=True)
    child.start()
    try:
        received = results.get(timeout=60)
        child.join(60)
        assert child.exitcode == 0
    finally:
        child.kill()
        child.join()
    np.testing.assert_allclose(received, expected, atol=1e-6)


def test_importing_onnxruntime_calls_nobody_and_leaves_nothing(tmp_path: Path) -> None:
    """Telemetry keeps a device id under the home folder; where it is off, the folder stays empty."""
    script = "from mnist_edge.runtime.session import import_onnxruntime; import_onnxruntime()"
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_answers_with_no_numbers_is_refused(build_model: BuildModel) -> None:
    with pytest.raises(ModelFormatError, match="not all its answers are numbers"):
        DigitClassifier(build_model(weight=float("nan"))).classify(np.eye(28, dtype=np.uint8) * 255)
