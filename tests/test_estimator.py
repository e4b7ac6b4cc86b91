import pytest
from sklearn.base import clone

from fallow.errors import InputError, MissingExtraError, check_choice
from fallow.estimator import Estimator
from fallow.optional import require


class Blur(Estimator):
    def __init__(self, sigma=1.0, *, kind="gaussian"):
        self.sigma = sigma
        self.kind = kind


def test_scikit_learn_can_clone_it():
    copy = clone(Blur(2.0, kind="box"))
    assert copy.get_params() == {"sigma": 2.0, "kind": "box"}


def test_only_what_was_learned_is_state():
    blur = Blur(3.0)
    blur.kernel_ = [1, 2, 1]
    assert blur.get_state() == {"kernel_": [1, 2, 1]}
    assert Blur().set_state(blur.get_state()).kernel_ == [1, 2, 1]


def test_repr_shows_what_differs_from_the_default():
    assert repr(Blur(2.0)) == "Blur(sigma=2.0)"


def test_an_unknown_parameter_names_the_nearest():
    with pytest.raises(InputError, match="Blur has no parameter 'sgma'; did you mean \"sigma\""):
        Blur().set_params(sgma=1)


def test_an_unknown_choice_names_the_nearest():
    with pytest.raises(InputError, match="method must be one of kmeans, som, got 'kmean'; did you mean \"kmeans\""):
        check_choice("method", "kmean", ["kmeans", "som"])


def test_a_missing_extra_says_how_to_install_it():
    with pytest.raises(MissingExtraError, match=r"pip install 'fallow\[deep\]'"):
        require("a_module_that_nobody_has", "deep")
