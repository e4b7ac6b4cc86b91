"""Arrays in files."""

import h5py
import numpy as np
import pytest
import scipy.io

from fallow.errors import FileError, InputError
from fallow.raster import open_source


@pytest.fixture
def cube() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 3000, (8, 9, 20), dtype=np.uint16)


def save_mat73(path, **arrays):
    """Write as MATLAB does: axes backwards, the class beside."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, array in arrays.items():
            dataset = file.create_dataset(name, data=array.T, compression="gzip")
            dataset.attrs["MATLAB_class"] = np.bytes_({"f": "double", "u": "uint16"}[array.dtype.kind])
        file["note"] = np.array([[104], [105]], np.uint16)
        file["note"].attrs["MATLAB_class"] = np.bytes_("char")
        file["#refs#/a"] = np.zeros((99, 99))


def save_mat5(path, **arrays):
    scipy.io.savemat(path, arrays | {"note": "hi", "settings": {"gain": 2.0}})


WRITERS = {"a.mat": save_mat5, "b.mat": save_mat73, "c.npz": np.savez, "d.npz": np.savez_compressed}


@pytest.mark.parametrize("name", WRITERS)
def test_the_largest_array_is_the_image_unless_one_is_named(tmp_path, cube, name):
    truth = np.arange(72, dtype=np.uint16).reshape(8, 9)
    WRITERS[name](tmp_path / name, wavelengths=np.linspace(400, 900, 500), gt=truth, cube=cube)
    source = open_source(tmp_path / name)
    assert (source.shape, source.n_bands, source.dtype) == ((8, 9), 20, np.uint16)
    np.testing.assert_array_equal(source.read(), cube)
    np.testing.assert_array_equal(source.read((2, 5, 1, 9), [3, 1]), cube[2:5, 1:9, [3, 1]])
    np.testing.assert_array_equal(open_source(tmp_path / name, variable="gt").read()[..., 0], truth)


@pytest.mark.parametrize("name", WRITERS)
def test_an_unknown_variable_is_answered_with_what_there_is(tmp_path, cube, name):
    WRITERS[name](tmp_path / name, cube=cube)
    with pytest.raises(
        InputError, match=r"has no variable 'cub'; it holds cube \(8 x 9 x 20\); did you mean \"cube\"\?"
    ):
        open_source(tmp_path / name, variable="cub")


@pytest.mark.parametrize("name", ["c.npz", "d.npz"])
def test_a_file_without_images_says_so(tmp_path, name):
    WRITERS[name](tmp_path / name, spectrum=np.zeros(5), text=np.array("x"))
    with pytest.raises(InputError, match=r"no array of two or three dimensions; it holds spectrum \(5\)"):
        open_source(tmp_path / name)


def test_npy_files_are_mapped_not_loaded(tmp_path):
    np.lib.format.open_memmap(tmp_path / "a.npy", "w+", np.float32, (4000, 4000, 400))  # 25 GB, sparse on disk
    source = open_source(tmp_path / "a.npy")
    assert (source.read((3990, 4010, 0, 4))[:10] == 0).all()


def test_nan_in_a_cube_is_no_data(tmp_path):
    values = np.ones((3, 3, 2))
    values[1, 1, 0] = np.nan
    np.save(tmp_path / "a.npy", values)
    np.testing.assert_array_equal(
        np.isnan(open_source(tmp_path / "a.npy").read()).any(axis=2), np.isnan(values[..., 0])
    )


@pytest.mark.parametrize("name", ["a.mat", "a.npz", "a.npy"])
def test_complex_cubes_are_refused(tmp_path, name):
    values = np.ones((3, 3), complex)
    if name == "a.mat":
        scipy.io.savemat(tmp_path / name, {"a": values})
    else:
        (np.savez if name == "a.npz" else np.save)(tmp_path / name, **{"a" if name == "a.npz" else "arr": values})
    with pytest.raises(InputError, match=r"a in .*is complex|arr_0 in .*is complex"):
        open_source(tmp_path / name)


@pytest.mark.parametrize("name", [*WRITERS, "e.npy"])
@pytest.mark.parametrize("part", [0, 0.1, 0.5, 0.9])
def test_truncated_files_are_refused(tmp_path, name, part):
    path = tmp_path / name
    noise = np.random.default_rng(0).normal(size=(40, 50, 3))
    np.save(path, noise) if name == "e.npy" else WRITERS[name](path, cube=noise)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    with pytest.raises(FileError, match=rf"cannot read .*{name}"):
        open_source(path).read()


def test_pickled_objects_are_never_loaded(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[{}, 1]], dtype=object))
    with pytest.raises(FileError, match="cannot read"):
        open_source(tmp_path / "a.npy")
    np.savez(tmp_path / "b.npz", a=np.array([[{}, 1]], dtype=object))
    with pytest.raises(InputError, match="it holds no numbers"):
        open_source(tmp_path / "b.npz")
