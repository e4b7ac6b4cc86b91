"""Patches to learn from, drawn from any number of images by a hash, read as they are needed, ahead of the training."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fallow.errors import InputError
from fallow.features.block import Block
from fallow.raster import Source
from fallow.tiles.hashing import position_hash

MULTIPLE = 16  # of a patch's sides, in pixels: whole cells of any network
BATCH = 8
MOST_OPEN, MOST_OPEN_BYTES = 64, 512 << 20
"""Images that patches are drawn from in turn: as many as may lie decoded in memory, eight at least."""

MOST_TOGETHER = 16
"""Patches drawn of an image while it is open, at most; else as many as would cover it."""

AHEAD = 10  # batches that are read while the network learns
HELD_CELL, HELD_SHARE = 32, 1 / 16
"""Pixels a side of the cells, and the share of them, that are never learned from but tell how well it goes."""

HELD_BATCHES = 8
LOOKED_AT = 8  # rounds of patches that are looked at before the training
LEAST_VALID = 0.5  # of a patch; others are drawn anew, as often as `TRIES`
TRIES = 8


@dataclass(frozen=True)
class Batch:
    """Patches.

    Attributes
    ----------
    inputs : (n, inputs, rows, cols) float32
        Holes hold what their nearest valid pixel holds.
    learn : (n, rows, cols) bool
        The pixels to learn from.
    held : (n, rows, cols) bool
        The pixels held back: they tell how well it goes. No pixel without data is in either.
    """

    inputs: NDArray[np.float32]
    learn: NDArray[np.bool_]
    held: NDArray[np.bool_]


class Patches:
    """Draw batches of patches from images; the same seed gives the same batches, wherever one begins.

    An image is drawn as often as it is large, a place in it by hash. Every 16th cell of 32 x 32 pixels, chosen by hash
    of its place, is held back.

    Parameters
    ----------
    sources
        With the same bands.
    side, least_side
        Most and fewest pixels a side of a patch.
    seed

    Attributes
    ----------
    side : int
        Of a patch: as many pixels as most images have, in multiples of 16.
    to_inputs : callable
        What makes ``(rows, cols, inputs)`` of pixels without holes; to be set before a batch is drawn.
    waited_s : float
        Seconds that the training has waited for patches.

    Notes
    -----
    Patches come in rounds. Of the images of a round, 64 small or eight large ones, as many patches are drawn as would
    cover them, at most 16 each, in turn: so a large photograph is decoded once for many patches, and a batch never
    resembles the last. Only the images of one round are open.
    """

    def __init__(self, sources: Sequence[Source], *, side: int, seed: int, least_side: int = 32) -> None:
        self._sources = sources
        self._seed = seed
        shapes = np.array([source.shape for source in sources])
        typical = int(np.median(shapes.min(axis=1)))
        self.side = max(least_side, min(side, typical // MULTIPLE * MULTIPLE))
        covered = float(np.median(shapes.prod(axis=1))) / self.side**2
        self._together = int(np.clip(covered, 1, MOST_TOGETHER))
        n_bytes = float(np.median([np.prod(each.shape) * each.n_bands * each.dtype.itemsize for each in sources]))
        self._n_open = int(np.clip(MOST_OPEN_BYTES / n_bytes, BATCH, MOST_OPEN)) // BATCH * BATCH
        self._share = np.cumsum(np.maximum(1, shapes - self.side + 1).prod(axis=1, dtype=np.float64))
        self.to_inputs: Callable[[NDArray[np.float32]], NDArray[np.float32]]
        self.waited_s = 0.0
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="patches")
        self._open: set[int] = set()

    def look(self) -> NDArray[np.float32]:
        """Return valid pixels ``(n, bands)`` from some patches of many images.

        Raises
        ------
        InputError
            If there is none.
        """
        rows = []
        for turn in range(LOOKED_AT):
            for number, image in enumerate(self._opened(-1 - turn)):
                look = turn * self._n_open + number
                _, block = self._read(image, look)
                pixels = block.image.reshape(-1, block.image.shape[2])
                # Another diagonal each time: of a small image, all patches are one.
                valid = np.flatnonzero(~np.isnan(pixels[:, 0]))
                rows.append(pixels[valid[look % (self.side + 1) :: self.side + 1]])  # a copy: no patch stays in memory
        pixels = np.concatenate(rows)
        if not len(pixels):
            raise InputError("every pixel looked at is no data; nothing is left to learn from")
        return pixels

    def view(self, number: int) -> Block:
        """Return one patch as it is, to be looked at."""
        return self._reading.submit(lambda: self._read(self._opened(-1)[number % self._n_open], number)[1]).result()

    def held_batches(self) -> list[Batch]:
        """Return the batches that tell how well it goes.

        Where images are so small that nothing of them is held back, all of their pixels tell it.
        """
        drawn = []
        for number in range(HELD_BATCHES):
            turn, place = divmod(number, self._n_open // BATCH)
            drawn.append(self._draw(-1 - turn, place))
        if any(batch.held.any() for batch in drawn):
            return drawn
        return [replace(batch, held=batch.learn) for batch in drawn]

    def batches(self, first: int = 0) -> Iterator[Batch]:
        """Yield batch `first` and those behind it, without end."""
        waiting: list[Future[Batch]] = []
        number = first
        while True:
            while len(waiting) < AHEAD:
                waiting.append(self._reading.submit(self._batch, number))
                number += 1
            start = time.perf_counter()
            batch = waiting.pop(0).result()
            self.waited_s += time.perf_counter() - start
            yield batch

    def close(self) -> None:
        """Stop reading."""
        self._reading.shutdown(wait=True, cancel_futures=True)
        for source in self._sources:
            source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _batch(self, number: int) -> Batch:
        return self._draw(*divmod(number, self._n_open * self._together // BATCH))

    def _draw(self, turn: int, place: int) -> Batch:
        """Draw the batch at a place of a round."""
        images = self._opened(turn)
        first = turn * self._n_open * self._together
        numbers = range(place * BATCH, (place + 1) * BATCH)
        drawn = [self._patch(images[number % len(images)], first + number) for number in numbers]
        inputs, learn, held = (np.stack(each) for each in zip(*drawn, strict=True))
        return Batch(inputs, learn, held)

    def _opened(self, turn: int) -> list[int]:
        """Return the images of a round, and close what is open of others."""
        images = self._round(turn)
        for image in self._open - set(images):
            self._sources[image].close()
        self._open = set(images)
        return images

    def _round(self, turn: int) -> list[int]:
        """Return which images a round of batches is drawn from."""
        chances = np.array([self._chance(turn, patch, 0) for patch in range(self._n_open)])
        return np.searchsorted(self._share, chances * self._share[-1], "right").tolist()

    def _patch(self, image: int, number: int) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]:
        """Return the inputs of one patch, and which of its pixels to learn from and which are held back."""
        place, block = self._read(image, number)
        is_valid = np.ones(block.size, bool) if block.valid is None else block.valid
        is_held = self._is_held(image, place)
        filled = np.zeros_like(block.image) if block.is_empty else block.fill(block.image)
        return self.to_inputs(filled).transpose(2, 0, 1), is_valid & ~is_held, is_valid & is_held

    def _read(self, image: int, number: int) -> tuple[tuple[int, int], Block]:
        """Read one patch and say where it lies; one that is mostly no data is drawn anew, as far as that helps."""
        source, side = self._sources[image], self.side
        for attempt in range(TRIES):
            row, col = (
                int(self._chance(number, image, 2 * attempt + axis + 1) * max(1, length - side + 1))
                for axis, length in enumerate(source.shape)
            )
            block = Block(source.read((row, row + side, col, col + side)))
            if block.valid is None or block.valid.mean() >= LEAST_VALID:
                break
        return (row, col), block

    def _is_held(self, image: int, place: tuple[int, int]) -> NDArray[np.bool_]:
        """Say which pixels of a patch are held back."""
        n_cols = -(-self._sources[image].shape[1] // HELD_CELL)
        rows, cols = (np.arange(start, start + self.side) // HELD_CELL for start in place)
        seed = self._seed + 7919 * (image + 1)
        cells = {
            (r, c): float(position_hash(int(r), int(c), n_cols, seed)) < HELD_SHARE * 2**64
            for r in np.unique(rows)
            for c in np.unique(cols)
        }
        return np.array([[cells[r, c] for c in cols] for r in rows])

    def _chance(self, number: int, image: int, what: int) -> float:
        """Return a number from 0 to 1 that depends on nothing but what it is asked for."""
        return float(position_hash(number + 2**36, image * 64 + what, 2**24, self._seed)) / 2**64


def check_trainable(sources: Sequence[Source], least_side: int) -> None:
    """Raise `InputError` unless some image is large enough for a patch."""
    largest = max(min(source.shape) for source in sources)
    if largest < least_side:
        raise InputError(
            f"this training needs an image of at least {least_side} x {least_side} pixels, "
            f"but none is larger than {largest} at its shorter side"
        )
