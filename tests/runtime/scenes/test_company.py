import numpy as np

from mnist_edge.runtime.prediction import Prediction, Status
from mnist_edge.runtime.scenes.company import judge
from mnist_edge.runtime.scenes.doubts import Read
from mnist_edge.runtime.scenes.glyphs import Glyph
from mnist_edge.runtime.scenes.scene import Box, Reason


def read(left: int, top: int, height: int = 40, digit: int | None = 5, width: int = 24, log_odds: float = 9.0) -> Read:
    glyph = Glyph(Box(left, top, width, height), np.ones((height, width), np.uint8), 4.0)
    status = Status.REJECTED if digit is None else Status.OK
    return Read(glyph, Prediction(digit, 0.9, status, log_odds=log_odds if digit is not None else -5.0))


def judged(reads, others=()):
    return judge(reads, others, 640, 480)


ROW = [read(50 + 40 * place, 100) for place in range(5)]


def test_a_row_of_digits_is_accepted():
    assert judged(ROW) == [None] * 5
    assert judged(ROW[:1]) == [None]


def test_what_the_network_refused_stays_refused():
    assert judged([*ROW, read(300, 100, digit=None)])[-1] is Reason.UNLIKELY
    assert judged([*ROW, read(616, 100, digit=None)])[-1] is Reason.CUT
    assert judged([read(50, 100, digit=None)]) == [Reason.UNLIKELY]


def test_a_small_piece_alone_is_dirt_but_a_small_row_is_writing():
    assert judged([*ROW, read(400, 300, 12, width=8)])[-1] is Reason.SMALL
    small = [read(400 + 12 * place, 300, 12, width=8) for place in range(3)]
    assert judged([*ROW, *small]) == [None] * 8


def test_half_a_digit_on_the_frame_is_cut_and_a_whole_one_is_not():
    assert judged([*ROW, read(300, 455, 25)])[-1] is Reason.CUT
    assert judged([*ROW, read(300, 440, 40)])[-1] is None


def test_slender_strokes_on_the_frame_are_edges_where_there_are_only_strokes():
    edge = read(600, 0, 200, digit=1, width=20)
    assert judged([edge]) == [Reason.CUT]
    assert judged([edge, read(300, 100, 200, digit=1, width=20)]) == [Reason.CUT, None]
    assert judged([*ROW, read(300, 440, 40, digit=1, width=8)])[-1] is None  # among other digits
    assert judged([read(200, 0, 480, digit=1, width=150)]) == [None]  # a 1 that fills a tightly cut picture


def test_what_runs_through_the_picture_beside_digits_is_a_line():
    assert judged([*ROW, read(300, 0, 480, digit=1)])[-1] is Reason.LINE


def test_in_a_page_of_letters_nothing_is_a_digit():
    letters = [read(30 * place, 50 * line, digit=None) for line in range(1, 5) for place in range(1, 15)]
    strays = [read(450, 50), read(450, 150)]
    assert judged([*letters, *strays])[-2:] == [Reason.UNLIKELY] * 2


def test_a_row_of_digits_beside_letters_is_accepted():
    letters = [read(30 * place, 400, digit=None) for place in range(1, 9)]
    assert judged([*ROW, *letters])[:5] == [None] * 5


def test_among_some_other_things_only_sure_digits_count():
    things = [Box(300, 100, 40, 40), Box(350, 100, 40, 40)]
    assert judged([read(50, 100), read(100, 100, log_odds=0.5)], things) == [None, Reason.UNLIKELY]


def test_dirt_does_not_count_as_other_things():
    dirt = [Box(10 * place, 300, 5, 5) for place in range(40)]
    assert judged(ROW, dirt) == [None] * 5


def test_in_a_night_sky_only_sure_digits_count():
    stars = [Box(10 * place, 20 * line, 3, 3) for line in range(6) for place in range(40)]
    lone = [read(50, 300, log_odds=6.0), read(400, 20, digit=1, log_odds=11.0), read(400, 400, log_odds=10.0)]
    assert judged(lone, stars) == [Reason.UNLIKELY, Reason.UNLIKELY, None]
    assert judged([*ROW, read(250, 100, log_odds=1.0)], stars) == [None] * 5 + [Reason.UNLIKELY]
