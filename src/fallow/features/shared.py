"""The features of several stacks at once: what they have in common is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

from fallow.features.base import Feature, extract
from fallow.features.block import Block, Image
from fallow.features.registry import describe_features
from fallow.features.stack import FeatureStack


class SharedFeatures:
    """The families of several stacks, side by side, each family with its options once.

    Parameters
    ----------
    families
        Fitted.
    columns
        For each stack the columns (features,) of `extract` that are its own.

    Examples
    --------
    >>> from fallow.features import Bands
    >>> image = np.random.default_rng(0).random((8, 8, 3), dtype=np.float32)
    >>> stacks = [FeatureStack(text).fit_pixels(image.reshape(-1, 3), Bands(3)) for text in ("color", "moments,color")]
    >>> shared = SharedFeatures.of(stacks)
    >>> [family.family for family in shared.families], shared.columns[1].tolist()
    (['color', 'moments'], [3, 4, 5, 6, 0, 1, 2])
    """

    def __init__(self, families: list[Feature], columns: list[np.ndarray]) -> None:
        self.families = families
        self.columns = columns

    @classmethod
    def of(cls, stacks: Sequence[FeatureStack]) -> Self:
        """Take the families of stacks that were all fitted on the same pixels and views."""
        families: dict[str, Feature] = {}
        place: dict[str, np.ndarray] = {}
        n_features, columns = 0, []
        for stack in stacks:
            own = []
            for family in stack.families:
                (name,) = describe_features([(family, 1.0)])
                if name not in families:
                    families[name] = family
                    place[name] = np.arange(n_features, n_features + len(family.names))
                    n_features += len(family.names)
                own.append(place[name])
            columns.append(np.concatenate(own))
        return cls(list(families.values()), columns)

    def extract(
        self, image: np.ndarray, origin: tuple[int, int] = (0, 0), shape: tuple[int, int] | None = None
    ) -> Image:
        """Compute all families on a block; parameters and result as `FeatureStack.extract`."""
        return extract(self.families, Block(image, origin, shape))
