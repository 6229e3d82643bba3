"""What doctor finds out about models, the self-test, and the data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from mnist_edge.contract import NUM_CLASSES, ModelCard
from mnist_edge.errors import DatasetError, DatasetUnavailableError, MissingExtraError, ModelError
from mnist_edge.runtime.doctor_finding import Finding, Level
from mnist_edge.runtime.packaged import DEFAULT_MODEL, packaged_models, packaged_path, read_model

SAMPLE_SIDE: Final = 140  # px; large enough that decoding, polarity and framing all have work to do
_REINSTALL: Final = "pip install --force-reinstall mnist-edge"


def examine_models() -> Iterator[Finding]:
    """Each packaged model: its card, and whether the file is the one that the card was made for."""
    from mnist_edge.runtime.onnx_file import read_header
    from mnist_edge.runtime.session import read_card

    names = packaged_models()
    if DEFAULT_MODEL not in names:
        yield Finding("models", DEFAULT_MODEL, "the packaged model is missing", Level.ERROR, _REINSTALL)
    for name in names:
        level = Level.ERROR if name == DEFAULT_MODEL else Level.WARNING
        try:
            where, data = read_model(packaged_path(name))
            card = read_card(data, where)
        except ModelError as error:
            yield Finding("models", name, str(error), level, _REINSTALL)
            continue
        if hashlib.sha256(read_header(data, where).graph_bytes).hexdigest() != card.graph_sha256:
            yield Finding("models", name, "the file is not the one its card was made for", level, _REINSTALL)
        else:
            default = ", the default" if name == DEFAULT_MODEL else ""
            yield Finding("models", name, describe_card(card, len(data)) + default)


def describe_card(card: ModelCard, size_bytes: int) -> str:
    """A model in one line."""
    parts = [f"{card.architecture}, {card.parameters:,} parameters, {size_bytes / 1e3:.0f} kB", f"opset {card.opset}"]
    if card.test is not None:
        parts.append(f"{card.test.accuracy:.2%} on the {card.test.dataset} test set")
    if card.precision.is_reduced:
        parts.insert(0, card.precision.name)
    if card.parity is not None:
        parts.append(f"parity: {card.parity.flips} flips in {card.parity.images:,}")
    return ", ".join([*parts, f"made {card.created[:10]}"])


def self_test() -> Iterator[Finding]:
    """Reads ten drawn digits, dark on light and PNG-encoded, with the default model: the whole way of ``classify``."""
    import cv2

    from mnist_edge.runtime.classifier import DigitClassifier
    from mnist_edge.runtime.sample_digits import draw_digit

    classifier = DigitClassifier()
    pictures = [
        cv2.imencode(".png", 255 - draw_digit(digit, size=SAMPLE_SIDE))[1].tobytes() for digit in range(NUM_CLASSES)
    ]
    answers = classifier.classify_batch(pictures)
    wrong = [f"{digit} as {answer.digit}" for digit, answer in enumerate(answers) if answer.digit != digit]
    problems = [answer.message for answer in answers if answer.message]
    right = f"{NUM_CLASSES - len(wrong)} of {NUM_CLASSES} drawn digits read"
    if not wrong:
        yield Finding("self-test", "classify", right)
        return
    value = f"{right}; {', '.join(wrong)}{'; ' + problems[0] if problems else ''}"
    yield Finding("self-test", "classify", value, Level.ERROR, _REINSTALL)


def examine_data() -> Iterator[Finding]:
    """The cache folder, and whether MNIST is on this machine; nothing is downloaded."""
    from mnist_edge.dataset import CACHE_FILE, cache_folder, load_dataset

    try:
        folder = cache_folder()
    except MissingExtraError as error:
        fix = f"set MNIST_EDGE_CACHE, or pip install 'mnist-edge[{error.extra}]'"
        yield Finding("data", "cache", "none: the package platformdirs is not installed", Level.NOTE, fix)
    else:
        yield Finding(
            "data", "cache", f"{folder} ({'holds' if (folder / CACHE_FILE).exists() else 'without'} {CACHE_FILE})"
        )
    try:
        dataset = load_dataset(download=False, allow_any=True)
    except DatasetUnavailableError:
        yield Finding("data", "MNIST", "not on this machine", Level.NOTE, "mnist-edge data")
    except DatasetError as error:
        yield Finding("data", "MNIST", str(error), Level.WARNING)
    else:
        what = "all hashes right" if dataset.name == "mnist" else "custom data, not MNIST"
        yield Finding("data", "MNIST", f"{dataset.origin}: {what}")
