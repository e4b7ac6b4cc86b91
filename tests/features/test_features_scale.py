from __future__ import annotations

import numpy as np
import pytest

from fallow.errors import InputError
from fallow.features.scale import Scaler


@pytest.fixture
def rows() -> np.ndarray:
    return np.random.default_rng(0).normal([5, 1e5, -3], [1, 40, 0.1], (5000, 3)).astype(np.float32)


def test_standard_gives_mean_zero_and_deviation_one(rows):
    scaled = Scaler("standard").fit(rows).transform(rows)
    np.testing.assert_allclose(scaled.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(scaled.std(0), 1, rtol=1e-6)


def test_robust_agrees_with_standard_on_normal_rows_and_ignores_glare(rows):
    glaring = rows.copy()
    glaring[:100] *= 50
    np.testing.assert_allclose(Scaler("robust").fit(glaring).factor_, Scaler("standard").fit(rows).factor_, rtol=0.1)


def test_none_keeps_the_unit(rows):
    assert Scaler("none").fit(rows).factor_.tolist() == [1, 1, 1]


@pytest.mark.parametrize("kind", ["standard", "robust", "none"])
def test_constant_features_become_zero(kind):
    rows = np.column_stack([np.full(1001, 1e6 + 0.1), np.zeros(1001), np.arange(1001)]).astype(np.float32)
    scaled = Scaler(kind).fit(rows).transform(rows)
    assert (scaled[:, :2] == 0).all()
    assert scaled[:, 2].std() > 0


def test_robust_survives_a_feature_that_is_mostly_zero():
    rows = np.zeros((100, 1), np.float32)
    rows[:10] = 1
    assert Scaler("robust").fit(rows).factor_ == pytest.approx(1 / rows.std())


def test_an_unknown_kind_is_refused(rows):
    with pytest.raises(InputError, match=r'scaling must be one of .*; did you mean "standard"'):
        Scaler("standart").fit(rows)
