"""What the plugin says of itself, by the reader of manifests that napari uses; it needs no window."""

import tomllib
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

import fallow

npe2 = pytest.importorskip("npe2", reason="npe2 is not installed: pip install 'fallow[napari]'")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def plugins():
    """A manager that knows this plugin and no other."""
    manager = npe2.PluginManager()
    manager.register(npe2.PluginManifest.from_file(str(resources.files("fallow.napari") / "napari.yaml")))
    return manager


def test_the_manifest_is_found_where_the_package_says():
    entry = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    module, _, file = entry["napari.manifest"]["fallow"].partition(":")
    assert (resources.files(module) / file).is_file()
    manifest = npe2.PluginManifest.from_distribution("fallow")
    assert [widget.display_name for widget in manifest.contributions.widgets] == ["Segment without labels"]


def test_what_it_names_is_there(plugins):
    if not _has_widget():
        pytest.skip("magicgui is not installed: pip install 'fallow[napari]'")
    plugins.get_manifest("fallow").validate_imports()


def _has_widget():
    try:
        import magicgui
        import superqt.utils  # noqa: F401
    except ImportError:
        return False
    return bool(magicgui)


def test_a_result_is_read_through_it(plugins, result_folder, monkeypatch):
    monkeypatch.setattr(npe2.PluginManager, "instance", lambda: plugins)
    layers = npe2.read([str(result_folder)], stack=False)
    assert [kind for *_, kind in layers] == ["image", "labels", "image", "labels"]
    np.testing.assert_array_equal(layers[1][0], fallow.open_result(result_folder).classes)
    assert len(npe2.read([str(result_folder / "recipe.toml")], stack=False)) == 4


def test_other_folders_are_left_to_others(plugins, tmp_path, monkeypatch):
    monkeypatch.setattr(npe2.PluginManager, "instance", lambda: plugins)
    with pytest.raises(ValueError, match=r"No readers returned data|No compatible readers"):
        npe2.read([str(tmp_path)], stack=False)
