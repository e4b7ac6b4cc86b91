"""A result to hand over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fallow
from system_scenes import holes, patches, write_raster


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """A saved result of 130 x 150 pixels with holes, whose regions hold more than one class."""
    home = tmp_path_factory.mktemp("handed over")
    image = patches(130, 150, bands=4, dtype="uint16", cell=30, noise=25)
    image[holes(130, 150)] = 0
    write_raster(home / "field.tif", image, nodata=0)
    return fallow.segment(str(home / "field.tif"), classes=4, min_area=1).save(home / "out")


@pytest.fixture(scope="session")
def result(folder):
    return fallow.open_result(folder)


@pytest.fixture(scope="session")
def edited(result):
    """The result with classes that have names and a gap in their numbers."""
    lines = [
        {"do": "merge", "classes": [2, 3]},
        {"do": "name", "class": 1, "name": 'rye & "oats" <mixed>'},
        {"do": "name", "class": 4, "name": "Öde"},
        {"do": "recolor", "class": 4, "color": "#102030"},
    ]
    return result.edit(lines)


@pytest.fixture(scope="session")
def by_region(result):
    """The class of most pixels of each pixel's region."""
    each = [result.classes[result.regions == region] for region in range(result.n_regions + 1)]
    most = np.array([np.bincount(classes, minlength=5).argmax() for classes in each])
    return np.where(result.regions > 0, most[result.regions], 0)
