"""What a sweep leaves for later, window by window: in memory while it is small, in a file when it is not."""

from __future__ import annotations

import json
import os
import struct
import tempfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np

from fallow.errors import writing

MEMORY_BYTES = 64 << 20
HEAD = struct.Struct("<4sIQ")  # mark, checksum, length
MARK = b"FREC"
ALIGN = 16  # bytes: kernels want arrays that begin where their type may

Key = tuple[Any, ...]
"""A window, or what else of plain data tells one record from another."""

Record = dict[str, Any]
"""Plain data by name: arrays, numbers, text, and lists, tuples and dicts of them."""


class Records:
    """Records by window, until closed. Safe to use from several threads.

    Parameters
    ----------
    n_bytes : int
        How large they may all become together: above 64 MiB they go to a temporary file.
    path : Path, optional
        Keep them in this file, and find those again that an earlier process has left whole.
    fields : collection of str, optional
        Keep only these; a file that is to be found again keeps all.
    """

    def __init__(self, n_bytes: int = 0, *, path: Path | None = None, fields: Collection[str] | None = None) -> None:
        self.path = path
        self._fields = fields
        self._memory: dict[Key, Record] = {}
        self._places: dict[Key, tuple[int, int]] = {}
        self._lock = Lock()
        self._file: BinaryIO | None = None
        self._end = 0
        if path:
            with writing(path):
                path.touch()
                self._file = path.open("r+b", buffering=0)
                self._recover()
        elif n_bytes > MEMORY_BYTES:
            self._file = tempfile.TemporaryFile(prefix="fallow-", buffering=0)  # noqa: SIM115 (goes with the process)

    @property
    def is_kept(self) -> bool:
        """Whether another process can find them."""
        return self.path is not None

    def __contains__(self, key: Key) -> bool:
        return key in self._places or key in self._memory

    def __len__(self) -> int:
        return len(self._places) + len(self._memory)

    def put(self, key: Key, record: Record) -> None:
        """Keep a record; a full disk is a `WriteError`."""
        if self._fields is not None and not self.is_kept:
            record = {name: record[name] for name in self._fields}
        if self._file is None:
            self._memory[key] = record
            return
        parts = list(_encode({"key": key, "record": record}))
        length, checksum = sum(len(part) for part in parts), 0
        for part in parts:
            checksum = zlib.crc32(part, checksum)
        with self._lock, writing(self.path or Path(tempfile.gettempdir())):
            self._file.seek(self._end)
            for part in (HEAD.pack(MARK, checksum, length), *parts):
                view = memoryview(part).cast("B")
                while view:
                    view = view[self._file.write(view) :]
            self._places[key] = self._end + HEAD.size, length
            self._end += HEAD.size + length

    def get(self, key: Key) -> Record:
        """Give a record back; arrays of a file are the caller's own."""
        if self._file is None:
            return self._memory[key]
        return _decode(self._read(*self._places[key]))["record"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything but a file that is to be found again."""
        self._memory.clear()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self, start: int, length: int) -> np.ndarray:
        """Read bytes into an array, whose memory kernels may write to."""
        assert self._file is not None
        data = np.empty(length, np.uint8)
        view = memoryview(data)  # type: ignore[arg-type]
        with self._lock:
            self._file.seek(start)
            while view and (n := self._file.readinto(view)):  # type: ignore[attr-defined]
                view = view[n:]
        return data

    def _recover(self) -> None:
        """Find what an earlier process left; cut off the record that it could not finish."""
        assert self._file is not None
        size = self._file.seek(0, os.SEEK_END)
        while self._end + HEAD.size <= size:
            mark, checksum, length = HEAD.unpack(self._read(self._end, HEAD.size).tobytes())
            start = self._end + HEAD.size
            if mark != MARK or start + length > size:
                break
            data = self._read(start, length)
            if zlib.crc32(data) != checksum:  # type: ignore[arg-type]
                break
            self._places[_decode(data)["key"]] = start, length
            self._end = start + length
        self._file.truncate(self._end)


def _encode(value: Any) -> Iterator[Any]:
    """Yield the bytes of plain data: the length of a JSON text, the text, and the arrays it speaks of, each aligned."""
    arrays: list[np.ndarray] = []
    text = json.dumps(_pack(value, arrays)).encode()
    head = struct.pack("<Q", len(text)) + text
    yield head + bytes(-len(head) % ALIGN)
    for array in arrays:
        if array.nbytes:
            yield memoryview(array).cast("B")  # type: ignore[arg-type]
            yield bytes(-array.nbytes % ALIGN)


def _decode(data: np.ndarray) -> Any:
    length = int(data[:8].view(np.uint64)[0])
    at = 8 + length
    return _unpack(json.loads(data[8:at].tobytes()), data, [at + -at % ALIGN])


def _pack(value: Any, arrays: list[np.ndarray]) -> Any:
    match value:
        case np.ndarray():
            arrays.append(np.ascontiguousarray(value))
            return {"array": [value.dtype.str, list(value.shape)]}
        case np.generic():
            return value.item()
        case tuple():
            return {"tuple": [_pack(each, arrays) for each in value]}
        case list():
            return [_pack(each, arrays) for each in value]
        case dict():
            return {"dict": [[_pack(key, arrays), _pack(each, arrays)] for key, each in value.items()]}
        case None | bool() | int() | float() | str():
            return value
    raise TypeError(f"{type(value).__name__} is not plain data")


def _unpack(value: Any, data: np.ndarray, at: list[int]) -> Any:
    if isinstance(value, list):
        return [_unpack(each, data, at) for each in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tuple":
        return tuple(_unpack(each, data, at) for each in content)
    if kind == "dict":
        return {_unpack(key, data, at): _unpack(each, data, at) for key, each in content}
    dtype, shape = np.dtype(content[0]), tuple(content[1])
    n_bytes = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
    start = at[0]
    at[0] += n_bytes + -n_bytes % ALIGN
    return data[start : start + n_bytes].view(dtype).reshape(shape)
