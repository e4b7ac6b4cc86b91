"""Files that are images only by what they point at: what they name must lie in the folder that is served, too."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from fallow.app.paths import Root
from fallow.errors import InputError

BESIDE = (".aux.xml", ".ovr", ".msk")  # what GDAL reads along with a file of that name
AUXILIARY = re.compile(r"OVERVIEW_FILE|/vsi|<VRT", re.IGNORECASE)
ENVI = b"ENVI"  # how the header beside raw pixels begins
MOST_BYTES = 4 << 20  # of an XML file that GDAL takes for an image
MOST_DEPTH = 8
VIRTUAL = re.compile(rb"<VRTDataset", re.IGNORECASE)  # anywhere in the head, for GDAL
ELSEWHERE = re.compile(r"/vsi|://|<!ENTITY|PixelFunction|\0", re.IGNORECASE)
SOURCES = ("sourcefilename", "sourcedataset")
MAGIC = (
    b"II*\0", b"MM\0*", b"II+\0", b"MM\0+",  # TIFF and BigTIFF
    b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF",
    b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51",  # JPEG 2000
    b"\x89HDF\r\n", b"\x0e\x03\x13\x01", b"CDF\x01", b"CDF\x02", b"CDF\x05",  # HDF and NetCDF
    b"EHFA_HEADER_TAG", b"\x93NUMPY", b"MATLAB 5.0 MAT-file",
)  # fmt: skip
"""How the formats begin that hold their pixels themselves."""


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
    head = _head_of(path, 4096)
    if not VIRTUAL.search(head):
        return _check_kind(path, head)
    text = _text_of(path)
    if depth > MOST_DEPTH or ELSEWHERE.search(text):
        raise refused
    try:
        tree = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise InputError(f"{path.name} is no image") from error
    for element in tree.iter():
        named = (element.text or "").strip()
        if not named or element.tag.lower() not in SOURCES:  # GDAL does not care for the case
            continue
        is_relative = any(name.lower() == "relativetovrt" and value == "1" for name, value in element.items())
        target = (
            path.parent / named if is_relative else Path(named)
        )  # else GDAL looks from where the server was started
        if not target.is_absolute() or not root.holds(target) or not target.is_file():
            raise refused
        check_pointers(root, target, depth + 1)
    return path


def _check_kind(path: Path, head: bytes) -> Path:
    """Return a path if its file is of a kind that holds its pixels itself.

    Other kinds are many, and some are texts that name files and addresses. Raw pixels (ENVI) begin anyhow, but not with
    a line of text.
    """
    suffix = path.suffix.lower()
    is_raw = any(each.is_file() and _head_of(each, 4) == ENVI for each in _headers(path))
    is_known = head.startswith(MAGIC) or (suffix == ".npz" and head.startswith(b"PK\x03\x04"))
    if not is_known and (not is_raw or (head[:16].isascii() and head[:16].decode("ascii").isprintable())):
        raise InputError(f"{path.name} is no image of a kind that the workbench opens")
    return path


def _headers(path: Path) -> tuple[Path, ...]:
    """Return where the ENVI header of raw pixels may be."""
    return path.with_suffix(".hdr"), path.with_name(path.name + ".hdr")


def _head_of(path: Path, n_bytes: int) -> bytes:
    with path.open("rb") as file:
        return file.read(n_bytes)


def _text_of(path: Path) -> str:
    """Return what a file of XML says, unless it is larger than any that is right."""
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"{path.name} is larger than {MOST_BYTES:,} bytes, which no such file is")
    return path.read_bytes().decode("latin-1")
