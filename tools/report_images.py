"""Make the results that docs/report.md shows: farmland from above and a cube of spectra, both made up, so that they are free to show.

    python tools/report_images.py FOLDER

writes FOLDER/farmland and FOLDER/cube with their reports. The pictures in docs/images are screenshots of these, 1400 and 400 pixels wide.
"""

import sys
from pathlib import Path

import numpy as np
import rasterio
from scipy.ndimage import gaussian_filter, zoom
from scipy.spatial import cKDTree

from fallow import jobs
from fallow.tiles import Work

SIDE, CUBE = 900, 110
BANDS = ("red", "green", "blue", "nir")
CROPS = np.array(
    [(178, 158, 124, 120), (122, 96, 74, 92), (74, 116, 62, 190), (104, 140, 70, 205), (196, 180, 120, 150)]
)  # straw, bare soil, maize, pasture, ripe grain
TREES, WATER, ROAD = np.array([44, 74, 46, 150]), np.array([52, 70, 84, 26]), np.array([188, 184, 176, 160])


def farmland(random: np.random.Generator) -> np.ndarray:
    """Return fields with rows, hedges, a stream with trees, a pond and a road: (SIDE, SIDE, 4) uint8."""
    row, col = np.mgrid[:SIDE, :SIDE].astype(float)
    bent = [col + 8 * gaussian_filter(random.normal(size=(SIDE, SIDE)), 40) * 60, row]
    turned = np.stack([0.94 * bent[0] + 0.34 * bent[1], (0.94 * bent[1] - 0.34 * bent[0]) * 1.7], axis=-1)
    sites = random.uniform(-400, [1300, 1800], (90, 2))
    distance, field = cKDTree(sites).query(turned.reshape(-1, 2), k=2)
    is_edge = ((distance[:, 1] - distance[:, 0]) < 7).reshape(SIDE, SIDE)
    field = field[:, 0].reshape(SIDE, SIDE)
    kind = random.integers(0, len(CROPS), len(sites))
    image = CROPS[kind][field] * random.normal(1, 0.05, len(sites))[field][..., None]
    angle, step = random.uniform(0, np.pi, len(sites))[field], random.uniform(5, 9, len(sites))[field]
    rows = np.sin((row * np.cos(angle) + col * np.sin(angle)) * 2 * np.pi / step)
    image += (5 * rows * np.isin(kind, (1, 2))[field] + 7 * clouds(random, 30) + 5 * clouds(random, 3))[..., None]
    image[is_edge & (clouds(random, 12) > -0.2)] = CROPS[3] * 0.8
    stream = np.abs(row - 520 - 70 * np.sin(col / 130) - 0.25 * (col - 450))
    is_wood = stream + 14 * clouds(random, 8) < 26
    image[is_wood] = TREES + 16 * clouds(random, 2.5)[is_wood][:, None]
    image[(row - 700) ** 2 + 0.5 * (col - 640) ** 2 + 900 * clouds(random, 12) < 2600] = WATER
    image[np.abs(col - 0.3 * row - 120) < 5] = ROAD
    return (gaussian_filter(image, (0.8, 0.8, 0)) + random.normal(0, 3, image.shape)).clip(1, 255).astype(np.uint8)


def clouds(random: np.random.Generator, size: float) -> np.ndarray:
    """Return smooth noise of deviation 1."""
    noise = gaussian_filter(random.normal(size=(SIDE, SIDE)), size, mode="wrap")
    return noise / noise.std()


def cube(random: np.random.Generator) -> np.ndarray:
    """Return stripes of crops at several ages, soil and a pond over 120 bands, 400 to 2500 nm: (CUBE, CUBE, 120) uint16."""
    wave = np.linspace(400, 2500, 120)

    def bump(center: float, width: float) -> np.ndarray:
        return np.exp(-(((wave - center) / width) ** 2))

    wet = bump(1400, 60) + bump(1900, 90)
    leaf = (
        0.05
        + 0.06 * bump(550, 40)
        + 0.45 / (1 + np.exp(-(wave - 715) / 14)) * np.exp(-(wave - 715).clip(0) / 1300)
        - 0.2 * wet
    )
    soil = 0.08 + 0.32 * (1 - np.exp(-(wave - 400) / 700)) - 0.12 * wet - 0.06 * bump(2200, 50)
    straw = 0.1 + 0.45 * (1 - np.exp(-(wave - 400) / 350)) - 0.1 * wet - 0.12 * bump(2100, 80)
    water = 0.07 * np.exp(-(wave - 400) / 160) + 0.004
    mixes = np.array([(0.9, 0.1, 0), (0.6, 0.4, 0), (0.3, 0.7, 0), (0.05, 0.95, 0), (0.1, 0.3, 0.6), (0.75, 0, 0.25)])
    row, col = np.mgrid[:CUBE, :CUBE]
    stripe = ((row + 0.55 * col) // 17).astype(int)
    parts = mixes[random.permutation(np.resize(np.arange(6), stripe.max() + 1))][stripe]
    image = parts @ np.stack([leaf, soil, straw]).clip(0.01)
    image[(row - 85) ** 2 + (col - 25) ** 2 < 130] = water
    image *= 1 + 0.04 * zoom(random.normal(size=(11, 11)), CUBE / 11, order=3)[..., None]
    return ((gaussian_filter(image, (0.6, 0.6, 0)) + random.normal(0, 0.004, image.shape)).clip(0.001) * 10_000).astype(
        np.uint16
    )


def main(folder: Path) -> None:
    """Make both images, and segment them with a report."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(7)
    image = farmland(random)
    place = {"crs": "EPSG:32633", "transform": rasterio.Affine(0.5, 0, 500_000, 0, -0.5, 5_000_000)}
    size = {"driver": "GTiff", "height": SIDE, "width": SIDE, "count": 4, "dtype": "uint8"}
    with rasterio.open(folder / "farmland.tif", "w", **size, **place) as dataset:
        dataset.descriptions = BANDS
        dataset.write(np.moveaxis(image, 2, 0))
    np.save(folder / "cube.npy", cube(random))
    for name, options in (
        ("farmland.tif", {"stability": 10, "classes": "5-9"}),
        ("cube.npy", {"method": "som", "classes": "4-9"}),
    ):
        target = folder / Path(name).stem
        job = jobs.Job.from_options((str(folder / name),), str(target), report=True, overwrite=True, **options)
        print(*(f"{done.folder}/report.html" for done in jobs.segment_files(job, Work())))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
