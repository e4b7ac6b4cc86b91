"""Several families side by side, balanced, and perhaps reduced: from pixels to the rows a clusterer sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from fallow.errors import InputError, check_choice
from fallow.estimator import Estimator
from fallow.features.auto import choose_features
from fallow.features.base import Bands, Feature, extract
from fallow.features.block import Block, Image
from fallow.features.reduce import PCA, Reducer, parse_reduction
from fallow.features.registry import Weighted, describe_features, parse_features
from fallow.features.scale import KINDS, Scaler, mean_and_deviation

# More features than this slow every clusterer down and say little more than their principal components do.
MOST_FEATURES = 24

MOST_ROWS = 250_000

CHUNK_ROWS = 16_384


class FeatureStack(Estimator):
    """Feature families combined.

    After scaling, each family is divided so that its total variance is its weight squared: ten texture features count
    as much as one grey value. Scaling, weights and reduction are one affine map.

    Fitting takes two steps, because features need the pixels' statistics first: `fit_pixels` on rows of pixels, then
    `fit_features` on rows of what `extract` gave.

    Parameters
    ----------
    features
        What `parse_features` reads; "auto" lets the bands decide (`choose_features`).
    scaling
        "standard", "robust" or "none" for every feature alike; "auto" standardises the features of those families whose
        features share no unit, and leaves the others as they are.
    reduce
        None, "pca" or "mnf", with options as in ``"pca,n_components=10"``. "auto" takes 24 principal components where
        there are more features.

    Attributes
    ----------
    features_ : list of str
        The families with all their options, as `parse_features` reads them.
    choice_ : str
        What was chosen, and why, where "auto" left it to the bands; else empty.
    states_ : list of dict
        What each family learned.
    center_ : (features,) float32
    map_ : (features,) or (features, n) float32
        Projected rows are ``(rows - center_) * map_``, or ``(rows - center_) @ map_``.
    component_ : str
        Prefix of the names of reduced features; empty when nothing is reduced.
    mean_, deviation_ : (features,) float64
        Of the fitted rows, as `extract` gives them.

    Examples
    --------
    >>> image = np.random.default_rng(0).random((8, 8, 4), dtype=np.float32)
    >>> stack = FeatureStack("spectral").fit_pixels(image.reshape(-1, 4), Bands(4))
    >>> stack = stack.fit_features(stack.extract(image).reshape(-1, 4))
    >>> stack.transform(image).shape
    (8, 8, 4)
    """

    def __init__(self, features: Any = "auto", *, scaling: str = "auto", reduce: str | None = "auto") -> None:
        self.features = features
        self.scaling = scaling
        self.reduce = reduce

    # ------------------------------------------------------------------ fit
    def resolve(self, bands: Bands) -> Self:
        """Decide which families to use; `halo`, `is_pointwise` and `n_views` are known from here on.

        Raises
        ------
        InputError
            When an option cannot be right.
        """
        check_choice("scaling", self.scaling, ("auto", *KINDS))
        self._reducer(0)
        chosen, sentence = choose_features(bands)
        self._families: list[Weighted] = parse_features(self.features, auto=chosen)
        if not self._families:
            raise InputError("features must name at least one family, got none")
        self.features_ = describe_features(self._families)
        # Without what "auto" stands for, fewer families are left if it was asked for.
        self.choice_ = sentence if len(parse_features(self.features)) < len(self._families) else ""
        return self

    def fit_pixels(self, samples: np.ndarray, bands: Bands, views: Sequence[Block] = ()) -> Self:
        """Let each family learn from valid pixels ``(n, bands)``, and from `n_views` blocks with their halo.

        Raises
        ------
        InputError
            When an option cannot be right, or a family cannot work with such bands.
        """
        self.resolve(bands)
        for family, _ in self._families:
            family.fit(samples, bands, views)
        self.states_ = [family.get_state() for family, _ in self._families]
        return self

    def fit_features(self, rows: np.ndarray, differences: np.ndarray | None = None) -> Self:
        """Learn scaling and reduction from rows of `extract`.

        Parameters
        ----------
        rows
            ``(n, features)``, finite.
        differences
            ``(m, features)``: rows less those of the pixel beside them; only "mnf" needs them.

        Notes
        -----
        Looks at no more than 250,000 rows, every n-th of them: statistics of so many hardly move, and no copy of a
        large sample is made.
        """
        rows = _thin(rows)
        center, factor = self._learn_scale(rows)
        self.mean_, self.deviation_ = mean_and_deviation(rows)
        self.center_, self.map_, self.component_ = center.astype(np.float32), factor.astype(np.float32), ""
        reducer = self._reducer(len(factor))
        if reducer is None:
            return self
        scaled = self.project(rows)
        reducer.fit(scaled, None if differences is None else _thin(differences) * self.map_)
        # Scaled rows have mean 0 but for rounding, unless scaling is robust: fold the mean into the center.
        shift = np.divide(reducer.mean_, factor, out=np.zeros_like(factor), where=factor > 0)
        self.center_ = (center + shift).astype(np.float32)
        self.map_ = (factor[:, None] * reducer.matrix_).astype(np.float32)
        self.component_ = reducer.name
        return self

    def _learn_scale(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return center and factor of each feature, families balanced."""
        if rows.ndim != 2 or rows.shape[1] != len(self.feature_names) or not len(rows):
            raise InputError(f"rows must have the shape (n, {len(self.feature_names)}), n at least 1, got {rows.shape}")
        centers, factors, first = [], [], 0
        for family, weight in self._fitted():
            columns = rows[:, first : first + len(family.names)]
            scaler = Scaler(family.scaling if self.scaling == "auto" else self.scaling).fit(columns)
            variance = (mean_and_deviation(columns)[1] * scaler.factor_) ** 2
            factor = scaler.factor_ * (weight / np.sqrt(variance.sum()) if variance.sum() > 0 else 0.0)
            centers.append(scaler.center_)
            factors.append(factor)
            first += len(family.names)
        return np.concatenate(centers), np.concatenate(factors)

    def _reducer(self, n_features: int) -> Reducer | None:
        if self.reduce == "auto":
            return PCA(MOST_FEATURES) if n_features > MOST_FEATURES else None
        return None if self.reduce in (None, "none") else parse_reduction(self.reduce)

    # ------------------------------------------------------------------ transform
    def extract(
        self, image: np.ndarray, origin: tuple[int, int] = (0, 0), shape: tuple[int, int] | None = None
    ) -> Image:
        """Compute all families on a block, neither scaled nor reduced; parameters and result as `Feature.transform`.

        The result may be the image itself; do not write to it. Where `is_pointwise`, rows of pixels may come as an
        image of one column.
        """
        return extract(self.families, Block(image, origin, shape))

    def project(self, features: np.ndarray) -> Image:
        """Scale and reduce what `extract` gave, ``(rows, cols, features)`` or ``(n, features)``; NaN stays NaN."""
        if not hasattr(self, "map_"):
            raise InputError("the stack has not learned its scaling yet: call fit_features first")
        if self.map_.ndim == 1:
            # One long row of all pixels' features lets NumPy run through memory in one sweep.
            n_repeats = features[:1].size // len(self.map_)
            wide = features.reshape(len(features), n_repeats * len(self.map_))
            scaled = wide - np.tile(self.center_, n_repeats)
            scaled *= np.tile(self.map_, n_repeats)
            return scaled.reshape(features.shape)
        rows = features.reshape(-1, features.shape[-1])
        reduced = np.empty((len(rows), self.map_.shape[1]), np.float32)
        for first in range(0, len(rows), CHUNK_ROWS):
            part = slice(first, first + CHUNK_ROWS)
            np.matmul(rows[part] - self.center_, self.map_, out=reduced[part])
        return reduced.reshape(*features.shape[:-1], self.map_.shape[1])

    def transform(
        self, image: np.ndarray, origin: tuple[int, int] = (0, 0), shape: tuple[int, int] | None = None
    ) -> Image:
        """Extract and project in one go: ``(rows, cols, n)`` float32, NaN where there is no data."""
        return self.project(self.extract(image, origin, shape))

    # ------------------------------------------------------------------ what it is
    @property
    def halo(self) -> int:
        """Pixels of context around a block that its features depend on."""
        return max(family.halo for family, _ in self._resolved())

    @property
    def is_pointwise(self) -> bool:
        """Whether a pixel's features depend on nothing but its own values: rows of pixels will do instead of blocks."""
        return all(family.is_pointwise for family, _ in self._resolved())

    @property
    def n_views(self) -> int:
        """Blocks that `fit_pixels` wants to see; most families want none."""
        return max(family.n_views for family, _ in self._resolved())

    @property
    def memory(self) -> int:
        """Bytes that a worker needs at a block, beyond some hundred values a pixel: families take turns."""
        return max(family.memory for family, _ in self._resolved())

    @property
    def needs_differences(self) -> bool:
        """Whether `fit_features` needs differences between neighbours."""
        reducer = self._reducer(0)
        return reducer is not None and reducer.needs_differences

    @property
    def choice(self) -> str:
        """What was chosen, and why, where it was left to us; else empty."""
        self._resolved()
        if self.reduce != "auto" or not getattr(self, "component_", ""):
            return self.choice_
        n_features, n_components = self.map_.shape
        return f"{self.choice_} {n_features} features are reduced to {n_components} principal components.".strip()

    @property
    def families(self) -> list[Feature]:
        """The families, fitted."""
        return [family for family, _ in self._fitted()]

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name a feature of `extract`."""
        return tuple(name for family, _ in self._fitted() for name in family.names)

    @property
    def names(self) -> tuple[str, ...]:
        """One name a feature of `transform`."""
        if not getattr(self, "component_", ""):
            return self.feature_names
        return tuple(f"{self.component_}{number}" for number in range(1, self.map_.shape[1] + 1))

    def set_state(self, state: dict[str, Any]) -> Self:
        """Take back what `get_state` gave, and make the families anew."""
        super().set_state(state)
        self._families = parse_features(self.features_)
        for (family, _), learned in zip(self._families, self.states_, strict=True):
            family.set_state(learned)
        return self

    def _resolved(self) -> list[Weighted]:
        if not hasattr(self, "_families"):
            raise InputError("the stack does not know its bands yet: call resolve or fit_pixels first")
        return self._families

    def _fitted(self) -> list[Weighted]:
        if not hasattr(self, "states_"):
            raise InputError("the stack has learned nothing yet: call fit_pixels first")
        return self._families


def _thin(rows: np.ndarray) -> np.ndarray:
    """Take every n-th row, so that at most `MOST_ROWS` are left."""
    return rows[:: max(1, -(-len(rows) // MOST_ROWS))]
