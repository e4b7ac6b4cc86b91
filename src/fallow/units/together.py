"""Units that differ in their features alone, fitted on the same images: what they share is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np

from fallow.cluster.rows import draw_rows
from fallow.errors import check_choice
from fallow.features import Bands, FeatureStack
from fallow.features.block import Block
from fallow.features.shared import SharedFeatures
from fallow.raster import Source, Window
from fallow.raster.window import window_shape
from fallow.tiles import Work
from fallow.tiles.grid import blocks_of
from fallow.tiles.lattice import draw_lattice, label_lattice
from fallow.tiles.sample import draw, share_of_images
from fallow.tiles.survey import Survey, survey, to_pixels
from fallow.units.base import PIXEL_SAMPLE, DrawFeatures, Wish, draw_pixels, draw_views
from fallow.units.region import MOST_PIXELS, RegionUnit

MOST_ROWS = 12_000
"""Rows to fit on, drawn of all images together: enough to tell choices apart, few enough for dozens of fits."""


@dataclass(frozen=True)
class Described:
    """What one unit has to say of the images.

    Attributes
    ----------
    features : tuple of str
        The families with all their options, and what else describes superpixels: equal where units see the same.
    rows : (n, features) float32
        What a clusterer is fitted on.
    each : (m, features) float32
        What it is judged on: nothing twice, where `rows` hold a superpixel as often as its area asks for.
    shown : (m, features) float32
        Rows of the first image: its superpixels, or the pixels of its lattice.
    at : (cell rows, cell cols) int32
        Which of `shown` each cell of the first image's lattice has; -1 where no data.
    """

    features: tuple[str, ...]
    rows: np.ndarray
    each: np.ndarray
    shown: np.ndarray
    at: np.ndarray

    def map_of(self, labels: np.ndarray) -> np.ndarray:
        """Lay labels of the shown rows out as a small picture, 0 where there is no data."""
        return np.concatenate((labels, [0])).astype(np.int32)[self.at]


def describe_together(
    unit: str, wishes: Sequence[Wish], sources: Sequence[Source], bands: Bands, work: Work
) -> list[Described]:
    """Describe images by each of several wishes that differ in `features` alone.

    Each family with its options is computed once a block, however many wishes name it; superpixels, their graph and
    what the network sees of them are found once. A reduction by "mnf" with superpixels takes one more sweep.

    Raises
    ------
    InputError
        If an option cannot be right, or a family cannot work with such bands.
    """
    check_choice("unit", unit, DESCRIBE)
    return DESCRIBE[unit](wishes, sources, bands, work)


def _describe_pixels(wishes: Sequence[Wish], sources: Sequence[Source], bands: Bands, work: Work) -> list[Described]:
    wish = wishes[0]
    stacks = [each.stack().resolve(bands) for each in wishes]
    halo = max(stack.halo for stack in stacks)
    pixels = draw_pixels(sources, min(wish.sample, PIXEL_SAMPLE), wish, work)
    views = draw_views(sources, max(stack.n_views for stack in stacks), halo, wish, work)
    shared = _fit_stacks(stacks, pixels, bands, views)
    extract, needs_differences = DrawFeatures(shared, halo), any(stack.needs_differences for stack in stacks)
    random = np.random.default_rng(wish.random_state)
    most = max(2, min(wish.sample, MOST_ROWS) // len(sources))
    drawn, differences = [], []
    for number, source in enumerate(sources):
        found = draw_lattice(
            source, extract, seed=wish.random_state + number, work=work, halo=halo, with_differences=needs_differences
        )
        if number == 0:
            first = found
        drawn.append(draw_rows(found.rows, most, 1, random))
        differences.append(found.differences)
        if len(sources) > 1:
            source.close()
    rows, between = np.concatenate(drawn), np.concatenate(differences)
    told = []
    for stack, own in zip(stacks, shared.columns, strict=True):
        mine = rows[:, own]
        stack.fit_features(mine, between[:, own] if needs_differences else None)
        projected = stack.project(mine)
        shown = stack.project(first.rows[:, own])
        told.append(Described(tuple(stack.features_), projected, projected, shown, first.at))
    return told


def _describe_regions(wishes: Sequence[Wish], sources: Sequence[Source], bands: Bands, work: Work) -> list[Described]:
    units = [RegionUnit(wish) for wish in wishes]
    for unit in units:
        unit.begin(bands)
    unit, wish = units[0], wishes[0]
    halo, n_views = max(each.halo for each in units), max(each.n_views for each in units)
    pixels = draw_pixels(sources, PIXEL_SAMPLE, wish, work)
    stacks = [each.stack_ for each in units]
    views = draw_views(sources, n_views, halo, wish, work)
    unit.see(pixels, bands, views)
    for each in units:
        each.picture_, each.network_ = unit.picture_, unit.network_
    shared = _fit_stacks(stacks, pixels, bands, views)
    differences = None
    if any(stack.needs_differences for stack in stacks):
        extract = DrawFeatures(shared, halo)
        differences = draw(
            sources, extract, PIXEL_SAMPLE, seed=wish.random_state, work=work, halo=halo, with_differences=True
        ).differences
    chosen = share_of_images(sources, MOST_PIXELS, seed=wish.random_state)
    if sources[0] not in chosen:
        chosen = [sources[0], *chosen[:-1]]
    told = []
    with ExitStack() as surveyed:
        surveys = [
            surveyed.enter_context(survey(source, unit.picture_, unit.network_, unit.effort, shared, halo, work))
            for source in chosen
        ]
        at = label_lattice(sources[0], lambda tile: _superpixels(surveys[0], tile), work)
        for each, own in zip(units, shared.columns, strict=True):
            seen = [replace(found, described=found.described[:, own]) for found in surveys]
            rows = each.learn(seen, None if differences is None else differences[:, own])
            features = (*each.stack_.features_, *each.scales_)
            drawn = draw_rows(each.draw_rows(rows, seen), MOST_ROWS, 1, np.random.default_rng(wish.random_state))
            told.append(Described(features, drawn, np.concatenate(rows), rows[0], at))
    return told


def _fit_stacks(
    stacks: Sequence[FeatureStack], pixels: np.ndarray, bands: Bands, views: Sequence[Block]
) -> SharedFeatures:
    for stack in stacks:
        stack.fit_pixels(pixels, bands, views)
    return SharedFeatures.of(stacks)


def _superpixels(found: Survey, tile: Window) -> list[tuple[Window, np.ndarray]]:
    """Return the superpixel of each pixel of a tile's blocks, -1 where there is no data."""
    told = []
    for block, cells in zip(blocks_of(tile), found.cells(tile), strict=True):
        labels = to_pixels(cells, window_shape(block))
        told.append((block, np.where(labels < 0, -1, labels + found.blocks[block][0])))
    return told


DESCRIBE = {"region": _describe_regions, "pixel": _describe_pixels}
