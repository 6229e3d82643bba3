"""How many real digits are refused for how many other things that are: by kind of thing, and at every operating point.

Digits are MNIST's test digits as they are, and the same written anew and photographed, see
``mnist_edge.train.outliers.photographs``; of these only what is read right counts, as in the model card. What is no digit
is drawn by ``mnist_edge.train.outliers``, with random numbers that no training has; its pieces and pairs are of test
digits, and one kind are letters of scripts that no training sees. A FOLDER of other people's pictures, as for
``real_pictures.py``, adds their figures; of the pictures themselves nothing goes into the result.

    python benchmarks/rejection.py [FOLDER] [--model my.onnx]
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click
import cv2
import numpy as np
from labelled_folder import read_labels, read_nondigits
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

import mnist_edge
from mnist_edge.cli.common import text_table
from mnist_edge.dataset import load_dataset
from mnist_edge.errors import MnistEdgeError
from mnist_edge.files import write_json
from mnist_edge.rejection import Rejection
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.machine import describe_machine
from mnist_edge.runtime.prediction import Prediction
from mnist_edge.train.batches import Split
from mnist_edge.train.outliers import HELD_OUT_LETTER, KINDS, draw_outliers
from mnist_edge.train.outliers.photographs import photographed

HERE: Final = Path(__file__).resolve().parent
OF_EACH_KIND: Final = 1000
SEED: Final = 20_000_101
# Of the curve: log-odds at which these shares of the photographed digits are refused.
CURVE: Final = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2)

Scores = NDArray[np.float64]


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--model", default=None, help="An ONNX file or a packaged model; default: the packaged one.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "rejection.json")
def main(folder: Path | None, model: str | None, output: Path) -> None:
    """Measure and write the figures as JSON."""
    try:
        classifier = DigitClassifier(model, reject=0)
        rejection = classifier.card.rejection
        digits, others = own_scores(classifier)
        report = {
            "benchmark": "rejection",
            "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "mnist_edge": mnist_edge.__version__,
            "model": {"name": classifier.card.name, "graph_sha256": classifier.card.graph_sha256},
            "digits": {name: len(scores) for name, scores in digits.items()},
            "of_each_kind": OF_EACH_KIND,
            "auroc": aurocs(digits, others),
            "points": [rates(digits, others, point.log_odds, point.refused) for point in rejection.points],
            "default": rejection.default,
            "curve": [rates(digits, others, float(np.quantile(digits["photographed"], share)), share) for share in CURVE],
            "real_pictures": None if folder is None else real_pictures(folder, classifier, rejection),
            "environment": asdict(describe_machine()) | {"opencv": cv2.__version__, "numpy": np.__version__},
        }
        write_json(output, report)
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    click.echo(as_text(report))


def own_scores(classifier: DigitClassifier) -> tuple[dict[str, Scores], dict[str, Scores]]:
    """Log-odds of digits and of what is none, each by kind."""
    dataset = load_dataset()
    test = Split(dataset.x_test, dataset.y_test)
    pictures = photographed(test.images, np.random.default_rng(SEED))
    right = [p.top(1)[0][0] == label for p, label in zip(classifier.classify_batch(pictures), test.labels, strict=True)]
    digits = {
        "mnist": log_odds(classifier.classify_batch(test.images)),
        "photographed": log_odds(classifier.classify_batch(pictures[np.array(right)])),
    }
    others = {}
    for number, kind in enumerate((*KINDS, HELD_OUT_LETTER), start=1):
        rng = np.random.default_rng([SEED, number])
        others[kind] = log_odds(classifier.classify_batch(draw_outliers(OF_EACH_KIND, rng, test, [kind])))
    return digits, others


def log_odds(predictions: list[Prediction]) -> Scores:
    """The scores that decide; -inf where there was nothing to see."""
    return np.array([prediction.log_odds for prediction in predictions])


def auroc(digits: Scores, others: Scores) -> float:
    """The chance that a digit has a higher score than something else, 0 to 1."""
    truth = np.r_[np.ones(len(digits)), np.zeros(len(others))]
    return round(float(roc_auc_score(truth, np.clip(np.r_[digits, others], -1e9, 1e9))), 5)


def aurocs(digits: dict[str, Scores], others: dict[str, Scores]) -> dict[str, dict[str, float]]:
    """By digits and kind; "all" are the kinds of the training in equal numbers."""
    known = np.concatenate([others[kind] for kind in KINDS])
    return {
        name: {"all": auroc(scores, known), **{kind: auroc(scores, each) for kind, each in others.items()}}
        for name, scores in digits.items()
    }


def rates(digits: dict[str, Scores], others: dict[str, Scores], least: float, share: float) -> dict[str, Any]:
    """What a threshold does: the shares of digits refused and of everything else accepted."""
    accepted = {kind: round(float((scores >= least).mean()), 5) for kind, scores in others.items()}
    return {
        "reject": share,
        "log_odds": round(least, 4),
        "digits_refused": {name: round(float((scores < least).mean()), 5) for name, scores in digits.items()},
        "accepted": {"all": round(float(np.mean([accepted[kind] for kind in KINDS])), 5), **accepted},
    }


def real_pictures(folder: Path, classifier: DigitClassifier, rejection: Rejection) -> dict[str, Any]:
    """The same for other people's pictures: right answers given by group, and what is no digit accepted."""
    items, nondigits = read_labels(folder), read_nondigits(folder)
    answers = classifier.classify_batch([item.path for item in items])
    digits, others = log_odds(answers), log_odds(classifier.classify_batch(nondigits))
    groups = {name: np.array([item.group == name for item in items]) for name in sorted({item.group for item in items})}
    right = np.array([answer.digit == item.label for answer, item in zip(answers, items, strict=True)])

    def at(share: float) -> dict[str, Any]:
        least = rejection.threshold(share)
        given = right & (digits >= least)
        return {
            "reject": share,
            "right": {name: int(given[members].sum()) for name, members in groups.items()},
            "digits_refused": int((digits < least).sum()),
            "accepted": int((np.isfinite(others) & (others >= least)).sum()),  # without ink there is no answer at 0 either
        }

    return {
        "digits": {name: int(members.sum()) for name, members in groups.items()},
        "nondigits": len(nondigits),
        "auroc": auroc(digits, others),
        "points": [at(share) for share in (0.0, *(point.refused for point in rejection.points))],
    }


def as_text(report: dict[str, Any]) -> str:
    """The figures in short."""
    rows = [
        (f"{p['reject']:.1%}", *(f"{p['digits_refused'][name]:.2%}" for name in report["digits"]), *_accepted(p))
        for p in report["points"]
    ]
    lines = [text_table(("reject", *report["digits"], "accepted", "unseen letters"), rows)]
    lines += [f"AUROC {name}: {each['all']:.4f}" for name, each in report["auroc"].items()]
    if (real := report["real_pictures"]) is not None:
        lines += [f"real pictures: AUROC {real['auroc']:.4f}", *(str(point) for point in real["points"])]
    return "\n".join(lines)


def _accepted(point: dict[str, Any]) -> tuple[str, str]:
    return f"{point['accepted']['all']:.1%}", f"{point['accepted'][HELD_OUT_LETTER]:.1%}"


if __name__ == "__main__":
    main()
