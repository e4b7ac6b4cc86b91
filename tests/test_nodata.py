"""No data is no data: what lies under it reaches nothing, however the image says where it is."""

import json

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp
from rasterio.features import shapes as shapes_of

import fallow
from system_scenes import PLACE, contents, holes, layers, patches, write_photo, write_raster

ROWS, COLS = 120, 640  # crosses a block's border
VOID = holes(ROWS, COLS)
IMAGE = patches(ROWS, COLS, cell=30)
OPTIONS = {"classes": 4, "features": "color,texture,gradient,histogram", "majority": 1, "min_area": 20}


def masked_array(folder, image):
    return np.ma.masked_array(image, np.repeat(VOID[..., None], 3, axis=2)), {}


def nan_in_one_band(folder, image):
    image = image.astype("float32")
    image[VOID, 1] = np.nan
    return image, {}


def nodata_in_one_band(folder, image):
    image[VOID, 2] = 0
    return write_raster(folder / "a.tif", image, nodata=0), {}


def nodata_of_each_band(folder, image):
    image[VOID] = np.where(np.arange(VOID.sum())[:, None] % 3 == [0, 1, 2], [251, 252, 253], image[VOID] // 2)
    write_raster(folder / "plain.tif", image)
    bands = "".join(
        f'<VRTRasterBand dataType="Byte" band="{band}"><NoDataValue>{250 + band}</NoDataValue><SimpleSource>'
        f'<SourceFilename relativeToVRT="1">plain.tif</SourceFilename><SourceBand>{band}</SourceBand>'
        "</SimpleSource></VRTRasterBand>"
        for band in (1, 2, 3)
    )
    (folder / "a.vrt").write_text(f'<VRTDataset rasterXSize="{COLS}" rasterYSize="{ROWS}">{bands}</VRTDataset>')
    return folder / "a.vrt", {}


def mask_in_the_file(folder, image):
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        return write_raster(folder / "a.tif", image, describe=lambda dataset: dataset.write_mask(~VOID)), {}


def alpha_of_a_raster(folder, image):
    def describe(dataset):
        dataset.colorinterp = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]

    return write_raster(folder / "a.tif", np.dstack([image, 255 * ~VOID]).astype("uint8"), describe=describe), {}


def alpha_of_a_picture(folder, image):
    return write_photo(folder / "a.png", np.dstack([image, 255 * ~VOID]).astype("uint8")), {}


def mask_file(folder, image):
    mask = write_raster(folder / "mask.tif", (~VOID[..., None]).astype("uint8"))
    return write_raster(folder / "a.tif", image), {"mask": str(mask)}


def polygons(folder, image):
    shapes = shapes_of((~VOID).astype("uint8"), mask=~VOID, transform=PLACE["transform"])
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape, _ in shapes]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    file = folder / "kept.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    return write_raster(folder / "a.tif", image), {"mask": str(file)}


def nodata_said(folder, image):
    image[VOID, 0] = 254
    return write_raster(folder / "a.tif", image), {"nodata": 254}


WAYS = [masked_array, nan_in_one_band, nodata_in_one_band, nodata_of_each_band, mask_in_the_file, alpha_of_a_raster,
        alpha_of_a_picture, mask_file, polygons, nodata_said]  # fmt: skip


def with_junk(seed):
    """Return the image with noise of all values where there is no data, and none of the values that mean no data."""
    image = IMAGE.clip(1, 250)
    image[VOID] = np.random.default_rng(seed).integers(1, 251, (VOID.sum(), 3))
    return image


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_lies_under_no_data_changes_no_byte(tmp_path, way):
    written = []
    for seed in (1, 2):
        image, options = way(tmp_path, with_junk(seed))
        result = fallow.segment(image, **OPTIONS, **options)
        result.save(tmp_path / "out", overwrite=True)
        written.append(contents(tmp_path / "out"))
    assert written[0] == written[1]
    for layer in (result.classes, result.regions, result.confidence):
        assert not layer[VOID].any()
        assert layer[~VOID].all()
    assert sum(row.area for row in result.table) == np.count_nonzero(~VOID)


@pytest.mark.parametrize("way", [masked_array, nodata_in_one_band], ids=lambda way: way.__name__)
def test_a_model_fitted_or_applied_never_sees_it(tmp_path, way):
    written = []
    for seed in (1, 2):
        image, options = way(tmp_path, with_junk(seed))
        model = fallow.fit([image, IMAGE], **OPTIONS, **options)
        written.append((model.save(tmp_path / "m.fallow").read_bytes(), model.predict(image).classes.tobytes()))
    assert written[0] == written[1]


@pytest.mark.parametrize("method", ["mixture", "som,shape=4x4,epochs=2"])
def test_no_clusterer_and_no_reduction_ever_sees_it(method):
    options = OPTIONS | {"features": "spectral,gradient", "method": method, "reduce": "mnf", "unit": "pixel"}
    one, other = (fallow.segment(masked_array(None, with_junk(seed))[0], **options) for seed in (1, 2))
    assert layers(one) == layers(other)


def test_means_and_deviations_leave_it_out():
    image = with_junk(1).astype("float32")
    image[VOID] = np.nan
    result = fallow.segment(image, classes=4, features="spectral")
    for row in result.table:
        pixels = image[result.classes == row.label].astype("float64")
        assert row.area == len(pixels)
        np.testing.assert_allclose(row.mean, pixels.mean(axis=0), rtol=1e-9)
        np.testing.assert_allclose(row.deviation, pixels.std(axis=0), rtol=1e-6)
    assert sum(row.share for row in result.table) == pytest.approx(1)


def test_no_data_parts_regions():
    image = np.zeros((60, 700), np.float32)
    image[30:] = 1
    image[:, 400] = np.nan
    result = fallow.segment(image, classes=2, features="spectral", unit="pixel")
    assert result.n_regions == 4
    assert len(np.unique(result.regions[:, 399])) == 2
    assert not set(np.unique(result.regions[:, :400])) & set(np.unique(result.regions[:, 401:]))


def test_no_data_everywhere_but_one_patch_is_enough():
    image = np.full((1100, 1100, 2), np.nan, np.float32)
    image[600:620, 520:540] = np.random.default_rng(0).random((20, 20, 2))
    result = fallow.segment(image, classes=2, features="spectral", unit="pixel", min_area=0)
    assert np.count_nonzero(result.classes) == 400
    assert set(np.unique(result.classes)) == {0, 1, 2}


def test_a_model_says_that_an_image_without_data_holds_nothing():
    model = fallow.fit(IMAGE, classes=3, unit="pixel")
    result = model.predict(np.full((40, 50, 3), np.nan))
    assert not result.classes.any()
    assert result.n_regions == 0
    assert [row.share for row in result.table] == [0, 0, 0]
    assert result.preview().shape[2] == 3
