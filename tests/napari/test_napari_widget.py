"""The widget in a viewer without a window: run, cancel, scales, classes, undo, save, and what is said of errors."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest

import fallow
from fallow.editing import EDITED
from fallow.edits import Edits
from fallow.napari.layers import KEY
from fallow.napari.reader import read_results
from fallow.saving import EDITS
from system_scenes import patches

# Libraries of the viewer warn of their own doings.
pytestmark = pytest.mark.filterwarnings("ignore")
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}


@pytest.fixture(scope="module")
def qt():
    """The application; skips where there is none, or it cannot start, which would end the process."""
    for module in ("napari.layers", "magicgui", "qtpy"):
        pytest.importorskip(module, reason=f"{module} is not installed: pip install 'fallow[napari]' 'napari[pyqt6]'",
                            exc_type=ImportError)  # fmt: skip
    start = "from qtpy.QtWidgets import QApplication; QApplication([])"
    tried = subprocess.run([sys.executable, "-c", start], env=os.environ | OFFSCREEN, capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"Qt cannot start here: {(tried.stderr.strip() or 'no message').splitlines()[-1]}")
    os.environ.update(OFFSCREEN)
    from qtpy.QtWidgets import QApplication

    return QApplication.instance() or QApplication([])


@pytest.fixture
def viewer(qt):
    from napari.components import ViewerModel

    return ViewerModel()


@pytest.fixture
def widget(viewer):
    from fallow.napari.widget import SegmentWidget

    widget = SegmentWidget(viewer)
    widget.classes.value, widget.effort.value = "3", "fast"
    return widget


def show_result(viewer, folder):
    from napari.layers import Layer

    for each in read_results(folder):
        viewer.add_layer(Layer.create(*each))


def press(button):
    button.changed.emit(True)


def run(widget, qt):
    press(widget.run)
    end = time.monotonic() + 120
    while widget.run.text == "Cancel" and time.monotonic() < end:
        qt.processEvents()
        time.sleep(0.005)
    qt.processEvents()


def test_a_picture_is_segmented_and_shown_where_it_lies(viewer, widget, qt):
    image = patches(60, 90, cell=20)
    viewer.add_image(image, name="photo", rgb=True, scale=(2, 3), translate=(5, 7))
    run(widget, qt)
    assert [layer.name for layer in viewer.layers] == ["photo", "photo classes", "photo confidence", "photo regions"]
    expected = fallow.segment(image, classes=3, effort="fast")
    np.testing.assert_array_equal(viewer.layers["photo classes"].data, expected.classes)
    np.testing.assert_array_equal(viewer.layers["photo regions"].data, expected.regions)
    for layer in viewer.layers:
        assert (tuple(layer.scale), tuple(layer.translate)) == ((2, 3), (5, 7))
    assert viewer.layers["photo regions"].contour == 1
    assert widget.told.value == f"photo: {expected.n_regions:,} regions, 3 classes"


@pytest.mark.parametrize("kind", ["transparent", "bands first", "one band"])
def test_other_kinds_of_layers_are_understood(viewer, widget, qt, kind):
    image = patches(60, 90, bands=4, cell=20)
    if kind == "transparent":
        image[..., 3] = 255
        image[:20, :, 3] = 0
        viewer.add_image(image, name="photo", rgb=True)
        image = np.where(image[..., 3:] > 0, image[..., :3].astype(np.float32), np.nan)
    elif kind == "bands first":
        viewer.add_image(np.moveaxis(image, 2, 0), name="photo")
    else:
        image = image[..., 0]
        viewer.add_image(image, name="photo")
    run(widget, qt)
    classes = viewer.layers["photo classes"].data
    assert classes.shape == image.shape[:2]
    if kind == "transparent":
        assert (classes[:20] == 0).all()
        assert (classes[20:] > 0).all()
    else:
        np.testing.assert_array_equal(classes, fallow.segment(image, classes=3, effort="fast").classes)


def test_the_slider_changes_the_regions_and_nothing_else(viewer, widget, result_folder):
    show_result(viewer, result_folder)
    layers = {layer.metadata[KEY][1]: layer for layer in viewer.layers}
    classes = np.array(layers["classes"].data)
    fewest, most = widget.n_regions.min, widget.n_regions.max
    for stop, n in ((0, fewest), (1000, most), (0, fewest)):
        widget.scale.value = stop
        assert widget.n_regions.value == n == layers["regions"].data.max()
        assert len(layers["regions"].features) == n
    assert layers["regions"].visible
    widget.n_regions.value = 4
    assert layers["regions"].data.max() == 4
    np.testing.assert_array_equal(layers["classes"].data, classes)
    session, _ = layers["regions"].metadata[KEY]
    assert [line["n_regions"] for line in session.result.edits] == [4]


def test_other_classes_are_made_undone_and_saved(viewer, widget, result_folder, tmp_path):
    show_result(viewer, result_folder)
    classes = viewer.layers["field classes"]
    before = np.array(classes.data)
    widget.n_classes.value = 2
    press(widget.remake)
    assert set(np.unique(classes.data)) == {0, 1, 2}
    assert list(classes.features["index"]) == [1, 2]
    widget.folder.value = tmp_path / "out"
    press(widget.save)
    assert widget.told.value == f"saved in {tmp_path / 'out'}"
    assert [line["do"] for line in Edits.read(tmp_path / "out" / EDITS)] == ["classes"]
    np.testing.assert_array_equal(fallow.open_result(tmp_path / "out" / EDITED).classes, classes.data)
    press(widget.undo)
    np.testing.assert_array_equal(classes.data, before)
    assert not widget.undo.enabled


def test_the_colours_of_classes_follow_them(viewer, widget, result_folder):
    show_result(viewer, result_folder)
    classes = viewer.layers["field classes"]
    widget.n_classes.value = 5
    press(widget.remake)
    session, _ = classes.metadata[KEY]
    for row in session.result.table:
        red, green, blue, _ = (round(255 * each) for each in classes.colormap.map(row.label))
        assert f"#{red:02x}{green:02x}{blue:02x}" == row.color


def test_the_result_of_the_active_layer_is_the_one_that_is_changed(viewer, widget, result_folder, qt):
    show_result(viewer, result_folder)
    viewer.add_image(patches(60, 90, cell=20), name="photo", rgb=True)
    widget.image.value = viewer.layers["photo"]
    run(widget, qt)
    viewer.layers.selection.active = viewer.layers["photo classes"]
    assert widget.session.result.name == "photo"
    viewer.layers.selection.active = viewer.layers["field regions"]
    assert widget.session.result.name == "field"
    for layer in list(viewer.layers):
        viewer.layers.remove(layer)
    assert widget.session is None
    assert not widget.save.enabled


def test_a_run_of_a_results_picture_takes_the_image_itself(viewer, widget, result_folder, qt):
    show_result(viewer, result_folder)
    assert [layer.name for layer in widget.image.choices] == ["field"]
    run(widget, qt)
    made = widget.session.result
    assert made.georeference == fallow.open_result(result_folder).georeference
    assert len(made.table.band_names) == 4


def test_a_result_of_pixels_has_no_slider(viewer, widget, qt):
    viewer.add_image(patches(60, 90, cell=20), name="photo", rgb=True)
    widget.unit.value = "pixel"
    run(widget, qt)
    assert widget.session.region_limits() is None
    assert not any(each.enabled for each in (widget.scale, widget.n_regions, widget.n_classes, widget.remake))


def test_a_run_can_be_cancelled(viewer, widget, qt, monkeypatch):
    def segment(source, *, work, **options):
        while True:
            work.progress("reading", 1, 2)
            time.sleep(0.005)

    monkeypatch.setattr("fallow.napari.widget.segment", segment)
    viewer.add_image(patches(60, 90, cell=20), name="photo", rgb=True)
    press(widget.run)
    while widget.told.value != "reading: 1 of 2":
        qt.processEvents()
    run(widget, qt)
    assert widget.told.value == "cancelled"
    assert len(viewer.layers) == 1


def test_errors_are_told_in_a_line(viewer, widget, qt, tmp_path):
    press(widget.run)
    assert widget.told.value == "open an image first"
    layer = viewer.add_image(np.zeros((3, 4, 5, 6)), name="stack")
    press(widget.run)
    assert widget.told.value == "stack has 4 axes; an image has two, or three with the bands first"
    viewer.layers.remove(layer)
    viewer.add_image(patches(60, 90, cell=20), name="photo", rgb=True)
    widget.classes.value = "many"
    run(widget, qt)
    assert "classes must be" in widget.told.value
