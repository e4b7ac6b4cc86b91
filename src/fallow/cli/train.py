"""fallow train"""

from __future__ import annotations

import json
from typing import Any

import click

from fallow.cli import options
from fallow.cli.show import progress_bar

WORTH_TELLING = 0.1  # share of the time spent waiting


@click.command("train")
@click.argument("objective", metavar="autoencoder|contrastive")
@options.images
@click.option("-o", "--output", required=True, metavar="ENCODER", help="The encoder file to write, as in farm.fallow.")
@click.option("--time", metavar="TIME", help='How long to learn: "90s", "2h"; ten minutes when not said.')
@click.option("--steps", type=click.IntRange(min=1), help="So many steps instead; repeats to the bit.")
@click.option("--init", help='Begin "random", or with the embedded network: "lite0" (contrastive only).')
@click.option("--device", help='"auto" (a graphics card where there is one), "cpu", "cuda" or "mps".')
@click.option("--seed", type=int, help="Same seed and steps, same encoder.")
@click.option("--resume", is_flag=True, help="Go on with what an interrupted training has left.")
@options.input_options
@options.overwrite
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(objective: str, images: tuple[str, ...], output: str, quiet: bool, as_json: bool, **said: Any) -> None:
    """Teach a network on your own images, without labels.

    Use what it learned with `--features ENCODER` in `fallow segment` and `fallow fit`. Needs the extra "deep".
    """
    from fallow import jobs

    with progress_bar(f"training {objective}", quiet=quiet) as on_progress:
        told = jobs.train(objective, list(images), output, on_progress=on_progress, **options.said(**said))
    if as_json:
        click.echo(json.dumps(told, indent=1))
    elif not quiet:
        click.echo(
            f"{told['encoder']}: {told['steps']:,} steps in {told['seconds']:.0f} s on {told['images']:,} image(s), "
            f"loss {told['loss']:.4f}, {told['validation']:.4f} on what was held back"
        )
        if told["waited"] > WORTH_TELLING:
            click.echo(f"  {told['waited']:.0%} of the time went by waiting for pixels; a faster disk would help")
        click.echo(f"  use it: fallow segment IMAGE -f {told['encoder']}; open {told['figure']}")
