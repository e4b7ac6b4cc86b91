"""Many images, each into its folder: in what order, by whom, what is done already, and one summary of all."""

from __future__ import annotations

import csv
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from fallow import __version__
from fallow.config import Job
from fallow.edits import Edits
from fallow.errors import FallowError, FileError, InputError, WriteError, writing
from fallow.model import Segmenter
from fallow.raster import Source, find_images, open_source
from fallow.raster.gdal import gdal_environment
from fallow.raster.whole_file import whole_file
from fallow.report import INDEX, REPORT, check_report, write_index, write_report
from fallow.result import Segmentation
from fallow.run.processes import Processes
from fallow.run.runner import Threads
from fallow.saving import MARKER, check_free, write_result
from fallow.staging import RUN, existing_part, run_folder
from fallow.stored import SECONDS, open_result, write_seconds
from fallow.table import ClassRow, ClassTable
from fallow.tiles import Work
from fallow.tiles.engine import Fault
from fallow.tiles.journal import Journal, read_head, refuse_other
from fallow.tiles.plan import Appetite, follow, make_plan

JOURNAL_PIXELS = 4_000_000  # a smaller image is done again sooner than its journal is kept
SMALL_BYTES = 1_000_000  # of a file: below, its image is small, and nobody needs to look
SUMMARY = "summary.csv"
LEAST_BYTES = 3.0  # of disk for a pixel: classes and confidence in the journal, and a little for the result

Image = tuple[tuple[str, int, int], str | Path, Path]
"""Stamp, path, and folder of its result."""


@dataclass(frozen=True)
class Done:
    """One image segmented and saved: what is worth telling, without its pixels.

    Attributes
    ----------
    faults : list of Fault
        What could not be read and became no data.
    """

    name: str
    folder: Path
    n_regions: int
    table: ClassTable
    notes: list[str]
    seconds: float
    faults: list[Fault] = field(default_factory=list)

    def to_state(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "name": self.name,
            "folder": str(self.folder),
            "n_regions": self.n_regions,
            "rows": [vars(row) for row in self.table],
            "band_names": list(self.table.band_names),
            "notes": self.notes,
            "seconds": self.seconds,
            "faults": [(each.image, each.window, each.reason) for each in self.faults],
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Done:
        """Rebuild what `to_state` returned."""
        table = ClassTable(tuple(ClassRow(**row) for row in state["rows"]), tuple(state["band_names"]))
        faults = [Fault(*each) for each in state["faults"]]
        return cls(
            state["name"],
            Path(state["folder"]),
            state["n_regions"],
            table,
            state["notes"],
            state["seconds"],
            faults,
        )


class Segment:
    """Segment each image by itself. Travels to other processes."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def __call__(self, source: Source, work: Work, into: Path | None) -> Segmentation:
        return self._new().fit_predict(source, work=work, into=into)

    def fitted(self, source: Source, work: Work) -> Segmenter:
        """Return a segmenter that can be tried out on a piece of an image."""
        return self._new().fit(source, work=work)

    def appetite(self, source: Source) -> Appetite:
        """Return the memory that an image takes."""
        return self._new().appetite(source)

    def identity(self) -> dict[str, Any]:
        """Return what decides the outcome, beside the image."""
        return {"options": {name: str(value) for name, value in self._new().get_params().items()}}

    def _new(self) -> Segmenter:
        return Segmenter().set_params(**self.job.segment)


class Apply:
    """Segment each image with the classes of one model. Travels to other processes."""

    def __init__(self, job: Job, model: str | Path) -> None:
        self.job = job
        self._model = Path(model)
        self._segmenter = Segmenter.load(model)
        everything = Edits.read(job.edits) if job.edits else Edits()
        self._edits = everything.check_elsewhere()
        self._n_left_out = len(everything) - len(self._edits)

    def __call__(self, source: Source, work: Work, into: Path | None) -> Segmentation:
        result = self._segmenter.predict(source, work=work, into=into)
        result.recipe["input"]["model"] = str(self._model)
        try:
            result = result.edit(self._edits)
        except InputError as error:
            raise InputError(f"{self.job.edits}, {error}") from error
        if self._n_left_out:
            result.notes.append(f"{self._n_left_out} edit(s) of regions or their scale are of another image: left out")
        return result

    def fitted(self, source: Source, work: Work) -> Segmenter:  # noqa: ARG002
        """Return the model."""
        return self._segmenter

    def appetite(self, source: Source) -> Appetite:
        """Return the memory that an image takes."""
        return self._segmenter.appetite(source)

    def identity(self) -> dict[str, Any]:
        """Return what decides the outcome, beside the image."""
        return {"model": stamp(self._model), "edits": self._edits.text()}


How = Segment | Apply


def each_image(how: How, work: Work) -> Iterator[Done]:
    """Run over the images of a job and save each into its folder, the small ones at once and the large ones one by one.

    A run that was killed goes on where it stopped, among the images and inside a large one. Several images get a folder
    each, and ``summary.csv`` one line each.

    Raises
    ------
    InputError, FileError
        For the first image that cannot be done, unless `work` says otherwise; or if there is no place for the results.
    """
    job = how.job
    paths = find(job)
    folders = folders_of(Path(job.output), paths)
    if len(paths) == 1:
        yield one_image(how, work, paths[0], folders[0], overwrite=job.overwrite)
        return
    is_resumed = read_head(Path(job.output) / RUN) is not None
    if not is_resumed:
        for folder in folders:
            check_free(folder, overwrite=job.overwrite)
    if job.report:
        check_report(Path(job.output) / INDEX, *(folder / REPORT for folder in folders))

    def is_new() -> bool:
        """Say whether nothing is done: what is said wrongly for the first image is said wrongly for all."""
        return not is_resumed and not any((folder / MARKER).is_file() for folder in folders)

    everything: list[Done] = []
    with ExitStack() as stack:
        keep = partial(_is_worth_keeping, is_new=is_new)
        hidden = stack.enter_context(run_folder(Path(job.output), keep=keep))
        journal = stack.enter_context(Journal(hidden, _identity(how), (0, 0), overwrite=job.overwrite))
        kept = journal.records("images")
        images = [(stamp(path), path, folder) for path, folder in zip(paths, folders, strict=True)]
        missing = [image for image in images if image[0] not in kept or not (image[2] / MARKER).is_file()]
        found, wanted = _all_images(how, work, missing, overwrite=job.overwrite or is_resumed), set(missing)
        for image in images:
            if image in wanted:
                kept.put(image[0], state := next(found))
            else:
                state = kept.get(image[0])
            everything.append(Done.from_state(state))
            yield everything[-1]
        _write_summary(Path(job.output) / SUMMARY, everything)
        if job.report:
            write_reports_index(Path(job.output), [done.folder for done in everything])


def one_image(how: How, work: Work, path: str | Path, folder: Path, *, overwrite: bool) -> Done:
    """Segment one image into a folder; nothing half-made is ever seen there."""
    start = time.perf_counter()
    job = how.job
    with open_source(path, **job.input) as source:
        is_large = source.shape[0] * source.shape[1] > JOURNAL_PIXELS
        is_resumed = read_head(folder / RUN) is not None
        check_free(folder, overwrite=overwrite or is_resumed)
        keep = partial(_is_worth_keeping, is_new=lambda: not is_resumed) if is_large else lambda _: False
        with run_folder(folder, keep=keep) as hidden, ExitStack() as stack, gdal_environment():
            identity = _identity(how) | {"image": stamp(path)}
            work = replace(work, faults=[])
            work = follow(make_plan(source, how.appetite(source), work), work)
            if is_large:
                check_disk(source, folder)
                journal = Journal(hidden, identity, work.tile_shape(source), overwrite=overwrite)
                work = replace(work, journal=stack.enter_context(journal))
            elif not overwrite:
                refuse_other(hidden, identity)
            painting = _empty(hidden / "painting") if is_large else None  # small images are painted in memory
            result = how(source, work, painting)
            result.recipe["input"] |= job.input
            result.notes += [f"no data where {each.image} could not be read: {each.reason}" for each in work.faults]
            write_result(result, _empty(hidden / "saving"), folder, format=job.format)
            seconds = time.perf_counter() - start
            write_seconds(folder / SECONDS, result.seconds | {"all": seconds})
            if job.report:
                write_report(open_result(folder), folder)
    return Done(result.name, folder, result.n_regions, result.table, result.notes, seconds, work.faults)


def write_reports_index(folder: Path, results: Sequence[Path]) -> Path:
    """Write ``index.html`` into a folder, which leads to the reports of results inside it; returns its path."""
    reports = [each for each in results if (each / REPORT).is_file()]
    return write_index(folder, [(each / REPORT, open_result(each)) for each in reports])


def _is_worth_keeping(error: BaseException, *, is_new: Callable[[], bool]) -> bool:
    """Say whether the same command can go on after an error: not where the command itself is wrong."""
    return not (isinstance(error, InputError) and is_new())


def _all_images(how: How, work: Work, images: Sequence[Image], *, overwrite: bool) -> Iterator[dict[str, Any]]:
    """Do small images at once, each by one worker, and large ones one by one, each by all; in their order."""
    with ExitStack() as stack:
        runner = work.runner
        if isinstance(runner, Threads) and runner.workers > 1:
            runner = stack.enter_context(Processes(runner.workers))  # a small image is mostly Python's own work
        alone = Work(workers=1, runner="serial", on_error=work.on_error)
        on_step, n_done = work.on_step("images"), 0
        for is_small, group in groupby(images, lambda image: is_small_file(image[1])):
            if is_small:
                found = (state for _, state in runner.map(_OneOfMany(how, alone, overwrite), group))
            else:
                found = (_OneOfMany(how, work, overwrite)(image) for image in group)
            for state in found:
                n_done += 1
                if on_step:
                    on_step(n_done, len(images))
                yield state


@dataclass(frozen=True)
class _OneOfMany:
    """Do one image wherever a worker is; an image that cannot be opened may be left out."""

    how: How
    work: Work
    overwrite: bool

    def __call__(self, image: Image) -> dict[str, Any]:
        _, path, folder = image
        try:
            return one_image(self.how, self.work, path, folder, overwrite=self.overwrite).to_state()
        except FileError as error:
            if self.work.on_error == "fail" or isinstance(error, WriteError):
                raise
            fault = Fault(str(path), (0, 0, 0, 0), str(error))
            return Done(Path(path).stem, folder, 0, ClassTable((), ()), [f"left out: {error}"], 0.0, [fault]).to_state()


def is_small_file(path: str | Path) -> bool:
    """Say whether an image is so small that one worker does it best alone; what cannot be opened is small."""
    try:
        if Path(path).is_file() and Path(path).stat().st_size <= SMALL_BYTES:
            return True
        with open_source(path) as source:
            return source.shape[0] * source.shape[1] <= JOURNAL_PIXELS
    except (FallowError, OSError):
        return True


def stamp(path: str | Path) -> tuple[str, int, int]:
    """Return what tells a file from an earlier one of its name: absolute path, bytes, time; zeros for what is none."""
    try:
        status = os.stat(path)
    except OSError:
        return str(path), 0, 0
    return str(Path(path).absolute()), status.st_size, status.st_mtime_ns


def _empty(folder: Path) -> Path:
    """Make a folder anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def check_disk(source: Source, folder: Path, bytes_per_pixel: float = LEAST_BYTES) -> None:
    """Refuse, before any work, a result for which there is no room.

    Raises
    ------
    InputError
        If fewer bytes are free where the folder is, or will be, than the image's pixels take.
    """
    there = existing_part(folder)
    wanted, free = bytes_per_pixel * source.shape[0] * source.shape[1], shutil.disk_usage(there).free
    if wanted > free:
        told = f"{wanted / 1e9:.1f} GB of disk, and {there} has {free / 1e9:.1f} GB"
        raise InputError(f"the result of {source.name} takes about {told}")


def find(job: Job) -> list[str | Path]:
    """List the images of a job, at least one."""
    if not job.images:
        raise InputError("no images given; name files, folders or patterns")
    return find_images(job.images)


def _identity(how: How) -> dict[str, Any]:
    """Return what decides the outcome, beside the images."""
    said = {name: str(value) for name, value in how.job.input.items()}
    return {"fallow": __version__, "numpy": np.__version__, "input": said, **how.identity()}


def folders_of(output: Path, images: Sequence[str | Path]) -> list[Path]:
    """Give one image the output folder itself, and several a folder each, named as the image."""
    if len(images) == 1:
        return [output]
    paths = [Path(image) for image in images]
    counts = Counter(path.stem for path in paths)
    names = [path.stem if counts[path.stem] == 1 else path.name.replace(".", "-") for path in paths]
    repeated = Counter(names)
    return [output / (name if repeated[name] == 1 else f"{number}-{name}") for number, name in enumerate(names, 1)]


def _write_summary(path: Path, everything: Sequence[Done]) -> None:
    """Write one line an image: its folder, regions, the share of each class, faults and notes."""
    labels = sorted({row.label for done in everything for row in done.table})
    with whole_file(path) as temporary, writing(path), temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "folder", "regions", *(f"class {label}" for label in labels), "faults", "notes"])
        for done in everything:
            shares = {row.label: f"{row.share:.6f}" for row in done.table}
            values = [shares.get(label, "") for label in labels]
            writer.writerow([done.name, done.folder, done.n_regions, *values, len(done.faults), " | ".join(done.notes)])
