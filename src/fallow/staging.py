"""Hidden folders to work in, so that nothing half-made is ever seen."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from fallow.errors import InputError, writing

RUN = ".fallow-run"  # in an output folder: what an unfinished run has found so far


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Make `folder` and a hidden folder inside it to work in; take away the hidden one, and all it made that is empty.

    Raises
    ------
    WriteError
        If the folders cannot be made.
    """
    with _made(folder):
        with writing(folder):
            hidden = Path(tempfile.mkdtemp(prefix=".fallow-", dir=folder))
        try:
            yield hidden
        finally:
            shutil.rmtree(hidden, ignore_errors=True)


@contextmanager
def run_folder(folder: Path, *, keep: Callable[[BaseException], bool]) -> Iterator[Path]:
    """Make `folder` and in it the folder of a run, in which nobody else works; take that away when the run ends well.

    Parameters
    ----------
    keep : callable
        Whether it stays after this error, for the same run to go on with; if not, it goes as that of `staging` does.

    Raises
    ------
    InputError
        If another process works in it.
    WriteError
        If the folders cannot be made.
    """
    with _made(folder):
        hidden = folder / RUN
        is_new = not hidden.exists()
        try:
            with writing(folder):
                hidden.mkdir(exist_ok=True)
            with _alone(hidden):
                try:
                    is_new = False
                    yield hidden
                except BaseException as error:
                    if not keep(error):
                        shutil.rmtree(hidden, ignore_errors=True)
                    elif not isinstance(error, InputError):
                        error.add_note("what is done is kept: the same command goes on from there")
                    raise
                shutil.rmtree(hidden, ignore_errors=True)
        except KeyboardInterrupt:
            if is_new:  # and not locked yet
                shutil.rmtree(hidden, ignore_errors=True)
            raise


def existing_part(folder: Path) -> Path:
    """Return the folder itself, or the nearest one above it that exists."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder; what was made and is empty in the end goes again."""
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        with suppress(OSError):  # one that is not empty stays, and so do those around it
            for each in made:
                each.rmdir()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, however that ends. Where files cannot be locked nothing is checked."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with ExitStack() as stack:
        with writing(folder):
            file = stack.enter_context(open(folder / "lock", "w", encoding="ascii"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            where = folder.parent
            raise InputError(f"another run is working in {where}; wait for it or choose another folder") from None
        except OSError:  # some network file systems
            pass
        yield
