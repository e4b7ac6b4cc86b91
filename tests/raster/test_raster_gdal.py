"""Rasters that GDAL reads."""

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import rasterio
import scipy.io
from rasterio.enums import ColorInterp

from fallow.errors import FileError, InputError
from fallow.raster import open_source, read_labels

VOID = np.nan


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"])
def test_geotiffs_of_any_type_round_trip(write_tiff, dtype):
    bands = np.arange(2 * 30 * 40).reshape(2, 30, 40) % 120
    source = open_source(write_tiff("a.tif", bands.astype(dtype)))
    assert source.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(source.read(), np.moveaxis(bands, 0, 2))


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("strips.tif", {}),
        ("tiles.tif", {"tiled": True, "blockxsize": 16, "blockysize": 32, "compress": "deflate", "predictor": 2}),
        ("planes.tif", {"interleave": "band"}),
        ("cog.tif", {"driver": "COG"}),
        ("wavelets.jp2", {"driver": "JP2OpenJPEG", "QUALITY": "100", "REVERSIBLE": "YES"}),
        ("envi.img", {"driver": "ENVI"}),
        ("envi.bil", {"driver": "ENVI", "INTERLEAVE": "BIL"}),
        ("erdas.img", {"driver": "HFA"}),
    ],
)
def test_formats_round_trip(write_tiff, numbers, name, profile):
    source = open_source(write_tiff(name, numbers, **profile))
    np.testing.assert_array_equal(source.read(), np.moveaxis(numbers, 0, 2))
    assert source.georeference.crs_name.startswith("WGS 84 / UTM zone 33N")
    assert source.georeference.transform == (10, 0, 500_000, 0, -10, 5_000_000)
    assert source.pixel_area_m2 == 100
    assert source.name == Path(name).stem


def test_a_vrt_round_trips(write_tiff, numbers, tmp_path):
    path = write_tiff("a.tif", numbers)
    vrt = tmp_path / "a.vrt"
    vrt.write_text(
        f'<VRTDataset rasterXSize="50" rasterYSize="40">'
        f'<VRTRasterBand dataType="UInt16" band="1"><NoDataValue>1</NoDataValue><SimpleSource>'
        f"<SourceFilename>{path}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
        f'<VRTRasterBand dataType="Float32" band="2"><NoDataValue>2002</NoDataValue><SimpleSource>'
        f"<SourceFilename>{path}</SourceFilename><SourceBand>2</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    image = open_source(vrt).read()
    expected = np.moveaxis(numbers[:2], 0, 2).astype(np.float32)
    expected[0, :2] = VOID  # each band's own nodata value voids both
    np.testing.assert_array_equal(image, expected)


def test_a_void_band_that_is_not_read_does_not_matter(write_tiff):
    bands = np.ones((2, 3, 3), np.float32)
    bands[1] = VOID
    source = open_source(write_tiff("a.tif", bands))
    assert np.isnan(source.read()).all()
    assert (open_source(source, bands=1).read() == 1).all()


def test_nan_and_infinity_are_no_data_without_being_declared(write_tiff):
    bands = np.array([[[1, VOID, np.inf, 4]]], np.float32)
    np.testing.assert_array_equal(open_source(write_tiff("a.tif", bands)).read()[0, :, 0], [1, VOID, VOID, 4])


@pytest.mark.parametrize(
    ("dtype", "nodata"),
    [("uint8", 0), ("int16", -9999), ("int32", -(2**31)), ("float32", -3.4028234663852886e38), ("float64", -1.7e308)],
)
def test_nodata_values_are_no_data(write_tiff, dtype, nodata):
    bands = np.array([[[5, nodata, 7]]], dtype)
    image = open_source(write_tiff("a.tif", bands, nodata=nodata)).read()
    np.testing.assert_array_equal(image[0, :, 0], [5, VOID, 7])


def test_a_mask_inside_the_file_is_no_data(write_tiff, numbers):
    mask = np.full((40, 50), 255, np.uint8)
    mask[3:5, 6:9] = 0
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        path = write_tiff("a.tif", numbers, lambda dataset: dataset.write_mask(mask))
    np.testing.assert_array_equal(np.isnan(open_source(path).read()).all(axis=2), mask == 0)


def test_alpha_is_a_mask_and_not_a_band(write_tiff):
    bands = np.full((4, 20, 30), 9, np.uint8)
    bands[3] = 255
    bands[3, :5] = 0
    source = open_source(write_tiff("a.tif", bands))
    assert source.band_names == ("red", "green", "blue")
    np.testing.assert_array_equal(np.isnan(source.read()).all(axis=2), bands[3] == 0)


def test_near_infrared_that_poses_as_alpha_is_a_band(write_tiff):
    bands = np.random.default_rng(0).integers(0, 256, (4, 40, 50), dtype=np.uint8)
    path = write_tiff("a.tif", bands)
    with rasterio.open(path) as dataset:
        assert dataset.colorinterp[3] == ColorInterp.alpha
    source = open_source(path)
    assert source.band_names == ("red", "green", "blue", "band 4")
    np.testing.assert_array_equal(source.read(), np.moveaxis(bands, 0, 2))


def test_a_colour_table_becomes_colours(write_tiff):
    indexes = np.array([[[0, 1, 2, 3]]], np.uint8)
    table = {1: (255, 0, 0), 2: (0, 255, 0), 3: (1, 2, 3)}
    path = write_tiff("a.tif", indexes, lambda dataset: dataset.write_colormap(1, table), nodata=3)
    source = open_source(path)
    assert source.band_names == ("red", "green", "blue")
    np.testing.assert_array_equal(source.read()[0], [(0, 0, 0), (255, 0, 0), (0, 255, 0), (VOID,) * 3])
    np.testing.assert_array_equal(read_labels(path), indexes[0])


def test_bands_are_called_what_the_file_calls_them(write_tiff, numbers):
    def describe(dataset):
        dataset.descriptions = ("water", None, "water")
        dataset.colorinterp = (ColorInterp.gray, ColorInterp.nir, ColorInterp.undefined)

    source = open_source(write_tiff("a.tif", numbers, describe))
    assert source.band_names == ("water", "nir", "water 3")
    assert open_source(write_tiff("b.tif", numbers[:1])).band_names == ("gray",)


def test_wavelengths_come_from_an_envi_header_in_nanometres(write_tiff, numbers, tmp_path):
    path = write_tiff("cube.img", numbers, driver="ENVI")
    with (tmp_path / "cube.hdr").open("a") as header:
        header.write("wavelength units = Micrometers\nwavelength = {0.45, 0.55, 0.65}\n")
    source = open_source(path)
    assert source.wavelengths == pytest.approx((450, 550, 650))
    assert open_source(source, bands="3,1").wavelengths == pytest.approx((650, 450))
    assert open_source(write_tiff("a.tif", numbers)).wavelengths is None


def test_a_raster_without_georeference_is_read_in_silence(write_tiff, numbers):
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        path = write_tiff("a.tif", numbers, crs=None, transform=None)
    assert open_source(path).georeference is None


def test_netcdf_variables_are_named(tmp_path):
    path = tmp_path / "scene.nc"
    with scipy.io.netcdf_file(path, "w") as file:
        file.createDimension("y", 4)
        file.createDimension("x", 5)
        for value, name in enumerate(["ndvi", "ndwi"]):
            file.createVariable(name, "f4", ("y", "x"))[:] = value
    with open_source(path, variable="ndwi") as source:
        assert source.shape == (4, 5)
        assert (source.read() == 1).all()
    assert (open_source(f'NETCDF:"{path}":ndvi').read() == 0).all()


@pytest.fixture
def container(tmp_path) -> Path:
    path = tmp_path / "scene.h5"
    with h5py.File(path, "w") as file:
        file["red"] = np.full((5, 6), 1, np.float32)
        file["bands/nir"] = np.full((5, 6), 2, np.float32)
    return path


def test_one_variable_of_a_container_is_named(container):
    assert (open_source(container, variable="bands/nir").read() == 2).all()
    whole_name = f"HDF5:{container}://red"
    assert (open_source(whole_name).read() == 1).all()
    assert open_source(whole_name).name == "red"


def test_a_container_says_what_it_holds(container, write_tiff, numbers):
    with pytest.raises(InputError, match=r"holds 2 images, name one of them as variable: .*bands/nir, red"):
        open_source(container)
    with pytest.raises(InputError, match=r"there is no 'rad': .*did you mean \"red\""):
        open_source(container, variable="rad")
    with pytest.raises(InputError, match="holds no variables, got 'red'"):
        open_source(write_tiff("a.tif", numbers), variable="red")


def test_complex_rasters_are_refused(write_tiff):
    path = write_tiff("a.tif", np.ones((1, 3, 3), np.complex64))
    with pytest.raises(InputError, match="holds complex values"):
        open_source(path)


@pytest.mark.parametrize("profile", [{}, {"tiled": True, "blockxsize": 16, "blockysize": 16, "compress": "deflate"}])
def test_a_truncated_tiff_names_file_and_window(write_tiff, profile):
    noise = np.random.default_rng(0).integers(0, 9999, (3, 200, 200), dtype=np.uint16)
    path = write_tiff("field.tif", noise, **profile)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    source = open_source(path)
    with pytest.raises(FileError, match=r"cannot read rows 100:200, columns 0:200 of .*field\.tif: "):
        source.read((100, 200, 0, 200))


def test_what_is_no_raster_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    path.write_text("hello")
    with pytest.raises(FileError, match=r"cannot open .*a\.tif: .*not recognized"):
        open_source(path)


def test_the_cache_of_gdal_stays_small(write_tiff):
    """268 MB of pixels pass through less than 128 MB of cache; in a process of its own, to see its peak."""
    path = write_tiff("large.tif", np.zeros((2, 1, 1), np.uint16), width=8192, height=8192, tiled=True, sparse_ok=True)
    code = f"""
import resource
from fallow.raster import open_source
source = open_source({str(path)!r})
source.read((0, 512, 0, 512))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for row in range(0, 8192, 512):
    for col in range(0, 8192, 512):
        source.read((row, row + 512, col, col + 512))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    grown = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert int(grown.stdout) < 160
