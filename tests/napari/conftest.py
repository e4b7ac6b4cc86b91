"""Results to open in napari."""

import numpy as np
import pytest

import fallow
from system_scenes import patches, write_raster


@pytest.fixture(scope="session")
def result_folder(tmp_path_factory):
    """A georeferenced result of three classes; its image lies beside it."""
    folder = tmp_path_factory.mktemp("napari")
    image = patches(90, 130, bands=4, dtype="uint16", n_kinds=3, cell=30)
    image[:9] = 0
    path = write_raster(folder / "field.tif", image, nodata=0)
    return fallow.segment(path, classes=3, effort="fast").save(folder / "out")


@pytest.fixture(scope="session")
def long_folder(tmp_path_factory):
    """A result of more than 1400 pixels, without georeference."""
    folder = tmp_path_factory.mktemp("long")
    image = patches(24, 1501, n_kinds=3, cell=24, noise=0)
    np.save(folder / "long.npy", image)
    return fallow.segment(folder / "long.npy", classes=3, effort="fast").save(folder / "out")
