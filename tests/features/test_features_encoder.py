"""What every encoder file promises as a family of features: one made by hand, and one that was trained."""

from __future__ import annotations

import json

import numpy as np
import pytest
from feature_scenes import punch, rows_of, scene, through_a_file
from hand_made_encoder import hand_made

import fallow
from fallow import FileError, InputError, Work, jobs
from fallow.archive import read_archive, write_archive
from fallow.features import Bands, parse_features
from fallow.features.block import Block
from fallow.features.encoder import Encoder
from fallow.features.encoder_file import KIND, EncoderFile
from system_scenes import contents, holes, layers, patches, write_photo, write_raster

RGB = Bands(3, ("red", "green", "blue"), "uint8")


@pytest.fixture(scope="session")
def by_hand(tmp_path_factory):
    path = tmp_path_factory.mktemp("by-hand") / "farm.fallow"
    hand_made(RGB).save(path)
    return path


@pytest.fixture(scope="session")
def files(request, by_hand):
    return {"by hand": lambda: by_hand, "trained": lambda: request.getfixturevalue("trained_encoder")}


@pytest.fixture
def photo(tmp_path):
    return write_photo(tmp_path / "photo.png", patches(90, 130, cell=20))


@pytest.fixture(params=["by hand", "trained"])
def encoder(request, files):
    """The path of an encoder file of red, green and blue; the core is tested by one that needs no torch."""
    return files[request.param]()


def fitted(path, image, bands=RGB):
    ((family, _),) = parse_features(path)
    return family.fit(rows_of(image), bands)


# ---------------------------------------------------------------------- as a family
def test_no_data_stays_no_data_and_all_else_is_finite(encoder):
    image = punch(scene(60, 70, 3))
    image.flags.writeable = False
    family = fitted(encoder, image)
    features = family.transform(image)
    is_hole = np.isnan(image[..., 0])
    assert features.dtype == np.float32
    assert features.shape == (60, 70, len(set(family.names)))
    assert family.names[0] == "encoder_1"
    assert np.isnan(features[is_hole]).all()
    assert np.isfinite(features[~is_hole]).all()
    assert features[~is_hole].std(axis=0).min() > 1e-3


def test_what_stands_in_a_hole_never_leaks(encoder):
    image = scene(70, 80, 3)
    block_of = np.zeros((70, 80), bool)
    block_of[20:40, 30:55] = True
    found = []
    for value in (0, 9999):
        source = np.where(block_of[..., None], np.float32(value), image)
        source = fallow.open_source(source, nodata=value)
        found.append(fitted(encoder, image).transform(source.read()))
    assert np.array_equal(*found, equal_nan=True)


def test_a_hole_in_a_flat_image_cannot_be_seen_and_neither_can_its_edge(encoder):
    image = np.broadcast_to(np.float32([90, 120, 40]), (90, 100, 3))
    family = fitted(encoder, scene(90, 100, 3))
    for seen in (image, np.where(np.isnan(punch(scene(90, 100, 3))), np.float32(np.nan), image)):
        rows = rows_of(family.transform(seen))
        np.testing.assert_allclose(rows, np.broadcast_to(rows[0], rows.shape), atol=1e-4)


def test_the_edge_of_the_image_is_the_same_whatever_was_read_beyond_it(encoder):
    image = scene(60, 71, 3)
    family = fitted(encoder, image)
    whole = family.transform(image)
    for margin in (3, family.halo, family.halo + 5):
        around = np.pad(image, ((margin, margin), (margin, margin), (0, 0)), constant_values=np.nan)
        features = family.transform(around, (-margin, -margin), image.shape[:2])[margin:-margin, margin:-margin]
        np.testing.assert_allclose(features, whole, atol=1e-4)


@pytest.mark.parametrize("corner", [(97, 101), (0, 98), (104, 0)])
def test_the_halo_is_all_the_context_that_counts(encoder, corner):
    image = punch(scene(230, 241, 3))
    family = fitted(encoder, image)
    halo = family.halo
    whole = family.transform(image)
    place = tuple(slice(max(0, start - halo), start + 40 + halo) for start in corner)
    block = family.transform(image[place], (place[0].start, place[1].start), image.shape[:2])
    core = tuple(slice(start - max(0, start - halo), start - max(0, start - halo) + 40) for start in corner)
    wanted = whole[tuple(slice(start, start + 40) for start in corner)]
    np.testing.assert_allclose(block[core], wanted, atol=1e-4)


def test_a_cell_holds_the_mean_of_its_pixels(encoder):
    image = scene(62, 75, 3)
    family = fitted(encoder, image)
    cells = family.cells(Block(image))
    assert cells.shape == (16, 19, len(family.names))
    wanted = family.transform(image)[:60, :72].reshape(15, 4, 18, 4, -1).mean(axis=(1, 3))
    np.testing.assert_allclose(cells[:15, :18], wanted, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (3, 70), (8, 8)])
def test_the_smallest_images_have_features(encoder, shape):
    image = np.full((*shape, 3), 77, np.float32)
    assert np.isfinite(fitted(encoder, image).transform(image)).all()


def test_a_block_without_data_is_nan(encoder):
    family = fitted(encoder, scene(20, 24, 3))
    assert np.isnan(family.transform(np.full((8, 9, 3), np.nan, np.float32))).all()


def test_what_was_learned_is_plain_and_needs_no_file(encoder):
    image = scene(40, 50, 3)
    family = fitted(encoder, image)
    again = Encoder("gone.fallow").set_state(through_a_file(family.get_state()))
    assert (again.names, again.halo) == (family.names, family.halo)
    assert np.array_equal(again.transform(image), family.transform(image))


def test_an_encoder_is_written_and_read_back(encoder, tmp_path):
    file = EncoderFile.load(encoder)
    file.save(tmp_path / "again.fallow")
    again = EncoderFile.load(tmp_path / "again.fallow")
    assert (tmp_path / "again.fallow").read_bytes() == encoder.read_bytes()
    assert again.graphs == file.graphs
    assert (again.bands, again.origin) == (file.bands, file.origin)


def test_it_is_named_by_its_path(by_hand):
    for said in (str(by_hand), by_hand, f"encoder,path={by_hand}", [by_hand], {str(by_hand): 1.0}):
        ((family, weight),) = parse_features(said)
        assert (family, weight) == (Encoder(str(by_hand)), 1.0) or family.get_params() == {"path": str(by_hand)}
    (_, (family, weight)) = parse_features(f"color,{by_hand},weight=0.5")
    assert (family.path, weight) == (str(by_hand), 0.5)


# ---------------------------------------------------------------------- whole segmentations
@pytest.mark.parametrize("unit", ["pixel", "region"])
def test_tiles_and_threads_do_not_change_a_bit(encoder, unit):
    image = patches(600, 1040, cell=60, noise=20).astype("float32")
    image[200:300, 480:560] = np.nan
    options = {"classes": 3, "features": str(encoder), "unit": unit, "sample": 5000, "effort": "fast"}
    ways = (Work(tile=(512, 512), workers=2), Work(tile=(1024, 1024), workers=1))
    one, other = (fallow.segment(image, work=work, **options) for work in ways)
    assert layers(one) == layers(other)
    assert (np.asarray(one.classes) == 0).sum() == 100 * 80


def test_it_can_take_the_place_of_the_network_in_the_tree(encoder):
    image = patches(600, 300, cell=50, noise=20).astype("float32")
    image[holes(600, 300)] = np.nan
    ways = (Work(tile=(512, 512), workers=2), Work(tile=(1024, 1024), workers=1))
    one, other = (fallow.segment(image, classes=3, network=str(encoder), work=work) for work in ways)
    assert layers(one) == layers(other)
    assert one.recipe["segment"]["network"] == str(encoder)
    assert one.n_regions > 5
    assert ((one.superpixels == 0) == holes(600, 300)).all()


@pytest.mark.parametrize("options", [{"unit": "pixel"}, {"effort": "fast"}, {"network": True, "features": "auto"}])
def test_a_model_keeps_its_encoder(encoder, tmp_path, options):
    image = patches(70, 80, cell=24)
    path = tmp_path / "copied.fallow"
    path.write_bytes(encoder.read_bytes())
    options = {"features": str(path), **options}
    if "network" in options:
        options["network"] = str(path)
    model = fallow.fit(image, classes=2, **options)
    wanted = layers(model.predict(image))
    saved = model.save(tmp_path / "model.fallow")
    path.unlink()
    assert layers(fallow.load(saved).predict(image)) == wanted
    with pytest.raises(FileError, match=r"no such file: .*copied\.fallow"):
        fallow.fit(image, classes=2, **options)


def test_the_command_line_segments_fits_and_applies(encoder, fallow_cli, photo, tmp_path):
    (tmp_path / "farm.fallow").write_bytes(encoder.read_bytes())
    write_photo(tmp_path / "other.png", patches(60, 70, cell=20))
    common = "-k", "3", "-q"
    assert fallow_cli("segment", photo, "-f", "farm.fallow", "-o", "out", *common) == (0, "", "")
    assert fallow_cli("segment", photo, "--network", "farm.fallow", "-o", "tree", *common) == (0, "", "")
    assert fallow_cli("segment", "--recipe", "out/recipe.toml", "-o", "again", "-q") == (0, "", "")
    assert contents(tmp_path / "out")["classes.tif"] == contents(tmp_path / "again")["classes.tif"]
    fit = "fit", photo, "other.png", "-f", "farm.fallow,color,weight=0.5", "-o", "model.fallow"
    assert fallow_cli(*fit, *common) == (0, "", "")
    (tmp_path / "farm.fallow").unlink()
    assert fallow_cli("apply", "model.fallow", "other.png", "-o", "applied", "-q") == (0, "", "")
    code, out, _ = fallow_cli("info", "model.fallow")
    assert code == 0
    assert "farm.fallow" in out


def test_info_tells_how_an_encoder_came_to_be(encoder, fallow_cli):
    code, out, err = fallow_cli("info", encoder)
    assert (code, err) == (0, "")
    assert "red, green, blue" in out
    assert "trained objective" in out
    told = json.loads(fallow_cli("info", encoder, "--json")[1])
    assert told["encoder"].endswith("pixels around each")


# ---------------------------------------------------------------------- what will not do
def test_other_bands_are_refused(encoder):
    with pytest.raises(InputError, match=r"^.*\.fallow was trained on 3 bands, got 5; choose with bands$"):
        fallow.segment(patches(40, 50, bands=5), classes=2, features=str(encoder), unit="pixel")


def test_without_a_file_it_says_what_it_needs():
    with pytest.raises(InputError, match=r'^encoder needs the file that "fallow train" wrote, as in encoder,path='):
        fallow.segment(patches(40, 50), classes=2, features="encoder")


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-40])


def without_a_part(path):
    tree = read_archive(path, kind=KIND)
    del tree["graphs"]
    write_archive(path, tree, kind=KIND)


def of_other_parts(path):
    write_archive(path, read_archive(path, kind=KIND) | {"colour": 1}, kind=KIND)


def a_model(path):
    fallow.fit(patches(40, 50), classes=2, unit="pixel", features="color").save(path)


@pytest.mark.parametrize(("spoil", "told"), [
    (lambda path: path.unlink(), "no such file: "),
    (cut_short, "is not a file that Fallow saved, or it is damaged: "),
    (lambda path: path.write_text("hello"), "is not a file that Fallow saved, or it is damaged: "),
    (a_model, "holds a fallow-model, expected a fallow-encoder"),
    (without_a_part, "is a damaged encoder: KeyError"),
    (of_other_parts, "is a damaged encoder: "),
])  # fmt: skip
@pytest.mark.parametrize("option", ["-f", "--network"])
def test_a_file_that_will_not_do_is_told_in_one_line(by_hand, fallow_cli, photo, tmp_path, spoil, told, option):
    path = tmp_path / "farm.fallow"
    path.write_bytes(by_hand.read_bytes())
    spoil(path)
    code, out, err = fallow_cli("segment", photo, option, "farm.fallow", "-k", "2", "-o", "out")
    assert (code, out) == (2, "")
    assert err.startswith("fallow: ")
    assert told in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------------- any number of bands
def train(image, path, **options):
    jobs.train(options.pop("objective", "autoencoder"), image, path, steps=2, device="cpu", **options)
    return path


@pytest.mark.parametrize("n_bands", [1, 2, 300])
@pytest.mark.usefixtures("quick")
def test_images_of_any_bands_are_trained_on_and_segmented(tmp_path, n_bands):
    image = patches(40, 48, bands=n_bands, dtype="uint16", cell=16)
    path = train(image, tmp_path / "farm.fallow")
    result = fallow.segment(image, classes=2, features=path, effort="fast")
    assert result.n_classes == 2
    file = EncoderFile.load(path)
    assert file.bands.count == n_bands
    assert (file.halo, file.stride) == (48, 8)


@pytest.mark.usefixtures("quick")
def test_an_image_with_holes_is_trained_on_and_segmented(tmp_path):
    image = patches(48, 60, cell=16).astype("float32") / 255
    image[holes(48, 60)] = np.nan
    path = train(image, tmp_path / "farm.fallow")
    result = fallow.segment(image, classes=2, features=path, unit="pixel")
    assert ((result.classes == 0) == holes(48, 60)).all()


@pytest.mark.usefixtures("quick")
def test_several_images_are_trained_on_together_and_must_share_their_bands(tmp_path):
    for number in range(3):
        write_raster(tmp_path / f"{number}.tif", patches(40 + number, 48, bands=4, cell=16, seed=number))
    path = train([str(tmp_path / "*.tif")], tmp_path / "farm.fallow")
    assert EncoderFile.load(path).origin["images"] == 3
    write_raster(tmp_path / "3.tif", patches(40, 48, bands=3))
    with pytest.raises(InputError, match=r"^3 has 3 bands, but the first image, 0, has 4 .*; choose with bands$"):
        train([str(tmp_path / "*.tif")], tmp_path / "other.fallow")


@pytest.mark.usefixtures("quick")
def test_the_embedded_network_goes_on_learning(tmp_path):
    image = patches(64, 64, cell=16)
    path = train(image, tmp_path / "farm.fallow", objective="contrastive", init="lite0")
    file = EncoderFile.load(path)
    assert (len(file.graphs), file.n_features, file.halo) == (2, 32, 64)
    family = fitted(path, image)
    features = family.transform(image.astype(np.float32))
    assert np.isfinite(features).all()
    assert family.cells(Block(image.astype(np.float32))).shape == (16, 16, 32)
    result = fallow.segment(image, classes=2, network=str(path))
    saved = fallow.fit(image, classes=2, network=str(path)).save(tmp_path / "model.fallow")
    path.unlink()
    assert layers(fallow.load(saved).predict(image)) == layers(result)
