"""What the commands do, asked from Python: many images, recipes, models, and nothing left behind."""

import shutil
import tomllib

import numpy as np
import pytest

import fallow
from fallow import FileError, InputError, Work, jobs
from fallow.archive import write_archive
from fallow.config import Job, read_recipe
from fallow.labels import MergeTree
from fallow.saving import MARKER
from fallow.staging import RUN
from system_scenes import contents, patches, write_photo, write_raster

WORK = Work(workers=1)


def segment(images, output, *, overwrite=False, **options):
    job = Job.from_options(map(str, images), str(output), overwrite=overwrite, **options)
    return list(jobs.segment_files(job, WORK))


# ---------------------------------------------------------------------- many images
def test_one_image_gets_the_folder_and_several_a_folder_each(tmp_path, photo, field):
    segment([photo], tmp_path / "one", classes=3)
    done = segment([photo, field], tmp_path / "two", classes=3)
    assert (tmp_path / "one" / MARKER).is_file()
    assert [each.folder for each in done] == [tmp_path / "two" / "photo", tmp_path / "two" / "field"]
    assert all((each.folder / MARKER).is_file() for each in done)


def test_images_of_one_name_do_not_overwrite_each_other(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    image = patches(40, 40, cell=10)
    files = [write_photo(tmp_path / name, image) for name in ("a/x.png", "a/x.bmp", "b/x.png", "y.png")]
    done = segment(files, tmp_path / "out", classes=2)
    assert [each.folder.name for each in done] == ["1-x-png", "x-bmp", "3-x-png", "y"]


def test_a_folder_and_a_pattern_stand_for_images(tmp_path, photo):
    write_photo(tmp_path / "photo2.png", patches(40, 40, cell=10))
    (tmp_path / "readme.txt").write_text("no image")
    assert len(segment([tmp_path], tmp_path / "out", classes=2)) == 2
    assert len(segment([tmp_path / "ph*.png", photo], tmp_path / "out", classes=2, overwrite=True)) == 2


def test_images_that_went_well_stay_when_a_later_one_fails(tmp_path, photo):
    (tmp_path / "broken.png").write_bytes(photo.read_bytes()[:2000])
    with pytest.raises(FileError, match=r"cannot read .*broken.png"):
        segment([photo, tmp_path / "broken.png"], tmp_path / "out", classes=3)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [RUN, "photo"]
    assert (tmp_path / "out" / "photo" / MARKER).is_file()
    write_photo(tmp_path / "broken.png", patches(40, 40, cell=10))
    segment([photo, tmp_path / "broken.png"], tmp_path / "out", classes=3)  # goes on once the other is mended
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["broken", "photo", "summary.csv"]


def test_an_occupied_folder_stops_the_job_before_any_work_each_time(tmp_path, photo, field):
    segment([field], tmp_path / "out" / "field", classes=3)
    before = contents(tmp_path / "out")
    for _ in range(2):  # a job that was refused is no job to go on with
        with pytest.raises(InputError, match="field already holds a result"):
            segment([photo, field], tmp_path / "out", classes=3)
        assert contents(tmp_path / "out") == before


# ---------------------------------------------------------------------- nothing left behind
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device"), MemoryError])
@pytest.mark.parametrize(
    "where", ["fallow.units.region.choose_rgb", "fallow.tiles.paint_regions.Thumbnail.label", "fallow.result.preview"]
)
@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_job_leaves_nothing(tmp_path, monkeypatch, photo, where, error, workers):
    def fail(*args, **options):
        raise error

    monkeypatch.setattr(where, fail)
    job = Job.from_options([str(photo)], str(tmp_path / "deep" / "out"), classes=3)
    with pytest.raises((KeyboardInterrupt, OSError, MemoryError)):
        list(jobs.segment_files(job, Work(workers=workers)))
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_a_failed_job_keeps_folders_that_were_there(tmp_path, photo):
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="min_area is 1ha, but the image has no georeference"):
        segment([photo], tmp_path / "out", min_area="1ha")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_failed_overwrite_keeps_the_old_result(tmp_path, monkeypatch, photo):
    segment([photo], tmp_path / "out", classes=3)
    before = contents(tmp_path / "out")
    monkeypatch.setattr("fallow.result.preview", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError, match="division"):
        segment([photo], tmp_path / "out", classes=4, overwrite=True)
    assert contents(tmp_path / "out") == before


# ---------------------------------------------------------------------- recipes
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"classes": 3, "method": "som,shape=4x4", "random_state": 5, "sample": 2000},
        {"classes": "2-4", "features": "color,space=hsv,position,weight=0.3", "scaling": "robust", "reduce": "pca"},
        {"window": (10, 80, 0, 100), "bands": "2,1", "nodata": 40, "min_area": "30px", "majority": 1, "reduce": "none"},
    ],
)
def test_a_recipe_repeats_its_result(tmp_path, field, options):
    segment([field], tmp_path / "first", **options)
    segment([], tmp_path / "again", recipe=tmp_path / "first" / MARKER)
    assert contents(tmp_path / "again") == contents(tmp_path / "first")


def test_a_recipe_keeps_its_mask(tmp_path, photo):
    mask = write_raster(tmp_path / "mask.tif", np.triu(np.ones((90, 130, 1), np.uint8)[..., 0])[..., None])
    segment([photo], tmp_path / "first", mask=str(mask), classes=2)
    segment([], tmp_path / "again", recipe=tmp_path / "first" / MARKER)
    assert contents(tmp_path / "again") == contents(tmp_path / "first")


def test_what_is_said_comes_before_the_recipe(tmp_path, photo, field):
    segment([photo], tmp_path / "first", classes=3, random_state=4)
    segment([field], tmp_path / "other", recipe=tmp_path / "first" / MARKER, classes=2)
    told = read_recipe(tmp_path / "other" / MARKER)
    assert (told["segment"]["classes"], told["segment"]["random_state"]) == (2, 4)
    assert told["input"]["image"] == str(field)


@pytest.mark.parametrize("text", ["", "segment = 3\ninput = 4", "[input]\nrows = 2\n[segment]", "no toml", "\x00"])
def test_what_is_no_recipe_is_refused(tmp_path, photo, text):
    (tmp_path / "recipe.toml").write_text(text)
    with pytest.raises(InputError, match=r"recipe\.toml is not a recipe"):
        segment([photo], tmp_path / "out", recipe=tmp_path / "recipe.toml")


def test_a_recipe_that_is_missing_is_named(tmp_path):
    with pytest.raises(FileError, match=r"cannot read .*gone\.toml: No such file"):
        segment([], tmp_path / "out", recipe=tmp_path / "gone.toml")


def test_the_recipe_of_an_applied_model_names_the_model_and_is_not_repeated_without_it(tmp_path, photo):
    model = jobs.fit_files(Job.from_options([str(photo)], str(tmp_path / "m.fallow"), classes=3), WORK)["model"]
    list(jobs.apply_files(model, Job.from_options([str(photo)], str(tmp_path / "out")), WORK))
    recipe = tomllib.loads((tmp_path / "out" / MARKER).read_text(encoding="utf-8"))
    assert recipe["input"]["model"] == model
    with pytest.raises(InputError, match=r"tells of a model; repeat it with fallow apply .*m\.fallow"):
        segment([], tmp_path / "again", recipe=tmp_path / "out" / MARKER)


# ---------------------------------------------------------------------- models
def test_a_model_is_applied_to_many_images(tmp_path, photo):
    other = write_photo(tmp_path / "other.png", patches(50, 60, cell=20))
    job = Job.from_options([str(photo), str(other)], str(tmp_path / "m.fallow"), classes=3, unit="pixel")
    summary = jobs.fit_files(job, WORK)
    assert (summary["images"], summary["classes"], summary["sample_pixels"]) == (2, 3, 90 * 130 + 50 * 60)
    job = Job.from_options([str(photo), str(other)], str(tmp_path / "out"))
    done = list(jobs.apply_files(summary["model"], job, WORK))
    assert [each.name for each in done] == ["photo", "other"]
    assert all("farther from their class" in " ".join(each.notes) for each in done)


def test_a_model_never_replaces_what_is_no_model(tmp_path, photo):
    for target in (photo, tmp_path):
        job = Job.from_options([str(photo)], str(target), overwrite=True, classes=3)
        with pytest.raises(InputError, match="exists and is no model; choose another name"):
            jobs.fit_files(job, WORK)


def test_a_model_is_kept_unless_told_otherwise(tmp_path, photo):
    target = tmp_path / "m.fallow"
    jobs.fit_files(Job.from_options([str(photo)], str(target), classes=3), WORK)
    before = target.read_bytes()
    with pytest.raises(InputError, match=r"m\.fallow exists already; say --overwrite or choose another name"):
        jobs.fit_files(Job.from_options([str(photo)], str(target), classes=4), WORK)
    assert target.read_bytes() == before
    jobs.fit_files(Job.from_options([str(photo)], str(target), classes=4, overwrite=True), WORK)
    assert fallow.load(target).clusterer_.n_classes == 4


def test_a_place_that_no_model_can_have_is_refused_before_the_work(tmp_path, monkeypatch, photo):
    monkeypatch.setattr("fallow.model.Segmenter.fit", lambda *_, **__: 1 / 0)
    with pytest.raises(FileError, match=r"cannot write .*m\.fallow: there is no folder"):
        jobs.fit_files(Job.from_options([str(photo)], str(tmp_path / "gone" / "m.fallow")), WORK)


# ---------------------------------------------------------------------- info
def test_info_tells_of_images_models_and_results(tmp_path, field):
    segment([field], tmp_path / "out", classes=3)
    jobs.fit_files(Job.from_options([str(field)], str(tmp_path / "named.anyhow"), classes=3), WORK)
    image = jobs.info(str(field))
    assert image["size"] == "90 rows x 130 columns"
    assert image["bands"] == ["band 1", "band 2", "band 3", "band 4"]
    assert image["coordinate system"] == "WGS 84 / UTM zone 33N (EPSG:32633)"
    assert image["pixel"] == "100 m²"
    model = jobs.info(str(tmp_path / "named.anyhow"))
    assert "3 classes" in model["model"]
    assert model["bands"] == image["bands"]
    assert jobs.info(str(tmp_path / "out"))["segment"]["classes"] == 3


def test_info_tells_of_the_scales_of_a_result(tmp_path, photo):
    segment([photo], tmp_path / "out", classes=3)
    found = jobs.info(str(tmp_path / "out"))["found"]
    told = jobs.info(str(tmp_path / "out" / "tree.fallow"))
    assert told["tree"] == f"{found['superpixels']:,} superpixels of 11,700 pixels"
    assert (told["regions"], told["min_area"]) == (found["regions"], "16 pixels")
    assert told["height"] == pytest.approx(found["height"], abs=1e-6)
    heights = list(told["heights"].values())
    assert len(heights) >= 3
    assert heights == sorted(heights, reverse=True)


def test_a_damaged_tree_is_refused(tmp_path, photo):
    segment([photo], tmp_path / "out", classes=3)
    tree = tmp_path / "out" / "tree.fallow"
    tree.write_bytes(tree.read_bytes()[:-400])
    with pytest.raises(InputError, match=r"tree\.fallow is not a file that Fallow saved, or it is damaged"):
        jobs.info(str(tree))
    write_archive(tree, MergeTree.from_merges([2, 1], [[0, 1]], [0.5]).to_state(), kind="tree")
    with pytest.raises(InputError, match=r"tree\.fallow is a damaged tree: it has no region"):
        jobs.info(str(tree))


def test_a_tree_is_no_model(tmp_path, photo):
    segment([photo], tmp_path / "out", classes=3)
    with pytest.raises(InputError, match=r"tree\.fallow holds a fallow-tree, expected a fallow-model"):
        fallow.load(tmp_path / "out" / "tree.fallow")
    before = (tmp_path / "out" / "tree.fallow").read_bytes()
    job = Job.from_options([str(photo)], str(tmp_path / "out" / "tree.fallow"), overwrite=True, classes=3)
    with pytest.raises(InputError, match="exists and is no model; choose another name"):
        jobs.fit_files(job, WORK)
    assert (tmp_path / "out" / "tree.fallow").read_bytes() == before


def test_info_of_nothing_is_an_error(tmp_path):
    with pytest.raises(FileError, match="no such file"):
        jobs.info(str(tmp_path / "gone.tif"))
    with pytest.raises(FileError, match="is a folder, expected an image file"):
        jobs.info(str(tmp_path))


# ---------------------------------------------------------------------- from Python
def test_the_short_ways_and_the_long_ones_agree(tmp_path, photo):
    short = fallow.segment(photo, classes=3, bands="1-3")
    long = fallow.Segmenter(classes=3).fit_predict(fallow.open_source(photo, bands="1-3"))
    np.testing.assert_array_equal(short.classes, long.classes)
    segment([photo], tmp_path / "out", classes=3, bands="1-3")
    assert contents(short.save(tmp_path / "short")) == contents(tmp_path / "out")


def test_no_images_are_an_error(tmp_path):
    with pytest.raises(InputError, match="no images given; name files, folders or patterns"):
        segment([], tmp_path / "out")
    with pytest.raises(InputError, match="images must hold at least one image, got none"):
        fallow.fit([])


def test_the_demo_needs_nothing(tmp_path):
    [done] = jobs.demo(str(tmp_path / "demo"), WORK)
    assert len(done.table) == 6
    assert (tmp_path / "demo" / "preview.png").is_file()
    shutil.rmtree(tmp_path / "demo")
