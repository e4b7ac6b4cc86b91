import numpy as np
from hypothesis import given
from label_twins import around, label_maps

from fallow.labels import outlines


@given(label_maps())
def test_thick_outlines_are_the_pixels_with_another_neighbour(labels):
    expected = [
        labels[here] > 0 and any(labels[there] != labels[here] for there in around(here, labels.shape))
        for here in np.ndindex(labels.shape)
    ]
    assert outlines(labels, thick=True).ravel().tolist() == expected


@given(label_maps())
def test_thin_outlines_mark_one_side_of_every_border(labels):
    marked = outlines(labels)
    for here in np.ndindex(labels.shape):
        for there in around(here, labels.shape):
            if labels[here] != labels[there]:
                assert marked[here] or marked[there]
    assert not (marked & ~outlines(labels, thick=True)).any()


def test_thin_outlines_lie_above_and_left():
    labels = [[1, 1, 1], [1, 2, 2], [0, 2, 2]]
    assert outlines(labels).astype(int).tolist() == [[0, 1, 1], [1, 0, 0], [0, 1, 0]]


def test_the_edge_of_the_array_is_no_border():
    assert not outlines(np.ones((3, 4), int)).any()
