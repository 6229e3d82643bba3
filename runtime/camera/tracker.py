"""Steady labels: digits are followed from frame to frame and voted on."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from mnist_edge.contract import NUM_CLASSES
from mnist_edge.runtime.camera.tracking import (
    SAME_PLACE,
    Evidence,
    add_evidence,
    choose_label,
    match_boxes,
    match_leaps,
    overlap,
    place_in_lines,
    shift_box,
)
from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scenes.scene import Box, Digit, Scene

SIGHTINGS: Final = 2  # before a digit is shown
PATIENCE: Final = 5  # frames that a shown digit may be missing for
PATIENCE_S: Final = 1.0  # the same in seconds, where fewer frames are read
FIRST_PATIENCE: Final = 1  # the same, before it is shown
_INERTIA: Final = 0.5  # of the speed, from frame to frame
_LEAST_PROBABILITY: Final = 1e-9


@dataclass
class Track:
    """One digit that is followed.

    Attributes:
        number: The same as long as it is followed, never used again.
        label: The digit that it is taken for.
        evidence: float64 ``[10]``, see :data:`mnist_edge.runtime.camera.tracking.Evidence`.
        box: Where it was seen last.
        prediction: What the network said then.
        line: The line that it was read in; ``None`` if it was missing in the last frame.
        seen: How often it was seen.
        seen_s: When it was seen last, in the time of the stream.
        missing: For how many frames it has been missing.
        speed: Pixels per frame, to the right and downwards.
    """

    number: int
    label: int
    box: Box
    prediction: Prediction
    line: int | None
    evidence: Evidence = field(default_factory=lambda: np.zeros(NUM_CLASSES))
    seen: int = 0
    seen_s: float = 0.0
    missing: int = 0
    speed: tuple[float, float] = (0.0, 0.0)

    @property
    def is_shown(self) -> bool:
        """Whether it has been seen often enough."""
        return self.seen >= SIGHTINGS

    @property
    def expected_box(self) -> Box:
        """Where it should be in the next frame."""
        return shift_box(self.box, *self.speed)

    def see(self, digit: Digit, time_s: float) -> None:
        """It was found in the frame of this time."""
        moved = (
            digit.box.left + digit.box.width / 2 - self.box.left - self.box.width / 2,
            digit.box.top + digit.box.height / 2 - self.box.top - self.box.height / 2,
        )
        frames = self.missing + 1
        self.speed = (
            _INERTIA * self.speed[0] + (1 - _INERTIA) * moved[0] / frames,
            _INERTIA * self.speed[1] + (1 - _INERTIA) * moved[1] / frames,
        )
        self.evidence = add_evidence(self.evidence, vote(digit.prediction))
        self.label = choose_label(self.evidence, self.label)
        self.box, self.prediction, self.line = digit.box, digit.prediction, digit.line
        self.seen += 1
        self.seen_s = time_s
        self.missing = 0

    def miss(self, time_s: float) -> bool:
        """It was not found in the frame of this time; returns whether it is worth waiting for."""
        self.missing += 1
        self.line = None
        self.speed = (0.0, 0.0)
        patience = PATIENCE if self.is_shown else FIRST_PATIENCE
        return self.missing <= patience and time_s - self.seen_s <= PATIENCE_S

    def to_digit(self, line: int) -> Digit:
        """The digit as it is shown: the voted label, with the evidence for it as its probability."""
        probabilities = (self.evidence / self.evidence.sum()).astype(np.float32)
        confidence = float(probabilities[self.label])
        prediction = replace(
            self.prediction,
            digit=self.label,
            confidence=confidence,
            status=Status.OK,
            message="",
            log_odds=_log_odds(confidence) if self.label != self.prediction.digit else self.prediction.log_odds,
            probabilities=probabilities,
        )
        return Digit(prediction, self.box, line)


def vote(prediction: Prediction) -> Evidence:
    """What one sighting adds, float64 ``[10]`` with the sum 1."""
    probabilities = prediction.probabilities.astype(np.float64)
    if probabilities.sum() <= 0:  # a prediction made by hand
        probabilities = np.zeros(NUM_CLASSES)
        probabilities[prediction.digit or 0] = 1.0
    return np.asarray(probabilities / probabilities.sum())


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, _LEAST_PROBABILITY), 1 - _LEAST_PROBABILITY)
    return math.log(bounded) - math.log1p(-bounded)


class Tracker:
    """Turns the scenes of following frames into steady ones.

    A digit appears when it has been seen twice, keeps its label until another has clearly more evidence, and stays for up
    to five frames, but no longer than a second, in which it is not found. One that jumps is known by its label.
    """

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self._next_number = 1

    def reset(self) -> None:
        """Forgets what was seen; numbers are not used again."""
        self.tracks.clear()

    def update(self, scene: Scene, time_s: float = 0.0) -> tuple[Scene, tuple[int, ...]]:
        """Takes the scene of the next frame.

        Args:
            scene: What was read in it.
            time_s: Its time in the stream, in seconds.

        Returns:
            The steady scene, and the number of the track of each of its digits.
        """
        pairs = self._match(scene)
        kept: list[Track] = []
        for index, track in enumerate(self.tracks):
            if index in pairs:
                track.see(scene[pairs[index]], time_s)
                kept.append(track)
            elif track.miss(time_s):
                kept.append(track)
        found = set(pairs.values())
        for index, digit in enumerate(scene):
            if index not in found:
                kept.append(self._begin(digit, time_s))
        self.tracks = kept
        return self._steady(scene)

    def _match(self, scene: Scene) -> dict[int, int]:
        """Indexes of tracks with those of the digits that they are seen as."""
        pairs = dict(match_boxes([track.expected_box for track in self.tracks], [digit.box for digit in scene]))
        found = set(pairs.values())
        lost = [index for index, track in enumerate(self.tracks) if track.is_shown and index not in pairs]
        new = [index for index in range(len(scene)) if index not in found]
        leaps = match_leaps(
            [(self.tracks[index].label, self.tracks[index].box) for index in lost],
            [(scene[index].digit, scene[index].box) for index in new],
        )
        return pairs | {lost[first]: new[second] for first, second in leaps}

    def _begin(self, digit: Digit, time_s: float) -> Track:
        track = Track(self._next_number, digit.digit, digit.box, digit.prediction, digit.line)
        self._next_number += 1
        track.see(digit, time_s)
        return track

    def _steady(self, scene: Scene) -> tuple[Scene, tuple[int, ...]]:
        present = [track for track in self.tracks if track.line is not None]
        shown = [
            track
            for track in self.tracks
            if track.is_shown and (track.line is not None or not any(_replaces(other, track) for other in present))
        ]
        lines = place_in_lines([track.box for track in shown], [track.line for track in shown])
        ordered = sorted(zip(lines, shown, strict=True), key=lambda pair: (pair[0], pair[1].box.left, pair[1].number))
        digits = tuple(track.to_digit(line) for line, track in ordered)
        if digits:
            status, message = Status.OK, ""
        elif scene.digits:
            status, message = Status.EMPTY, "What was seen has yet to be confirmed by another frame."
        else:
            status, message = scene.status, scene.message
        steady = replace(scene, digits=digits, status=status, message=message)
        return steady, tuple(track.number for _, track in ordered)


def _replaces(other: Track, missing: Track) -> bool:
    """Whether something else was found where a digit is missing, or the digit elsewhere.

    Two that touch are read as one, or the other way round; one that moved far began anew since it was missing.
    """
    came_since = other.is_shown and other.seen <= missing.missing and other.label == missing.label
    return came_since or overlap(other.box, missing.box) > SAME_PLACE
