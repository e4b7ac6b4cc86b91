"""Files in, figures out: what is judged, by which truth, on which pixels."""

import numpy as np
import pytest

import fallow
from fallow import metrics
from fallow.errors import InputError
from fallow.score import score_files
from system_scenes import PLACE, kinds, patches, write_photo, write_raster
from truth_scenes import write_annotators, write_polygons

ROWS, COLS = 60, 80
TRUTH = kinds(ROWS, COLS, n_kinds=4, cell=20) + 1
LABELS = np.roll(TRUTH, (2, 3), (0, 1)) % 4 + 1


def write(path, labels, **profile):
    return write_raster(path, labels[..., None].astype(np.uint16), **profile)


@pytest.fixture
def labels(tmp_path):
    return write(tmp_path / "labels.tif", LABELS)


@pytest.fixture
def truth(tmp_path):
    return write(tmp_path / "truth.tif", TRUTH)


def regions(labels, *truths, **said):
    (score,) = score_files(labels, truths, kind="regions", **said)
    return score


def test_figures_are_those_of_the_arrays(labels, truth):
    as_classes, as_regions = score_files(labels, [truth])
    assert (as_classes.kind, as_regions.kind) == ("classes", "regions")
    for name in ("covering", "mean_best_iou", "rand_index", "variation_of_information"):
        assert as_regions.figures[name] == getattr(metrics, name)(LABELS, TRUTH)
    assert as_regions.figures["boundary_f"] == metrics.boundary_scores(LABELS, TRUTH).f
    assert as_classes.figures["accuracy"] == metrics.matched_accuracy(LABELS, TRUTH)
    assert as_classes.figures["mean_iou_many_to_one"] == metrics.mean_iou(LABELS, TRUTH, many_to_one=True)
    assert as_classes.boundary is None


def test_squares_of_the_sweep_equal_the_whole(labels, truth, monkeypatch):
    whole = score_files(labels, [truth], tolerance=2)
    monkeypatch.setattr("fallow.metrics.boundary.TILE", 32)
    parts = score_files(labels, [truth], tolerance=2)
    for one, other in zip(whole, parts, strict=True):
        assert one.figures == pytest.approx(other.figures, abs=0.02)
        assert one.each == other.each


def test_progress_is_told(labels, truth, monkeypatch):
    monkeypatch.setattr("fallow.metrics.boundary.TILE", 40)
    steps = []
    score_files(labels, [truth], on_progress=lambda *step: steps.append(step))
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_several_annotators_are_averaged_whatever_files_they_are_in(labels, tmp_path):
    other = TRUTH // 3 + 1
    both = regions(labels, write_annotators(tmp_path / "both.mat", TRUTH, other), tolerance=2)
    apart = regions(labels, write(tmp_path / "a.tif", TRUTH), write(tmp_path / "b.tif", other), tolerance=2)
    assert both.figures == apart.figures
    assert [each.truth for each in both.each] == ["both.mat 1", "both.mat 2"]
    assert both.figures["covering"] == np.mean([metrics.covering(LABELS, each) for each in (TRUTH, other)])
    assert both.boundary == metrics.boundary_scores(LABELS, [TRUTH, other], tolerance=2)


def test_ignored_values_and_no_data_are_not_judged_but_regions_count_whole(labels, tmp_path):
    holes = np.where(TRUTH == 2, 0, TRUTH)
    expected = metrics.covering(LABELS, holes, ignore=0)
    assert regions(labels, write(tmp_path / "a.tif", holes, nodata=0)).figures["covering"] == expected
    score = regions(labels, write(tmp_path / "b.tif", holes), ignore=["0"])
    assert score.figures["covering"] == expected
    assert score.each[0].n_pixels == (TRUTH != 2).sum()
    assert regions(labels, write(tmp_path / "c.tif", holes), ignore=[0, 3]).each[0].n_truths == 2


def test_pixels_without_label_are_wrong_and_said_so(tmp_path, truth):
    left_out = np.where(LABELS == 1, 0, LABELS)
    path = write(tmp_path / "labels.tif", left_out)
    share = (left_out == 0).mean()
    as_classes, as_regions = score_files(path, [truth])
    assert as_classes.figures["accuracy"] == metrics.matched_accuracy(left_out, TRUTH)
    assert as_classes.notes[0].startswith(f"{share:.1%} of the judged pixels have no label and count as wrong")
    assert as_regions.notes[0].startswith(f"{share:.1%} of the judged pixels have no label and cover nothing")
    counted, _ = score_files(path, [truth], unlabelled=None)
    assert counted.figures["accuracy"] == metrics.matched_accuracy(left_out, TRUTH, unlabelled=None)
    assert counted.notes == []


def test_what_the_labels_file_says_is_no_data_has_no_label(tmp_path, truth):
    path = write(tmp_path / "labels.tif", LABELS, nodata=1)
    for unlabelled in (0, None):
        score = score_files(path, [truth], kind="classes", unlabelled=unlabelled)[0]
        assert score.each[0].unlabelled == (LABELS == 1).mean()
        assert score.n_labels == 3


def test_a_truth_of_another_extent_is_laid_on_the_labels_and_only_it_is_judged(labels, tmp_path):
    place = PLACE["transform"]
    moved = type(place)(place.a, 0, place.c + 30 * place.a, 0, place.e, place.f + 20 * place.e)
    wide = np.full((ROWS, COLS), 9)
    wide[: ROWS - 20, : COLS - 30] = TRUTH[20:, 30:]
    score = regions(labels, write(tmp_path / "moved.tif", wide, transform=moved), tolerance=2)
    part = np.s_[20:, 30:]
    assert score.figures["covering"] == metrics.covering(LABELS[part], TRUTH[part])
    assert score.boundary == metrics.boundary_scores(LABELS[part], TRUTH[part], tolerance=2)


def test_polygons_are_a_truth_and_what_lies_outside_is_ignored(tmp_path):
    path = write_photo(tmp_path / "labels.png", LABELS.astype(np.uint8))
    boxes = (0, 20, 0, 20), (20, 60, 40, 60), (0, 20, 60, 80)
    polygons = write_polygons(tmp_path / "fields.geojson", *boxes, crop=["rye", "oat", "rye"])
    drawn = np.zeros((ROWS, COLS), int)
    for number, (row0, row1, col0, col1) in enumerate(boxes, 1):
        drawn[row0:row1, col0:col1] = number
    score = regions(path, polygons)
    assert score.figures["covering"] == metrics.covering(LABELS, drawn, ignore=0)
    crops = np.array([0, 2, 1, 2])[drawn]
    (score,) = score_files(path, [polygons], kind="classes", attribute="crop")
    assert score.figures["accuracy"] == metrics.matched_accuracy(LABELS, crops, ignore=0)
    assert [row["truth"] for row in score.each[0].classes] == ["oat", "rye"]
    (score,) = score_files(path, [polygons], kind="classes", attribute="crop", ignore=["oat"])
    assert score.each[0].confusion["truths"] == ["rye"]


@pytest.mark.parametrize("format", ["geotiff", "zarr"])
def test_of_a_result_classes_and_regions_are_judged_each_for_itself(tmp_path, format):
    if format == "zarr":
        pytest.importorskip("zarr")
    picture = patches(ROWS, COLS, cell=20)
    write_photo(tmp_path / "truth.png", TRUTH.astype(np.uint8))
    result = fallow.segment(picture, classes=4, features="color", unit="pixel")
    result.save(tmp_path / "out", format=format)
    as_classes, as_regions = score_files(tmp_path / "out", [tmp_path / "truth.png"])
    assert as_classes.figures["accuracy"] == metrics.matched_accuracy(result.classes, TRUTH)
    assert as_regions.figures["covering"] == metrics.covering(result.regions, TRUTH)
    assert as_classes.figures["accuracy"] > 0.9
    assert "classes" in as_classes.labels
    assert "regions" in as_regions.labels


def test_a_map_of_very_many_labels_is_one_of_regions_unless_said(tmp_path):
    many = np.arange(40 * 50).reshape(40, 50) + 1
    labels, truth = write(tmp_path / "labels.tif", many), write(tmp_path / "truth.tif", many // 500)
    assert [score.kind for score in score_files(labels, [truth], boundaries=False)] == ["regions"]
    (score,) = score_files(labels, [truth], kind="classes")
    assert score.notes[0].startswith("far more labels than true classes")


@pytest.mark.parametrize(("tolerance", "pixels"), [(None, 0.75), ("0.75%", 0.75), ("3", 3), (2.5, 2.5), ("2%", 2)])
def test_a_tolerance_is_pixels_or_a_share_of_the_diagonal(labels, truth, tolerance, pixels):
    assert regions(labels, truth, tolerance=tolerance).tolerance == pytest.approx(pixels)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"truths": []}, "no truth given"),
        ({"kind": "region"}, "kind must be one of auto, classes, regions, got 'region'; did you mean \"regions\""),
        ({"tolerance": "3px"}, 'tolerance must be pixels, "3", or of the diagonal, "1%", got \'3px\''),
        ({"tolerance": "90%"}, "tolerance must be 0 to 100 pixels, got 90"),
        ({"ignore": ["water"]}, "ignore must be a value of the truth, got 'water', which truth.tif has not"),
        ({"ignore": [1, 2, 3, 4]}, "truth.tif: no pixel is left to judge"),
        ({"labels": ""}, "is a folder without recipe.toml; name a label map, or the folder of a whole result"),
        ({"attribute": "crop"}, "attribute is for polygons, got 'crop'"),
    ],
)
def test_what_cannot_be_judged_is_refused(labels, truth, tmp_path, said, message):
    said = (
        {"truths": [truth], "labels": "labels.tif"} | said | ({"tolerance": "150%"} if "90%" in said.values() else {})
    )
    message = message.replace("got 90", "got 150") if "150%" in said.values() else message
    with pytest.raises(InputError, match=message):
        score_files(tmp_path / said.pop("labels"), said.pop("truths"), **said)
