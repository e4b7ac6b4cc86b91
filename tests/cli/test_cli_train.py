"""fallow train, and fallow info of what it writes"""

import importlib
import json
import sys

import numpy as np
import pytest
from PIL import Image

from fallow import cli
from system_scenes import contents, patches, write_photo, write_raster


@pytest.fixture
def chip(tmp_path):
    return write_photo(tmp_path / "chip.png", patches(36, 40, cell=16))


@pytest.fixture
def train(fallow_cli, chip):
    """Return ``train(*args)``: teach two steps, unless something else is said."""

    def run(*args, objective="autoencoder", images=("chip.png",), output="farm.fallow", budget=("--steps", "2")):
        said = args if "-o" in args else (*args, "-o", output)
        return fallow_cli("train", objective, *images, *budget, "--device", "cpu", *said)

    return run


# ---------------------------------------------------------------------- without torch
def test_help_tells_what_it_does(fallow_cli):
    code, out, err = fallow_cli("train", "--help")
    assert (code, err) == (0, "")
    assert "without labels" in out
    for option in ("--time", "--steps", "--init", "--device", "--seed", "--resume", "--overwrite", "--output"):
        assert option in out
    assert "train" in fallow_cli("--help")[1]


@pytest.mark.parametrize("module", ["torch", "onnx", "matplotlib"])
def test_what_is_missing_is_told_with_the_command_that_installs_it(train, monkeypatch, tmp_path, module):
    for each in ("torch", "onnx", "matplotlib"):
        if each == module:
            monkeypatch.setitem(sys.modules, each, None)
            break
        pytest.importorskip(each, reason=f"{each} is not installed")
    code, out, err = train()
    assert (code, out) == (2, "")
    assert err == f"fallow: this needs {module}; install it with: pip install 'fallow[deep]'\n"
    assert [path.name for path in tmp_path.iterdir()] == ["chip.png"]


def test_an_output_must_be_said(fallow_cli, chip):
    code, out, err = fallow_cli("train", "autoencoder", chip)
    assert (code, out) == (2, "")
    assert err == "fallow: Missing option '-o' / '--output'.\n"


# ---------------------------------------------------------------------- what it says
@pytest.mark.usefixtures("quick")
def test_it_says_what_it_made_and_draws_a_figure(train, tmp_path):
    code, out, err = train()
    assert (code, err) == (0, "")
    first, last = out.splitlines()
    assert first.startswith("farm.fallow: 2 steps in ")
    assert "on 1 image(s), loss " in first
    assert last == "  use it: fallow segment IMAGE -f farm.fallow; open farm.png"
    assert contents(tmp_path).keys() == {"chip.png", "farm.fallow", "farm.png"}
    figure = np.asarray(Image.open(tmp_path / "farm.png").convert("RGB"))
    assert min(figure.shape[:2]) > 300
    assert figure.std() > 20


@pytest.mark.usefixtures("quick")
def test_quiet_says_nothing_and_json_tells_all(train, fallow_cli):
    assert train("-q") == (0, "", "")
    code, out, err = train("--json", "--overwrite")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert {"encoder", "figure", "objective", "steps", "seconds", "loss", "validation", "waited"} <= told.keys()
    assert (told["encoder"], told["figure"], told["steps"]) == ("farm.fallow", "farm.png", 2)
    code, out, err = fallow_cli("info", "farm.fallow")
    assert (code, err) == (0, "")
    assert "seeing 48 pixels around each" in out
    assert "red, green, blue" in out
    assert "autoencoder" in out
    told = json.loads(fallow_cli("info", "farm.fallow", "--json")[1])["trained"]
    assert (told["objective"], told["steps"], told["images"], told["seed"]) == ("autoencoder", 2, 1, 0)


@pytest.mark.usefixtures("quick")
def test_a_folder_is_trained_on_by_time(train, tmp_path):
    (tmp_path / "summer").mkdir()
    for number in range(3):
        write_raster(tmp_path / f"summer/{number}.tif", patches(70, 72, cell=20, seed=number))
    code, out, err = train("--json", objective="contrastive", images=("summer",), budget=("--time", "1s"))
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["images"], told["objective"]) == (3, "contrastive")
    assert 1 <= told["seconds"] < 5


# ---------------------------------------------------------------------- what cannot be right
@pytest.mark.usefixtures("deep")
@pytest.mark.parametrize(("said", "told"), [
    ({"objective": "autoencode"}, "got 'autoencode'; did you mean \"autoencoder\"?"),
    ({"objective": "contrast"}, 'did you mean "contrastive"?'),
    ({"budget": ("--time", "2h", "--steps", "5")}, "say either time or steps, got time='2h' and steps=5"),
    ({"budget": ("--time", "soon")}, "time must be above 0, as in \"90s\", \"10min\" or \"2h\", got 'soon'"),
    ({"budget": ("--time", "0s")}, "time must be above 0"),
    ({"budget": ("--steps", "0")}, "Invalid value for '--steps'"),
    ({"args": ("--init", "lite")}, "init must be one of random, lite0, got 'lite'; did you mean \"lite0\"?"),
    ({"args": ("--init", "lite0")}, "the embedded network goes on learning by objective \"contrastive\""),
    ({"args": ("--device", "gpu")}, "there is no device 'gpu' here; try \"auto\" or \"cpu\""),
    ({"args": ("--seed", "-1")}, "seed must be a whole number from 0 to 4294967295, got -1"),
    ({"images": ()}, "no images given"),
    ({"images": ("gone.png",)}, "no such file: gone.png"),
    ({"images": ("text.png",)}, "text.png"),
    ({"images": ("tiny.png",)}, "needs an image of at least 32 x 32 pixels, but none is larger than 20"),
    ({"images": ("chip.png", "grey.png")}, "grey has 1 bands, but the first image, chip, has 3 (red, green, blue)"),
    ({"images": ("chip.png",), "args": ("--nodata", "7", "--bands", "9")}, "9"),
    ({"output": "gone/farm.fallow"}, "cannot write gone/farm.fallow: there is no folder gone"),
    ({"output": "chip.png"}, "chip.png exists and is no encoder; choose another name"),
    ({"output": "chip.fallow"}, "the figure would replace chip.png, which no training wrote; choose another name"),
    ({"output": "new.png"}, "the figure would replace new.png, which no training wrote; choose another name"),
])  # fmt: skip
def test_what_cannot_be_right_is_told_in_one_line_before_any_training(train, tmp_path, monkeypatch, said, told):
    monkeypatch.setattr("fallow.deep.training.train", lambda *_, **__: pytest.fail("has begun"))
    write_photo(tmp_path / "tiny.png", patches(20, 60))
    write_photo(tmp_path / "grey.png", patches(40, 40)[..., 0])
    (tmp_path / "text.png").write_text("no picture")
    before = contents(tmp_path)
    args = said.pop("args", ())
    code, out, err = train(*args, **said)
    assert (code, out) == (2, "")
    assert err.startswith("fallow: ")
    assert told in err
    assert err.count("\n") == 1
    assert contents(tmp_path) == before


# ---------------------------------------------------------------------- what is replaced
@pytest.mark.usefixtures("quick")
def test_an_encoder_is_replaced_only_when_told_and_nothing_else_ever(train, fallow_cli, chip, tmp_path):
    assert train("-q")[0] == 0
    before = contents(tmp_path)
    code, out, err = train()
    assert (code, out) == (2, "")
    assert err == "fallow: farm.fallow exists already; say --overwrite or choose another name\n"
    assert contents(tmp_path) == before
    assert train("-q", "--overwrite", "--seed", "1") == (0, "", "")
    assert contents(tmp_path)["farm.fallow"] != before["farm.fallow"]
    assert fallow_cli("fit", chip, "-o", "model.fallow", "-k", "2", "-q")[0] == 0
    before = contents(tmp_path)
    code, _, err = train("--overwrite", output="model.fallow")
    assert (code, err) == (2, "fallow: model.fallow exists and is no encoder; choose another name\n")
    assert contents(tmp_path) == before


@pytest.fixture
def interrupted(quick, train, tmp_path, monkeypatch):
    """A training that Ctrl-C ended after its second step."""
    step, steps = importlib.import_module("fallow.deep.train")._step, []

    def counting(*args):
        steps.append(1)
        if len(steps) > 2:
            raise KeyboardInterrupt
        return step(*args)

    with monkeypatch.context() as patched:
        patched.setattr("fallow.deep.train._step", counting)
        said = train(budget=("--steps", "4"))
    assert contents(tmp_path).keys() == {"chip.png", ".farm.fallow.training"}
    return said


@pytest.mark.usefixtures("quick")
def test_what_was_interrupted_goes_on_or_begins_anew_as_said(interrupted, train, tmp_path):
    code, out, err = interrupted
    assert (code, out) == (cli.INTERRUPTED, "")
    assert err.strip() == "fallow: interrupted; what was learned is kept, and --resume goes on with it"
    code, out, err = train(budget=("--steps", "4"))
    assert (code, out) == (2, "")
    assert err == (
        "fallow: .farm.fallow.training is what an unfinished training has left: say --resume or --overwrite\n"
    )
    code, out, err = train("--resume", budget=("--steps", "4"))
    assert (code, err) == (0, "")
    assert out.startswith("farm.fallow: 4 steps")
    resumed = contents(tmp_path)
    assert resumed.keys() == {"chip.png", "farm.fallow", "farm.png"}


@pytest.mark.usefixtures("quick")
def test_overwrite_begins_anew(interrupted, train, tmp_path):
    code, out, err = train("--overwrite", budget=("--steps", "1"))
    assert (code, err) == (0, "")
    assert out.startswith("farm.fallow: 1 steps")
    assert contents(tmp_path).keys() == {"chip.png", "farm.fallow", "farm.png"}
