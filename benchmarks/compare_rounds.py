"""Running the engines: first all answers, then all rounds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
from compare_files import file_of
from engine_runner import Float32Array, UInt8Array
from engines import AGREEMENT, ENGINES, REFERENCE

from mnist_edge.errors import WorkerError
from mnist_edge.runtime.bench_process import run_worker

HERE: Final = Path(__file__).resolve().parent
SEED: Final = 0
FEW: Final = 10  # slow engines get every tenth picture: one of each digit

Subject = tuple[str, str]  # engine, model


class Lengths(Protocol):
    """How long to measure; see ``compare.CompareOptions``."""

    @property
    def rounds(self) -> int: ...  # noqa: D102
    @property
    def samples(self) -> int: ...  # noqa: D102
    @property
    def seconds(self) -> float: ...  # noqa: D102
    @property
    def warmup(self) -> int: ...  # noqa: D102
    @property
    def batch_seconds(self) -> float: ...  # noqa: D102


@dataclass(frozen=True)
class Check:
    """What an engine answered before it was timed.

    Attributes:
        labels: Of the pictures that are timed.
        same_top1: Share of the digits read as the reference reads them.
        largest_probability_difference: To the reference.
        digits: How many were compared.
        correct: Right answers among the test digits; ``None`` if only the timed pictures were compared.
        versions: Of the packages.
    """

    labels: list[int]
    same_top1: float
    largest_probability_difference: float
    digits: int
    correct: int | None
    versions: dict[str, str]


@dataclass(frozen=True)
class Bench:
    """Where the processes find their files.

    Attributes:
        folder: Holds models, pictures and answers.
        cpu: Processor that they run on; ``None`` lets the system choose.
        batches: Batch sizes.
    """

    folder: Path
    cpu: int | None
    batches: tuple[int, ...]

    def save_pictures(self, timed: UInt8Array, tested: UInt8Array) -> None:
        """Writes the sets of pictures, uint8 ``[n, 28, 28]`` each: what is timed, a few of it, and what is agreed on."""
        np.save(self.folder / "timed.npy", timed)
        np.save(self.folder / "few.npy", timed[::FEW])
        np.save(self.folder / "all.npy", np.concatenate([timed, tested]))

    def run(self, subject: Subject, pictures: str, **config: Any) -> dict[str, Any]:
        """Runs a process.

        Raises:
            WorkerError: If it fails.
        """
        engine, model = subject
        kind = ENGINES[engine].kind
        basics = {
            "cpu": self.cpu,
            "engine": engine,
            "files": {size: str(file_of(self.folder, model, kind, size)) for size in (1, *self.batches)},
            "pictures": str(self.folder / f"{pictures}.npy"),
            "answers": None,
        }
        return run_worker(
            [sys.executable, str(HERE / "compare_worker.py")], {**basics, **config}, what=ENGINES[engine].title
        )


def check_answers(
    bench: Bench, subjects: Sequence[Subject], failed: dict[Subject, str], labels: npt.NDArray[Any]
) -> dict[Subject, Check]:
    """All engines' answers, compared with plain onnxruntime's.

    Args:
        bench: Where the files are.
        subjects: What to ask; the reference with each model must be among them.
        failed: What cannot be asked, with the reason; what fails, or computes something else, is added.
        labels: Of the test digits that follow the timed pictures.

    Raises:
        WorkerError: If the reference does not run.
    """
    first = [subject for subject in subjects if subject[0] == REFERENCE]
    checks: dict[Subject, Check] = {}
    expected: dict[str, Float32Array] = {}
    for subject in [*first, *(each for each in subjects if each not in first)]:
        if subject in failed:
            continue
        try:
            found, versions = _ask(bench, subject)
            checks[subject] = compare_answers(subject[0], found, expected.setdefault(subject[1], found), labels, versions)
        except WorkerError as error:
            if subject[0] == REFERENCE:
                raise
            failed[subject] = str(error)
    return checks


def _ask(bench: Bench, subject: Subject) -> tuple[Float32Array, dict[str, str]]:
    answers = bench.folder / "answers.npy"
    pictures = "all" if ENGINES[subject[0]].checks_all else "timed"
    versions = bench.run(subject, pictures, answers=str(answers))["versions"]
    return np.load(answers), versions


def compare_answers(
    name: str, found: Float32Array, expected: Float32Array, labels: npt.NDArray[Any], versions: dict[str, str]
) -> Check:
    """Compares an engine's probabilities with those of the reference.

    Args:
        name: Key of the engine.
        found: ``[n, 10]``: its answers to the timed pictures, and to the test digits if it was asked.
        expected: The reference's to both.
        labels: Of the test digits.
        versions: Of the engine's packages.

    Raises:
        WorkerError: If they differ by more than the engine may.
    """
    engine, compared = ENGINES[name], expected[: len(found)]
    same = float((found.argmax(axis=1) == compared.argmax(axis=1)).mean())
    difference = float(np.abs(found - compared).max())
    least, most = (1.0, engine.tolerance) if engine.is_float else (AGREEMENT, np.inf)
    if not (same >= least and (difference <= most or np.isinf(most))):  # in this form NaN is refused
        limit = "" if np.isinf(most) else f", probabilities within {most:g}"
        raise WorkerError(
            f"{engine.title} does not compute what onnxruntime computes",
            expected=f"{least:.0%} of the digits read alike{limit}",
            received=f"{same:.2%} alike, largest difference {difference:.2g}",
        )
    timed = len(expected) - len(labels)
    correct = int((found[timed:].argmax(axis=1) == labels).sum()) if len(found) == len(expected) and len(labels) else None
    return Check(found[:timed].argmax(axis=1).tolist(), same, difference, len(found), correct, versions)


def measure_rounds(
    bench: Bench,
    subjects: Iterable[Subject],
    failed: dict[Subject, str],
    checks: dict[Subject, Check],
    options: Lengths,
    notify: Callable[[str], None],
) -> dict[Subject, dict[int, dict[str, Any]]]:
    """What each subject's process measured, by round. One that fails in a round is added to ``failed`` and left out."""
    times: dict[Subject, dict[int, dict[str, Any]]] = {}
    rng = np.random.default_rng(SEED)
    for number in range(options.rounds):
        notify(f"Round {number + 1} of {options.rounds}")
        due = [each for each in subjects if each not in failed and number % ENGINES[each[0]].every == 0]
        for place in rng.permutation(len(due)):  # so that no engine always runs after the same one
            subject = due[place]
            try:
                times.setdefault(subject, {})[number] = _time(bench, subject, checks[subject], options)
            except WorkerError as error:
                failed[subject] = str(error)
                times.pop(subject, None)
    return times


def _time(bench: Bench, subject: Subject, check: Check, options: Lengths) -> dict[str, Any]:
    share = ENGINES[subject[0]].share
    is_slow = share < 1
    return bench.run(
        subject,
        "few" if is_slow else "timed",
        labels=check.labels[::FEW] if is_slow else check.labels,
        samples=max(1, round(options.samples * share)),
        seconds=options.seconds,
        warmup=round(options.warmup * share),
        batches=bench.batches,
        batch_seconds=options.batch_seconds,
    )
