"""Figures of a result in a notebook."""

import sys

import numpy as np
import pytest

import fallow
from fallow import InputError
from fallow.errors import MissingExtraError
from fallow.plot import PLOTS, curves_of


@pytest.fixture(scope="module")
def mapped(picture):
    """Classes of a map, their number chosen."""
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install 'fallow[report]'")
    return fallow.segment(picture, method="som,shape=5x4", classes="2-4", effort="fast")


@pytest.mark.parametrize("what", PLOTS)
def test_each_plot_draws(mapped, what, tmp_path):
    figure = mapped.plot(what)
    figure.savefig(tmp_path / "figure.png", dpi=40)
    assert figure.get_axes()


def test_the_plain_plot_is_of_the_result(mapped):
    titles = [axes.get_title() for axes in mapped.plot().get_axes()]
    assert titles == [f"{mapped.n_regions} regions", f"{mapped.n_classes} classes", "confidence"]


def test_scales_of_regions_grow_coarser(mapped, picture):
    named = mapped.scales().named
    titles = [axes.get_title() for axes in mapped.plot("scales").get_axes()]
    assert titles == [f"{each.name}: {each.n_regions} regions" for each in reversed(named)]
    flat = fallow.segment(picture, classes=3, unit="pixel")
    assert [axes.get_title() for axes in flat.plot("scales").get_axes()] == [f"this result: {flat.n_regions} regions"]
    with pytest.raises(InputError, match="this result has one scale alone"):
        flat.plot("scores")


def test_what_cannot_be_plotted_says_why(mapped, picture):
    result = fallow.segment(picture, classes=3, effort="fast")
    with pytest.raises(InputError, match=r"^what must be one of result, .*, got 'choise'; did you mean \"choice\"\?$"):
        mapped.plot("choise")
    with pytest.raises(InputError, match="number of classes was said, so there is no choice to plot"):
        result.plot("choice")
    with pytest.raises(InputError, match=r'self-organizing map have one to plot; segment with method="som"'):
        result.plot("som")


def test_every_curve_of_the_choice_is_drawn_the_deciding_one_first(mapped):
    found = mapped.recipe["found"]
    n = len(found["candidates"])
    told = {"davies_bouldin": [1.0] * n, "stability": [0.9] * n, "stability_deviation": [0.1] * n}
    found = found | {"curves": told | {found["criterion"]: found["scores"], "of another length": [1.0] * (n + 1)}}
    assert list(curves_of(found)) == ["evidence", *told]
    mapped.recipe["found"] = found
    titles = [each.get_title("left") for each in mapped.plot("choice").get_axes()]
    assert titles == ["evidence, which decided", "Davies-Bouldin, less is better", "stability"]


def test_without_matplotlib_it_says_what_to_install(mapped, monkeypatch):
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"this needs matplotlib.* pip install 'fallow\[report\]'$"):
        mapped.plot("classes")


def test_a_notebook_shows_the_preview_without_matplotlib(picture, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = fallow.segment(picture, classes=3, effort="fast")
    result.name = '<b>"'
    shown = result._repr_html_()
    assert shown.startswith('<img src="data:image/jpeg;base64,')
    assert "<b>" not in shown


def test_small_layers_fit_the_picture(mapped):
    for name in mapped.layers:
        assert mapped.small(name).shape == mapped.picture().shape[:2]
    np.testing.assert_array_equal(mapped.small("confidence"), mapped.confidence)
    with pytest.raises(InputError, match="this result has no stability; it has "):
        mapped.small("stability")
