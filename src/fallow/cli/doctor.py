"""fallow doctor"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from fallow.cli.show import Bar
from fallow.errors import RunError

if TYPE_CHECKING:
    from fallow.doctor import Finding

STATE, PART = 8, 14  # columns
WORTH_TELLING_S = 0.05


@click.command("doctor")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(quiet: bool, as_json: bool) -> None:
    """Check the installation, and compile its kernels.

    Takes some 20 seconds the first time. Later runs, of whatever command, find the kernels on the disk.
    """
    from fallow.doctor import examine

    found = []
    with closing(Bar()) as bar:
        for finding in examine(bar.compiling if sys.stderr.isatty() and not quiet else None):
            found.append(finding)
            if not quiet and not as_json:
                _show(finding)
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=1))
    if broken := [each for each in found if not each.ok]:
        raise RunError("; ".join(f"{each.part} does not work: {each.told}; {each.advice}" for each in broken))


def _show(finding: Finding) -> None:
    """Print a line, and another with what to do."""
    seconds = f", {finding.seconds:.1f} s" if finding.seconds > WORTH_TELLING_S else ""
    click.echo(f"{'ok' if finding.ok else 'broken':{STATE}}{finding.part:{PART}}{finding.told}{seconds}")
    if not finding.ok:
        click.echo(" " * (STATE + PART) + finding.advice)
