"""What a feature family is: image in, feature image out, no data respected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from fallow.errors import InputError
from fallow.estimator import Estimator
from fallow.features.block import Block, Image
from fallow.features.cells import CELL, CellGrid

MOST_SIGMA = 100
"""Widest blur in pixels: the context of a block grows with it."""


@dataclass(frozen=True)
class Bands:
    """What is known of an image's bands before a pixel is read.

    Parameters
    ----------
    count
        Number of bands, at least 1.
    names
        One name a band; made up when not given.
    dtype
        Type of the stored values, such as ``"uint8"``; pixels come as float32 whatever it is.
    wavelengths
        Centre of each band in nanometres, when known.
    """

    count: int
    names: tuple[str, ...] = ()
    dtype: str = "float32"
    wavelengths: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.count < 1:
            raise InputError(f"an image needs at least one band, got {self.count}")
        if not self.names:
            object.__setattr__(self, "names", tuple(f"band {number}" for number in range(1, self.count + 1)))
        for what, values in (("names", self.names), ("wavelengths", self.wavelengths)):
            if values is not None and len(values) != self.count:
                raise InputError(f"{what} must be one a band, got {len(values)} for {self.count} bands")


class Feature(Estimator):
    """Base of the feature families.

    A family stores its options, learns from pixel rows what it needs to know of their values, and turns a block of the
    image into features. Valid pixels only ever see valid pixels: holes and the image's edge are the same to them.
    Subclasses write `names`, `compute` and, where they need them, `halo`, `check`, `_learn`.

    Attributes
    ----------
    n_bands_ : int
        Bands of the image that `fit` saw.
    """

    family: ClassVar[str]
    """Name in the registry."""

    is_network: ClassVar[bool] = False
    """Whether distances between its features are in the unit of the embedded network's: the merge tree can use them."""

    n_bands_: int

    @property
    def scaling(self) -> str:
        """What scaling "auto" of a stack does with each feature: "standard", or "none" where they share a unit."""
        return "none" if self.is_network else "standard"

    @property
    def halo(self) -> int:
        """Pixels of context around a block that its features depend on."""
        return 0

    @property
    def n_views(self) -> int:
        """Blocks of the image that `fit` wants to see, beside rows of pixels."""
        return 0

    @property
    def memory(self) -> int:
        """Bytes that a worker needs at a block, beyond some hundred values a pixel."""
        return 0

    @property
    def is_pointwise(self) -> bool:
        """Whether a pixel's features depend on nothing but its own values."""
        return self.halo == 0

    @property
    def names(self) -> tuple[str, ...]:
        """One name a feature; known after `fit`."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise `InputError` when an option cannot be right."""

    def fit(self, samples: np.ndarray, bands: Bands, views: Sequence[Block] = ()) -> Self:
        """Learn from valid pixels.

        Parameters
        ----------
        samples
            ``(n, bands)`` float32, finite, at least one row.
        views
            Blocks with their halo, of the images that are fitted: `n_views` of them, or all there are.

        Raises
        ------
        InputError
            When an option cannot be right, there is no row, or the family cannot work with such bands.
        """
        self.check()
        samples = np.asarray(samples, np.float32)
        if samples.ndim != 2 or samples.shape[1] != bands.count:
            raise InputError(
                f"samples must have the shape (rows, {bands.count}), one column a band, got {samples.shape}"
            )
        if not len(samples):
            raise InputError("samples must hold at least one valid pixel, got none: is all of the image no data?")
        self.n_bands_ = bands.count
        self._learn(samples, bands)
        if self.n_views:
            self._look([view for view in views if not view.is_empty])
        return self

    def transform(
        self, image: np.ndarray, origin: tuple[int, int] = (0, 0), shape: tuple[int, int] | None = None
    ) -> Image:
        """Return the features of a block of the image.

        Parameters
        ----------
        image
            ``(rows, cols, bands)`` float32, NaN in every band of a pixel without data.
        origin
            Position of the array's first pixel in the whole image; negative when a halo sticks out of it.
        shape
            ``(rows, cols)`` of the whole image; by default the array is all of it.

        Returns
        -------
        ``(rows, cols, features)`` float32, NaN exactly where the pixel has no data. Right everywhere if the array is
        the whole image; else `halo` pixels along its sides lack context and are to be cut off.

        Raises
        ------
        InputError
            When the family is not fitted, or was fitted on another number of bands.
        """
        return extract([self], Block(image, origin, shape)).copy()

    def compute(self, block: Block) -> Image:
        """Return finite features wherever the block is valid, anything elsewhere; may be the block's own pixels."""
        raise NotImplementedError

    def cells(self, block: Block) -> Image:
        """Return ``(cell rows, cell cols, features)`` on the `CellGrid` over a block, finite everywhere."""
        grid = CellGrid(block)
        features = self.compute(block)
        return np.stack([grid.average(grid.align(plane)) for plane in np.moveaxis(features, 2, 0)], axis=2)

    def _learn(self, samples: Image, bands: Bands) -> None:
        """Learn from checked samples."""

    def _look(self, views: Sequence[Block]) -> None:
        """Learn from blocks that hold data, after `_learn`."""


class CellFeature(Feature):
    """Base of the networks: they know one row of values a cell of 4 x 4 pixels; between cells they are interpolated.

    A network looks farther than its halo, and its last bits depend on the shape it runs on. So its features depend,
    slightly, on the context that a block is read with; it takes all of it, up to the image's edge. That is the same for
    every tile and any number of threads. Subclasses write `run`.
    """

    anchor: ClassVar[int] = CELL
    """The network's coarsest cells, in pixels: anchored at the image's first pixel, they lie alike in every block."""

    def run(self, image: Image) -> Image:
        """Return ``(rows / 4, cols / 4, features)``, rounded up, of ``(rows, cols, bands)`` without holes."""
        raise NotImplementedError

    def cells(self, block: Block) -> Image:
        """Return one row a cell of the `CellGrid` over a block that lies within the image."""
        top, left = (start % self.anchor for start in block.origin)
        image = np.pad(block.fill(block.image), ((top, 0), (left, 0), (0, 0)), mode="symmetric")
        return self.run(image)[top // CELL :, left // CELL :]

    def compute(self, block: Block) -> Image:
        """Return ``(rows, cols, features)``, 0 beyond the image's edge."""
        seen, place = clip(block)
        features = CellGrid(seen).spread(self.cells(seen))
        if seen is block:
            return features
        whole = np.zeros((*block.size, features.shape[2]), np.float32)
        whole[place] = features
        return whole


def clip(block: Block) -> tuple[Block, tuple[slice, slice]]:
    """Cut off what lies beyond the image's edge: return the rest, and where in the block it lies.

    >>> seen, place = clip(Block(np.ones((5, 4, 1)), (-2, 0), (9, 3)))
    >>> seen.size, seen.origin, place
    ((3, 3), (0, 0), (slice(2, 5, None), slice(0, 3, None)))
    """
    rows, cols = (
        slice(max(0, -start), min(size, length - start))
        for start, size, length in zip(block.origin, block.size, block.shape, strict=True)
    )
    if (rows.stop - rows.start, cols.stop - cols.start) == block.size:
        return block, (rows, cols)
    origin = block.origin[0] + rows.start, block.origin[1] + cols.start
    return Block(block.image[rows, cols], origin, block.shape), (rows, cols)


def extract(families: list[Feature], block: Block) -> Image:
    """Compute the features of several fitted families on a block, side by side; NaN in its holes."""
    for each in families:
        if not hasattr(each, "n_bands_"):
            raise InputError(f"the family {each.family} has learned nothing yet: call fit first")
        if each.n_bands_ != block.image.shape[2]:
            raise InputError(f"{each.family} was fitted on {each.n_bands_} bands, got {block.image.shape[2]}")
    if block.is_empty:
        return np.full((*block.size, sum(len(each.names) for each in families)), np.nan, np.float32)
    parts = [each.compute(block) for each in families]
    features = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)
    block.clear_holes(features)
    return features


def check_number(name: str, value: Any, low: float, high: float = np.inf, *, whole: bool = False) -> None:
    """Raise `InputError` unless `value` is a number (whole, if so said) from `low` to `high`."""
    kinds = (int, np.integer) if whole else (int, float, np.integer, np.floating)
    if isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high and np.isfinite(value):
        return
    span = f"of at least {low}" if high == np.inf else f"from {low} to {high}"
    raise InputError(f"{name} must be a {'whole ' if whole else ''}number {span}, got {value!r}")
