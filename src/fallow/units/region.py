"""The region unit: superpixels, their graph, a merge tree for the regions, and classes of superpixels."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from fallow.cluster import Clusterer, Panel, assign_shares
from fallow.cluster.rows import repeat_by_weight
from fallow.errors import InputError, check_choice
from fallow.features import Bands, Feature, FeatureStack
from fallow.features.block import Block
from fallow.features.network import Network
from fallow.features.picture import Picture
from fallow.features.registry import LITE0, describe_features, parse_network
from fallow.labels.tree import MergeTree
from fallow.raster import Source, Window
from fallow.regions.average import average_trees
from fallow.regions.cut import HALO
from fallow.regions.effort import EFFORTS, Effort
from fallow.regions.scale import choose_height
from fallow.regions.scene import mean_features, share_aerial
from fallow.regions.smooth import smooth_rows
from fallow.regions.tally import FIRST_TEXTURE, N_BINS
from fallow.render.stretch import choose_rgb
from fallow.tiles import Work
from fallow.tiles.canvas import Canvas
from fallow.tiles.engine import block_origin
from fallow.tiles.grid import BLOCK, without_halo
from fallow.tiles.mapping_unit import min_area_pixels
from fallow.tiles.paint_regions import paint_regions
from fallow.tiles.plan import Appetite
from fallow.tiles.refine import Leaves, Refined
from fallow.tiles.sample import draw, share_of_images
from fallow.tiles.survey import Survey, survey
from fallow.tiles.thumbnail import Thumbnail
from fallow.units.base import PIXEL_SAMPLE, DrawFeatures, Painted, Wish, draw_pixels, draw_views, stack_for

MOST_ROWS = 10_000
ROW_TYPE = np.float16  # in which rows are kept: for other classes of the same superpixels, later
# What the survey tallied anyway is described too: weights beside the features of the stack, whose variance is 1 in all.
TALLIED = {"texture": 0.3, "network": 0.3}
GREY_NETWORK = 0.4  # how much more the network counts where there is no colour
TEXTURES = ("lbp", "gabor")
LEAST_VARIANCE = 1e-12
ALIGN = 16  # pixels: halos are whole cells of the network's coarsest level
SCENE_BLOCKS = 4  # that the embedded network looks at to tell the scene, where another one sees the picture
LEAST_SHARE = 0.25  # of a pixel's own features, below which they are not looked at
MOST_PIXELS = 64_000_000  # of many images, as many as hold so many pixels are looked at to learn the classes


PLANES, NETWORK_PLANES = 60, 120  # of a block: features, contours, the network's maps
# A pixel for each value of a superpixel: one for some thousand pixels of a large image, for 150 of a small one.
GRAPH_BYTES, FINE_GRAPH_BYTES = 0.015, 0.1


class RegionUnit:
    """Classify superpixels, and merge them into regions.

    Attributes
    ----------
    picture_ : Picture
    network_ : Feature, optional
        What sees the picture beside the contours.
    stack_ : FeatureStack
        What superpixels are described by: the mean of each feature.
    """

    def __init__(self, wish: Wish) -> None:
        check_choice("effort", wish.effort, EFFORTS)
        share_aerial(wish.scene, is_mapped=False)
        if wish.effort == "fast" and wish.network != LITE0:
            raise InputError(f"network {wish.network!r} takes part in effort balanced and best, got effort 'fast'")
        if not isinstance(wish.scale, int | float | np.number) or not 0 < wish.scale < np.inf:
            raise InputError(f"scale must be a number above 0, got {wish.scale!r}")
        self.wish = wish
        self.effort: Effort = EFFORTS[wish.effort]
        self._kept: Survey | None = None

    @property
    def halo(self) -> int:
        """Pixels of context around a block."""
        return _halo_of(self.stack_, self.network_)

    @property
    def row_names(self) -> tuple[str, ...]:
        """One name a feature of the clusterer's rows."""
        n_tallied = self._n_tallied()
        tallied = (f"{name} {number + 1}" for name in self.scales_ for number in range(n_tallied[name]))
        return (*self.stack_.names, *tallied)

    def _n_tallied(self) -> dict[str, int]:
        """Count the values of each kind that `_tallied` returns."""
        return {"texture": N_BINS - FIRST_TEXTURE, "network": len(self.network_.names) if self.network_ else 0}

    def appetite(self, bands: Bands, n_pixels: int) -> Appetite:
        """Return the memory that an image takes."""
        stack = stack_for(self, bands)
        network = self.network_ if hasattr(self, "network_") else self._wished_network()
        halo = _halo_of(stack, network)
        planes = 4 * bands.count + (NETWORK_PLANES if network else PLANES)
        graph_bytes = GRAPH_BYTES if self.effort.inner_height(n_pixels) else FINE_GRAPH_BYTES
        memory = max(stack.memory, network.memory if network else 0)
        return Appetite(4 * planes * (BLOCK + 2 * halo) ** 2 + memory, graph_bytes * self.effort.n_values)

    # ------------------------------------------------------------------ fit
    def fit(self, sources: Sequence[Source], bands: Bands, work: Work, *, keep: bool) -> np.ndarray:
        """Fit the features and return a row for every so many pixels of a superpixel."""
        self._kept = None
        self.begin(bands)
        pixels = draw_pixels(sources, PIXEL_SAMPLE, self.wish, work)
        views = draw_views(sources, self.n_views, self.halo, self.wish, work)
        self.see(pixels, bands, views)
        self.stack_.fit_pixels(pixels, bands, views)
        chosen = share_of_images(sources, MOST_PIXELS, seed=self.wish.random_state)
        with ExitStack() as surveyed:
            surveys = [surveyed.enter_context(self._survey(source, work)) for source in chosen]
            rows = self.learn(surveys, self._draw_differences(sources, work))
            drawn = self.draw_rows(rows, surveys)
            if keep:
                self._kept = surveys[0]
                surveyed.pop_all()
        return drawn

    def begin(self, bands: Bands) -> None:
        """Decide what will be looked at: `halo` and `n_views` are known from here on."""
        self.stack_ = self.wish.stack().resolve(bands)
        self.network_ = self._wished_network()

    @property
    def n_views(self) -> int:
        """Blocks that features and network want to see before they are fitted."""
        return max(self.stack_.n_views, self.network_.n_views if self.network_ else 0)

    def see(self, pixels: np.ndarray, bands: Bands, views: Sequence[Block]) -> None:
        """Learn the picture and the network from rows of pixels and blocks."""
        self.picture_ = Picture().fit(pixels, bands)
        if self.network_:
            self.network_.fit(pixels, bands, views)

    def learn(self, surveys: Sequence[Survey], differences: np.ndarray | None) -> list[np.ndarray]:
        """Learn scales from surveys described by the fitted families; return each one's rows, one a superpixel."""
        described = self.draw_rows([found.described for found in surveys], surveys)
        self.stack_.fit_features(described, differences)
        self.scales_ = self._learn_scales(surveys)
        return [self._rows(found) for found in surveys]

    def draw_rows(self, rows: Sequence[np.ndarray], surveys: Sequence[Survey]) -> np.ndarray:
        """Draw what is fitted on: superpixels of all surveys, each by its area."""
        n_rows = min(self.wish.sample, MOST_ROWS) // len(surveys)
        drawn = [repeat_by_weight(each, found.graph.area, n_rows) for each, found in zip(rows, surveys, strict=True)]
        return np.concatenate(drawn)

    def _wished_network(self) -> Feature | None:
        """Return the network asked for, not fitted."""
        return parse_network(self.wish.network) if self.effort.has_network else None

    def _draw_differences(self, sources: Sequence[Source], work: Work) -> np.ndarray | None:
        """Draw the differences between neighbours' features, if their reduction needs them."""
        stack, halo = self.stack_, self.halo
        if not stack.needs_differences:
            return None

        drawn = draw(
            sources,
            DrawFeatures(stack, halo),
            PIXEL_SAMPLE,
            seed=self.wish.random_state,
            work=work,
            halo=halo,
            stage="computing features",
            with_differences=True,
        )
        return drawn.differences

    def _survey(self, source: Source, work: Work) -> Survey:
        return survey(source, self.picture_, self.network_, self.effort, self.stack_, self.halo, work)

    def _rows(self, found: Survey) -> np.ndarray:
        """Return the clusterer's row (n, features) of each superpixel."""
        rows = self.stack_.project(found.described)
        tallied = [np.float32(scale) * _tallied(found, name) for name, scale in self.scales_.items()]
        rows = np.concatenate((rows, *tallied), axis=1)
        return smooth_rows(rows, found.graph, self.effort.weights.strength(found.graph.cues))

    def _learn_scales(self, surveys: Sequence[Survey]) -> dict[str, float]:
        """Return what gives each kind of tallied values its weight, as a family of a stack has it."""
        scales: dict[str, float] = {}
        if not (self._is_auto and self.picture_.bands_):
            return scales
        area = np.concatenate([found.graph.area for found in surveys])
        for name, weight in TALLIED.items():
            if not self._is_tallied(name):
                continue
            values = np.concatenate([_tallied(found, name) for found in surveys])
            center = np.average(values, axis=0, weights=area)
            variance = float(np.average(((values - center) ** 2).sum(axis=1), weights=area))
            if name == "network":
                weight += GREY_NETWORK * (1 - self.picture_.colour_)
            if variance > LEAST_VARIANCE:
                scales[name] = float(np.float32(weight / np.sqrt(variance)))
        return scales

    def _is_tallied(self, name: str) -> bool:
        """Say whether there are such values, and none of their kind in the stack."""
        if name == "network":
            return self.network_ is not None
        return not any(text.startswith(TEXTURES) for text in self.stack_.features_)

    @property
    def _is_auto(self) -> bool:
        return self.wish.features == "auto"

    # ------------------------------------------------------------------ paint
    def paint(
        self,
        source: Source,
        canvas: Canvas,
        clusterer: Clusterer,
        work: Work,
        *,
        panel: Panel | None = None,
        by_area: bool,
    ) -> Painted:
        """Merge, classify and paint one image."""
        found = self._kept or self._survey(source, work)
        self._kept = None
        with found:
            rows = self._rows(found)
            classes, shares = assign_shares(rows, clusterer, panel)
            is_far = clusterer.distance(rows) > clusterer.fit_distance_[-1]
            n_far = 0 if by_area else int(found.graph.area[is_far].sum())
            percent = {name: np.maximum(np.rint(each * 100), 1).astype(np.uint8) for name, each in shares.items()}
            leaves = Leaves(rows, classes, percent)
            with work.timed("merging"):
                tree = self.grow(found)
            aerial = self.look(found, source, work)
            height = self.choose_height(tree, aerial)
            region = tree.cut(height, min_area=min_area_pixels(self.wish.min_area, source.pixel_area_m2))
            mixer = self._mixer(source, found, rows, clusterer)
            thumbnail = Thumbnail(source.shape, has_superpixels=True)
            rgb = choose_rgb(source.band_names, source.wavelengths)
            with Refined(
                source, found, leaves, mixer, clusterer, panel, halo=self.halo, rgb=rgb, thumbnail=thumbnail, work=work
            ) as refined:
                painting = paint_regions(
                    source,
                    found,
                    region,
                    refined,
                    canvas,
                    by_area=by_area,
                    n_far=n_far,
                    feature_mean=_mean(found),
                    thumbnail=thumbnail,
                    work=work,
                )
        return Painted(painting, tree, refined.leaves, region, rows.astype(ROW_TYPE), height, aerial)

    def _mixer(self, source: Source, found: Survey, rows: np.ndarray, clusterer: Clusterer) -> Mixture | None:
        """Return what classifies pixels by what they and their superpixel say together, if they are sure enough."""
        mixture = Mixture(self.stack_, 1.0, self.halo, source.shape)
        shared = rows[found.leaf]
        share = pixel_share(mixture.mix(self.stack_.project(found.drawn), shared), shared, clusterer)
        return replace(mixture, share=share) if share >= LEAST_SHARE else None

    def grow(self, found: Survey) -> MergeTree:
        """Merge the superpixels of a survey to the end."""
        weights = self.effort.weights.for_colour(self.picture_.colour_)
        return average_trees(found.graph, weights, self.effort.n_trees)

    def look(self, found: Survey, source: Source, work: Work) -> float:
        """Say how much the image is a scene from above, 0 to 1."""
        is_mapped = source.georeference is not None or not self.picture_.bands_
        features = None
        if isinstance(self.network_, Network):
            total = found.graph.sums[:, N_BINS:].sum(axis=0, dtype=np.float64)
            features = total / max(1, int(found.graph.area.sum()))
        elif self.network_ and self.wish.scene == "auto" and not is_mapped:
            features = mean_features(self.picture_, draw_views([source], SCENE_BLOCKS, 0, self.wish, work))
        return share_aerial(self.wish.scene, is_mapped=is_mapped, features=features)

    def choose_height(self, tree: MergeTree, aerial: float) -> float:
        """Choose where to cut."""
        threshold = self.effort.threshold * self.effort.aerial_share**aerial
        return choose_height(tree, threshold=threshold, typical=self.effort.typical, scale=self.wish.scale)

    # ------------------------------------------------------------------ record
    def prove(self, clusterer: Clusterer, bands: Bands) -> None:
        """Classify a few made-up pixels."""
        image = np.ones((2, 2, bands.count), np.float32)
        self.picture_.show(image)
        n_tallied = self._n_tallied()
        if self.network_ and not isinstance(self.network_, Network):  # that has learned nothing but the picture
            self.network_.cells(Block(image))
        rows = self.stack_.transform(image).reshape(4, -1)
        clusterer.assign(np.pad(rows, ((0, 0), (0, sum(n_tallied[name] for name in self.scales_)))))

    def get_state(self) -> dict[str, Any]:
        """Return what was learned as plain data."""
        return {
            "stack": self.stack_.get_state(),
            "picture": self.picture_.get_state(),
            "network": self.network_ and _network_state(self.network_),
            "scales": self.scales_,
        }

    def set_state(self, state: dict[str, Any]) -> Self:
        """Take back what `get_state` gave."""
        self.stack_ = self.wish.stack().set_state(state["stack"])
        self.picture_ = Picture().set_state(state["picture"])
        network = state["network"]
        self.network_ = network and parse_network(network["family"]).set_state(network["state"])
        self.scales_ = dict(state["scales"])
        return self


def _halo_of(stack: FeatureStack, network: Feature | None) -> int:
    """Return the pixels of context around a block that the cut, the stack and the network need, whole cells."""
    return -(-max(HALO, stack.halo, network.halo if network else 0) // ALIGN) * ALIGN


def _network_state(network: Feature) -> dict[str, Any]:
    """Return a fitted network as plain data; no file of its own is needed to take it back."""
    return {"family": describe_features([(network, 1.0)])[0], "state": network.get_state()}


@dataclass(frozen=True)
class Mixture:
    """Mix what pixels say with what their superpixels say.

    Attributes
    ----------
    share : float
        0..1, how much the pixels count.
    shape : (rows, cols) of the whole image
    """

    stack: FeatureStack
    share: float
    halo: int
    shape: tuple[int, int]

    def own(self, pixels: np.ndarray, block: Window) -> np.ndarray:
        """Return the features (rows cols, features) of a block's pixels, given with their halo."""
        features = self.stack.extract(pixels, block_origin(block, self.halo), self.shape)
        projected = self.stack.project(without_halo(features, self.halo))
        return projected.reshape(-1, projected.shape[-1])

    def mix(self, own: np.ndarray, shared: np.ndarray) -> np.ndarray:
        """Mix the features of the stack; the others are the superpixels' alone."""
        n = own.shape[1]
        mixed = shared.copy()
        mixed[:, :n] += np.float32(self.share) * (own - shared[:, :n])
        return mixed


def _tallied(found: Survey, name: str) -> np.ndarray:
    """Return values (n, ...) of each superpixel: roots of texture histograms, or means of the network's features."""
    means = found.graph.sums / np.maximum(found.graph.area, 1)[:, None].astype(np.float32)
    return np.sqrt(means[:, FIRST_TEXTURE:N_BINS]) if name == "texture" else means[:, N_BINS:]


def pixel_share(own: np.ndarray, shared: np.ndarray, clusterer: Clusterer) -> float:
    """Return how much a pixel's own features count beside those of its superpixel: 0..1, decided from the image.

    Where the two are of different minds, the ratio of how sure they are: near 1 where things are smaller than
    superpixels and pixels tell them apart (leaves on soil), small where single pixels are noise (textures, cubes).
    """
    mine, how_sure = clusterer.assign(own)
    theirs, how_sure_they_are = clusterer.assign(shared)
    differ = mine != theirs
    if not differ.any():
        return 0.0
    ratio = float(how_sure[differ].mean() / max(1e-9, float(how_sure_they_are[differ].mean())))
    return min(1.0, ratio)


def _mean(found: Survey) -> np.ndarray:
    """Return the mean of each feature over the image's pixels, float64."""
    return found.graph.area @ found.described.astype(np.float64) / max(1, int(found.graph.area.sum()))
