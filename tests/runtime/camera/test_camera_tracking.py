from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from mnist_edge.runtime.camera.tracker import PATIENCE, PATIENCE_S, Tracker, vote
from mnist_edge.runtime.camera.tracking import (
    DECAY,
    add_evidence,
    choose_label,
)
from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scenes.scene import Box, Digit, Scene


def prediction(digit: int, confidence: float = 0.98) -> Prediction:
    probabilities = np.full(10, (1 - confidence) / 9, np.float32)
    probabilities[digit] = confidence
    return Prediction(digit, confidence, log_odds=5.0, probabilities=probabilities)


def scene(*digits: tuple[int, int] | tuple[int, int, int]) -> Scene:
    """Digits 20x30 as (digit, left[, line]); lines are 50 px apart."""
    found = [
        Digit(
            prediction(entry[0]),
            Box(entry[1], 50 * (entry[2] if len(entry) > 2 else 0), 20, 30),
            entry[2] if len(entry) > 2 else 0,
        )
        for entry in digits
    ]
    return Scene(tuple(found), width=640, height=480, status=Status.OK if found else Status.EMPTY)


def texts(scenes: Sequence[Scene]) -> list[str]:
    tracker = Tracker()
    return [tracker.update(each)[0].text for each in scenes]


def test_evidence_fades_and_is_bounded() -> None:
    evidence = np.zeros(10)
    for _ in range(500):
        evidence = add_evidence(evidence, vote(prediction(3)))
    assert evidence.sum() == pytest.approx(1 / (1 - DECAY))
    assert evidence.argmax() == 3


def test_a_label_changes_only_with_a_clear_lead() -> None:
    evidence = np.zeros(10)
    evidence[[3, 8]] = 1.0, 1.4
    assert choose_label(evidence, 3) == 3
    evidence[8] = 1.6
    assert choose_label(evidence, 3) == 8


def test_a_prediction_without_probabilities_has_one_vote() -> None:
    assert vote(Prediction(4, 0.9)).tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]


def test_a_digit_appears_when_it_is_seen_twice() -> None:
    assert texts([scene((7, 0)), scene((7, 1)), scene((7, 2))]) == ["", "7", "7"]


def test_noise_in_one_frame_never_appears() -> None:
    assert texts([scene((7, 0)), scene((7, 0), (1, 300)), *[scene((7, 0))] * 5]) == ["", *["7"] * 6]


def test_a_label_does_not_flicker() -> None:
    labels = [3, 3, 3, 5, 3, 3, 8, 8, 3, 3, 5, 3, 5, 3, 3]
    assert set(texts([scene((label, 0)) for label in labels])[1:]) == {"3"}


def test_a_label_that_really_changes_follows_at_the_sixth_sighting() -> None:
    seen = texts([scene((label, 0)) for label in [3] * 30 + [8] * 10])
    assert seen[1:35] == ["3"] * 34
    assert seen[35:] == ["8"] * 5


def test_an_early_mistake_is_outvoted() -> None:
    assert texts([scene((label, 0)) for label in [5, 3, 3, 3, 3, 3]])[-1] == "3"


def test_a_short_gap_is_bridged_and_a_long_one_is_not() -> None:
    seen = texts([scene((7, 0))] * 2 + [scene()] * (PATIENCE + 2))
    assert seen == ["", "7", *["7"] * PATIENCE, "", ""]


def test_the_number_of_a_track_stays_over_a_gap_and_is_never_used_again() -> None:
    tracker = Tracker()
    numbers = [tracker.update(each)[1] for each in [scene((7, 0))] * 2 + [scene()] * 3 + [scene((7, 0))]]
    assert numbers == [(), (1,), (1,), (1,), (1,), (1,)]
    for _ in range(PATIENCE + 1):
        tracker.update(scene())
    tracker.update(scene((7, 0)))
    assert tracker.update(scene((7, 0)))[1] == (2,)


def test_writing_that_moves_is_followed() -> None:
    tracker = Tracker()
    numbers = {tracker.update(scene((1, 10 + 9 * step), (2, 40 + 9 * step), (3, 70 + 9 * step)))[1] for step in range(30)}
    assert numbers == {(), (1, 2, 3)}


def test_writing_that_moves_faster_and_faster_is_followed_by_its_speed() -> None:
    tracker = Tracker()
    lefts = [int(step * step) for step in range(20)]  # up to 37 px a frame, boxes 20 px wide
    for left in lefts:
        steady, numbers = tracker.update(scene((7, left)))
        assert left == 0 or (steady[0].box.left, numbers) == (left, (1,))


def test_frames_in_which_nothing_is_found_leave_the_lines_as_they_are() -> None:
    full = scene((1, 0), (2, 40), (3, 0, 1), (4, 40, 1))
    assert texts([full, full, scene(), scene(), full])[1:] == ["12\n34"] * 4


@pytest.mark.parametrize("step", [18, 25, 45, 80, 300])
def test_writing_that_jumps_is_never_there_twice(step: int) -> None:
    tracker = Tracker()
    for _ in range(5):
        tracker.update(scene((3, 0), (1, 200), (4, 400)))
    for frame in range(8):
        steady, _ = tracker.update(scene((3, step), (1, 200 + step), (4, 400 + step)))
        assert steady.text == "314", frame
    assert [digit.box.left for digit in steady] == [step, 200 + step, 400 + step]


def test_a_digit_that_is_gone_stays_no_longer_than_a_second_however_few_frames_are_read() -> None:
    tracker = Tracker()
    for time_s in (0.0, 0.5):
        tracker.update(scene((7, 0)), time_s)
    assert tracker.update(scene(), 0.5 + PATIENCE_S)[0].text == "7"
    assert tracker.update(scene(), 0.6 + PATIENCE_S)[0].text == ""


def test_reading_order_and_lines_stay_while_digits_are_missing() -> None:
    full = scene((1, 0), (2, 40), (3, 0, 1), (4, 40, 1))
    gap = scene((2, 40), (3, 0, 1))
    tracker = Tracker()
    for _ in range(3):
        steady, numbers = tracker.update(full)
    assert (steady.text, numbers) == ("12\n34", (1, 2, 3, 4))
    steady, numbers = tracker.update(gap)
    assert (steady.text, numbers) == ("12\n34", (1, 2, 3, 4))


def test_a_line_that_is_yet_to_be_confirmed_leaves_no_hole() -> None:
    tracker = Tracker()
    tracker.update(scene((3, 0, 1)))
    steady, _ = tracker.update(scene((1, 0, 0), (3, 0, 1)))
    assert steady.text == "3"
    assert steady[0].line == 0


def test_two_digits_that_run_together_do_not_leave_ghosts() -> None:
    apart = scene((1, 0), (1, 18))
    together = Scene((Digit(prediction(4), Box(0, 0, 38, 30), 0),), width=640, height=480)
    seen = texts([apart, apart, *[together] * 4])
    assert seen[1] == "11"
    assert all(len(text) <= 2 for text in seen)
    assert seen[-1] in ("4", "1")  # one place, one digit


def test_a_steady_digit_says_how_sure_the_votes_are() -> None:
    tracker = Tracker()
    for label in (3, 3, 3, 8):
        steady, _ = tracker.update(scene((label, 0)))
    voted = steady[0].prediction
    assert (voted.digit, voted.status) == (3, Status.OK)
    assert 0.6 < voted.confidence < 0.9
    assert voted.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert voted.log_odds == pytest.approx(np.log(voted.confidence / (1 - voted.confidence)), rel=1e-4)


def test_a_page_without_digits_says_why() -> None:
    tracker = Tracker()
    first, _ = tracker.update(scene((7, 0)))
    assert (first.status, first.message) == (Status.EMPTY, "What was seen has yet to be confirmed by another frame.")
    tracker.reset()
    empty, _ = tracker.update(Scene(status=Status.REJECTED, message="No digit."))
    assert (empty.status, empty.message) == (Status.REJECTED, "No digit.")


def test_tracks_do_not_pile_up() -> None:
    rng = np.random.default_rng(0)
    tracker = Tracker()
    for _ in range(2000):
        tracker.update(scene(*((int(rng.integers(10)), int(rng.integers(6000))) for _ in range(5))))
    assert len(tracker.tracks) < 5 * (PATIENCE + 2)
