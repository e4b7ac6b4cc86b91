"""fallow score"""

import json

import numpy as np
import pytest

from fallow import metrics
from system_scenes import kinds, write_photo
from truth_scenes import write_annotators

TRUTH = kinds(60, 80, n_kinds=3, cell=20) + 1
LABELS = np.roll(np.array([0, 2, 3, 1])[TRUTH], 2, 1)


@pytest.fixture
def maps(tmp_path):
    write_photo(tmp_path / "labels.png", LABELS.astype(np.uint8))
    write_photo(tmp_path / "truth.png", TRUTH.astype(np.uint8))
    write_annotators(tmp_path / "both.mat", TRUTH, TRUTH // 2)


@pytest.mark.usefixtures("maps")
def test_figures_classes_and_confusion_are_printed(fallow_cli):
    code, out, err = fallow_cli("score", "labels.png", "truth.png", "--tolerance", "2")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "labels.png: 3 classes, by truth.png, 3 classes, 4,800 pixels judged"
    assert f"  accuracy                          {metrics.matched_accuracy(LABELS, TRUTH):.4f}" in lines
    assert f"  covering                          {metrics.covering(LABELS, TRUTH):.4f}" in lines
    boundary = metrics.boundary_scores(LABELS, TRUTH, tolerance=2)
    assert f"  boundary F                        {boundary.f:.4f}  within 2.0 pixels" in lines
    table = lines.index("  pixels of each truth (rows) under each label (columns)")
    counts = [[int(cell.replace(",", "")) for cell in line.split()[1:]] for line in lines[table + 2 : table + 5]]
    assert counts == metrics.contingency(LABELS, TRUTH).matrix().tolist()
    assert [
        line.split()[:2] for line in lines[lines.index(next(x for x in lines if "precision" in x)) + 1 : table]
    ] == [
        [str(true), str(label)]
        for true, label in sorted(zip([1, 2, 3], [2, 3, 1], strict=True), key=lambda pair: -(pair[0] == TRUTH).sum())
    ]


@pytest.mark.usefixtures("maps")
def test_of_several_annotators_mean_least_and_most_are_printed(fallow_cli):
    code, out, _ = fallow_cli("score", "labels.png", "both.mat", "--as", "regions")
    values = sorted(metrics.covering(LABELS, each) for each in (TRUTH, TRUTH // 2))
    assert code == 0
    assert out.startswith("labels.png: 3 regions, by 2 annotators, 4,800 pixels judged\n")
    assert f"covering                        {np.mean(values):8.4f}{values[0]:8.4f}{values[1]:8.4f}\n" in out
    assert "classes" not in out


@pytest.mark.usefixtures("maps")
def test_json_holds_everything(fallow_cli):
    code, out, err = fallow_cli("score", "labels.png", "truth.png", "--ignore", "2", "--no-boundaries", "--json")
    assert (code, err) == (0, "")
    as_classes, as_regions = json.loads(out)
    assert as_regions["figures"]["covering"] == metrics.covering(LABELS, TRUTH, ignore=2)
    assert "boundary_f" not in as_regions["figures"]
    assert [row["truth"] for row in as_classes["each"][0]["classes"]] == ["1", "3"]
    assert as_classes["each"][0]["confusion"]["labels"] == [1, 2, 3]


@pytest.mark.usefixtures("maps")
def test_labels_may_count_from_zero(fallow_cli, tmp_path):
    write_photo(tmp_path / "zero.png", (LABELS - 1).astype(np.uint8))
    _, out, _ = fallow_cli("score", "zero.png", "truth.png", "--as", "classes")
    assert "have no label and count as wrong; say --unlabelled none if 0 is a label" in out
    assert " none " in out
    _, out, _ = fallow_cli("score", "zero.png", "truth.png", "--as", "classes", "--unlabelled", "none", "--json")
    assert json.loads(out)[0]["figures"]["accuracy"] == metrics.matched_accuracy(LABELS, TRUTH)


@pytest.mark.usefixtures("maps")
@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "Missing argument 'LABELS'"),
        (["labels.png"], "no truth given; name label maps or polygons that people drew"),
        (["gone.png", "truth.png"], "no such file: gone.png"),
        (["labels.png", "trut.png"], 'no such file: trut.png; did you mean "truth.png"?'),
        (["labels.png", "truth.png", "--as", "region"], "got 'region'; did you mean \"regions\"?"),
        (["labels.png", "truth.png", "--unlabelled", "no"], "unlabelled must be a whole number or \"none\", got 'no'"),
        (["labels.png", "truth.png", "--tolerance", "far"], "tolerance must be pixels"),
    ],
)
def test_a_wrong_call_is_one_line(fallow_cli, args, message):
    code, out, err = fallow_cli("score", *args)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("fallow: ")
    assert message in err
