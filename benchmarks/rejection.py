"""How many real digits are refused for how many other things that are: by model, kind of thing, and operating point.

Digits are MNIST's test digits as they are, and the same written anew and photographed, see
``mnist_edge.train.outliers.photographs``; of these only what is read right counts, as in the model card. What is no digit
is drawn by ``mnist_edge.train.outliers``, with random numbers that no training has; its pieces and pairs are of test
digits, and one kind are letters of scripts that no training sees. Noise, blank pictures and clothes are nothing that a
training draws. A FOLDER of other people's pictures, as for ``real_pictures.py``, adds their figures; of the pictures
themselves nothing goes into the result.

    python benchmarks/rejection.py [FOLDER] [--model my.onnx ...]
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
from model_results import name_of
from numpy.typing import NDArray
from other_things import CLOTHES, FASHION_MISSING, SEED, UNLIKE_WRITING, other_things
from sklearn.metrics import roc_auc_score

import mnist_edge
from mnist_edge.cli.common import text_table
from mnist_edge.dataset import load_dataset
from mnist_edge.errors import MnistEdgeError
from mnist_edge.files import write_json
from mnist_edge.rejection import Rejection
from mnist_edge.runtime.classifier import DigitClassifier
from mnist_edge.runtime.machine import describe_machine
from mnist_edge.runtime.packaged import packaged_models
from mnist_edge.runtime.prediction import Prediction
from mnist_edge.train.batches import Split
from mnist_edge.train.outliers import HELD_OUT_LETTER, KINDS
from mnist_edge.train.outliers.photographs import photographed

HERE: Final = Path(__file__).resolve().parent
OF_EACH_KIND: Final = 1000
# Of the curve: log-odds at which these shares of the photographed digits are refused.
CURVE: Final = (
    0.0005,
    0.001,
    0.002,
    0.0025,
    0.003,
    0.004,
    0.005,
    0.007,
    0.01,
    0.015,
    0.02,
    0.03,
    0.05,
    0.07,
    0.1,
    0.15,
    0.2,
)
_TRUE_POSITIVES: Final = 0.95  # of the share of other things accepted where so many digits are

Scores = NDArray[np.float64]
Pictures = dict[str, NDArray[np.uint8]]


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--model", "models", multiple=True, help="An ONNX file or a packaged model; default: all that can refuse.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=HERE / "results" / "rejection.json")
def main(folder: Path | None, models: tuple[str, ...], output: Path) -> None:
    """Measure and write the figures as JSON."""
    try:
        classifiers = [DigitClassifier(name, reject=0) for name in models or packaged_models()]
        able = [each for each in classifiers if each.card.rejection.points]
        if not able:
            raise click.ClickException("None of these models can refuse: their cards hold no operating points.")
        dataset = load_dataset()
        test = Split(dataset.x_test, dataset.y_test)
        harder = photographed(test.images, np.random.default_rng(SEED))
        others = other_things(test, OF_EACH_KIND)
        if CLOTHES not in others:
            click.echo(FASHION_MISSING, err=True)
        report = {
            "benchmark": "rejection",
            "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "mnist_edge": mnist_edge.__version__,
            "others": {kind: len(images) for kind, images in others.items()},
            "models": [measure(each, test, harder, others, folder) for each in able],
            "environment": asdict(describe_machine()) | {"opencv": cv2.__version__, "numpy": np.__version__},
        }
        write_json(output, report)
    except MnistEdgeError as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n\n".join(map(as_text, report["models"])))


def measure(
    classifier: DigitClassifier, test: Split, harder: NDArray[np.uint8], others: Pictures, folder: Path | None
) -> dict[str, Any]:
    """All figures of a model that refuses nothing by itself."""
    card = classifier.card
    answers = classifier.classify_batch(harder)
    right = [answer for answer, label in zip(answers, test.labels, strict=True) if answer.digit == label]
    digits = {"mnist": log_odds(classifier.classify_batch(test.images)), "photographed": log_odds(right)}
    seen = {kind: classifier.classify_batch(images) for kind, images in others.items()}
    scores = {kind: log_odds(each) for kind, each in seen.items()}
    return {
        "name": name_of(classifier.engine.name),  # an int8 model's card has the name of its float model
        "graph_sha256": card.graph_sha256,
        "temperature": card.temperature,
        "none_shift": card.rejection.none_shift,
        "digits": {name: len(each) for name, each in digits.items()},
        "auroc": by_kind(digits, scores, auroc),
        "fpr95": by_kind(digits, scores, accepted_at_95),
        "confidence": mean_confidence(seen),
        "points": [rates(digits, scores, point.log_odds, point.refused) for point in card.rejection.points],
        "default": card.rejection.default,
        "curve": [rates(digits, scores, float(np.quantile(digits["photographed"], share)), share) for share in CURVE],
        "real_pictures": None if folder is None else real_pictures(folder, classifier, card.rejection),
    }


def mean_confidence(seen: dict[str, list[Prediction]]) -> dict[str, float]:
    """By kind of what is no digit; "all" are the kinds of the training in equal numbers."""
    means = {kind: float(np.mean([each.confidence for each in found])) for kind, found in seen.items()}
    means["all"] = float(np.mean([means[kind] for kind in KINDS]))
    return {kind: round(mean, 4) for kind, mean in means.items()}


def log_odds(predictions: list[Prediction]) -> Scores:
    """The scores that decide; -inf where there was nothing to see."""
    return np.array([prediction.log_odds for prediction in predictions])


def auroc(digits: Scores, others: Scores) -> float:
    """The chance that a digit has a higher score than something else, 0 to 1."""
    truth = np.r_[np.ones(len(digits)), np.zeros(len(others))]
    return round(float(roc_auc_score(truth, np.clip(np.r_[digits, others], -1e9, 1e9))), 5)


def accepted_at_95(digits: Scores, others: Scores) -> float:
    """The share of other things that are accepted where 95 % of the digits are, 0 to 1."""
    least = np.quantile(digits, 1 - _TRUE_POSITIVES, method="lower")
    return round(float((others >= least).mean()), 5)


def by_kind(digits: dict[str, Scores], others: dict[str, Scores], figure: Any) -> dict[str, dict[str, float]]:
    """A figure by digits and kind; "all" are the kinds of the training in equal numbers."""
    known = np.concatenate([others[kind] for kind in KINDS])
    return {
        name: {"all": figure(scores, known), **{kind: figure(scores, each) for kind, each in others.items()}}
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


def as_text(model: dict[str, Any]) -> str:
    """The figures of a model in short."""
    rows = [
        (f"{p['reject']:.1%}", *(f"{p['digits_refused'][name]:.2%}" for name in model["digits"]), *_accepted(p))
        for p in model["points"]
    ]
    lines = [model["name"], text_table(("reject", *model["digits"], "accepted", "unseen letters"), rows)]
    kinds = ("all", HELD_OUT_LETTER, *(kind for kind in UNLIKE_WRITING if kind in model["auroc"]["mnist"]))
    for name, figures in model["auroc"].items():
        lines.append(f"AUROC {name}: " + ", ".join(f"{kind} {figures[kind]:.4f}" for kind in kinds))
        lines.append(f"FPR95 {name}: " + ", ".join(f"{kind} {model['fpr95'][name][kind]:.2%}" for kind in kinds))
    if (real := model["real_pictures"]) is not None:
        lines += [f"real pictures: AUROC {real['auroc']:.4f}", *(str(point) for point in real["points"])]
    return "\n".join(lines)


def _accepted(point: dict[str, Any]) -> tuple[str, str]:
    return f"{point['accepted']['all']:.1%}", f"{point['accepted'][HELD_OUT_LETTER]:.1%}"


if __name__ == "__main__":
    main()
