"""What a network of your choice sees: backbones from the Hugging Face hub, or from a folder, run by PyTorch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fallow.deep.backbone import Backbone, load
from fallow.deep.maps import MULTIPLE, Map, Place, cut_windows, in_cells, pad, resample, take_nearest, to_unit
from fallow.errors import FileError, InputError
from fallow.features.base import Bands, CellFeature, check_number, clip
from fallow.features.block import Block, Image
from fallow.features.cells import CELL
from fallow.features.network import to_typical
from fallow.features.picture import Picture
from fallow.features.reduce import PCA

HALO = 64
N_VIEWS = 8
MEMORY = 1 << 28  # bytes of a window, of networks of up to 300 million weights
MOST_COMPONENTS = 1024
EVERY = 16  # pixels: of so many a side, one is learned from


class Hub(CellFeature):
    """Features of a network that was trained elsewhere: DINOv2, DINOv3, ViT-MAE, ViT, ConvNeXt, Swin and others.

    Any network that transformers knows and that gives tokens or maps for a picture of any size; choose `Network`, which
    is embedded, where nothing is to be installed or downloaded. The image is shown as a `Picture`. The weights are not
    part of what is learned, but which they were is, and others are refused.

    Parameters
    ----------
    model
        A name on the hub, such as "facebook/dinov2-small", or a folder as transformers saves it.
    revision
        Commit, branch or tag on the hub; by default its main branch, or the commit that was fitted.
    offline
        Whether to look in the hub's cache alone.
    device
        What the network runs on: "cpu", "cuda", "mps"; "auto" for the first of cuda, mps and cpu that there is.
    components
        How many principal components are kept, at most.

    Attributes
    ----------
    picture_ : dict
        State of the `Picture`.
    revision_ : str
        Commit of the hub that was loaded; empty for a folder.
    fingerprint_ : str
        SHA-256 of configuration and weights.
    center_ : list of (channels,) float32
        Of each map.
    axes_ : list of (channels, components) float32

    Notes
    -----
    ``x = sum over maps of A (f - c) / |f - c|``: each map is centred, brought to unit length at each place, projected
    and interpolated to cells of 4 x 4 pixels, as `Network` does it. The centres c and axes A, principal components of
    all maps together, are learned from eight blocks of the images that are fitted.

    All are scaled so that random places lie as far apart as those of the embedded network do.

    The picture is enlarged so that a token covers 8 pixels, or twice at most. The network sees windows of 384 x 384
    pixels that overlap by 128; what a place sees lies within its window.

    References
    ----------
    Oquab et al. 2024, https://openreview.net/forum?id=a68SUt6zFt (DINOv2). Hypercolumns: Hariharan et al. 2015,
    doi:10.1109/CVPR.2015.7298642.
    """

    family = "hub"
    is_network = True
    anchor = MULTIPLE

    def __init__(
        self, model: str = "", revision: str = "", offline: bool = False, device: str = "auto", components: int = 32
    ) -> None:
        self.model = model
        self.revision = revision
        self.offline = offline
        self.device = device
        self.components = components

    def check(self) -> None:
        """Raise `InputError` when an option cannot be right."""
        if not isinstance(self.model, str) or not self.model:
            raise InputError(
                f'hub needs a model, a name such as in "hub:facebook/dinov2-small" or a folder, got {self.model!r}'
            )
        for name in ("revision", "device"):
            value = getattr(self, name)
            if not isinstance(value, str):
                raise InputError(f'{name} must be text, got {value!r}: put it in double quotes, {name}="{value}"')
        if not isinstance(self.offline, bool):
            raise InputError(f"offline must be true or false, got {self.offline!r}")
        check_number("components", self.components, 1, MOST_COMPONENTS, whole=True)

    @property
    def halo(self) -> int:
        """Whole tokens of 8 pixels."""
        return HALO

    @property
    def n_views(self) -> int:
        """Centres and axes are learned from so many blocks."""
        return N_VIEWS

    @property
    def memory(self) -> int:
        """Of the largest networks that are usual; the weights come on top, once a process."""
        return MEMORY

    @property
    def names(self) -> tuple[str, ...]:
        """One name a principal component, the largest first."""
        return tuple(f"hub_{number}" for number in range(1, self.axes_[0].shape[1] + 1))

    # ------------------------------------------------------------------ fit
    def _learn(self, samples: Image, bands: Bands) -> None:
        self.picture_ = Picture().fit(samples, bands).get_state()
        backbone = self._load(self.revision)
        self.revision_, self.fingerprint_ = backbone.commit, backbone.fingerprint

    def _look(self, views: Sequence[Block]) -> None:
        if not views:
            raise InputError("hub must see blocks of the images to learn from, got none: fit a stack or a segmenter")
        backbone = self._load_again()
        looked = [self._sample(backbone, view) for view in views]
        maps = [np.concatenate(rows) for rows in zip(*looked, strict=True)]
        self.center_ = [rows.mean(axis=0, dtype=np.float64).astype(np.float32) for rows in maps]
        units = [to_unit(rows, center) for rows, center in zip(maps, self.center_, strict=True)]
        rows = np.concatenate(units, axis=1)
        axes = PCA(self.components).fit(rows).matrix_.astype(np.float32)
        axes *= to_typical(rows @ axes)
        self.axes_ = np.split(axes, np.cumsum([len(center) for center in self.center_])[:-1])

    def _sample(self, backbone: Backbone, view: Block) -> list[Map]:
        """Return rows (n, channels) of each map, of the same places: one in 16 x 16 pixels that has data."""
        seen, _ = clip(view)
        picture = self._show(seen.fill(seen.image))
        on_grid = np.zeros(picture.shape[:2], np.bool_)
        on_grid[EVERY // 2 :: EVERY, EVERY // 2 :: EVERY] = True
        has_data = pad(seen.weight > 0)
        wanted = on_grid & has_data if (on_grid & has_data).any() else on_grid
        found = []
        for window, core in cut_windows(picture.shape[:2]):
            maps = backbone.look(picture[window])
            rows, cols = (at + start.start for at, start in zip(np.nonzero(wanted[core]), core, strict=True))
            found.append([take_nearest(each, rows, cols, window) for each in maps])
        return [np.concatenate(rows) for rows in zip(*found, strict=True)]

    # ------------------------------------------------------------------ run
    def run(self, image: Image) -> Image:
        """Return ``(rows / 4, cols / 4, components)``, rounded up.

        Raises
        ------
        FileError
            If the network cannot be loaded, or is not the one that was fitted.
        """
        backbone = self._load_again()
        picture = self._show(image)
        rows, cols = (side // CELL for side in picture.shape[:2])
        out = np.empty((rows, cols, self.axes_[0].shape[1]), np.float32)
        for window, core in cut_windows(picture.shape[:2]):
            out[in_cells(core)] = self._project(backbone.look(picture[window]), window)[in_cells(core, window)]
        rows, cols = image.shape[:2]
        return out[: -(-rows // CELL), : -(-cols // CELL)]

    def _project(self, maps: list[Map], window: Place) -> Image:
        """Return the features (rows, cols, components) of a window's cells: the sum of what each map says."""
        rows, cols = in_cells(window)
        features = np.zeros((rows.stop - rows.start, cols.stop - cols.start, self.axes_[0].shape[1]), np.float32)
        for level, center, axes in zip(maps, self.center_, self.axes_, strict=True):
            features += resample(to_unit(level, center) @ axes, features.shape[:2])
        return features

    def _show(self, image: Image) -> Image:
        """Return the picture of an image without holes, continued to whole cells of any network."""
        return pad(Picture().set_state(self.picture_).show(image))

    def _load(self, revision: str) -> Backbone:
        return load(self.model, revision, offline=self.offline, device=self.device)

    def _load_again(self) -> Backbone:
        """Load the network that was fitted."""
        backbone = self._load(self.revision_ or self.revision)
        if backbone.fingerprint != self.fingerprint_:
            raise FileError(
                f"{self.model} holds other weights than those that were fitted (sha256 {backbone.fingerprint[:12]}, "
                f"not {self.fingerprint_[:12]}): bring those back, or fit anew"
            )
        return backbone
