import gc

import numpy as np
import pytest

from fallow.raster import Georeference, open_source
from fallow.tiles import canvas
from fallow.tiles.canvas import Canvas
from fallow.tiles.layers import ArrayLayer

PLACE = Georeference(None, (10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0))
VALUES = np.arange(12, dtype=np.uint8).reshape(3, 4)


def paint(on):
    with on.sink("classes", np.dtype(np.uint8), colors={1: (1, 2, 3)}) as sink:
        sink.write((0, 3, 0, 4), VALUES)
    return on.layers["classes"]


def test_a_small_answer_is_painted_in_memory():
    layer = paint(Canvas((3, 4), None))
    assert isinstance(layer, ArrayLayer)
    np.testing.assert_array_equal(layer.read(), VALUES)
    assert layer.tags == {"colors": {1: (1, 2, 3)}}


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_an_answer_is_painted_where_the_caller_says(tmp_path, kind):
    layer = paint(Canvas((3, 4), PLACE, kind(tmp_path)))
    assert layer.path == tmp_path / "classes.tif"
    np.testing.assert_array_equal(layer.read(), VALUES)
    assert open_source(layer.path).georeference.transform == PLACE.transform


def test_a_large_answer_is_painted_into_a_folder_that_goes_with_it(monkeypatch):
    monkeypatch.setattr(canvas, "MEMORY_PIXELS", 11)
    large = Canvas((3, 4), None)
    layer = paint(large)
    np.testing.assert_array_equal(layer.read(), VALUES)
    folder = large.folder
    assert layer.path.parent == folder
    del large, layer
    gc.collect()
    assert not folder.exists()
