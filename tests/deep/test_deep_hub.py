from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import pytest

import fallow
from fallow import FileError, InputError, Work
from fallow.archive import read_archive, write_archive
from fallow.features import Bands, parse_features
from fallow.features.block import Block
from system_scenes import holes, layers, patches

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'fallow[hub]'")
transformers = pytest.importorskip("transformers", reason="transformers is not installed: pip install 'fallow[hub]'")

import huggingface_hub  # noqa: E402
from huggingface_hub import errors  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

from fallow.deep import hub, weights  # noqa: E402
from fallow.deep.backbone import load, read_input  # noqa: E402
from fallow.deep.maps import WINDOW, cut_windows, resample  # noqa: E402

WIDTH = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
TOKENS = {**WIDTH, "intermediate_size": 32, "image_size": 64, "patch_size": 16}
STAGES = {"depths": [1, 1, 1, 1]}
DECODER = {
    "decoder_hidden_size": 8,
    "decoder_num_hidden_layers": 1,
    "decoder_num_attention_heads": 2,
    "decoder_intermediate_size": 8,
}
KINDS = {  # name -> class as it is published, its configuration, the features that come of it at most
    "dinov2": ("Dinov2Model", {**WIDTH, "image_size": 56, "patch_size": 14}, 24),
    "dinov2_with_registers": ("Dinov2WithRegistersModel", {**WIDTH, "image_size": 56, "patch_size": 14}, 24),
    "dinov3_vit": ("DINOv3ViTModel", {**TOKENS, "num_register_tokens": 4}, 24),
    "vit_mae": ("ViTMAEForPreTraining", {**TOKENS, **DECODER}, 24),
    "vit": ("ViTForImageClassification", TOKENS, 24),
    "convnext": ("ConvNextForImageClassification", {**STAGES, "hidden_sizes": [8, 8, 12, 16]}, 32),
    "swin": ("SwinModel", {**STAGES, "embed_dim": 8, "num_heads": [1, 1, 2, 2], "window_size": 4}, 32),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
BANDS = Bands(3, ("red", "green", "blue"), "uint8")
COMMIT, LATER = "a" * 40, "b" * 40


@pytest.fixture(scope="session")
def zoo(tmp_path_factory):
    """A folder for each kind of network, as transformers saves it, of weights drawn at random."""
    folder = tmp_path_factory.mktemp("zoo")
    for number, kind in enumerate(KINDS):
        save(folder / kind, kind, number)
    return folder


def save(folder, kind, seed):
    name, options, _ = KINDS[kind]
    network = getattr(transformers, name)
    torch.manual_seed(seed)
    network(network.config_class(**options)).save_pretrained(folder)
    return folder


@pytest.fixture
def copied(zoo, tmp_path):
    """A folder of the smallest network that a test may change."""
    return shutil.copytree(zoo / "dinov2", tmp_path / "copied")


@pytest.fixture
def cache(zoo, tmp_path, monkeypatch):
    """The cache of the hub with one model, tests/tiny; nothing asks the network."""
    root = tmp_path / "cache" / "models--tests--tiny"
    shutil.copytree(zoo / "dinov2", root / "snapshots" / COMMIT)
    (root / "refs").mkdir()
    (root / "refs" / "main").write_text(COMMIT)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    weights._cached.cache_clear()
    yield root
    weights._cached.cache_clear()


def scene(rows, cols, n_bands=3, seed=0):
    return patches(rows, cols, bands=n_bands, cell=24, noise=20, seed=seed).astype(np.float32)


def fitted(model, image, bands=BANDS, **options):
    ((family, _),) = parse_features(f'"hub:{model}"')
    family.set_params(**options)
    return family.fit(image[~np.isnan(image[..., 0])], bands, [Block(image)])


# ---------------------------------------------------------------------- features
@every_kind
def test_no_data_stays_no_data_and_all_else_is_finite(zoo, kind):
    image = scene(70, 90)
    image[holes(70, 90)] = np.nan
    family = fitted(zoo / kind, image)
    features = family.transform(image)
    assert features.dtype == np.float32
    assert features.shape == (70, 90, KINDS[kind][2]) == (70, 90, len(set(family.names)))
    assert np.isnan(features[holes(70, 90)]).all()
    assert np.isfinite(features[~holes(70, 90)]).all()
    assert features[~holes(70, 90)].std(axis=0)[0] > 0.05
    assert np.array_equal(features, family.transform(image), equal_nan=True)


@every_kind
def test_what_changes_is_seen_where_it_lies(zoo, kind):
    image = scene(160, 224)
    changed = image.copy()
    changed[96:120, 144:168] = 255 - changed[96:120, 144:168]
    family = fitted(zoo / kind, image)
    change = np.linalg.norm(family.transform(changed) - family.transform(image), axis=2)
    row, col = np.unravel_index(change.argmax(), change.shape)
    assert 92 <= row < 124
    assert 140 <= col < 172
    inside = np.zeros(change.shape, bool)
    inside[96:120, 144:168] = True
    assert change[inside].mean() > 2 * change[~inside].mean()


@dataclass
class Averages:
    """A network whose tokens are what they cover on average."""

    token: int
    commit: str = ""
    fingerprint: str = ""

    def look(self, picture):
        assert max(picture.shape[:2]) <= WINDOW
        rows, cols = (side // self.token for side in picture.shape[:2])
        return [cv2.resize(picture, (cols, rows), interpolation=cv2.INTER_AREA)]


@pytest.mark.parametrize("token", [4, 8, 16, 32])
@pytest.mark.parametrize("shape", [(100, 480), (390, 90), (64, 33)])
def test_features_lie_at_the_centres_of_cells(monkeypatch, token, shape):
    monkeypatch.setattr(hub, "load", lambda *args, **options: Averages(token))
    monkeypatch.setattr(hub, "to_unit", lambda rows, center: rows)
    image = np.zeros((*shape, 3), np.float32)
    image[..., 0], image[..., 1] = np.ogrid[: shape[0], : shape[1]]
    family = fitted("anything", image / 2)
    family.center_, family.axes_ = [np.zeros(3)], [np.eye(3, dtype=np.float32)]
    cells = 2 * family.run(image / 2)
    assert cells.shape == (-(-shape[0] // 4), -(-shape[1] // 4), 3)
    inside = tuple(slice(token // 4, max(token // 4, (side // token - 1) * token // 4)) for side in shape)
    at = [4 * np.arange(len_) + 1.5 for len_ in cells.shape[:2]]
    for axis, wanted in enumerate(np.meshgrid(*at, indexing="ij")):
        np.testing.assert_allclose(cells[inside][..., axis], wanted[inside], atol=1e-3)


@pytest.mark.parametrize("side", [32, 384, 416, 640, 672, 1024])
def test_windows_cover_a_picture_and_see_beyond_what_they_are_asked(side):
    asked = np.zeros(side, int)
    for (rows, _), (core, _) in cut_windows((side, 32)):
        asked[core] += 1
        assert rows.start <= core.start < core.stop <= rows.stop <= side
        assert rows.start == 0 or core.start - rows.start >= 64
        assert rows.stop == side or rows.stop - core.stop >= 64
        assert all(edge % 32 == 0 for edge in (rows.start, rows.stop, core.start, core.stop))
    assert (asked == 1).all()


def test_between_tokens_features_are_linear_and_beyond_them_constant():
    level = np.random.default_rng(0).normal(size=(1, 5, 2)).astype(np.float32)
    at = (np.arange(20) + 0.5) / 4 - 0.5
    wanted = [np.interp(at, np.arange(5), level[0, :, band]) for band in (0, 1)]
    np.testing.assert_allclose(resample(level, (1, 20))[0].T, wanted, atol=1e-6)
    turned = resample(level.transpose(1, 0, 2), (20, 1))
    np.testing.assert_allclose(turned[:, 0].T, wanted, atol=1e-6)


@pytest.mark.parametrize("n_bands", [1, 6])
def test_any_number_of_bands_will_do(zoo, n_bands):
    image = scene(40, 50, n_bands)
    assert np.isfinite(fitted(zoo / "dinov2", image, Bands(n_bands), components=5).transform(image)).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 70)])
def test_the_smallest_images_have_features(zoo, shape):
    image = np.full((*shape, 3), 77, np.float32)
    for kind in ("dinov2", "convnext"):
        assert np.isfinite(fitted(zoo / kind, image).transform(image)).all()


def test_what_stands_in_a_hole_is_what_stands_beside_it(zoo):
    image = scene(48, 64)
    image[:, 40:] = image[:, 39:40]
    holed = image.copy()
    holed[:, 40:] = np.nan
    family = fitted(zoo / "dinov2", image)
    assert np.array_equal(family.transform(holed)[:, :40], family.transform(image)[:, :40])


def test_the_edge_of_the_image_is_mirrored_whatever_was_read_beyond_it(zoo):
    image = scene(60, 71)
    family = fitted(zoo / "vit", image)
    around = np.full((60 + 2 * 64, 71 + 2 * 64, 3), np.nan, np.float32)
    around[64:-64, 64:-64] = image
    features = family.transform(around, (-64, -64), image.shape[:2])
    assert np.array_equal(features[64:-64, 64:-64], family.transform(image))


def test_only_places_with_data_are_learned_from(zoo):
    image = scene(64, 96)
    holed = np.concatenate([image, np.full((64, 96, 3), np.nan, np.float32)], axis=1)
    n_rows = []
    for each in (image, holed):
        family = fitted(zoo / "dinov2", each)
        n_rows.append(len(family._sample(family._load_again(), Block(each))[0]))
    assert n_rows == [(64 // 16) * (96 // 16)] * 2


# ---------------------------------------------------------------------- invariance
@pytest.mark.parametrize(("unit", "kind"), [("pixel", "swin"), ("pixel", "dinov2"), ("region", "vit_mae")])
def test_tiles_and_threads_do_not_change_a_bit(zoo, unit, kind):
    image = scene(520, 530)
    image[100:160, 200:520] = np.nan
    options = {"classes": 3, "features": f"hub:{zoo / kind}", "unit": unit, "sample": 5000, "effort": "fast"}
    ways = (Work(tile=(2000, 2000), workers=1), Work(tile=(512, 512), workers=3))
    one, other = (fallow.segment(image, work=work, **options) for work in ways)
    assert layers(one) == layers(other)
    assert (np.asarray(one.classes) == 0).sum() == 60 * 320


@every_kind
def test_threads_do_not_change_a_bit(zoo, kind):
    backbone = load(str(zoo / kind))
    pictures = [scene(64 + 32 * (seed % 2), 96, seed=seed) for seed in range(4)]
    alone = [backbone.look(picture) for picture in pictures]
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(backbone.look, pictures * 2))
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    for number, each in enumerate(together):
        for one, other in zip(each, alone[number % 4], strict=True):
            assert np.array_equal(one, other)


# ---------------------------------------------------------------------- model files
@pytest.mark.parametrize("unit", ["pixel", "region"])
def test_a_saved_model_gives_the_same_labels_and_refuses_other_weights(copied, tmp_path, unit):
    image = patches(70, 80, cell=24)
    options = {"classes": 2, "features": f"hub:{copied}", "unit": unit, "effort": "fast"}
    model = fallow.fit(image, **options)
    path = model.save(tmp_path / "m.fallow")
    again = fallow.load(path)
    assert layers(again.predict(image)) == layers(model.predict(image))
    assert layers(again.predict(image, work=Work(memory="8GB"))) == layers(model.predict(image))
    save(copied, "dinov2", seed=99)
    with pytest.raises(
        FileError, match=r"^.*copied holds other weights than those that were fitted .*: bring those back"
    ):
        fallow.load(path)
    with pytest.raises(FileError, match="holds other weights"):
        again.predict(image)
    shutil.rmtree(copied)
    with pytest.raises(FileError, match="is neither a folder nor a name on the hub"):
        fallow.load(path)


def test_what_is_learned_is_plain_and_holds_no_weights(zoo):
    state = fitted(zoo / "convnext", scene(40, 50)).get_state()
    assert state.keys() == {"n_bands_", "picture_", "revision_", "fingerprint_", "center_", "axes_"}
    assert [axes.shape for axes in state["axes_"]] == [(8, 32), (8, 32), (12, 32), (16, 32)]
    assert state["revision_"] == ""


def test_a_device_that_is_not_there_is_told_and_is_no_damage(copied, tmp_path, monkeypatch):
    message = 'device must be "auto", "cpu" or one that torch can use, got .nowhere.$'
    with pytest.raises(InputError, match=f"^{message}"):
        fitted(copied, scene(40, 40), device="nowhere")
    model = fallow.fit(patches(40, 40), classes=2, features=f"hub:{copied},device=cpu", unit="pixel")
    tree = read_archive(model.save(tmp_path / "m.fallow"), kind="model")
    tree["state"]["unit"]["stack"]["features_"] = [f"hub:{copied},device=nowhere"]
    write_archive(tmp_path / "m.fallow", tree, kind="model")
    with pytest.raises(InputError, match=f"m.fallow cannot be used: {message}"):
        fallow.load(tmp_path / "m.fallow")


def test_without_blocks_there_is_nothing_to_learn_from(zoo):
    ((family, _),) = parse_features(f"hub:{zoo / 'dinov2'}")
    with pytest.raises(InputError, match="hub must see blocks of the images to learn from, got none"):
        family.fit(np.ones((4, 3), np.float32), BANDS)


# ---------------------------------------------------------------------- the hub
def test_the_commit_that_was_fitted_is_the_one_that_is_loaded(cache, tmp_path):
    image = patches(50, 60, cell=24)
    model = fallow.fit(image, classes=2, features="hub:tests/tiny", unit="pixel")
    wanted = layers(model.predict(image))
    path = model.save(tmp_path / "m.fallow")
    ((family, _),) = model.stack_._families
    assert family.revision_ == COMMIT
    save(cache / "snapshots" / LATER, "dinov2", seed=99)
    (cache / "refs" / "main").write_text(LATER)
    weights._cached.cache_clear()
    assert layers(fallow.load(path).predict(image)) == wanted
    assert fitted("tests/tiny", scene(50, 60)).revision_ == LATER
    assert fitted("tests/tiny", scene(50, 60), revision=COMMIT).revision_ == COMMIT


@pytest.mark.usefixtures("cache")
def test_offline_asks_nobody(monkeypatch):
    asked = []
    found = huggingface_hub.snapshot_download
    monkeypatch.setattr(
        huggingface_hub, "snapshot_download", lambda *a, **o: asked.append(o["local_files_only"]) or found(*a, **o)
    )
    message = (
        "^tests/other is neither a folder nor in the cache, and offline forbids to ask the hub; download it on another "
        'machine with "hf download tests/other --local-dir FOLDER" and name that folder$'
    )
    with pytest.raises(FileError, match=message):
        fitted("tests/other", scene(20, 20), offline=True)
    fitted("tests/tiny", scene(20, 20), offline=True)
    assert set(asked) == {True}


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(("error", "message"), [
    ("LocalEntryNotFoundError", "is neither a folder nor in the cache, and the hub cannot be reached; download it on"),
    ("GatedRepoError", "asks that its licence be accepted: do so at https://huggingface.co/tests/other"),
    ("RepositoryNotFoundError", "the hub has no model tests/other, or it is private"),
    ("RevisionNotFoundError", "tests/other has no revision v7 on the hub"),
    ("HfHubHTTPError", "cannot download tests/other: no luck; download it on another machine"),
])  # fmt: skip
def test_what_the_hub_answers_is_told_in_one_line(monkeypatch, error, message):
    kind = getattr(errors, error)
    made = kind.__new__(kind)
    Exception.__init__(made, "no luck\nat all")

    def answer(*args, local_files_only=False, **options):
        if local_files_only:
            raise errors.LocalEntryNotFoundError("not here")
        raise made

    monkeypatch.setattr(huggingface_hub, "snapshot_download", answer)
    monkeypatch.setattr(kind, "__str__", Exception.__str__)
    with pytest.raises(FileError, match=message) as told:
        fitted("tests/other", scene(20, 20), revision="v7")
    assert "\n" not in str(told.value)


# ---------------------------------------------------------------------- folders
def write(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def only_a_pickle(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def one_shard_of_two(folder):
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "model-2-of-2.safetensors"}}))


def cut_short(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-9])


def without_a_weight(folder):
    kept = load_file(folder / "model.safetensors")
    kept.pop("embeddings.cls_token")
    save_file(kept, folder / "model.safetensors", {"format": "pt"})


def of_text(folder):
    shutil.rmtree(folder)
    config = transformers.BertConfig(vocab_size=9, **{k: TOKENS[k] for k in (*WIDTH, "intermediate_size")})
    transformers.BertModel(config).save_pretrained(folder)


CODE = {"AutoConfig": "code.Config", "AutoModel": "code.Model"}


@pytest.mark.parametrize(("spoil", "message"), [
    (lambda folder: (folder / "config.json").unlink(), "holds no config.json: it is not the folder of a network"),
    (lambda folder: (folder / "config.json").write_text("{"), "cannot read .*config.json: "),
    (lambda folder: (folder / "config.json").write_text("[]"), "cannot read .*config.json: it holds no object"),
    (lambda folder: (folder / "preprocessor_config.json").write_text('{"image_std": [0, 1, "a"]}'),
     "preprocessor_config.json must give image_mean, image_std and rescale_factor as numbers"),
    (only_a_pickle, r"holds no whole set of weights as model\*.safetensors, and pickled ones \(.bin\) can run code"),
    (one_shard_of_two, "holds no whole set of weights"),
    (cut_short, "cannot load the network in .*copied: "),
    (without_a_weight, "lacks 1 of the network's weights, such as embeddings.cls_token"),
    (of_text, "holds no network that gives tokens or maps for a picture of any size: "),
    (lambda folder: write(folder, num_channels=4), "cannot load the network in "),
    (lambda folder: write(folder, model_type="unheard"), "does not know the kind of .*copied: 'unheard'"),
    (lambda folder: write(folder, model_type="unheard", auto_map=CODE), "needs code of its own, which Fallow never"),
])  # fmt: skip
def test_a_folder_that_will_not_do_is_told_in_one_line(copied, spoil, message):
    spoil(copied)
    with pytest.raises((FileError, InputError), match=message) as told:
        fitted(copied, scene(20, 20))
    assert "\n" not in str(told.value)


def test_code_that_comes_with_a_network_never_runs(copied):
    (copied / "code.py").write_text("raise SystemExit('code was run')")
    write(copied, auto_map=CODE)
    assert np.isfinite(fitted(copied, scene(20, 20)).transform(scene(20, 20))).all()


def test_loading_says_nothing_and_leaves_the_libraries_as_they_were(copied, capfd):
    voice = transformers.utils.logging
    before = voice.get_verbosity(), voice.is_progress_bar_enabled()
    save(copied, "vit", seed=5)
    capfd.readouterr()
    load(str(copied))
    assert capfd.readouterr() == ("", "")
    assert (voice.get_verbosity(), voice.is_progress_bar_enabled()) == before


def test_the_input_is_scaled_as_the_network_was_taught(tmp_path):
    path = tmp_path / "preprocessor_config.json"
    mean, deviation = read_input(path)
    np.testing.assert_allclose(mean, [123.675, 116.28, 103.53], rtol=1e-6)
    np.testing.assert_allclose(deviation, [58.395, 57.12, 57.375], rtol=1e-6)
    path.write_text(json.dumps({"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.25], "rescale_factor": 0.01}))
    np.testing.assert_allclose(read_input(path), [[50, 50, 50], [50, 50, 25]], rtol=1e-6)
    path.write_text(json.dumps({"do_normalize": False}))
    np.testing.assert_allclose(read_input(path), [[0] * 3, [255] * 3], rtol=1e-6)
    path.write_text(json.dumps({"do_rescale": False, "image_mean": [1, 2, 3], "image_std": [1, 1, 1]}))
    np.testing.assert_allclose(read_input(path), [[1, 2, 3], [1, 1, 1]], rtol=1e-6)
