import numpy as np
import pytest

from fallow.render.overlay import INK, MARGIN, MIN_SIDE, OUTLINE, PAPER, LegendEntry, blend, preview

LEGEND = [LegendEntry((230, 159, 0), "class 1", 0.7), LegendEntry((86, 180, 233), "class 2", 0.3)]
COLORS = [entry.color for entry in LEGEND]


def halves(rows, cols):
    classes = np.ones((rows, cols), np.int32)
    classes[:, cols // 2 :] = 2
    return np.full((rows, cols, 3), 100, np.uint8), classes.copy(), classes


def test_picture_and_classes_lie_side_by_side_over_a_legend():
    rows, cols = 500, 600
    page = preview(*halves(rows, cols), COLORS, LEGEND, "halves")
    assert page.dtype == np.uint8
    assert page.shape[1] == 2 * cols + 3 * MARGIN
    assert page.shape[0] > rows + 2 * MARGIN
    assert (page[:MARGIN] == PAPER).all()
    left = page[MARGIN : MARGIN + rows, MARGIN : MARGIN + cols]
    right = page[MARGIN : MARGIN + rows, 2 * MARGIN + cols : 2 * MARGIN + 2 * cols]
    assert {tuple(color) for color in left.reshape(-1, 3)} == {(100, 100, 100), OUTLINE}
    assert len({tuple(color) for color in right.reshape(-1, 3)} - {INK}) == 2
    assert (page[rows + 2 * MARGIN :] != PAPER).any()


def test_wide_pictures_lie_one_above_the_other():
    page = preview(*halves(500, 900), COLORS, LEGEND, "wide")
    assert page.shape[1] == 900 + 2 * MARGIN
    assert page.shape[0] > 2 * 500


@pytest.mark.parametrize("shape", [(1, 1), (2, 300), (300, 2), (7, 5), (479, 481)])
def test_small_pictures_are_enlarged_until_they_can_be_read(shape):
    page = preview(*halves(*shape), COLORS, LEGEND, "a small picture of a long name")
    assert max(page.shape[:2]) > MIN_SIDE


def test_legends_are_never_cut():
    many = [LegendEntry((0, 0, 0), f"class {n}", 0.01) for n in range(200)]
    picture, regions, classes = halves(900, 20)
    title = "a name that is far longer than the picture is wide"
    page = preview(picture, regions, classes, [(0, 0, 0)] * 200, many, title)
    assert (page[:, -2:] == PAPER).all()
    assert (page[-2:] == PAPER).all()


def test_no_data_is_white_and_classes_keep_their_colours():
    classes = np.array([[0, 1, 2]], np.int32)
    blended = blend(np.full((1, 3, 3), 255, np.uint8), classes, [entry.color for entry in LEGEND])
    assert (blended[0, 0] >= 250).all()
    expected = [np.array(entry.color) * 3 // 4 + 63 for entry in LEGEND]
    np.testing.assert_allclose(blended[0, 1:], expected, atol=1)


def test_the_picture_handed_in_is_not_drawn_on():
    picture, regions, classes = halves(500, 600)
    before = picture.copy()
    preview(picture, regions, classes, COLORS, LEGEND, "halves")
    np.testing.assert_array_equal(picture, before)
