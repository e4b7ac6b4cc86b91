"""Pictures of the page: sizes, colours, and what is clear."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from fallow.render.encode import labels_uri
from fallow.report.images import LEAST_SIDE, MOST_SIDE, Frame
from fallow.report.words import area_text, number_text, seconds_text, sentence, share_text


def decode(uri):
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


@pytest.mark.parametrize(
    ("shape", "size"), [((60, 80), (560, 420)), ((700, 600), (600, 700)), ((1400, 700), (500, 1000))]
)
def test_small_maps_are_enlarged_by_a_whole_factor_and_large_ones_reduced(shape, size):
    frame = Frame.of(shape)
    assert frame.size == size
    assert LEAST_SIDE <= max(frame.size) <= MOST_SIDE
    assert decode(frame.picture(np.zeros((*shape, 3), np.uint8))).size == size
    assert frame.window((0, shape[0], 0, shape[1])) == f"0 0 {size[0]} {size[1]}"


def test_a_line_stays_a_line():
    frame = Frame.of((1, 900))
    assert frame.size == (900, 1)
    assert decode(frame.picture(np.zeros((1, 900, 3), np.uint8))).size == (900, 1)


@pytest.mark.parametrize("n", [3, 256, 300])
def test_labels_have_their_colours_and_no_data_is_clear(n):
    colors = np.random.default_rng(0).integers(0, 256, (n, 4), dtype=np.uint8)
    colors[:, 3] = 255
    colors[0, 3] = 0
    labels = np.arange(n).reshape(1, n)
    seen = np.asarray(decode(labels_uri(labels, colors)).convert("RGBA"))
    np.testing.assert_array_equal(seen[0, 1:], colors[1:])
    assert seen[0, 0, 3] == 0


def test_outlines_are_drawn_between_labels_only():
    labels = np.ones((500, 500), np.int32)
    labels[:, 250:] = 2
    seen = np.asarray(decode(Frame.of(labels.shape).outlines(labels)).convert("RGBA"))
    assert (seen[:, 249:251, 3] == 255).all()
    assert (seen[:, :240, 3] == 0).all()


def test_numbers_read_well():
    assert area_text(None) == ""
    assert [area_text(each) for each in (900, 25_000, 3e6, 4e9)] == ["900 m²", "2.50 ha", "300 ha", "4,000 km²"]
    assert [share_text(each) for each in (0, 0.0001, 0.5, 1)] == ["0 %", "< 0.1 %", "50.0 %", "100.0 %"]
    assert [seconds_text(each) for each in (0.5, 42, 61, 3700)] == ["0.5 s", "42 s", "1 min 1 s", "1 h 1 min"]
    assert [number_text(each) for each in (0.5, 12345.6)] == ["0.5", "12,346"]
    assert sentence("class 3 has no pixel here") == "Class 3 has no pixel here."
