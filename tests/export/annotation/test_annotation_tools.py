"""Each annotation format read by the tool it is for; needs `pip install 'fallow[test-tools]'`, else skipped."""

import json

import numpy as np
import pytest
import rasterio
from annotation_tools import accepted

import fallow

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools, NumPy 2
MISSING = "{} is not installed: pip install 'fallow[test-tools]'"


@pytest.fixture(scope="module")
def coco_tools():
    return pytest.importorskip("pycocotools", reason=MISSING.format("pycocotools"))


@pytest.fixture(scope="module")
def label_studio():
    return pytest.importorskip("label_studio_sdk", reason=MISSING.format("label-studio-sdk"))


@pytest.fixture(scope="module")
def datumaro():
    return pytest.importorskip("datumaro", reason=MISSING.format("datumaro"))


def chips(folder):
    """Yield (number from 0, name, window) of each chip."""
    for number, chip in enumerate(json.loads((folder / "chips.json").read_text())["chips"]):
        yield (
            number,
            chip["name"],
            np.s_[chip["row"] : chip["row"] + chip["rows"], chip["col"] : chip["col"] + chip["cols"]],
        )


@pytest.mark.parametrize("segmentation", ["rle", "polygon"])
def test_pycocotools_sees_every_region_exactly(coco_tools, tmp_path, result, segmentation):
    from pycocotools import mask as coding
    from pycocotools.coco import COCO

    folder = result.export("coco", tmp_path / "it", segmentation=segmentation, chip=64)
    coco = COCO(str(folder / "instances.json"))
    assert {each["name"]: each["id"] for each in coco.loadCats(coco.getCatIds())} == {
        f"class {n}": n for n in range(1, 5)
    }
    seen = np.zeros(result.shape, int)
    for number, _, window in chips(folder):
        for each in coco.loadAnns(coco.getAnnIds(imgIds=number + 1)):
            mask = coco.annToMask(each).astype(bool)
            assert np.array_equal(mask, result.regions[window] == each["attributes"]["region"])
            assert each["area"] == coding.area(coco.annToRLE(each))
            assert each["bbox"] == coding.toBbox(coco.annToRLE(each)).tolist()
            seen[window] += mask
    assert np.array_equal(seen, result.regions > 0)


def test_what_pycocotools_encodes_is_read(coco_tools, tmp_path, result):
    from pycocotools import mask as coding

    folder = result.export("coco", tmp_path / "it", chip=64, picture="none", by="class")
    record = json.loads((folder / "instances.json").read_text())
    for each in record["annotations"]:
        runs = coding.encode(np.asfortranarray(coding.decode(each["segmentation"])))
        assert runs["counts"].decode() == each["segmentation"]["counts"]


def test_label_studios_converter_sees_every_class_exactly(label_studio, tmp_path, result):
    """Of two chips: its decoder takes a bit at a time."""
    from label_studio_sdk.converter import Converter
    from label_studio_sdk.converter.brush import mask2rle

    folder = result.export("label-studio", tmp_path / "it", chip=64)
    answer = accepted(folder)
    tasks = json.loads(answer.read_text())[:2]
    for number, task in enumerate(tasks):
        task["id"] = number
        task["annotations"][0] |= {"id": number, "completed_by": 1}
    answer.write_text(json.dumps(tasks))
    converter = Converter((folder / "config.xml").read_text(), str(folder))
    (tmp_path / "brushes").mkdir()
    converter.convert(str(answer), str(tmp_path / "brushes"), "BRUSH_TO_NUMPY", is_dir=False)
    for number, name, window in list(chips(folder))[:2]:
        assert tasks[number]["data"]["image"] == f"/data/local-files/?d=it/images/{name}.jpg"
        for each in tasks[number]["annotations"][0]["result"]:
            (label,) = each["value"]["brushlabels"]
            mask = result.classes[window] == int(label.split()[1])
            assert mask2rle(mask.astype(np.uint8) * 255) == each["value"]["rle"]
            (found,) = (tmp_path / "brushes").glob(f"task-{number}-*-{label}-0.npy")
            assert np.array_equal(np.load(found) > 0, mask)


@pytest.mark.parametrize("shapes", ["brush", "polygon"])
def test_label_studios_interface_takes_the_shapes(label_studio, tmp_path, edited, shapes):
    from label_studio_sdk.label_interface import LabelInterface

    folder = edited.export("label-studio", tmp_path / "it", shapes=shapes, chip=64, picture="none")
    interface = LabelInterface((folder / "config.xml").read_text())
    interface.validate()
    for task in json.loads((folder / "tasks.json").read_text()):
        (prediction,) = task["predictions"]
        assert prediction["result"]
        assert interface.validate_prediction(prediction, return_errors=True) == []


@pytest.mark.parametrize("to", ["coco", "cvat"])
def test_datumaro_reads_every_region_exactly(datumaro, tmp_path, result, by_region, to):
    folder = result.export(to, tmp_path / "it", chip=64)
    if to == "coco":  # it wants this layout
        (folder / "annotations").mkdir()
        (folder / "instances.json").rename(folder / "annotations/instances_default.json")
    dataset = datumaro.Dataset.import_from(str(folder), to)
    names = [each.name for each in dataset.categories()[datumaro.AnnotationType.label]]
    assert names == ["class 1", "class 2", "class 3", "class 4"]
    assert len(dataset) == 9
    for _, name, window in chips(folder):
        (item,) = (each for each in dataset if each.id == name)
        labels = np.zeros(by_region[window].shape, int)
        for each in item.annotations:
            if each.type is not datumaro.AnnotationType.mask:  # the box around one
                continue
            assert not labels[each.image > 0].any()
            labels[each.image > 0] = each.label + 1
        assert np.array_equal(labels, by_region[window])


def test_what_datumaro_writes_as_coco_is_joined(datumaro, tmp_path, result, by_region):
    """It numbers categories, images and annotations anew, and writes runs that are not compressed."""
    folder = result.export("cvat", tmp_path / "it", chip=64)
    dataset = datumaro.Dataset.import_from(str(folder), "cvat")
    dataset.export(str(tmp_path / "back"), "coco_instances", save_media=False)
    (answer,) = (tmp_path / "back/annotations").glob("*.json")
    fallow.join_chips(folder, tmp_path / "classes.tif", labels=answer)
    with rasterio.open(tmp_path / "classes.tif") as raster:
        assert np.array_equal(raster.read(1), by_region)
