"""The region unit with a network other than the embedded one: a made-up family that sees nothing but colour."""

from itertools import product

import numpy as np
import pytest
from skimage import data

import fallow
from fallow import InputError
from fallow.features import FAMILIES, Bands
from fallow.features.base import Feature
from fallow.features.network import TYPICAL_DISTANCE, Network
from fallow.features.registry import parse_network
from fallow.raster import ArraySource
from fallow.tiles import Work
from fallow.units import region
from fallow.units.base import Wish, draw_views
from fallow.units.region import RegionUnit
from system_scenes import holes, layers, patches, write_photo

EVERYTHING = ("classes", "regions", "superpixels", "confidence")


class Tint(Feature):
    """The picture's bands, so many times as far apart, around the mean of some blocks."""

    family = "tint"
    is_network = True
    halo = 40
    n_views = 2

    def __init__(self, strength=1.0):
        self.strength = strength

    @property
    def names(self):
        return tuple(f"tint_{number}" for number in range(1, self.n_bands_ + 1))

    def compute(self, block):
        return (block.fill(block.image) / 255 - self.center_) * np.float32(self.strength)

    def _look(self, views):
        self.n_seen_ = len(views)
        self.center_ = np.float32(np.mean([np.nanmean(view.image) for view in views]) / 255)


@pytest.fixture(autouse=True)
def tint(monkeypatch):
    monkeypatch.setitem(FAMILIES, Tint.family, f"{__name__}:Tint")


@pytest.fixture(scope="module")
def scene():
    return patches(200, 260, cell=40, noise=12)


def same(one, other):
    return one.height == other.height and all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in EVERYTHING
    )


# ---------------------------------------------------------------------- what it does
def test_another_network_finds_other_regions(scene):
    found = [fallow.segment(scene, classes=4, network=name) for name in ("lite0", "tint", "tint,strength=3")]
    assert found[0].regions.tobytes() != found[1].regions.tobytes()
    assert len({result.height for result in found}) == 3
    assert [result.recipe["segment"]["network"] for result in found] == ["lite0", "tint", "tint,strength=3"]


def test_the_embedded_network_may_be_said_by_its_family(scene):
    assert same(fallow.segment(scene, classes=4), fallow.segment(scene, classes=4, network="network"))


def test_its_features_join_the_classes_of_auto_alone(scene):
    auto, named = (fallow.fit(scene, classes=3, network="tint", features=name) for name in ("auto", "color"))
    assert (list(auto.unit_.scales_), list(named.unit_.scales_)) == (["texture", "network"], [])
    n_textures = 30
    assert auto.clusterer_.centers_.shape[1] == 3 + n_textures + len(auto.unit_.network_.names)


def test_it_sees_blocks_when_it_learns_and_has_its_halo(scene):
    unit = fallow.fit(patches(600, 520), classes=3, network="tint", features="color").unit_
    assert unit.network_.n_seen_ == 2
    assert unit.halo == 48


def test_what_has_no_data_is_in_no_superpixel():
    image = patches(130, 640, cell=30).astype("float32")
    void = holes(130, 640)
    image[void] = np.nan
    image[:, 512:] = np.nan
    result = fallow.segment(image, classes=4, network="tint")
    np.testing.assert_array_equal(result.superpixels == 0, np.isnan(image[..., 0]))


@pytest.mark.parametrize("photo", [data.astronaut, data.gravel])
def test_the_scene_is_the_one_that_the_embedded_network_sees(photo):
    picture = np.ascontiguousarray(photo()[:240, :320])
    embedded, other = (fallow.segment(picture, classes=3, network=name) for name in ("lite0", "tint"))
    assert other.recipe["found"]["aerial"] == embedded.recipe["found"]["aerial"]


def test_the_embedded_network_is_not_asked_where_the_scene_is_said(scene, monkeypatch):
    monkeypatch.setattr(region, "mean_features", lambda *_: pytest.fail("asked"))
    fallow.segment(scene, classes=3, network="tint", scene="photo")
    fallow.segment(patches(60, 80, bands=5), classes=3, network="tint")


# ---------------------------------------------------------------------- what it does not do
def test_tiles_and_threads_do_not_matter():
    image = patches(1100, 1060, cell=90, noise=20).astype("float32")
    image[300:700, 400:460] = np.nan
    ways = [Work(tile=(side, side), workers=n) for side, n in product((512, 1024), (1, 2))]
    first, *others = (fallow.segment(image, classes=4, network="tint", work=work) for work in ways)
    assert all(same(first, other) for other in others)


def test_a_model_keeps_what_it_learned_and_needs_no_file(tmp_path, scene, monkeypatch):
    model = fallow.fit(scene, classes=3, network="tint,strength=2.0")
    loaded = fallow.load(model.save(tmp_path / "m.fallow"))
    assert loaded.network == "tint,strength=2.0"
    assert loaded.unit_.network_.get_state() == model.unit_.network_.get_state()
    monkeypatch.setattr(region, "parse_network", lambda _: pytest.fail("looked for"))
    assert same(loaded.predict(scene, work=Work(memory="4GB")), model.predict(scene))


@pytest.mark.parametrize("effort", ["fast", "balanced"])
def test_a_model_of_each_effort_keeps_its_network_or_none(tmp_path, scene, effort):
    model = fallow.fit(scene, classes=3, effort=effort)
    loaded = fallow.load(model.save(tmp_path / "m.fallow"))
    assert isinstance(loaded.unit_.network_, Network) == (effort == "balanced")
    assert layers(loaded.predict(scene)) == layers(model.predict(scene))


def test_a_damaged_network_is_found_when_the_model_is_loaded(tmp_path, scene):
    model = fallow.fit(scene, classes=3, network="tint")
    del model.unit_.network_.center_
    with pytest.raises(InputError, match="is a damaged model"):
        fallow.load(model.save(tmp_path / "m.fallow"))


# ---------------------------------------------------------------------- how it is said
CHOICES = 'network must be "lite0", an encoder file or "hub:NAME", got '


@pytest.mark.parametrize(
    ("network", "told"),
    [
        ("color", "'color'$"),
        ("network,color", "'network,color'$"),
        ("network,weight=2", "'network,weight=2'$"),
        ("auto", "'auto'$"),
        (3, "3$"),
        ("lite1", "'lite1'; features must be one of "),
        ("tint,strenth=2", "'tint,strenth=2'; tint has no option 'strenth'; did you mean \"strength\""),
    ],
)
def test_what_is_no_network_is_refused_and_the_choices_told(scene, network, told):
    with pytest.raises(InputError, match=CHOICES + told):
        fallow.segment(scene, classes=3, network=network)


def test_less_effort_has_no_network_to_choose(scene):
    with pytest.raises(InputError, match="network 'tint' takes part in effort balanced and best, got effort 'fast'"):
        fallow.segment(scene, classes=3, network="tint", effort="fast")


def test_it_is_a_network_on_the_command_line_too(fallow_cli, tmp_path, scene):
    write_photo(tmp_path / "photo.png", scene)
    said = "segment", "photo.png", "-k", "3", "--network", "tint"
    assert fallow_cli(*said, "--dry-run")[0] == 0
    assert fallow_cli(*said, "-o", "out", "-q") == (0, "", "")
    assert fallow_cli("segment", "--recipe", "out/recipe.toml", "-o", "again", "-q") == (0, "", "")
    assert (tmp_path / "again/regions.tif").read_bytes() == (tmp_path / "out/regions.tif").read_bytes()
    assert fallow_cli("fit", "photo.png", "-k", "3", "--network", "tint", "-o", "m.fallow", "-q")[0] == 0
    assert "network='tint'" in fallow_cli("info", "m.fallow")[1]
    assert fallow_cli("apply", "m.fallow", "photo.png", "-o", "applied", "--dry-run")[0] == 0


def test_memory_counts_what_a_network_declares(monkeypatch):
    few = RegionUnit(Wish(network="tint", features="color")).appetite(Bands(3), 1_000_000)
    monkeypatch.setattr(Tint, "memory", 600)
    many = RegionUnit(Wish(network="tint", features="color")).appetite(Bands(3), 1_000_000)
    assert many.block_bytes == few.block_bytes + 600


def test_the_typical_distance_is_that_of_a_photograph_within_a_fifth():
    picture = data.astronaut().astype(np.float32)
    network = parse_network("lite0").fit(picture.reshape(-1, 3), Bands(3, dtype="uint8"))
    rows = network.transform(picture)[::8, ::8].reshape(-1, len(network.names))
    distance = np.sqrt(2 * rows.var(axis=0).sum())
    assert 0.8 * TYPICAL_DISTANCE < distance < 1.2 * TYPICAL_DISTANCE


# ---------------------------------------------------------------------- blocks to learn from
def places(views):
    return [(*view.origin, *view.size) for view in views]


def test_views_are_so_many_blocks_with_their_halo_whatever_the_tiles():
    source = ArraySource(np.random.default_rng(0).normal(size=(1100, 1700, 1)))
    found = [
        draw_views([source], 5, 16, Wish(), Work(tile=(side, side), workers=n)) for side, n in ((512, 1), (2048, 2))
    ]
    assert places(found[0]) == places(found[1])
    assert len(set(places(found[0]))) == 5
    for view in found[0]:
        row, col = view.origin
        assert (row + 16) % 512 == (col + 16) % 512 == 0
        rows, cols = view.size
        np.testing.assert_array_equal(view.image, source.read((row, row + rows, col, col + cols)))
        assert view.shape == (1100, 1700)


def test_views_of_many_images_are_of_some_and_of_few_all():
    sources = [ArraySource(np.full((30, 40, 1), number)) for number in range(9)]
    values = [int(view.image[0, 0, 0]) for view in draw_views(sources, 4, 0, Wish(), Work())]
    assert len(values) == len(set(values)) == 4
    other = draw_views(sources, 4, 0, Wish(random_state=1), Work())
    assert set(values) != {int(view.image[0, 0, 0]) for view in other}
    assert len(draw_views(sources, 20, 0, Wish(), Work())) == 9
    assert draw_views(sources, 0, 0, Wish(), Work()) == []
