"""Evaluations to draw, every figure by its name, and what the tests of several figures look at."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from mnist_edge.train import figures
from mnist_edge.train.evaluation.scores import Evaluation, score
from mnist_edge.train.figures import Look
from mnist_edge.train.run import EpochRecord

IMAGES = np.random.default_rng(1).integers(0, 256, (40, 28, 28), np.uint8)
LABELS = (np.arange(40) % 10).astype(np.uint8)
HISTORY = (EpochRecord(1, 0.5, 0.8, 0.4, 0.9, 1.0, 1e-3), EpochRecord(2, 0.3, 0.9, 0.5, 0.85, 1.0, 1e-3))


def _evaluation() -> Evaluation:
    probabilities = np.random.default_rng(2).dirichlet(np.full(10, 0.2), 40).astype(np.float32)
    probabilities[np.arange(30), LABELS[:30]] += 3
    return score(probabilities / probabilities.sum(axis=1, keepdims=True), LABELS)


DRAW: dict[str, Callable[[Look], Figure]] = {
    "sample_images": lambda look: figures.sample_images(IMAGES, LABELS, look=look),
    "training_curves": lambda look: figures.training_curves(HISTORY, look=look),
    "prediction_grid": lambda look: figures.prediction_grid(IMAGES, _evaluation(), look=look),
    "confusion_heatmap": lambda look: figures.confusion_heatmap(_evaluation(), look=look),
    "class_bars": lambda look: figures.class_bars(_evaluation(), look=look),
    "reliability_diagram": lambda look: figures.reliability_diagram(_evaluation(), look=look),
    "confidence_histogram": lambda look: figures.confidence_histogram(_evaluation(), look=look),
    "risk_coverage": lambda look: figures.risk_coverage(_evaluation(), look=look),
    "feature_maps": lambda look: figures.feature_maps(IMAGES[:9].T.astype(np.float32), layer="conv1", look=look),
    "kernel_grid": lambda look: figures.kernel_grid(
        np.linspace(-1, 2, 72, dtype=np.float32).reshape(3, 3, 1, 8), layer="conv1", look=look
    ),
}


@pytest.fixture(params=[*DRAW.values()], ids=[*DRAW])
def draw(request: pytest.FixtureRequest) -> Callable[[Look], Figure]:
    """Each figure in turn."""
    function: Callable[[Look], Figure] = request.param
    return function


@pytest.fixture(scope="session")
def drawn_names() -> set[str]:
    """The functions that :func:`draw` goes through."""
    return set(DRAW)


@pytest.fixture(scope="session")
def answers() -> Callable[..., Evaluation]:
    """``answers(labels, answered, confidence)``: each answer has a confidence, the other digits share the rest."""

    def make(labels: list[int], answered: list[int], confidence: float | list[float] = 0.8) -> Evaluation:
        sure = np.broadcast_to(confidence, len(labels)).astype(np.float32)
        probabilities = np.repeat((1 - sure)[:, None] / 9, 10, axis=1)
        probabilities[np.arange(len(labels)), answered] = sure
        return score(probabilities.astype(np.float32), np.array(labels, np.uint8))

    return make


def _texts(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


@pytest.fixture(scope="session")
def texts() -> Callable[[Figure], list[Text]]:
    """All texts of a figure that are to be seen."""
    return _texts


@pytest.fixture(scope="session")
def written() -> Callable[[Figure], list[str]]:
    """What they say."""
    return lambda figure: [text.get_text() for text in figure.findobj(Text) if text.get_visible() and text.get_text()]


@pytest.fixture(scope="session")
def check_inside() -> Callable[[Figure], None]:
    """Asserts that nothing reaches over the edge of a figure."""

    def check(figure: Figure) -> None:
        figure.draw_without_rendering()
        for part in (*figure.axes, *figure.texts, *figure.legends):
            box = part.get_tightbbox()
            assert box is not None
            assert box.x0 >= 0, part
            assert box.y0 >= 0, part
            assert box.x1 <= figure.bbox.x1, part
            assert box.y1 <= figure.bbox.y1, part

    return check


@pytest.fixture(scope="session")
def contrast() -> Callable[[tuple[float, ...], tuple[float, ...]], float]:
    """The contrast of two colours, by WCAG 2."""

    def of(one: tuple[float, ...], other: tuple[float, ...]) -> float:
        luminances = []
        for colour in (one, other):
            linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
            luminances.append(float(np.dot(linear, [0.2126, 0.7152, 0.0722])) + 0.05)
        return max(luminances) / min(luminances)

    return of
