"""Files that are images only by what they point at: what they name must lie in the folder that is served, too."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from fallow.app.paths import Root
from fallow.errors import InputError

BESIDE = (".aux.xml", ".ovr", ".msk")  # what GDAL reads along with a file of that name
AUXILIARY = re.compile(r"OVERVIEW_FILE|/vsi|<VRT", re.IGNORECASE)
MOST_BYTES = 4 << 20  # of an XML file that GDAL takes for an image
MOST_DEPTH = 8
ELSEWHERE = re.compile(
    r"/vsi|://|<!ENTITY|PixelFunction|<(?:GDAL_WMS|GDALTileIndexDataset|WCS_GDAL|OGRVRTDataSource)", re.I
)


def check_pointers(root: Root, path: Path, depth: int = 0) -> Path:
    """Return the path of an image if opening it reads no file outside of the folder.

    GDAL tells formats by what a file holds, whatever its name, so every file is looked at, and those that it reads
    along with one.

    Raises
    ------
    InputError
        If it points at something outside, at the network, or is XML that GDAL would not take for a VRT.
    """
    refused = InputError(f"{path.name} points at files outside of the folder that is served")
    for ending in BESIDE:
        beside = path.with_name(path.name + ending)
        if beside.is_symlink() or beside.is_file():
            if not root.holds(beside) or not beside.is_file() or depth > MOST_DEPTH:
                raise refused
            if ending == ".aux.xml":
                if AUXILIARY.search(_text_of(beside)):
                    raise refused
            else:
                check_pointers(root, beside, depth + 1)
    with path.open("rb") as file:
        if not file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return path
    text = _text_of(path)
    if depth > MOST_DEPTH or ELSEWHERE.search(text):
        raise refused
    try:
        tree = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise InputError(f"{path.name} is no image") from error
    if tree.tag != "VRTDataset":
        raise InputError(f"{path.name} is no image")
    for element in tree.iter():
        named = (element.text or "").strip()
        if not named or element.tag not in ("SourceFilename", "SourceDataset"):
            continue
        is_relative = element.get("relativeToVRT", element.get("relativetoVRT")) == "1"
        target = (
            path.parent / named if is_relative else Path(named)
        )  # else GDAL looks from where the server was started
        if not target.is_absolute() or not root.holds(target) or not target.is_file():
            raise refused
        check_pointers(root, target, depth + 1)
    return path


def _text_of(path: Path) -> str:
    """Return what a file of XML says, unless it is larger than any that is right."""
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"{path.name} is larger than {MOST_BYTES:,} bytes, which no such file is")
    return path.read_bytes().decode("latin-1")
