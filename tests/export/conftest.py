"""Results to hand over."""

import pytest

import fallow
from system_scenes import holes, patches, write_photo, write_raster


@pytest.fixture(scope="session")
def field(tmp_path_factory):
    """A result of the region unit on the ground, with holes, opened from its folder."""
    folder = tmp_path_factory.mktemp("export")
    image = patches(90, 130, bands=4, dtype="float32", cell=30)
    image[holes(90, 130)] = -1
    path = write_raster(folder / "field.tif", image, nodata=-1, describe=name_bands)
    return fallow.open_result(fallow.segment(path, classes=3, effort="fast").save(folder / "out"))


def name_bands(raster):
    raster.descriptions = ("red", "green", "near infrared", "near-infrared")


@pytest.fixture(scope="session")
def photo(tmp_path_factory):
    """A result of the pixel unit without a place."""
    folder = tmp_path_factory.mktemp("export")
    path = write_photo(folder / "photo.png", patches(60, 70, n_kinds=3, cell=25))
    result = fallow.segment(path, classes=3, unit="pixel", min_area=1)
    return fallow.open_result(result.save(folder / "out"))
