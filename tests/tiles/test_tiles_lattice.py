import numpy as np
import pytest

from fallow.raster import open_source
from fallow.tiles import Work
from fallow.tiles.hashing import position_hash
from fallow.tiles.lattice import draw_lattice, label_lattice, lattice_step, pick_cells, show_lattice
from fallow.units.base import pixels_alone
from system_scenes import holes, patches


def numbered(rows, cols):
    """An image whose one band is each pixel's own number."""
    return np.arange(rows * cols, dtype=np.float32).reshape(rows, cols)


def least_hashes(image, row0, col0, n_cols, seed, step):
    """Say the plain way which pixel of each cell is picked."""
    picked = {}
    for row, col in np.argwhere(~np.isnan(image)):
        value = position_hash(row0 + row, col0 + col, n_cols, seed)
        cell = row // step, col // step
        if cell not in picked or value < picked[cell][0]:
            picked[cell] = value, row, col
    return {cell: (row, col) for cell, (_, row, col) in picked.items()}


@pytest.mark.parametrize("step", [1, 2, 4])
def test_the_valid_pixel_of_least_hash_is_picked_in_each_cell(step):
    image = numbered(9, 14)
    image[holes(9, 14)] = np.nan
    image[4:8, 4:8] = np.nan
    rows, cols, where = pick_cells(image, 512, 1024, 2000, 3, step)
    wanted = least_hashes(image, 512, 1024, 2000, 3, step)
    found = {tuple(cell): (rows[where[tuple(cell)]], cols[where[tuple(cell)]]) for cell in np.argwhere(where >= 0)}
    assert found == wanted


def test_each_cell_holds_a_pixel_of_its_own():
    source = open_source(numbered(1100, 700))
    assert (step := lattice_step(source.shape)) == 4
    found = draw_lattice(source, pixels_alone, seed=0, work=Work())
    row, col = np.divmod(found.rows[found.at, 0], 700)
    assert (row // step == np.arange(found.at.shape[0])[:, None]).all()
    assert (col // step == np.arange(found.at.shape[1])).all()
    assert sorted(found.at.ravel()) == list(range(len(found.rows)))


def test_tiles_and_threads_change_nothing():
    image = patches(600, 1100, bands=2).astype(np.float32)
    image[holes(600, 1100)] = np.nan
    source = open_source(image)
    ways = [Work(tile=(2000, 2000), runner="serial"), Work(tile=(512, 512), workers=2)]
    one, other = (
        draw_lattice(source, pixels_alone, seed=5, work=work, with_differences=True) for work in ways
    )  # fmt: skip
    for name in ("rows", "at", "differences"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert len(one.differences)
    assert (one.at < 0).any()
    assert np.array_equal(*(show_lattice(source, (0, 1, 0), work) for work in ways), equal_nan=True)


def test_differences_are_those_to_the_right_neighbour():
    found = draw_lattice(open_source(numbered(40, 30)), pixels_alone, seed=0, work=Work(), with_differences=True)
    assert (found.differences == 1).all()
    assert len(found.differences) == 40 * 29


def test_labels_are_those_of_the_cells_first_pixels():
    source = open_source(numbered(500, 450))
    labels = np.arange(500 * 450).reshape(500, 450)
    at = label_lattice(source, lambda tile: [(tile, labels)], Work())
    assert np.array_equal(at, labels[::2, ::2])
