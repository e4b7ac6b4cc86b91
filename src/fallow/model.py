"""The segmenter: features, a clusterer and cleaning, fitted on images and applied to images of any size."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from fallow import run
from fallow.archive import read_archive, write_archive
from fallow.cluster import (
    Choice,
    Clusterer,
    Panel,
    choose_n_classes,
    describe_method,
    make_clusterer,
    parse_candidates,
    thread_limit,
)
from fallow.drift import Drift
from fallow.errors import InputError
from fallow.estimator import Estimator
from fallow.features import Bands, FeatureStack
from fallow.features.registry import LITE0
from fallow.raster import Source, open_source
from fallow.recipe import write_recipe
from fallow.result import Segmentation
from fallow.table import ClassTable, class_rows
from fallow.tiles import Work
from fallow.tiles.bands import band_notes, bands_of, check_same_bands
from fallow.tiles.canvas import Canvas
from fallow.tiles.hashing import MOST_SEED
from fallow.tiles.mapping_unit import min_area_pixels
from fallow.tiles.paint import Painting
from fallow.tiles.plan import Appetite, follow, make_plan
from fallow.units import make_unit
from fallow.units.base import Painted, Unit, Wish

MOST_MAJORITY = 100  # a wider window asks for min_area instead
MOST_MEMBERS = 100  # of a panel; the share of those that agree is told in hundredths
KIND = "model"  # of archive

Images = Any
"""A path, an array (rows, cols[, bands]), a Source, or a list of these."""


class Segmenter(Estimator):
    """Segment images without labels; the long form of `fallow.segment`.

    Parameters
    ----------
    classes : int, "auto" or "LOW-HIGH"
        How many classes. A number gives exactly that many on the fitted images; "auto" chooses from 2 to 12, a range
        such as "4-20" from that range, and `choice_` tells why.
    features : str, list or dict
        Feature families, such as ``"color,texture"``, ``["color", "texture,weight=0.5"]``; "auto" looks at the bands.
    method : str or Clusterer
        "kmeans", "mixture" or "som", with parameters as in ``"som,shape=20x20"``.
    unit : "region" or "pixel"
        What is classified: superpixels, which are merged into regions by their borders; or pixels, whose regions are
        the connected areas of one class.
    scene : "auto", "photo" or "aerial"
        What is looked at, which decides how fine regions are: things in photographs, fields and roofs from above.
        "auto" takes images with a georeference or more bands than a photograph as aerial, and lets the network tell
        the others. Regions only.
    scale : float
        Above 1 for fewer, larger regions, below 1 for more. Regions only.
    effort : "fast", "balanced" or "best"
        "balanced" looks at each picture with a network as well; "best" averages six merge trees. Regions only.
    network : str
        What the merge tree, and with features "auto" the classes, see each picture with: "lite0", the embedded network;
        an encoder file that ``fallow train`` wrote; or a hub backbone, "hub:NAME". Regions only.
    scaling : "auto", "standard", "robust" or "none"
        How features are made comparable; "auto" lets each family say.
    reduce : "auto", None or str
        "pca" or "mnf", with parameters as in ``"pca,n_components=10"``; None for neither. "auto" takes 24 principal
        components where there are more features.
    majority : int
        Radius of a majority filter on the classes, in pixels; 0 is none. Pixels only.
    min_area : int or str
        Minimum mapping unit: regions below it join a neighbour. Pixels, or an area such as "200m2", "0.5ha".
    sample : int
        Pixels the clusterer is fitted on, drawn from all images by a hash of their position.
    stability : int
        How many times the classes are learned again, each time from another sample and seed, to tell for each pixel how
        many agree with its class: 10 is a good number, 0 tells nothing.
    random_state : int
        Seed. Same seed, same bytes.

    Attributes
    ----------
    bands_ : Bands
    unit_ : PixelUnit or RegionUnit
        What was learned of the features.
    clusterer_ : Clusterer
    choice_ : Choice or None
        The evidence for the number of classes, when it was chosen.
    panel_ : Panel or None
        What was learned again, when `stability` was asked for.
    n_sample_ : int
        Rows the clusterer was fitted on: pixels, or superpixels drawn by their area.

    Examples
    --------
    >>> halves = np.zeros((40, 40), np.uint8)
    >>> halves[:, 10:] = 200
    >>> segmenter = Segmenter(classes=2, features="color").fit(halves)
    >>> segmenter.predict(halves[::-1]).classes[0, [0, 39]].tolist()
    [2, 1]
    """

    def __init__(
        self,
        *,
        classes: int | str = "auto",
        features: Any = "auto",
        method: str | Clusterer = "kmeans",
        unit: str = "region",
        scene: str = "auto",
        scale: float = 1.0,
        effort: str = "balanced",
        network: str = LITE0,
        scaling: str = "auto",
        reduce: str | None = "auto",
        majority: int = 0,
        min_area: int | str = 16,
        sample: int = 1_000_000,
        stability: int = 0,
        random_state: int = 0,
    ) -> None:
        self.classes = classes
        self.features = features
        self.method = method
        self.unit = unit
        self.scene = scene
        self.scale = scale
        self.effort = effort
        self.network = network
        self.scaling = scaling
        self.reduce = reduce
        self.majority = majority
        self.min_area = min_area
        self.sample = sample
        self.stability = stability
        self.random_state = random_state

    def fit(self, images: Images, *, work: Work = Work()) -> Self:  # noqa: B008 (frozen)
        """Learn the classes of one image or of many together.

        Raises
        ------
        InputError
            If an option cannot be right, the images have different bands, hold no valid pixel, or have fewer distinct
            pixels than classes.
        """
        sources = _open_all(images)
        self._forget()
        self._fit(sources, self._within_memory(_largest(sources), work), keep=False)
        return self

    def predict(self, image: Any, *, work: Work = Work(), into: Path | None = None) -> Segmentation:  # noqa: B008
        """Segment an image with the classes learned; their numbers keep their meaning from image to image.

        Parameters
        ----------
        into : Path, optional
            An existing folder to paint in; by default memory, or a temporary folder for a large image.

        Raises
        ------
        InputError
            If the segmenter is not fitted, or the image has other bands than the fitted ones.
        """
        source = open_source(image)
        self._check_fitted()
        check_same_bands(self.bands_, source, "the model")
        work = self._within_memory(source, work)
        return self._paint(source, Canvas(source.shape, source.georeference, into), work, is_fitted_here=False)

    def fit_predict(self, image: Any, *, work: Work = Work(), into: Path | None = None) -> Segmentation:  # noqa: B008
        """Fit on one image and segment it; classes are numbered by their area in the result, largest first."""
        source = open_source(image)
        min_area_pixels(self.min_area, source.pixel_area_m2)  # before the work, not after
        self._forget()
        work = self._within_memory(source, work)
        self._fit([source], work, keep=True)
        canvas = Canvas(source.shape, source.georeference, into)
        return self._paint(source, canvas, work, is_fitted_here=True)

    def choose(self, images: Images, *, work: Work = Work()) -> Choice:  # noqa: B008
        """Judge the numbers of classes that `classes` allows, on one image or on many together, and fit nothing more.

        What `fit` would choose is chosen, from the same rows. The segmenter is left unfitted.

        Raises
        ------
        InputError
            As in `fit`, or if `classes` is one number alone.
        """
        candidates = parse_candidates(self.classes)
        if len(candidates) == 1:
            raise InputError(f'classes must be "auto" or a range such as "2-12" to choose from, got {self.classes}')
        sources = _open_all(images)
        self._forget()
        unit = self._prepare(sources, candidates)
        work = self._within_memory(_largest(sources), work)
        with run.one_thread_each(), thread_limit(work.workers):
            choice = self._choose(unit.fit(sources, self.bands_, work, keep=False), candidates, work)
        self._forget()
        return choice

    # ------------------------------------------------------------------ fit
    def _fit(self, sources: Sequence[Source], work: Work, *, keep: bool) -> None:
        candidates = parse_candidates(self.classes)
        unit = self._prepare(sources, candidates)
        with run.one_thread_each(), thread_limit(work.workers):
            rows = unit.fit(sources, self.bands_, work, keep=keep)
            self.n_sample_ = len(rows)
            self.choice_ = self._choose(rows, candidates, work) if len(candidates) > 1 else None
            n_classes = self.choice_.n_classes if self.choice_ else candidates[0]
            with work.timed("fitting"):
                self.clusterer_ = self._clusterer(n_classes).fit(rows, on_pass=work.on_step("fitting"))
            self.panel_ = None
            if self.stability:
                with work.timed("learning again"):
                    self.panel_ = Panel.fit(rows, self.clusterer_, self.stability, int(self.random_state))
        self.unit_ = unit

    def _prepare(self, sources: Sequence[Source], candidates: range) -> Unit:
        """Check what can be checked before the work, and return the unit to fit."""
        self.check_numbers(candidates[0])
        self.bands_ = bands_of(sources[0])
        for source in sources[1:]:
            check_same_bands(self.bands_, source, f"the first image, {sources[0].name},")
        return self._make_unit()

    def _choose(self, rows: np.ndarray, candidates: range, work: Work) -> Choice:
        stage = "choosing the number of classes"
        with work.timed(stage):
            return choose_n_classes(rows, self._clusterer, candidates, on_split=work.on_step(stage))

    def _forget(self) -> None:
        """Drop what was learned: a fit that fails leaves nothing of an older one."""
        for learned in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, learned)

    def appetite(self, source: Source) -> Appetite:
        """Return the memory that an image takes beside what is read of it at a time.

        Raises
        ------
        InputError
            If an option cannot be right.
        """
        unit = getattr(self, "unit_", None) or self._make_unit()
        return unit.appetite(bands_of(source), source.shape[0] * source.shape[1])

    def _within_memory(self, source: Source, work: Work) -> Work:
        """Return the work, its clock at zero, cut as the memory that was said allows it, if no plan was made."""
        work = replace(work, seconds={})
        if work.memory is None or work.journal:
            return work
        return follow(make_plan(source, self.appetite(source), work), work)

    def wish(self) -> Wish:
        """Return what a unit is asked for."""
        wish = {field.name: getattr(self, field.name) for field in fields(Wish)}
        wish["random_state"] = int(self.random_state)  # NumPy's would wrap around in hashes
        return Wish(**wish)

    def _make_unit(self) -> Unit:
        return make_unit(self.unit, self.wish())

    @property
    def stack_(self) -> FeatureStack:
        """The features that are clustered."""
        return self.unit_.stack_

    def check_numbers(self, n_classes: int) -> None:
        """Raise `InputError` when a number among the options cannot be right for so many classes."""
        if not isinstance(self.random_state, int | np.integer) or not 0 <= self.random_state <= MOST_SEED:
            raise InputError(f"random_state must be a whole number from 0 to {MOST_SEED}, got {self.random_state!r}")
        if self.sample < n_classes:
            raise InputError(f"sample must be at least {n_classes} pixels, one a class, got {self.sample}")
        if not 0 <= self.majority <= MOST_MAJORITY:
            raise InputError(f"majority must be a radius from 0 to {MOST_MAJORITY} pixels, got {self.majority}")
        if not isinstance(self.stability, int | np.integer) or not 0 <= self.stability <= MOST_MEMBERS:
            raise InputError(f"stability must be a number of samples from 0 to {MOST_MEMBERS}, got {self.stability!r}")
        min_area_pixels(self.min_area, 1.0)

    def _clusterer(self, n_classes: int) -> Clusterer:
        return make_clusterer(self.method, n_classes, self.random_state)

    # ------------------------------------------------------------------ predict
    def _paint(self, source: Source, canvas: Canvas, work: Work, *, is_fitted_here: bool) -> Segmentation:
        with run.one_thread_each():
            painted = self.unit_.paint(source, canvas, self.clusterer_, work, panel=self.panel_, by_area=is_fitted_here)
        if is_fitted_here:
            self.clusterer_.reorder(painted.painting.order)
            self.panel_ = self.panel_ and self.panel_.reorder(painted.painting.order)
        drift = None if is_fitted_here else self._drift(painted.painting)
        return self._result(source, canvas, painted, drift, work.seconds)

    def _drift(self, painting: Painting) -> Drift:
        """Compare an image with what was fitted."""
        n_valid = max(1, painting.n_valid)
        return Drift.measure(
            painting.n_far / n_valid,
            self.stack_.feature_names,
            painting.feature_mean,
            self.stack_.mean_,
            self.stack_.deviation_,
            painting.area / n_valid,
            self.clusterer_.shares_,
        )

    def _result(
        self, source: Source, canvas: Canvas, painted: Painted, drift: Drift | None, seconds: dict[str, float]
    ) -> Segmentation:
        painting = painted.painting
        for name, layer in canvas.layers.items():
            if (small := getattr(painting.thumbnail, name, None)) is not None:
                layer.keep_thinned(small)
        rows = class_rows(painting.area, painting.mean, painting.deviation, source.pixel_area_m2)
        notes = (
            self.notes()
            + band_notes(self.bands_, source)
            + [f"class {row.label} has no pixel here" for row in rows if not row.area]
        )
        found = self._found() | {"regions": painting.n_regions}
        if painted.tree:
            found |= {"superpixels": painted.tree.n_leaves}
            found |= {"height": round(float(painted.height), 6), "aerial": round(painted.aerial, 3)}
            notes.append(_scene_note(painted.aerial))
        if drift:
            notes += drift.sentences()
            found["drift"] = drift.to_recipe()
        return Segmentation(
            name=source.name,
            shape=source.shape,
            n_classes=self.clusterer_.n_classes,
            n_regions=painting.n_regions,
            table=ClassTable(rows, source.band_names),
            recipe=write_recipe(source, segment=self.plain_params(), found=found),
            notes=notes,
            seconds=dict(seconds),
            georeference=source.georeference,
            is_8bit=source.dtype == np.uint8,
            tree=painted.tree,
            leaves=painted.leaves,
            region=painted.region,
            rows=painted.rows,
            clusterer=self.clusterer_,
            feature_names=self.unit_.row_names,
            height=painted.height,
            min_area=min_area_pixels(self.min_area, source.pixel_area_m2),
            pixel_area_m2=source.pixel_area_m2,
            layers=canvas.layers,
            _picture=lambda _: painting.thumbnail.picture,
        )

    # ------------------------------------------------------------------ record
    def _found(self) -> dict[str, Any]:
        """Tell what was decided while fitting, as TOML can hold it."""
        found: dict[str, Any] = {
            "features": list(self.stack_.features_),
            "classes": self.clusterer_.n_classes,
            "sample_pixels": self.n_sample_,
        }
        if self.choice_:
            found |= self.choice_.to_recipe()
        if self.panel_:
            found["confusion"] = self.panel_.confusion.round(6).tolist()
        return found

    def plain_params(self) -> dict[str, Any]:
        """Return the parameters as TOML and JSON can hold them; features and methods given as objects become text."""
        params = self.get_params() | {"reduce": self.reduce or "none"}
        if not isinstance(self.features, str):
            params["features"] = self.stack_.features_
        if not isinstance(self.method, str):
            params["method"] = describe_method(self.clusterer_)
        return params

    def notes(self) -> list[str]:
        """Say in sentences what was decided while fitting."""
        choice, panel = self.choice_, self.panel_
        told = (self.stack_.choice, choice.reason if choice else "", panel.sentence() if panel else "")
        return [each for each in told if each]

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the fitted segmenter into one file of plain data (a zip of JSON and arrays; no code, no pickle)."""
        self._check_fitted()
        write_archive(path, {"params": self.plain_params(), "state": self.get_state()}, kind=KIND)
        return Path(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        FileError
            If the file is missing or cannot be read.
        InputError
            If it is no model, is damaged, was written by a newer Fallow, or asks for what this machine does not have.
        """
        tree = read_archive(path, kind=KIND)
        try:
            segmenter = cls(**tree["params"]).set_state(tree["state"])
            segmenter._prove()
        except InputError as error:
            raise InputError(f"{path} cannot be used: {error}") from error
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
            raise InputError(f"{path} is a damaged model: {error!r}") from error
        return segmenter

    def _prove(self) -> None:
        """Classify a few made-up pixels, so that a damaged model fails when it is loaded."""
        self.unit_.prove(self.clusterer_, self.bands_)

    def get_state(self) -> dict[str, Any]:
        """Return what was learned as plain data."""
        return {
            "bands": asdict(self.bands_),
            "unit": self.unit_.get_state(),
            "method": describe_method(self.clusterer_),
            "n_classes": self.clusterer_.n_classes,
            "clusterer": self.clusterer_.get_state(),
            "choice": asdict(self.choice_) if self.choice_ else None,
            "panel": self.panel_.to_state() if self.panel_ else None,
            "n_sample": self.n_sample_,
        }

    def set_state(self, state: dict[str, Any]) -> Self:
        """Take back what `get_state` gave."""
        self.bands_ = Bands(**_tuples(state["bands"]))
        self.unit_ = self._make_unit().set_state(state["unit"])
        self.clusterer_ = make_clusterer(state["method"], state["n_classes"], self.random_state)
        self.clusterer_.set_state(state["clusterer"])
        self.choice_ = Choice(**_tuples(state["choice"])) if state["choice"] else None
        self.panel_ = Panel.from_state(state["panel"], self.clusterer_) if state["panel"] else None
        self.n_sample_ = state["n_sample"]
        return self

    def _check_fitted(self) -> None:
        if not hasattr(self, "clusterer_"):
            raise InputError("this segmenter is not fitted yet; call fit, or load a model")


def _open_all(images: Images) -> list[Source]:
    several = images if isinstance(images, list | tuple) else [images]
    if not several:
        raise InputError("images must hold at least one image, got none")
    return [open_source(image) for image in several]


def _largest(sources: Sequence[Source]) -> Source:
    return max(sources, key=lambda source: source.shape[0] * source.shape[1])


def _scene_note(aerial: float) -> str:
    """Say what the scene was taken as, and how to say otherwise."""
    if aerial < 0.5:
        return "taken as a photograph; --scene aerial gives finer regions"
    return "taken as a view from above; --scene photo gives coarser regions"


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    """Turn the lists that JSON made of tuples back, in dictionaries inside as well."""

    def tupled(value: Any) -> Any:
        return _tuples(value) if isinstance(value, dict) else tuple(value) if isinstance(value, list) else value

    return {name: tupled(value) for name, value in values.items()}
