"""The page's questions, answered: folders, images, results, edits, exports."""

import struct

import cv2
import numpy as np
import pytest

import fallow
from fallow.edits import Edits

MERGE = [{"do": "name", "class": 1, "name": "wheat"}, {"do": "merge", "classes": [1, 2]}]


def picture_of(answer):
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(answer.body, np.uint8), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)


def labels_of(answer):
    data = answer.unpacked
    rows, cols, has_confidence, _ = struct.unpack("<4I", data[:16])
    n = rows * cols
    units = np.frombuffer(data, "<u4", n, 16).reshape(rows, cols)
    classes = np.frombuffer(data, "<u2", n, 16 + 4 * n).reshape(rows, cols)
    assert has_confidence == 1
    confidence = np.frombuffer(data, "u1", n, 16 + 6 * n).reshape(rows, cols)
    assert len(data) == 16 + 7 * n
    return units, classes, confidence


def tables_of(answer):
    data = answer.unpacked
    n, k, n_regions, version = struct.unpack("<4I", data[:16])
    region_of = np.frombuffer(data, "<u4", n + 1, 16)
    class_of = np.frombuffer(data, "<u2", (n + 1) * (k + 1), 16 + 4 * (n + 1)).reshape(n + 1, k + 1)
    assert len(data) == 16 + 4 * (n + 1) + 2 * class_of.size
    return region_of, class_of, n_regions, version


def whole(page, path, shape, z=0):
    """Put all label tiles of a level together."""
    rows, cols = (range(-(-side // (256 << z))) for side in shape)
    tiles = [
        [labels_of(page.get("/api/result/labels", path=path, z=z, row=row, col=col)) for col in cols] for row in rows
    ]
    return [np.block([[tile[layer] for tile in row] for row in tiles]) for layer in range(3)]


def test_about_tells_what_there_is(page):
    told = page.get("/api/about").json
    assert told["version"] == fallow.__version__
    assert told["root"] == "fields"
    assert told["start"] == {"kind": "folder", "path": ""}
    assert "kmeans" in told["options"]["methods"]
    gpkg = next(each for each in told["exports"] if each["name"] == "gpkg")
    assert gpkg["is_there"]
    options = {each["name"]: each for each in gpkg["options"]}
    assert "driver" not in options
    assert options["by"] == {"name": "by", "type": "str", "default": "region", "help": "",
                             "choices": ["region", "class"]}  # fmt: skip
    assert options["smooth"] == {"name": "smooth", "type": "bool", "default": False, "help": "Round corners."}
    assert all(each["help"] for name, each in options.items() if name != "by")


def test_a_folder_lists_images_results_and_folders(page):
    told = page.get("/api/files").json
    assert [each["path"] for each in told["images"]] == ["field.tif"]
    assert [(each["path"], each["image"], each["classes"]) for each in told["results"]] == [
        ("out", "field.tif", 3), ("pixels", "field.tif", 3),
    ]  # fmt: skip
    assert told["folders"] == [{"name": "deep", "path": "deep"}]
    assert told["parent"] is None
    deep = page.get("/api/files", folder="deep").json
    assert [each["path"] for each in deep["images"]] == ["deep/photo.png"]
    assert deep["parent"] == ""


def test_links_out_are_not_listed(page, fields):
    (fields / "link.tif").symlink_to(fields.parent / "secret.tif")
    (fields / "outside").symlink_to(fields.parent)
    told = page.get("/api/files").json
    assert [each["name"] for each in told["images"]] == ["field.tif"]
    assert [each["name"] for each in told["folders"]] == ["deep"]


def test_a_picture_shows_its_pixels_and_where_there_are_none(page, fields):
    told = page.get("/api/image", path="field.tif").json
    assert (told["rows"], told["cols"], told["levels"]) == (330, 300, 2)
    pixels = fallow.open_source(fields / "field.tif").read((0, 256, 0, 256), [1])[..., 0]
    answer = page.get("/api/image/tile", path="field.tif", z=0, row=0, col=0, bands="1", low="0", high="255")
    assert answer.headers["content-type"] == "image/png"
    tile = picture_of(answer)
    np.testing.assert_array_equal(tile[..., 3] == 0, np.isnan(pixels))
    assert np.abs(tile[..., 0] - np.nan_to_num(pixels))[tile[..., 3] > 0].max() <= 0.5
    edge = picture_of(page.get("/api/image/tile", path="field.tif", z=0, row=1, col=1))
    assert edge.shape == (256, 256, 4)
    assert not edge[74:, :, 3].any()
    assert not edge[:, 44:, 3].any()


def test_what_points_inside_the_folder_and_what_holds_its_pixels_itself_is_shown(page, fields):
    import rasterio.shutil

    image = fallow.open_source(fields / "field.tif").read()
    rasterio.shutil.copy(fields / "field.tif", fields / "deep" / "field.vrt", driver="VRT")
    for driver, name in (("ENVI", "field.bsq"), ("HFA", "field.img")):
        rasterio.shutil.copy(fields / "field.tif", fields / name, driver=driver)
    np.save(fields / "field.npy", np.nan_to_num(image))
    np.savez(fields / "field.npz", np.nan_to_num(image))
    for name in ("deep/field.vrt", "field.bsq", "field.img", "field.npy", "field.npz"):
        told = page.get("/api/image", path=name)
        assert (told.status, name) == (200, name), told.json
        assert (told.json["rows"], told.json["cols"], len(told.json["bands"])) == (330, 300, 4)


def test_an_opaque_tile_is_a_jpeg_and_a_photo_is_not_stretched(page, fields):
    told = page.get("/api/image", path="deep/photo.png").json
    assert told["stretch"] == {"0": [0.0, 255.0], "1": [0.0, 255.0], "2": [0.0, 255.0]}
    rng = np.random.default_rng(0)
    cv2.imwrite(str(fields / "large.png"), rng.integers(0, 255, (300, 300, 3), dtype=np.uint8))
    assert page.get("/api/image/tile", path="large.png", z=0, row=0, col=0).headers["content-type"] == "image/jpeg"


def test_tiles_may_be_kept_while_they_carry_their_files_stamp(page):
    query = {"path": "field.tif", "z": 0, "row": 0, "col": 0}
    stamp = page.get("/api/image", path="field.tif").json["stamp"]
    assert page.get("/api/image/tile", **query).headers["cache-control"] == "no-store"
    assert "immutable" in page.get("/api/image/tile", **query, stamp=stamp).headers["cache-control"]
    assert page.get("/api/image/tile", **query, stamp="other").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["out", "pixels"])
def test_labels_and_tables_paint_the_layers_of_the_result(page, fields, path):
    result = fallow.open_result(fields / path)
    region_of, class_of, n_regions, _ = tables_of(page.get("/api/result/tables", path=path))
    units, classes, confidence = whole(page, path, result.shape)
    np.testing.assert_array_equal(class_of[units, classes], result.classes)
    np.testing.assert_array_equal(region_of[units], result.regions)
    np.testing.assert_array_equal(confidence, np.rint(result.confidence * 100))
    assert n_regions == result.n_regions
    for layer, far in zip((units, classes, confidence), whole(page, path, result.shape, z=1), strict=True):
        np.testing.assert_array_equal(far, layer[::2, ::2])


def test_edits_are_kept_and_show_everywhere(page, fields):
    before = page.get("/api/result", path="out").json
    assert before["edits"] == {"version": "", "lines": []}
    after = page.put("/api/result/edits", {"version": "", "edits": MERGE}, path="out").json
    assert [(each["label"], each["name"]) for each in after["classes"]] == [(1, "wheat"), (3, "class 3")]
    assert after["edits"]["lines"] == MERGE
    assert after == page.get("/api/result", path="out").json
    result = fallow.open_result(fields / "out")
    region_of, class_of, _, version = tables_of(page.get("/api/result/tables", path="out"))
    units, classes, _ = whole(page, "out", result.shape)
    np.testing.assert_array_equal(class_of[units, classes], result.classes)
    np.testing.assert_array_equal(np.where(result.classes > 0, region_of[units], 0), result.regions)
    assert version == int(after["edits"]["version"][:8], 16)
    assert Edits.read(fields / "out" / "edits.toml").lines == tuple(MERGE)


def test_the_second_of_two_tabs_is_told(page):
    first = page.put("/api/result/edits", {"version": "", "edits": MERGE}, path="out").json["edits"]
    answer = page.put("/api/result/edits", {"version": "", "edits": []}, path="out")
    assert answer.status == 409
    assert answer.json["edits"] == first
    assert page.put("/api/result/edits", {"version": first["version"], "edits": []}, path="out").status == 200
    assert page.get("/api/result", path="out").json["edits"] == {"version": "", "lines": []}


def test_edits_and_files_are_those_of_the_command_line(page, fields, fallow_cli, tmp_path):
    lines = [*MERGE, {"do": "split", "class": 3, "parts": 2}, {"do": "scale", "n_regions": 9}]
    (tmp_path / "edits.toml").write_text(Edits.of(lines).text())
    assert fallow_cli("edit", fields / "out", "--with", tmp_path / "edits.toml", "-q")[0] == 0
    by_hand = {file.name: file.read_bytes() for file in (fields / "out" / "edited").iterdir()}
    kept = (fields / "out" / "edits.toml").read_bytes()
    (fields / "out" / "edits.toml").unlink()
    assert page.put("/api/result/edits", {"version": "", "edits": lines}, path="out").status == 200
    assert page.post("/api/result/write", path="out").json == {"folder": "out/edited"}
    assert (fields / "out" / "edits.toml").read_bytes() == kept
    assert {file.name: file.read_bytes() for file in (fields / "out" / "edited").iterdir()} == by_hand


def test_a_wrong_line_is_told_by_its_number(page):
    answer = page.put("/api/result/edits", {"version": "", "edits": [*MERGE, {"do": "drop", "class": 9}]}, path="out")
    assert answer.status == 400
    assert answer.json["error"].startswith("line 3: there is no class 9")


def test_a_trial_of_the_slider_is_the_tree_cut(page, fields):
    tree = fallow.open_result(fields / "out").tree
    data = page.get("/api/result/regions", path="out", n_regions=7).unpacked
    n, n_regions, *_ = struct.unpack("<4I", data[:16])
    (height,) = struct.unpack("<d", data[16:24])
    assert (n, n_regions, height) == (tree.n_leaves, 7, tree.height_of(7))
    np.testing.assert_array_equal(np.frombuffer(data, "<u4", n + 1, 24)[1:], tree.cut_into(7))
    assert not page.get("/api/result", path="out").json["edits"]["lines"]


@pytest.mark.parametrize("path", ["out", "pixels"])
def test_a_region_tells_what_it_is(page, fields, path):
    result = fallow.open_result(fields / path)
    row, col = 20, 200
    region = result.regions[row, col]
    told = page.get("/api/result/region", path=path, row=row, col=col).json
    inside = result.regions == region
    assert told["region"] == region
    assert told["area_px"] == inside.sum()
    assert told["area_m2"] == inside.sum() * 100
    assert told["class"]["label"] == result.classes[row, col]
    assert sum(each["share"] for each in told["class_shares"]) == pytest.approx(1)
    assert told["bbox"] == [*span(inside.any(1)), *span(inside.any(0))]
    if path == "out":
        image = fallow.open_source(fields / "field.tif").read()
        np.testing.assert_allclose(told["mean"], image[inside].mean(0), rtol=1e-4)
        np.testing.assert_allclose(told["deviation"], image[inside].std(0), rtol=1e-3)
        assert told["neighbours"]
        assert region not in [each["region"] for each in told["neighbours"]]


def span(flags):
    at = np.flatnonzero(flags)
    return int(at[0]), int(at[-1]) + 1


def test_a_pixel_without_data_has_no_region(page):
    assert page.get("/api/result/region", path="out", row=165, col=150).json["class"] is None


def test_an_export_lies_in_the_result_and_can_be_fetched(page):
    page.put("/api/result/edits", {"version": "", "edits": MERGE}, path="out")
    told = page.post("/api/result/export", {"to": "gpkg", "options": {"by": "class"}}, path="out").json
    assert told["path"].startswith("out/export/")
    file = page.get("/api/file", path=told["path"])
    assert len(file.body) == told["bytes"]
    assert file.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("options", [{"by": "../../new"}, {"by": ["class"]}, {"driver": "GPKG"}, {"of": 1}])
def test_an_export_goes_nowhere_else(page, fields, options):
    before = sorted(fields.parent.rglob("*"))
    assert page.post("/api/result/export", {"to": "gpkg", "options": options}, path="out").status == 400
    assert sorted(fields.parent.rglob("*")) == before


def test_the_image_of_a_result_is_seen_as_the_result_saw_it(page, fields):
    fallow.segment(fields / "field.tif", classes=2, window=(10, 110, 20, 140), bands="3,1", effort="fast").save(
        fields / "part"
    )
    assert page.get("/api/result", path="part").json["image"] == "part"
    told = page.get("/api/image", path="part").json
    assert (told["rows"], told["cols"], told["bands"]) == (100, 120, ["band 3", "band 1"])


def test_an_upload_is_an_image_or_nothing(page, fields):
    data = (fields / "field.tif").read_bytes()
    sent = [data[at : at + 65536] for at in range(0, len(data), 65536)]
    assert page.ask("POST", "/api/upload", b"name=new.tif", {}, sent).json == {"path": "new.tif"}
    assert (fields / "new.tif").read_bytes() == data
    assert page.ask("POST", "/api/upload", b"name=half.tif", {}, [data[:100]]).status == 400
    assert sorted(each.name for each in fields.iterdir()) == ["deep", "field.tif", "new.tif", "out", "pixels"]
