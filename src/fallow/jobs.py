"""What each command does, without parsing or printing."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fallow.about import info
from fallow.archive import is_archive
from fallow.check import Checked, check_tiles
from fallow.collection import Apply, Done, Segment, each_image, find, folders_of, is_small_file, write_reports_index
from fallow.comparison.result import Comparison, check_folder
from fallow.comparison.run import compare_sources
from fallow.config import Job
from fallow.editing import edit_result
from fallow.edits import Edits
from fallow.errors import FileError, InputError, writing
from fallow.estimate import Estimate, estimate
from fallow.export.registry import check_options
from fallow.model import Segmenter
from fallow.optional import require
from fallow.raster import Source, open_images, open_source
from fallow.report import INDEX, REPORT, check_report, write_report
from fallow.result import Segmentation
from fallow.saving import MARKER, check_format
from fallow.score import score_files
from fallow.stored import open_result
from fallow.tiles import Work

if TYPE_CHECKING:
    from fallow.export.annotation.join import Joined

__all__ = [
    "Done",
    "Job",
    "apply_files",
    "compare",
    "compare_files",
    "demo",
    "edit",
    "export",
    "fit",
    "fit_files",
    "info",
    "load",
    "score_files",
    "segment",
    "segment_files",
    "train",
]


def segment(image: Any, *, work: Work = Work(), **options: Any) -> Segmentation:  # noqa: B008 (frozen)
    """Segment one image without labels.

    Parameters
    ----------
    image : path, array (rows, cols[, bands]) or Source
        Integers or floats of any type; NaN, nodata, masks and alpha are no data.
    work : Work
        Threads, tiles and progress; never what comes out.
    **options
        Parameters of `Segmenter` (classes, features, method, ...) and of `open_source` (bands, drop_bands, nodata,
        mask, window, variable).

    Returns
    -------
    Segmentation

    Raises
    ------
    InputError, FileError
        With one line that says what is wrong.

    Examples
    --------
    >>> import numpy as np
    >>> picture = np.zeros((40, 40, 3), np.uint8)
    >>> picture[:, 20:] = 200
    >>> result = segment(picture, classes=2)
    >>> result.n_regions, [row.area for row in result.table]
    (2, [800, 800])
    """
    job = Job.from_options((), "", **options)
    result = Segmenter().set_params(**job.segment).fit_predict(open_source(image, **job.input), work=work)
    result.recipe["input"] |= job.input
    return result


def fit(images: Any, *, work: Work = Work(), **options: Any) -> Segmenter:  # noqa: B008
    """Learn classes from one image or several together: paths, folders, patterns, arrays; options as in `segment`."""
    job = Job.from_options((), "", **options)
    return Segmenter().set_params(**job.segment).fit(open_images(images, **job.input), work=work)


def compare(
    images: Any,
    *,
    features: Any = None,
    methods: Any = None,
    classes: Any = None,
    work: Work = Work(),  # noqa: B008
    **options: Any,
) -> Comparison:
    """Compare all combinations of features, methods and numbers of classes without labels, and rank them.

    Parameters
    ----------
    images
        As in `fit`: compared on all of them together; the first is shown.
    features, methods : list of str, or a text with semicolons
        As in `segment`: ``["color", "color,texture"]``, ``"kmeans; som,shape=20x20"``. By default three choices of
        features that suit the bands, and the three methods.
    classes : list of int, or a text
        ``[3, 5, 8]``, ``"3,5,8"``, ``"3-7"``; 3, 5, 7 and 9 by default.
    work : Work
    **options
        Other options of `segment`, for all combinations alike.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError, FileError
        With one line that says what is wrong.

    Examples
    --------
    >>> import numpy as np
    >>> picture = np.zeros((40, 40, 3), np.uint8)
    >>> picture[:, 20:] = 200
    >>> picture[10:30, 10:30, 0] = 100
    >>> comparison = compare(picture, features="color; color,texture", methods="kmeans", classes=[2, 3], unit="pixel")
    >>> len(comparison), comparison[0].rank
    (4, 1)
    """
    job = Job.from_options((), "", **options)
    return _compare(
        open_images(images, **job.input), job, features=features, methods=methods, classes=classes, work=work
    )


def compare_files(
    job: Job, work: Work, *, features: Any = None, methods: Any = None, classes: Any = None
) -> Comparison:
    """Compare combinations on the images of a job together, and save the comparison into its folder."""
    folder = check_folder(job.output, overwrite=job.overwrite)
    sources = [open_source(path, **job.input) for path in find(job)]
    comparison = _compare(sources, job, features=features, methods=methods, classes=classes, work=work)
    comparison.save(folder, overwrite=job.overwrite)
    return comparison


def _compare(sources: list[Source], job: Job, *, work: Work, **lists: Any) -> Comparison:
    comparison = compare_sources(sources, job.segment, **lists, work=work)
    comparison.recipe["input"] |= job.input
    return comparison


def load(path: str | Path) -> Segmenter:
    """Load a model that `Segmenter.save` or ``fallow fit`` wrote."""
    return Segmenter.load(path)


def segment_files(job: Job, work: Work) -> Iterator[Done]:
    """Segment each image of a job by itself."""
    return each_image(Segment(job), work)


def apply_files(model: str | Path, job: Job, work: Work) -> Iterator[Done]:
    """Segment each image of a job with the classes of a model."""
    return each_image(Apply(job, model), work)


def estimate_files(
    job: Job, work: Work, model: str | Path | None = None, *, least_pixels: int = 0
) -> Iterator[Estimate]:
    """Tell what segmenting each image of a job, or applying a model to it, will take; those of so many pixels."""
    how = Segment(job) if model is None else Apply(job, model)
    paths = find(job)
    for path, folder in zip(paths, folders_of(Path(job.output), paths), strict=True):
        if least_pixels and is_small_file(path):
            continue
        with open_source(path, **job.input) as source:
            if source.shape[0] * source.shape[1] >= least_pixels:
                yield estimate(how, source, folder, work)


def check_files(job: Job, work: Work) -> Iterator[Checked]:
    """Segment each image of a job in several ways that must not matter, and compare; nothing is saved."""
    for path in find(job):
        with open_source(path, **job.input) as source:
            yield from check_tiles(Segment(job), source, work)


def fit_files(job: Job, work: Work) -> dict[str, Any]:
    """Learn classes from all images of a job together and save the model; return a summary."""
    target = _check_place(Path(job.output), "model", overwrite=job.overwrite)
    sources = [open_source(path, **job.input) for path in find(job)]
    segmenter = Segmenter().set_params(**job.segment).fit(sources, work=work)
    segmenter.save(target)
    return {
        "model": str(target),
        "images": len(sources),
        "classes": segmenter.clusterer_.n_classes,
        "sample_pixels": segmenter.n_sample_,
        "notes": segmenter.notes(),
    }


def train(
    objective: str,
    images: Any,
    output: str | Path,
    *,
    time: str | float | None = None,
    steps: int | None = None,
    init: str = "random",
    seed: int = 0,
    device: str = "auto",
    resume: bool = False,
    overwrite: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Teach a network on images without labels, and write it as an encoder file; needs the extra "deep".

    Parameters
    ----------
    objective : "autoencoder" or "contrastive"
        To reconstruct what is hidden from what stands around it; or to see the same in two views of one place.
    images
        Paths, folders, patterns, arrays; all with the same bands, of which there may be any number.
    output
        The encoder file. A figure of what was learned, ``.png``, is written beside it.
    time : str or float
        Seconds, or a text such as "10min", the default. How far it comes depends on the machine.
    steps : int
        So many steps instead: the same seed then gives the same encoder.
    init : "random" or "lite0"
        What the network is at the start; "lite0" goes on from the embedded one (contrastive only).
    device : str
        "auto" takes a graphics card where there is one; or "cpu", "cuda", "mps".
    resume : bool
        Go on with what an interrupted training has left.
    on_progress : callable
        Called as ``(done, total)`` after each step.
    **options
        Options of `open_source` (bands, drop_bands, nodata, mask, window, variable).

    Returns
    -------
    dict
        What there is to tell of it: steps, seconds, losses, the share of time that it waited for pixels.

    Raises
    ------
    MissingExtraError
        If torch or onnx is not installed.
    InputError, FileError
        With one line that says what is wrong.
    """
    for module in ("torch", "onnx", "matplotlib"):
        require(module, "deep")
    from fallow.deep.figure import draw, is_figure
    from fallow.deep.train import Budget
    from fallow.deep.training import Training, train_encoder

    budget = Budget.of(time, steps)
    training = Training(objective, budget, init=init, seed=seed, device=device).check()
    job = Job.from_options((), "", **options)
    target = _check_place(Path(output), "encoder", overwrite=overwrite or resume)
    checkpoint, figure = target.with_name(f".{target.name}.training"), target.with_suffix(".png")
    if figure == target or (figure.exists() and not is_figure(figure)):
        raise InputError(f"the figure would replace {figure}, which no training wrote; choose another name")
    sources = [each for each in open_images(images, **job.input) if not (each.path and _is_same(each.path, figure))]
    if not sources:
        raise InputError("no images given; name files, folders or patterns")
    if overwrite and not resume:
        checkpoint.unlink(missing_ok=True)
    trained = train_encoder(training, sources, checkpoint, resume=resume, on_progress=on_progress)
    trained.file.save(target)
    with writing(figure):
        draw(trained, figure)
        checkpoint.unlink(missing_ok=True)
    return {"encoder": str(target), "figure": str(figure), **trained.told}


def _is_same(path: Path, figure: Path) -> bool:
    """Say whether an image is the figure of an earlier training, in the folder that is learned from."""
    return figure.exists() and path.exists() and path.samefile(figure)


def _check_place(target: Path, kind: str, *, overwrite: bool) -> Path:
    """Return `target` if a model may be written there, before any work is done; nothing but a model is replaced."""
    if target.exists():
        if not is_archive(target, kind=kind):
            raise InputError(f"{target} exists and is no {kind}; choose another name")
        if not overwrite:
            raise InputError(f"{target} exists already; say --overwrite or choose another name")
    if not target.parent.is_dir():
        raise FileError(f"cannot write {target}: there is no folder {target.parent}")
    return target


def edit(
    folder: str | Path,
    edits: str | Path | None = None,
    output: str | Path | None = None,
    *,
    overwrite: bool = False,
    format: str = "geotiff",
) -> tuple[Segmentation, Path]:
    """Apply a recipe of edits to a saved result; see `edit_result`."""
    recipe = None if edits is None else Edits.read(edits)
    return edit_result(folder, recipe, output, overwrite=overwrite, format=check_format(format))


def report(folders: Iterable[str | Path]) -> Iterator[Path]:
    """Write a report into each result folder, and of a folder of results an index as well; yield the pages.

    Raises
    ------
    InputError
        If one of the folders is no result and holds none, before anything is written.
    MissingExtraError
        If jinja2 or matplotlib is not installed.
    """
    found = {Path(folder): _results_in(Path(folder)) for folder in folders}
    if not found:
        raise InputError("no folders given; name results, or folders that hold some")
    for folder, results in found.items():
        check_report(*(each / REPORT for each in results), *([] if results == [folder] else [folder / INDEX]))
    for folder, results in found.items():
        for each in results:
            yield write_report(open_result(each), each)
        if results != [folder]:
            yield write_reports_index(folder, results)


def export(
    folders: Sequence[str | Path], to: str, target: str | Path | None = None, *, overwrite: bool = False, **options: Any
) -> Iterator[Path]:
    """Hand each result folder over in a format of `fallow.export`; yield what was written.

    Raises
    ------
    InputError
        If a folder holds no result, the format or an option of it is wrong, or several results have one target.
    MissingExtraError
        If what the format needs is not installed.
    """
    check_options(to, options)
    if target is not None and len(folders) > 1:
        raise InputError(f"{len(folders)} results cannot all be written to {target}; leave the target out")
    for result in [open_result(folder) for folder in folders]:
        yield result.export(to, target, overwrite=overwrite, **options)


def join(folder: str | Path, target: str | Path, **options: Any) -> Joined:
    """Put the corrected chips of an annotation export together; see `join_chips`."""
    from fallow.export.annotation.join import join_chips  # all the formats, which no other command needs

    return join_chips(folder, target, **options)


def _results_in(folder: Path) -> list[Path]:
    """Return a folder itself if it is a result, or the results directly inside it."""
    if (folder / MARKER).is_file():
        return [folder]
    if not folder.is_dir():
        raise InputError(f"{folder} is {'a file' if folder.exists() else 'not there'}; name the folder of a result")
    if inside := sorted(marker.parent for marker in folder.glob(f"*/{MARKER}")):
        return inside
    raise InputError(f"{folder} is no result of fallow and holds none: there is no {MARKER} in it or one folder below")


def demo(output: str, work: Work) -> Iterator[Done]:
    """Segment the photograph that scikit-learn ships into six classes, into `output`."""
    package = importlib.util.find_spec("sklearn")
    assert package is not None
    assert package.submodule_search_locations
    photo = Path(package.submodule_search_locations[0]) / "datasets" / "images" / "china.jpg"
    return segment_files(Job((str(photo),), output, segment={"classes": 6}, overwrite=True), work)
