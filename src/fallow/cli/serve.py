"""fallow serve"""

from __future__ import annotations

import click

from fallow.errors import InputError


def _size(ctx: click.Context, option: click.Parameter, text: str) -> int:  # noqa: ARG001
    from fallow.run import parse_bytes

    try:
        return parse_bytes(text)
    except InputError:
        raise InputError(f'max-upload must be an amount such as "2GB", got {text!r}') from None


@click.command("serve")
@click.argument("path", default=".", metavar="[FOLDER|RESULT|IMAGE]", type=str)
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 8642, or the next free one, when not said.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--allow-remote", is_flag=True, help="Let other machines in, where --host is not this one alone.")
@click.option("--no-browser", is_flag=True, help="Print the address and open no browser.")
@click.option(
    "--max-upload", default="2GB", show_default=True, metavar="SIZE", callback=_size, help="Largest image to take."
)
def command(path: str, port: int | None, host: str, allow_remote: bool, no_browser: bool, max_upload: int) -> None:
    """Open the workbench: look, run, name, hand over, in a browser.

    A folder is served with all that is in it, and nothing outside of it; of a result or an image it is the folder that
    it lies in. The page needs the token in the address that is printed. Ctrl-C ends it.
    """
    from fallow.app.serve import is_loopback, serve

    if not host:
        raise InputError("host must be an address, got nothing")

    def ready(url: str) -> None:
        click.echo(f"fallow is at {url}")
        if not is_loopback(host):
            click.echo("fallow: what is sent is not encrypted: whoever can read it may use the token", err=True)
        if not no_browser:
            click.launch(url)

    def wait() -> None:
        click.echo("fallow: ending the run; what is done is kept", err=True)

    serve(
        path,
        host=host,
        port=port,
        allow_remote=allow_remote,
        max_upload=max_upload,
        on_ready=ready,
        on_wait=wait,
    )
