"""Results changed by hand: what each edit does, measured against pixels."""

import numpy as np
import pytest

import fallow
from fallow import InputError
from fallow.editing import edit_result
from fallow.edits import Edits
from fallow.saving import EDITS, OLD_EDITS
from fallow.stored import open_result
from system_scenes import contents, patches, write_raster

SHAPE = 90, 130


@pytest.fixture(scope="module")
def field_file(tmp_path_factory):
    image = patches(*SHAPE, bands=4, dtype="float32", cell=30)
    image[:9] = -1
    return write_raster(tmp_path_factory.mktemp("edited") / "field.tif", image, nodata=-1)


@pytest.fixture(scope="module")
def result(field_file):
    return fallow.segment(field_file, classes=4, stability=2, min_area=4)


@pytest.fixture(scope="module")
def of_pixels(field_file):
    return fallow.segment(field_file, classes=4, unit="pixel")


@pytest.fixture
def saved(tmp_path, result):
    return result.save(tmp_path / "out")


def check_table(edited, field_file, rtol=1e-4):
    """Measure each class of the image anew."""
    image = fallow.open_source(field_file).read()
    assert [row.label for row in edited.table] == sorted(edited.board.names)
    total = (edited.classes > 0).sum()
    for row in edited.table:
        inside = edited.classes == row.label
        assert row.area == inside.sum()
        assert row.share == pytest.approx(row.area / total)
        assert row.area_m2 == pytest.approx(row.area * edited.pixel_area_m2)
        if row.area:
            np.testing.assert_allclose(row.mean, image[inside].mean(axis=0), rtol=rtol)
            np.testing.assert_allclose(row.deviation, image[inside].std(axis=0), rtol=20 * rtol)


def test_nothing_is_changed_by_nothing(result):
    assert result.edit([]) is result


def test_classes_are_named_and_coloured(result):
    edited = result.edit(
        [{"do": "name", "class": 2, "name": "wheat"}, {"do": "recolor", "class": 2, "color": "#0A0B0C"}]
    )
    np.testing.assert_array_equal(edited.classes, result.classes)
    np.testing.assert_array_equal(edited.regions, result.regions)
    assert (edited.table[1].name, edited.table[1].color) == ("wheat", "#0a0b0c")
    assert edited.table[0] == result.table[0]
    assert edited.layers["classes"].tags["colors"][2] == (10, 11, 12)
    assert "wheat" in str(edited.table)
    assert (edited.preview() != result.preview()).any()


def test_merged_classes_are_one(result, field_file):
    edited = result.edit([{"do": "merge", "classes": [3, 1]}])
    np.testing.assert_array_equal(edited.classes, np.where(result.classes == 1, 3, result.classes))
    check_table(edited, field_file)
    assert edited.n_classes == 3
    np.testing.assert_array_equal(edited.confidence, result.confidence)


def test_what_is_dropped_is_no_data_in_all_layers(result, field_file):
    region = int(result.regions[50, 60])
    edited = result.edit([{"do": "drop", "class": 2}, {"do": "drop", "regions": [region]}])
    gone = (result.classes == 2) | (result.regions == region)
    for name in result.layers:
        layer = edited.read(name)
        assert not layer[gone].any(), name
        np.testing.assert_array_equal(layer[~gone], result.read(name)[~gone])
    assert edited.n_regions == len(np.unique(edited.regions[edited.regions > 0]))
    check_table(edited, field_file, rtol=0.05)


def test_regions_are_given_another_class(result, field_file):
    region = int(result.regions[50, 60])
    edited = result.edit([{"do": "add", "class": 7, "name": "roof"}, {"do": "assign", "regions": [region], "class": 7}])
    np.testing.assert_array_equal(edited.classes == 7, (result.regions == region) & (result.classes > 0))
    np.testing.assert_array_equal(edited.regions, result.regions)
    check_table(edited, field_file, rtol=0.05)


def test_touching_regions_are_merged_and_others_not(result):
    of = result.leaves.merged(result.region)
    one, other = (of.pairs[0] + 1).tolist()
    edited = result.edit([{"do": "merge", "regions": [other, one]}])
    np.testing.assert_array_equal(edited.regions, np.where(result.regions == one, other, result.regions))
    assert edited.n_regions == result.n_regions - 1
    touching = {tuple(pair) for pair in (of.pairs + 1).tolist()}
    apart = next((1, n) for n in range(2, result.n_regions + 1) if (1, n) not in touching)
    with pytest.raises(InputError, match=r"line 1: regions .* do not touch"):
        result.edit([{"do": "merge", "regions": list(apart)}])


def test_a_region_falls_into_what_it_was_merged_of(result):
    one = result.at(n_regions=1)
    for parts in (2, 3, 5):
        edited = one.edit([{"do": "split", "region": 1, "parts": parts}])
        expected = result.at(n_regions=parts).regions
        assert edited.n_regions == parts
        assert len(np.unique(np.stack([edited.regions, expected])[:, expected > 0], axis=1).T) == parts
        assert (edited.regions == 1).sum() == (expected == 1).sum()


def test_a_region_joined_by_hand_falls_into_what_it_was_joined_of(result):
    one, other = (result.leaves.merged(result.region).pairs[0] + 1).tolist()
    edited = result.edit([{"do": "merge", "regions": [one, other]}, {"do": "split", "region": one}])
    joined = np.isin(result.regions, [one, other])
    pairs = np.unique(np.stack([edited.regions[joined], result.regions[joined]]), axis=1)
    assert pairs.shape[1] == 2


def test_a_region_too_small_to_split_is_told(result):
    finest = result.edit([{"do": "scale", "height": 0.0, "min_area": 0}])
    with pytest.raises(InputError, match=r"line 1: the region has 1 superpixel"):
        finest.edit([{"do": "split", "region": 1}])


def test_a_class_is_split_by_what_its_superpixels_look_like(result, field_file):
    merged = result.edit([{"do": "merge", "classes": [1, 2, 3, 4]}])
    edited = merged.edit([{"do": "split", "class": 1, "parts": 4}])
    check_table(edited, field_file, rtol=0.1)
    assert [row.label for row in edited.table] == [1, 5, 6, 7]
    areas = [row.area for row in edited.table]
    assert areas == sorted(areas, reverse=True)
    pairs = np.stack([edited.classes, result.classes])[:, result.classes > 0]
    shared = np.unique(pairs, axis=1, return_counts=True)[1]
    assert np.sort(shared)[-4:].sum() > 0.9 * shared.sum()  # the four fields' kinds are found again
    assert len(edited.edits[-1]["centers"]) == 4


def test_what_was_decided_is_in_the_lines_and_they_repeat_it(result):
    edited = result.edit([{"do": "split", "class": 1}, {"do": "name", "class": 5, "name": "other half"}])
    again = result.edit(edited.edits)
    assert again.edits == edited.edits
    np.testing.assert_array_equal(again.classes, edited.classes)
    assert again.recipe == edited.recipe


@pytest.mark.parametrize("said", [{"n_regions": 5}, {"factor": 1.5}, {"height": 0.2}, {"factor": 1.0, "min_area": 300}])
def test_another_scale_is_as_at_takes_it(result, said):
    edited = result.edit([{"do": "scale", **said}])
    region = edited.board.region_of[1:]
    tree = result.tree
    if "n_regions" in said:
        expected = tree.cut_into(5)
    else:
        height = said.get("height", result.height * said.get("factor", 0))
        expected = tree.cut(height, min_area=said.get("min_area", result.min_area))
    np.testing.assert_array_equal(region, expected)
    np.testing.assert_array_equal(edited.classes, result.classes)


def test_other_numbers_of_classes_are_made_without_pixels(result, field_file):
    edited = result.edit([{"do": "name", "class": 1, "name": "gone"}, {"do": "classes", "n": 3}])
    assert [row.name for row in edited.table] == ["class 1", "class 2", "class 3"]
    check_table(edited, field_file, rtol=0.2)
    areas = [row.area for row in edited.table]
    assert areas == sorted(areas, reverse=True)
    assert edited.clusterer.n_classes == 3
    assert ((edited.confidence > 0) == (edited.classes > 0)).all()


def test_edits_add_up_and_are_undone_by_leaving_lines_out(result):
    lines = [{"do": "merge", "classes": [1, 2]}, {"do": "drop", "class": 3}, {"do": "name", "class": 4, "name": "x"}]
    one_by_one = result
    for line in lines:
        one_by_one = one_by_one.edit([line])
    at_once = result.edit(lines)
    np.testing.assert_array_equal(one_by_one.classes, at_once.classes)
    assert one_by_one.recipe == at_once.recipe
    without = result.edit(lines[1:])
    assert {1, 2} <= set(np.unique(without.classes))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"do": "name", "class": 9, "name": "x"}, "line 1: there is no class 9; there are 1 to 4"),
        ({"do": "merge", "classes": [1, 9]}, "line 1: there is no class 9"),
        ({"do": "add", "class": 2}, "line 1: there is a class 2 already; the next free number is 5"),
        ({"do": "drop", "regions": [99999]}, "line 1: there is no region 99999"),
        ({"do": "split", "class": 1, "centers": [[1.0], [2.0]]}, "line 1: the centers have 1 features"),
    ],
)
def test_who_is_not_there_is_told(result, line, told):
    with pytest.raises(InputError, match=told):
        result.edit([line])


def test_the_last_class_stays(result):
    with pytest.raises(InputError, match="line 4: no class would be left"):
        result.edit([{"do": "drop", "class": label} for label in (1, 2, 3, 4)])


def test_pixels_are_edited_by_region_too(of_pixels, field_file):
    region = int(of_pixels.regions[50, 60])
    lines = [{"do": "assign", "regions": [region], "class": 1}, {"do": "merge", "classes": [2, 3]}]
    edited = of_pixels.edit(lines)
    expected = np.where(of_pixels.classes == 3, 2, of_pixels.classes)
    expected[of_pixels.regions == region] = 1
    np.testing.assert_array_equal(edited.classes, expected)
    np.testing.assert_array_equal(edited.regions, of_pixels.regions)
    for line in ({"do": "split", "class": 1}, {"do": "split", "region": 1}, {"do": "scale", "n_regions": 2}):
        with pytest.raises(InputError, match='segment with unit="region"'):
            of_pixels.edit([line])
    with pytest.raises(InputError, match="connected areas of one class"):
        of_pixels.edit([{"do": "merge", "regions": [1, 2]}])


@pytest.mark.parametrize("format", ["geotiff", "cog", "zarr"])
def test_an_edited_result_is_saved_and_opened_as_any_other(tmp_path, result, format):
    lines = [
        {"do": "merge", "classes": [1, 2]},
        {"do": "split", "region": 1},
        {"do": "name", "class": 3, "name": "oats"},
        {"do": "drop", "class": 4},
    ]
    edited = result.edit(lines)
    again = open_result(edited.save(tmp_path / "out", format=format))
    for name in edited.layers:
        np.testing.assert_array_equal(again.read(name), edited.read(name))
        np.testing.assert_array_equal(again.small(name), edited.small(name))
        assert again.read(name).dtype == edited.layers[name].dtype
    assert again.table == open_result(tmp_path / "out").table
    assert str(again.table) == str(edited.table)
    assert again.recipe["edits"] == list(edited.edits)
    more = again.edit([{"do": "merge", "classes": [1, 3]}, {"do": "split", "region": 1}])
    np.testing.assert_array_equal(more.classes > 0, edited.classes > 0)
    np.testing.assert_array_equal(again.at(n_regions=3).regions > 0, edited.classes > 0)


def test_windows_are_parts_of_the_whole(result, saved):
    edited = open_result(saved).edit([{"do": "merge", "classes": [1, 2]}, {"do": "drop", "class": 4}])
    window = (20, 77, 13, 101)
    for name in edited.layers:
        np.testing.assert_array_equal(edited.read(name, window), edited.read(name)[20:77, 13:101])
        np.testing.assert_array_equal(
            np.concatenate([strip for _, strip in edited.layers[name].strips()]), edited.read(name)
        )


def test_a_result_is_opened_with_its_edits(saved, result):
    edits = Edits.of([{"do": "merge", "classes": [1, 2]}])
    edits.write(saved / EDITS)
    assert open_result(saved).edits == edits
    assert open_result(saved).n_classes == 3
    assert open_result(saved, edited=False).n_classes == 4
    Edits.of([{"do": "drop", "class": 8}]).write(saved / EDITS)
    with pytest.raises(InputError, match=r"edits\.toml, line 1: there is no class 8"):
        open_result(saved)


def test_edits_are_painted_beside_the_result_which_stays_as_it_was(saved):
    before = contents(saved)
    edited, folder = edit_result(saved, Edits.of([{"do": "split", "class": 1}]))
    assert folder == saved / "edited"
    assert {name: data for name, data in contents(saved).items() if name in before} == before
    assert Edits.read(saved / EDITS) == edited.edits
    first = contents(folder)
    assert edit_result(saved)[1] == folder
    assert contents(folder) == first


def test_other_edits_are_not_replaced_unasked(saved, tmp_path):
    one, other = (Edits.of([{"do": "name", "class": 1, "name": name}]) for name in ("oats", "rye"))
    edit_result(saved, one)
    edit_result(saved, one)
    with pytest.raises(InputError, match="holds other edits, 1 of them"):
        edit_result(saved, other)
    edited, _ = edit_result(saved, other, tmp_path / "elsewhere")
    assert edited.table[0].name == "rye"
    assert Edits.read(saved / EDITS) == one
    edit_result(saved, other, overwrite=True)
    assert Edits.read(saved / EDITS) == other


def test_a_result_without_edits_says_so(saved):
    with pytest.raises(InputError, match=r"has no edits\.toml; name a recipe of edits with --with"):
        edit_result(saved)


def test_edits_of_a_result_that_is_replaced_are_kept_beside(saved, result):
    edits = Edits.of([{"do": "name", "class": 1, "name": "oats"}])
    edits.write(saved / EDITS)
    result.save(saved, overwrite=True)
    assert not (saved / EDITS).exists()
    assert Edits.read(saved / OLD_EDITS) == edits
