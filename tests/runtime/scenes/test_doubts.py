import numpy as np
import pytest

from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scenes import doubts
from mnist_edge.runtime.scenes.clusters import may_join
from mnist_edge.runtime.scenes.doubts import Read, is_doubtful, resolve_doubts
from mnist_edge.runtime.scenes.glyphs import Glyph
from mnist_edge.runtime.scenes.scene import Box


def read(box: Box, log_odds: float = 12.0, digit: int | None = 5) -> Read:
    status = Status.REJECTED if digit is None else Status.OK
    glyph = Glyph(box, np.ones((box.height, box.width), np.uint8), 5.0)
    return Read(glyph, Prediction(digit, 0.9, status, log_odds=log_odds))


@pytest.mark.parametrize(
    ("width", "log_odds", "digit", "doubtful"),
    [
        (30, 12, 5, False),
        (30, 3, 5, True),
        (12, 3, 1, False),  # narrow: no room for two
        (60, 12, 5, True),  # wide: may be two, however sure the network is
        (30, 12, None, True),
    ],
)
def test_doubt_grows_with_width(width, log_odds, digit, doubtful):
    assert is_doubtful(read(Box(0, 0, width, 40), log_odds, digit)) is doubtful


def test_which_boxes_may_be_one_digit():
    boxes = np.array(
        [
            (0, 0, 18, 40),  # the left stroke of a 4
            (22, 4, 5, 40),  # and the right one
            (90, 0, 25, 40),
            (120, 0, 25, 40),  # beside the last one: together too wide
            (95, 44, 20, 40),  # below it: together too high
        ],
        np.int32,
    )
    joins = may_join(boxes, np.full(5, 40.0))
    assert np.argwhere(joins).tolist() == [[0, 1], [1, 0]]


def test_a_wide_refused_glyph_is_cut_if_its_halves_are_digits():
    mask = np.zeros((40, 60), np.uint8)
    mask[:, 2:8] = mask[:, 20:26] = mask[:, 34:40] = mask[:, 52:58] = 1
    mask[:6, 2:26] = mask[34:, 2:26] = mask[:6, 34:58] = mask[34:, 34:58] = 1
    mask[18:22, 26:34] = 1  # two boxes with a join
    whole = Read(Glyph(Box(0, 0, 60, 40), mask, 6.0), Prediction(None, 0.3, Status.REJECTED, log_odds=-6.0))

    def likes_boxes(images):
        """A box has two upright sides and nothing between them."""
        answers = []
        for image in images:
            (columns,) = np.nonzero(image[10] > 100)
            gaps = np.diff(columns)
            is_box = len(columns) > 1 and 9 < np.ptp(columns) < 14 and (gaps > 1).sum() == 1
            answers.append(
                Prediction(0, 0.99, log_odds=10.0) if is_box else Prediction(None, 0.1, Status.REJECTED, log_odds=-6.0)
            )
        return answers

    reads = resolve_doubts([whole], mask * np.uint8(255), likes_boxes)
    assert [each.prediction.digit for each in reads] == [0, 0]
    assert sum(each.glyph.ink for each in reads) == pytest.approx(int(mask.sum()), rel=0.25)  # the join may be in both


def test_a_letter_stays_whole():
    mask = np.ones((40, 60), np.uint8)
    whole = Read(Glyph(Box(0, 0, 60, 40), mask, 20.0), Prediction(None, 0.3, Status.REJECTED, log_odds=-6.0))
    reads = resolve_doubts(
        [whole],
        mask * np.uint8(255),
        lambda images: [Prediction(None, 0.1, Status.REJECTED, log_odds=-6.0) for _ in images],
    )
    assert reads == [whole]


def test_a_letter_is_not_cut_into_ones():
    mask = np.zeros((60, 50), np.uint8)
    for row in range(60):  # a V
        mask[row, 2 + row // 3 : 9 + row // 3] = mask[row, 41 - row // 3 : 48 - row // 3] = 1
    whole = Read(Glyph(Box(0, 0, 50, 60), mask, 7.0), Prediction(None, 0.3, Status.REJECTED, log_odds=-9.0))
    halves = []

    def likes_halves(images):
        answers = []
        for image in images:
            is_whole = np.ptp(np.nonzero(image > 100)[1]) > 13
            halves.append(not is_whole)
            answers.append(
                Prediction(None, 0.1, Status.REJECTED, log_odds=-9.0) if is_whole else Prediction(1, 0.99, log_odds=12.0)
            )
        return answers

    assert resolve_doubts([whole], mask * np.uint8(255), likes_halves) == [whole]
    assert any(halves)


def test_two_strokes_of_a_four_are_joined():
    left, right = read(Box(0, 0, 18, 30), 1.0, None), read(Box(22, 0, 6, 44), 9.0, 1)

    def likes_the_four(images):
        return [Prediction(4, 0.99, log_odds=12.0) for _ in images]

    (joined,) = resolve_doubts([left, right], np.full((60, 60), 255, np.uint8), likes_the_four)
    assert joined.prediction.digit == 4
    assert joined.glyph.box == Box(0, 0, 28, 44)


def test_nothing_is_asked_when_nothing_is_doubtful():
    sure = [read(Box(50 * place, 0, 25, 40)) for place in range(4)]

    def unasked(images):
        raise AssertionError(len(images))

    assert resolve_doubts(sure, np.zeros((60, 250), np.uint8), unasked) == sure


def unsure(place: int) -> Read:
    return read(Box(50 * place, 0, 25, 40), 1.0, 5)


def test_an_unsure_digit_stays_one_among_digits_and_becomes_a_letter_among_letters():
    def as_before(images):
        return [Prediction(None, 0.1, Status.REJECTED, log_odds=-8.0) for _ in images]

    soft = np.zeros((60, 400), np.uint8)
    digits = [read(Box(50 * place, 0, 25, 40)) for place in range(5)]
    letters = [read(Box(50 * place, 0, 25, 40), -15.0, None) for place in range(5)]
    for row, status in ((digits, Status.OK), (letters, Status.REJECTED)):
        result = resolve_doubts([*row, unsure(5)], soft, as_before)
        (last,) = [each for each in result if each.glyph.box.left == 250]
        assert last.prediction.status is status
    (alone,) = resolve_doubts([unsure(0)], soft, as_before)
    assert alone.prediction.status is Status.OK


def test_a_refused_digit_is_taken_among_digits_but_no_stroke():
    digits = [read(Box(50 * place, 0, 25, 40)) for place in range(6)]
    for label, status in ((5, Status.OK), (1, Status.REJECTED)):
        logits = np.eye(10, dtype=np.float32)[label]
        said = Prediction(None, 0.1, Status.REJECTED, "no", log_odds=-1.0, logits=logits)
        box = Box(300, 0, 25, 40)
        refused = Read(Glyph(box, np.ones((40, 25), np.uint8), 5.0), said)
        result = resolve_doubts(
            [*digits, refused],
            np.zeros((60, 400), np.uint8),
            lambda images: [Prediction(None, 0.1, Status.REJECTED, log_odds=-9.0) for _ in images],
        )
        (last,) = [each for each in result if each.glyph.box == box]
        assert last.prediction.status is status
        if status is Status.OK:
            assert last.prediction.digit == 5
            assert not last.prediction.message


@pytest.mark.parametrize("odds", [9.0, 3.0])  # sure, or themselves read anew
@pytest.mark.parametrize("place", [300, 2000])
def test_company_is_what_is_near_also_what_is_read_anew(odds, place):
    refused = Prediction(None, 0.1, Status.REJECTED, log_odds=-1.0, logits=np.eye(10, dtype=np.float32)[5])
    digits = [read(Box(50 * each, 0, 25, 40), odds) for each in range(6)]
    last = Read(Glyph(Box(place, 0, 25, 40), np.ones((40, 25), np.uint8), 5.0), refused)
    result = resolve_doubts(
        [*digits, last],
        np.zeros((60, 2100), np.uint8),
        lambda images: [Prediction(None, 0.1, Status.REJECTED, log_odds=-9.0) for _ in images],
    )
    (found,) = [each for each in result if each.glyph.box == last.glyph.box]
    assert found.prediction.digit == (5 if place == 300 else None)


def test_the_parts_of_a_cluster_are_no_company_of_each_other():
    """Three refused glyphs side by side: as many digits around as it takes to overrule the network, were they counted."""
    refused = Prediction(None, 0.1, Status.REJECTED, log_odds=14.0, logits=np.eye(10, dtype=np.float32)[5])
    row = [Read(Glyph(Box(22 * place, 0, 20, 40), np.ones((40, 20), np.uint8), 5.0), refused) for place in range(3)]
    result = resolve_doubts(
        row,
        np.zeros((60, 100), np.uint8),
        lambda images: [Prediction(None, 0.1, Status.REJECTED, log_odds=-9.0) for _ in images],
    )
    assert {each.prediction.status for each in result} == {Status.REJECTED}


def test_a_page_of_doubts_is_left_as_it_is_before_neighbours_are_compared(monkeypatch):
    monkeypatch.setattr(doubts, "clusters", lambda *_: pytest.fail("compared"))
    page = [read(Box(20 * (index % 40), 30 * (index // 40), 12, 20), -3.0, None) for index in range(200)]
    assert resolve_doubts(page, np.zeros((200, 900), np.uint8), lambda images: pytest.fail("asked")) == page
