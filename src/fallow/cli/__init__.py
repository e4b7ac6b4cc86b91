"""The command line: each command parses, calls `fallow.jobs` and prints. Nothing is computed here.

Commands import `fallow.jobs` (NumPy, GDAL, numba) only when they run, so that ``--help`` is quick.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys

import click

from fallow import __version__
from fallow.errors import FallowError, FaultsError, RunError, nearest

COMMANDS = (
    "segment",
    "choose",
    "compare",
    "fit",
    "apply",
    "edit",
    "report",
    "export",
    "join",
    "score",
    "train",
    "serve",
    "info",
    "demo",
    "doctor",
)
USER_MISTAKE, FAILURE, WITH_FAULTS, INTERRUPTED = 2, 1, 3, 130
NOWHERE_TO_CACHE = "cannot cache function"  # numba, when a kernel is defined
KEEP_KERNELS = "set NUMBA_CACHE_DIR to a folder that can be written"


class Commands(click.Group):
    """Import a command's module only when it is asked for, so that ``fallow --help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        return importlib.import_module(f"fallow.cli.{name}").command if name in COMMANDS else None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"no such command {args[0]!r}{nearest(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="fallow")
@click.pass_context
def group(ctx: click.Context) -> None:
    """Label-free image segmentation: regions (where things are) and classes (what things are)."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit: 0 good, 2 the user's mistake, 1 a failure, 3 good but for what is unreadable."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # who is asked to end tidies up as after Ctrl-C
    code = run(args)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = code or FAILURE
    if "multiprocessing.resource_tracker" in sys.modules:  # there were other processes, whose things it gives back
        sys.exit(code)
    os._exit(code)  # all is closed; taking down the interpreter and its libraries would take a fifth of a second


def run(args: list[str] | None = None) -> int:
    """Run the command line and return its exit code; every error of ours is one line on standard error."""
    try:
        group.main(args, prog_name="fallow", standalone_mode=False)
    except FaultsError as error:
        click.echo(f"fallow: {error}", err=True)
        return WITH_FAULTS
    except FallowError as error:
        click.echo(f"fallow: {error}{_what_is_kept(error)}", err=True)
        return FAILURE if isinstance(error, RunError) else USER_MISTAKE
    except click.UsageError as error:
        click.echo(f"fallow: {error.format_message()}", err=True)
        return USER_MISTAKE
    except (click.Abort, KeyboardInterrupt) as error:
        click.echo(f"fallow: interrupted{_what_is_kept(error) or '; nothing half-made is left'}", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        return FAILURE
    except (OSError, MemoryError) as error:  # the system's own refusals, not slips of ours: those keep their traceback
        click.echo(f"fallow: {str(error) or 'out of memory'}", err=True)
        return FAILURE
    except RuntimeError as error:
        if not str(error).startswith(NOWHERE_TO_CACHE):
            raise
        click.echo(f"fallow: compiled kernels can be kept nowhere; {KEEP_KERNELS}", err=True)
        return FAILURE
    return 0


def _what_is_kept(error: BaseException | None) -> str:
    """Say what a run has left to go on from, as the end of a sentence."""
    while error is not None:
        if notes := getattr(error, "__notes__", None):
            return f"; {notes[0]}"
        error = error.__context__
    return ""
