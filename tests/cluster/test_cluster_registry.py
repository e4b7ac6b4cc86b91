import importlib

import numpy as np
import pytest

from fallow.cluster.base import Clusterer
from fallow.cluster.kmeans import KMeans
from fallow.cluster.mixture import Mixture
from fallow.cluster.registry import CLUSTERERS, describe_method, make_clusterer
from fallow.cluster.som import Som
from fallow.errors import InputError


@pytest.mark.parametrize("name", CLUSTERERS)
def test_every_name_leads_to_a_clusterer(name):
    module, class_name = CLUSTERERS[name].split(":")
    assert isinstance(make_clusterer(name, 3, random_state=5), getattr(importlib.import_module(module), class_name))
    assert make_clusterer(name, 3, random_state=5).random_state == 5


def test_options_are_read_in_their_types():
    model = make_clusterer("som, shape=8x12, topology=hexagonal, toroidal=True, epochs=7, last_radius=0.5", 4)
    assert isinstance(model, Som)
    assert (model.shape, model.topology, model.toroidal, model.epochs, model.last_radius) == (
        (8, 12),
        "hexagonal",
        True,
        7,
        0.5,
    )
    assert make_clusterer("som,shape=auto", 4).get_params()["shape"] == "auto"
    assert isinstance(make_clusterer("mixture,covariance=diag", 2), Mixture)


@pytest.mark.parametrize(
    "method", ["kmeans", "mixture,covariance=diag", "som,shape=8x12,toroidal=true", "som,shape=auto"]
)
def test_a_described_method_makes_the_same_clusterer(method):
    model = make_clusterer(method, 4)
    assert repr(make_clusterer(describe_method(model), 4)) == repr(model)


def test_a_clusterer_is_copied_with_what_it_learned():
    own = KMeans(3, random_state=9).fit(np.float32([[0], [1], [5], [9]]))
    copied = make_clusterer(own, 2, random_state=1)
    assert (copied.n_classes, copied.random_state, own.n_classes) == (2, 9, 3)
    assert copied is not own
    assert np.array_equal(copied.centers_, own.centers_)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(
        InputError, match="method must be one of kmeans, mixture, som, got 'kmaens'; did you mean \"kmeans\""
    ):
        make_clusterer("kmaens", 3)


def test_an_unknown_option_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="som has no option 'topologie'; did you mean \"topology\""):
        make_clusterer("som,topologie=hexagonal", 3)


@pytest.mark.parametrize("method", ["som,hexagonal", "som,shape=", "kmeans,"])
def test_an_option_without_a_value_is_refused(method):
    with pytest.raises(InputError, match="options of a method are written name=value, got"):
        make_clusterer(method, 3)


@pytest.mark.parametrize("method", [None, 5, ["kmeans"]])
def test_what_is_neither_a_name_nor_a_clusterer_is_refused(method):
    with pytest.raises(InputError, match="method must be a name or a Clusterer, got"):
        make_clusterer(method, 3)


class Lazy(Clusterer):
    """Gives all rows to its first class."""

    def _learn(self, rows, on_pass):
        self.centers_ = np.repeat(rows[:1], self.n_classes, axis=0)


def test_a_clusterer_that_leaves_a_class_empty_is_an_error():
    with pytest.raises(InputError, match="3 classes were asked for, but only 1 win rows; ask for 1"):
        Lazy(3).fit(np.float32([[0], [1], [2]]))


def test_a_clusterer_out_of_the_registry_cannot_be_described():
    with pytest.raises(InputError, match="Lazy is not in the registry of clusterers"):
        describe_method(Lazy(3))
