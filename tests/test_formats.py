"""The same fields, kept in many kinds of file, are found again in each."""

import numpy as np
import pytest
from PIL import Image
from rasterio.enums import ColorInterp
from scipy.io import savemat

import fallow
from fallow.raster import read_labels
from system_scenes import holes, kinds, patches, write_photo, write_raster

ROWS, COLS, CELL = 80, 120, 20
TRUTH = kinds(ROWS, COLS, n_kinds=4, cell=CELL)
VOID = holes(ROWS, COLS)


def fields(bands=3, dtype="uint8"):
    return patches(ROWS, COLS, bands=bands, dtype=dtype, cell=CELL, noise=2)


def grey(folder):
    return write_photo(folder / "a.png", fields(1)), None


def rgb(folder):
    return write_photo(folder / "a.png", fields()), None


def rgba(folder):
    return write_photo(folder / "a.png", np.dstack([fields(), 255 * ~VOID]).astype("uint8")), VOID


def grey_with_alpha(folder):
    return write_photo(folder / "a.png", np.dstack([fields(1), 255 * ~VOID]).astype("uint8")), VOID


def palette(folder):
    picture = Image.fromarray(TRUTH.astype("uint8")).convert("P")
    picture.putpalette([9, 9, 9, 200, 10, 10, 10, 200, 10, 10, 10, 200])
    picture.save(folder / "a.png")
    return folder / "a.png", None


def sixteen_bits(folder):
    return write_photo(folder / "a.png", fields(1, "uint16") * 200), None


def jpeg(folder):
    return write_photo(folder / "a.jpg", fields(), quality=98), None


def jpeg_turned_by_exif(folder):
    exif = Image.Exif()
    exif[274] = 6  # to be shown turned by 90 degrees clockwise
    return write_photo(folder / "a.jpeg", np.rot90(fields()), quality=98, exif=exif), None


def webp(folder):
    return write_photo(folder / "a.webp", fields(), lossless=True), None


def bmp(folder):
    return write_photo(folder / "a.bmp", fields()), None


def gif(folder):
    return write_photo(folder / "a.gif", fields(1)), None


def plain_tiff(folder):
    return write_photo(folder / "a.tif", fields()), None


def geotiff_of_one_band(folder):
    return write_raster(folder / "a.tif", fields(1, "uint16") * 37), None


def geotiff_with_nodata(folder):
    image = fields(4, "uint16") * 12
    image[VOID] = 0
    return write_raster(
        folder / "a.tif", image, nodata=0, tiled=True, blockxsize=64, blockysize=32, compress="lzw"
    ), VOID


def geotiff_of_floats(folder):
    image = fields(8, "float32") / 255
    image[VOID] = np.nan
    return write_raster(folder / "a.tif", image, nodata=np.nan), VOID


def geotiff_of_signed_numbers(folder):
    image = fields(3, "int16") - 128
    image[VOID] = -32768
    return write_raster(folder / "a.tif", image, nodata=-32768, interleave="band"), VOID


def geotiff_with_alpha(folder):
    def describe(dataset):
        dataset.colorinterp = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]

    return write_raster(folder / "a.tif", np.dstack([fields(), 255 * ~VOID]).astype("uint8"), describe=describe), VOID


def vrt(folder):
    write_raster(folder / "inside.tif", fields(2, "uint16"))
    bands = "".join(
        f'<VRTRasterBand dataType="UInt16" band="{band}"><SimpleSource><SourceFilename relativeToVRT="1">inside.tif'
        f"</SourceFilename><SourceBand>{band}</SourceBand></SimpleSource></VRTRasterBand>"
        for band in (1, 2)
    )
    (folder / "a.vrt").write_text(f'<VRTDataset rasterXSize="{COLS}" rasterYSize="{ROWS}">{bands}</VRTDataset>')
    return folder / "a.vrt", None


def envi(folder):
    return write_raster(folder / "a.bsq", fields(30, "int16"), driver="ENVI"), None


def numpy_array(folder):
    np.save(folder / "a.npy", fields(5, "float64"))
    return folder / "a.npy", None


def numpy_archive(folder):
    np.savez_compressed(folder / "a.npz", wavelengths=np.arange(6), cube=fields(6, "int32"))
    return folder / "a.npz", None


def matlab(folder):
    savemat(folder / "a.mat", {"cube": fields(20, "uint16"), "names": np.array(["a"], dtype=object)})
    return folder / "a.mat", None


FORMATS = [
    grey, rgb, rgba, grey_with_alpha, palette, sixteen_bits, jpeg, jpeg_turned_by_exif, webp, bmp, gif, plain_tiff,
    geotiff_of_one_band, geotiff_with_nodata, geotiff_of_floats, geotiff_of_signed_numbers, geotiff_with_alpha, vrt,
    envi, numpy_array, numpy_archive, matlab,
]  # fmt: skip


def agreement(classes, void):
    """Return the share of valid pixels whose class stands for one kind of field."""
    valid = classes > 0
    if void is not None:
        np.testing.assert_array_equal(valid, ~void)
    else:
        assert valid.all()
    pairs = np.zeros((4, classes.max() + 1))
    np.add.at(pairs, (TRUTH[valid], classes[valid]), 1)
    return pairs.max(axis=1).sum() / pairs.sum()


@pytest.mark.parametrize("make", FORMATS, ids=lambda make: make.__name__)
def test_fields_are_found_in_each_kind_of_file(tmp_path, fallow_cli, make):
    path, void = make(tmp_path)
    assert fallow_cli("segment", path, "-k", "4", "-f", "spectral", "--unit", "pixel", "-q") == (0, "", "")
    assert agreement(read_labels(tmp_path / "fallow-out" / "classes.tif"), void) > 0.99


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "float32",
              "float64", ">f4", ">u2"]
)  # fmt: skip
@pytest.mark.parametrize("shape", [(ROWS, COLS), (ROWS, COLS, 1), (ROWS, COLS, 4)])
def test_arrays_of_every_type_and_shape(dtype, shape):
    image = TRUTH // 2 if dtype == "bool" else TRUTH * 30
    image = np.broadcast_to(image.reshape(ROWS, COLS, *[1] * (len(shape) - 2)), shape).astype(dtype)
    before = image.copy()
    result = fallow.segment(image, classes=2 if dtype == "bool" else 4, features="spectral", unit="pixel")
    np.testing.assert_array_equal(image, before)
    assert agreement(result.classes, None) == 1


def test_an_array_may_lie_in_memory_in_any_order():
    image = fields()
    expected = fallow.segment(image, classes=4).classes
    for same in (np.asfortranarray(image), image[::-1, ::-1].copy()[::-1, ::-1], image.repeat(2, axis=2)[..., ::2]):
        np.testing.assert_array_equal(fallow.segment(same, classes=4).classes, expected)


def test_a_read_only_array_is_an_image():
    image = fields()
    image.flags.writeable = False
    assert fallow.segment(image, classes=4).n_classes == 4


@pytest.mark.parametrize("shape", [(1, 50), (50, 1), (2, 2), (513, 3)])
def test_narrow_images_are_images(tmp_path, shape):
    image = np.random.default_rng(0).integers(0, 255, (*shape, 3), dtype=np.uint8)
    options = {"features": "color,texture,gradient,histogram", "majority": 2, "min_area": 0}
    result = fallow.segment(image, classes=2, unit="pixel", **options)
    assert result.classes.shape == shape
    result.save(tmp_path / "out")
