import numpy as np
import pytest

from fallow.render.sheet import BORDER, FIRST, PAPER, SIDE, TRACK, Frame, Gauge, contact_sheet


def frame(rows=60, cols=90, **options):
    return Frame(np.full((rows, cols, 3), 7, np.uint8), "title", **options)


def count(page, color):
    return int((page == color).all(axis=-1).sum())


def test_every_picture_is_on_the_sheet_as_long_as_the_others():
    page = contact_sheet([frame() for _ in range(5)], "title", [])
    assert page.dtype == np.uint8
    assert count(page, (7, 7, 7)) == 5 * SIDE * round(SIDE * 60 / 90)
    assert (page[0] == PAPER).all()


@pytest.mark.parametrize("shape", [(1, 900), (900, 1), (1, 1), (2000, 1500)])
def test_any_shape_will_do(shape):
    page = contact_sheet([frame(*shape)], "title", ["a line"])
    assert count(page, (7, 7, 7)) >= SIDE


def test_a_frame_is_drawn_around_its_picture():
    page = contact_sheet([frame(border=FIRST), frame()], "title", [])
    height, width = round(SIDE * 60 / 90), SIDE
    assert count(page, FIRST) == (height + 2 * BORDER) * (width + 2 * BORDER) - height * width


def test_bars_are_as_long_as_their_figures_say():
    def dark(value):
        page = contact_sheet([frame(gauges=(Gauge("stability", value),))], "title", [])
        return count(page, (90, 110, 130))

    assert dark(-0.5) == 0
    assert dark(0.25) < dark(0.5) < dark(1.0) == dark(1.7)
    assert abs(dark(1.0) - 2 * dark(0.5)) < 20


def test_a_deviation_is_drawn_over_the_bar():
    plain, uncertain = (
        contact_sheet([frame(gauges=(Gauge("stability", 0.5, deviation),))], "title", []) for deviation in (0, 0.2)
    )
    assert count(uncertain, TRACK) < count(plain, TRACK)


def test_long_lines_are_broken_and_long_names_cut():
    long = "many words that say a great deal more than fits " * 10
    page = contact_sheet([frame()], long, [long])
    assert page.shape[1] < 600
    assert page.shape[0] > contact_sheet([frame()], "short", ["short"]).shape[0] + 100
