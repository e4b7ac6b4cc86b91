"""The journal of a run: what its sweeps have found so far, kept beside the output until the output is whole.

Everything between the sweeps is decided from what they found, the same way each time. So a run that was killed is the
same run again, whose sweeps begin with what is in the journal: it ends with the same bytes.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Self

from fallow.errors import InputError, writing
from fallow.raster.whole_file import whole_file
from fallow.tiles.records import Records

HEAD = "run.json"


class Journal:
    """Records of the sweeps of one run in a folder.

    Parameters
    ----------
    folder : Path
        Exists.
    identity : dict
        What the run is of, as JSON can hold it: options, input, versions. Another identity is another run.
    tile : (rows, cols)
        Of the sweeps.
    overwrite : bool
        Begin anew if the folder holds the journal of another run.

    Attributes
    ----------
    tile : (rows, cols)
        That of the run that began the journal: its records are of those windows.

    Raises
    ------
    InputError
        If the folder holds the journal of another run, unless `overwrite`; the message names what differs.
    """

    def __init__(
        self, folder: Path, identity: dict[str, Any], tile: tuple[int, int], *, overwrite: bool = False
    ) -> None:
        self._folder = folder
        self._stages: dict[str, Records] = {}
        past = read_head(folder)
        if past is not None and not overwrite:
            refuse_other(folder, identity)
        if past is not None and past["identity"] == _as_read(identity):
            self.tile = (int(past["tile"][0]), int(past["tile"][1]))
            return
        self.tile = tile
        for records in folder.glob("*.records"):
            records.unlink()
        with writing(folder / HEAD), whole_file(folder / HEAD) as partial:
            partial.write_text(json.dumps({"tile": tile, "identity": identity}, indent=1), encoding="utf-8")

    def records(self, stage: str) -> Records:
        """Return the records of one sweep, those that an earlier process left included."""
        if stage not in self._stages:
            name = re.sub(r"\W+", "-", stage)
            self._stages[stage] = Records(path=self._folder / f"{name}.records")
        return self._stages[stage]

    def close(self) -> None:
        """Close all files."""
        for records in self._stages.values():
            records.close()
        self._stages.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def read_head(folder: Path) -> dict[str, Any] | None:
    """Return what a folder's journal says of its run; None if there is none that can be read."""
    try:
        head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    is_head = isinstance(head, dict) and isinstance(head.get("identity"), dict) and len(head.get("tile", ())) == 2
    return head if is_head else None


def refuse_other(folder: Path, identity: dict[str, Any]) -> None:
    """Raise an `InputError` if the folder holds the journal of another run."""
    past = read_head(folder)
    if past is not None and (differ := _differences(past["identity"], _as_read(identity))):
        raise InputError(
            f"{folder.parent} holds an unfinished run of something else ({'; '.join(differ)}); "
            "repeat that one to go on with it, or say --overwrite to begin anew"
        )


def _as_read(identity: dict[str, Any]) -> dict[str, Any]:
    """Return an identity as it comes back from a file."""
    return json.loads(json.dumps(identity))


def _differences(past: dict[str, Any], now: dict[str, Any], prefix: str = "") -> list[str]:
    """Say in a few words in what two identities differ."""
    found = []
    for name in sorted(past.keys() | now.keys()):
        one, other = past.get(name), now.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            found += _differences(one, other, f"{prefix}{name} ")
        elif one != other:
            found.append(f"{prefix}{name} was {one!r}, now {other!r}")
    return found
