"""A result that is looked at and changed: one step an edit, so that the last can be undone, and all saved."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from fallow.config import INPUT_OPTIONS
from fallow.editing import edit_result
from fallow.errors import FallowError, InputError
from fallow.raster import Source, open_source
from fallow.result import Segmentation
from fallow.saving import EDITS
from fallow.stored import open_result


class Session:
    """A result and what was made of it.

    Parameters
    ----------
    base : Segmentation
        Before any edit.
    source : Source, optional
        The image, where there is one to look at.
    folder : Path, optional
        Where the result lies.

    Attributes
    ----------
    result : Segmentation
        With all edits.
    placing : dict
        ``scale`` and ``translate`` of a layer of the viewer, in place of the georeference.
    """

    def __init__(
        self,
        base: Segmentation,
        *,
        source: Source | None = None,
        folder: Path | None = None,
        placing: dict[str, Any] | None = None,
    ) -> None:
        self.source, self.folder = source, folder
        self.placing = placing
        self._steps = [base]

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Session:
        """Open a saved result, its edits, and its image, if that is where it was.

        Raises
        ------
        InputError, FileError
            As `open_result` does.
        """
        folder = Path(folder)
        base = open_result(folder, edited=False)
        session = cls(base, source=_image_of(base, folder), folder=folder)
        if (edited := open_result(folder)).edits:
            session._steps.append(edited)
        return session

    @property
    def result(self) -> Segmentation:
        return self._steps[-1]

    @property
    def can_undo(self) -> bool:
        return len(self._steps) > 1

    def region_limits(self) -> tuple[int, int] | None:
        """Return the least and the largest number of regions of the tree; None without one."""
        base = self._steps[0]
        if base.tree is None:
            return None
        fewest, most = (int(base.tree.cut(height, min_area=base.min_area).max(initial=1)) for height in (np.inf, 0.0))
        return fewest, most

    def scale(self, n_regions: int) -> None:
        """Take another number of regions, none below the result's minimum mapping unit; a scale before it is replaced.

        Raises
        ------
        InputError
            If the result has no tree.
        """
        line = {"do": "scale", "n_regions": int(n_regions), "min_area": self._steps[0].min_area}
        is_scaled = self.can_undo and self.result.edits[-1]["do"] == "scale" and self._is_own_step
        before = self._steps[-2] if is_scaled else self.result
        scaled = before.edit([line])
        self._steps = [*(self._steps[:-1] if is_scaled else self._steps), scaled]

    def classes(self, n: int) -> None:
        """Make another number of classes of the superpixels.

        Raises
        ------
        InputError
            If there cannot be so many, or the result has no superpixels.
        """
        self._steps.append(self.result.edit([{"do": "classes", "n": int(n)}]))

    def undo(self) -> None:
        """Take back the last step, if there is one."""
        if self.can_undo:
            self._steps.pop()

    def save(self, folder: str | os.PathLike[str] | None = None) -> Path:
        """Write the result as it was made, and what was made of it as `fallow edit` does: edits beside it, painted.

        Parameters
        ----------
        folder
            By default where the result lies.

        Raises
        ------
        InputError
            If it lies nowhere yet and no folder is said, or another result is in the folder.
        FileError
            If it cannot be written.
        """
        if folder is None and self.folder is None:
            raise InputError("choose a folder to save the result in")
        target = Path(folder) if folder is not None else self.folder
        assert target is not None
        if self.folder is None or target.resolve() != self.folder.resolve():
            self._steps[0].save(target)
            self.folder = target
        if self.can_undo or (target / EDITS).is_file():
            edit_result(target, self.result.edits, overwrite=True)
        return target

    @property
    def _is_own_step(self) -> bool:
        """Whether the last step is one edit: those that were read from a file are one step together."""
        return len(self.result.edits) == len(self._steps[-2].edits) + 1


def _image_of(result: Segmentation, folder: Path) -> Source | None:
    """Open the image of a result as it was looked at; None if it is not there any more, or is another."""
    said = result.recipe["input"]
    places = (place for place in (Path(said["image"]), folder.parent / said["image"]) if place.is_file())
    try:
        path = next(places, None)
        source = path and open_source(path, **{name: said[name] for name in INPUT_OPTIONS if name in said})
    except FallowError:
        return None
    return source if source and source.shape == result.shape else None
