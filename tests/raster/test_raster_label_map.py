"""Label maps as they are stored: no float32, no palettes, no rounding."""

import h5py
import numpy as np
import pytest
import rasterio
from PIL import Image
from scipy.io import savemat

from fallow.errors import FileError, InputError
from fallow.raster.label_map import NO_DATA, ArrayLabels, RasterLabels, open_labels, open_truth
from system_scenes import PLACE, write_photo, write_raster
from truth_scenes import write_annotators, write_polygons

WHOLE = (0, 3, 0, 4)
LABELS = np.array([[1, 1, 2, 2], [0, 3, 3, 2], [9, 9, 9, 9]])


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "uint32", "int32", "float32", "float64"])
def test_rasters_of_every_type_are_read_as_stored(tmp_path, dtype):
    path = write_raster(tmp_path / "labels.tif", LABELS[..., None].astype(dtype))
    with open_labels(path) as labels:
        assert (labels.shape, labels.georeference is not None) == ((3, 4), True)
        assert labels.read((1, 3, 1, 3)).tolist() == [[3, 3], [9, 9]]
        assert labels.read(WHOLE).dtype == np.int32


def test_large_numbers_keep_their_digits(tmp_path):
    path = write_raster(tmp_path / "labels.tif", np.array([[[16_777_217]], [[2_000_000_001]]], np.uint32))
    assert open_labels(path).read((0, 2, 0, 1)).ravel().tolist() == [16_777_217, 2_000_000_001]


def test_what_the_file_says_is_no_data_is(tmp_path):
    path = write_raster(tmp_path / "labels.tif", LABELS[..., None].astype(np.uint8), nodata=9)
    assert open_labels(path).read(WHOLE).tolist() == [[1, 1, 2, 2], [0, 3, 3, 2], [NO_DATA] * 4]
    values = np.where(LABELS == 9, np.nan, LABELS)
    path = write_raster(tmp_path / "floats.tif", values[..., None])
    assert (open_labels(path).read(WHOLE) == NO_DATA).sum() == 4


def test_of_a_palette_the_number_is_the_label(tmp_path):
    picture = Image.fromarray(LABELS.astype(np.uint8), mode=None).convert("P")
    picture.putpalette([value for number in range(256) for value in (255 - number, 7, 7)])
    picture.putdata(LABELS.astype(np.uint8).ravel().tolist())
    picture.save(tmp_path / "classes.png")
    assert open_labels(tmp_path / "classes.png").read(WHOLE).tolist() == LABELS.tolist()


def test_of_colours_each_is_a_label_with_its_name(tmp_path):
    colors = np.zeros((3, 4, 3), np.uint8)
    colors[1], colors[2] = (255, 0, 0), (1, 2, 3)
    Image.fromarray(colors).save(tmp_path / "truth.png")
    labels = open_labels(tmp_path / "truth.png")
    assert labels.read(WHOLE)[:, 0].tolist() == [0, 255, 1 + 2 * 256 + 3 * 65536]
    assert labels.name_of(255) == "#ff0000"
    assert labels.label_of("#010203") == 1 + 2 * 256 + 3 * 65536
    assert (labels.label_of("7"), labels.label_of("red")) == (7, None)


@pytest.mark.parametrize("name", ["labels.npy", "labels.npz", "labels.mat"])
def test_arrays_are_label_maps_too(tmp_path, name):
    path = tmp_path / name
    {"npy": np.save, "npz": lambda p, a: np.savez(p, a=a), "mat": lambda p, a: savemat(p, {"a": a})}[name[7:]](
        path, LABELS
    )
    assert open_labels(path).read(WHOLE).tolist() == LABELS.tolist()


def test_arrays_of_matlab_73_are_label_maps_too(tmp_path):
    with h5py.File(tmp_path / "labels.mat", "w") as file:
        file["truth"] = LABELS.T  # HDF5 stores the axes backwards
        file["truth"].attrs["MATLAB_class"] = np.bytes_("double")
    (truth,) = open_truth(tmp_path / "labels.mat", ArrayLabels(LABELS))
    assert truth.read(WHOLE).tolist() == LABELS.tolist()


def test_a_berkeley_file_holds_several_annotators(tmp_path):
    path = write_annotators(tmp_path / "1.mat", LABELS, LABELS + 1)
    grid = ArrayLabels(LABELS)
    truths = open_truth(path, grid)
    assert [(truth.name, truth.read(WHOLE).tolist()) for truth in truths] == [
        ("1.mat 1", LABELS.tolist()),
        ("1.mat 2", (LABELS + 1).tolist()),
    ]


def test_polygons_are_regions_or_the_classes_of_an_attribute(tmp_path):
    boxes = (0, 2, 0, 2), (2, 3, 0, 4), (0, 2, 3, 4)
    path = write_polygons(tmp_path / "fields.geojson", *boxes, crop=["rye", "oat", "rye"], size=[2.5, None, 3])
    grid = ArrayLabels(LABELS)
    (regions,), (crops,), (sizes,) = (open_truth(path, grid, attribute=name) for name in (None, "crop", "size"))
    void = NO_DATA
    assert regions.read(WHOLE).tolist() == [[1, 1, void, 3], [1, 1, void, 3], [2, 2, 2, 2]]
    assert crops.read((1, 3, 0, 4)).tolist() == [[2, 2, void, 2], [1, 1, 1, 1]]
    assert (crops.name_of(1), crops.label_of("rye"), crops.label_of("barley")) == ("oat", 2, None)
    assert (sizes.name_of(1), sizes.read(WHOLE)[2].tolist()) == ("2.5", [void] * 4)  # without a value: left out
    assert (regions.name_of(3), regions.label_of("3")) == ("3", 3)


def test_of_polygons_that_overlap_the_last_lies_on_top(tmp_path):
    path = write_polygons(tmp_path / "fields.geojson", (0, 3, 0, 4), (1, 2, 0, 4), (0, 3, 0, 1))
    (truth,) = open_truth(path, ArrayLabels(LABELS))
    assert truth.read(WHOLE).tolist() == [[3, 1, 1, 1], [3, 2, 2, 2], [3, 1, 1, 1]]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone.tif", "no such file: .*gone.tif"),
        ("", "is a folder, expected a label map"),
        ("text.tif", "cannot open .*text.tif"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, message):
    (tmp_path / "text.tif").write_text("no raster")
    with pytest.raises(FileError, match=message):
        open_labels(tmp_path / name)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.full((3, 4, 1), 1.5, np.float32), "two.tif must hold whole numbers to be a label map, got 1.5"),
        (np.full((3, 4, 1), 3e9, np.float64), "labels of two.tif must lie in -2147483646..2147483647, got 3e"),
        (np.ones((3, 4, 2), np.uint8), r"must be a label map of one band \(or of colours\), got 2 bands"),
        (np.ones((3, 4, 3), np.uint16), r"must be a label map of one band \(or of colours\), got 3 bands"),
    ],
)
def test_what_is_no_label_map_is_refused(tmp_path, image, message):
    path = write_raster(tmp_path / "two.tif", image, photometric="minisblack")
    with pytest.raises(InputError, match=message):
        open_labels(path).read(WHOLE)


def test_a_jpeg_is_no_label_map(tmp_path):
    write_photo(tmp_path / "truth.jpg", LABELS.astype(np.uint8))
    with pytest.raises(InputError, match=r"cannot be a label map: .jpg changes the numbers; save labels as PNG"):
        open_labels(tmp_path / "truth.jpg")


def test_arrays_that_are_no_maps_are_refused():
    with pytest.raises(InputError, match=r"cube must be a label map \(rows, cols\), got an array of shape \(3, 4, 2\)"):
        ArrayLabels(np.ones((3, 4, 2), int), "cube")
    with pytest.raises(InputError, match="words must hold whole numbers, got <U1"):
        ArrayLabels(np.array([["a"]]), "words").read((0, 1, 0, 1))


def test_attributes_are_of_polygons_and_must_exist(tmp_path):
    path = write_polygons(tmp_path / "fields.geojson", (0, 2, 0, 2), crop=["rye"])
    raster = write_raster(tmp_path / "labels.tif", LABELS[..., None].astype(np.uint8))
    grid = ArrayLabels(LABELS)
    with pytest.raises(InputError, match=r"no attribute 'crops'; it has crop; did you mean \"crop\"\?"):
        open_truth(path, grid, attribute="crops")
    with pytest.raises(InputError, match=r"attribute is for polygons, got 'crop' for .*labels.tif"):
        open_truth(raster, grid, attribute="crop")
    with pytest.raises(FileError, match="no such file"):
        open_truth(tmp_path / "field.geojson", grid)


def test_a_name_of_gdal_is_a_label_map(tmp_path):
    path = write_raster(tmp_path / "labels.tif", LABELS[..., None].astype(np.uint8))
    with RasterLabels(path) as one, open_labels(f"GTIFF_DIR:1:{path}") as other:
        assert (one.read(WHOLE) == other.read(WHOLE)).all()
    assert rasterio.Affine(*one.georeference.transform) == PLACE["transform"]
