"""Start the workbench: what is served, under which name, and to whom."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from fallow.errors import FallowError, FileError, InputError
from fallow.optional import require

if TYPE_CHECKING:
    from fallow.app.paths import Root
    from fallow.app.workbench import Workbench

PORT = 8642
TRIES = 20  # ports that follow, when that one is taken
KEEP_ALIVE_S = 60  # that a connection waits for the next question
GRACE_S = 2  # that answers under way get when the server ends


@dataclass(frozen=True)
class Place:
    """Where a server listens."""

    host: str
    port: int
    socket: socket.socket

    @property
    def url(self) -> str:
        """The address of the page for a browser of this machine, without the token."""
        host = "localhost" if is_wildcard(self.host) else self.host
        return f"http://{_in_url(host)}:{self.port}/"


def serve(
    path: str | Path = ".",
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    allow_remote: bool = False,
    max_upload: int = 2 << 30,
    on_ready: Callable[[str], None] = lambda url: None,  # noqa: ARG005
    on_wait: Callable[[], None] = lambda: None,
) -> None:
    """Serve the workbench until Ctrl-C; runs that are going on then end in order and keep what is done.

    Parameters
    ----------
    path
        A folder; or a result or an image, whose folder is served and which the page shows first. Nothing outside of
        that folder is read or written.
    host
        Address to listen on.
    port
        Default: 8642, or the next that is free.
    allow_remote
        Needed for another host than this machine itself: whoever has the token may then read and write in the folder.
    max_upload
        Bytes of an image that a page may send.
    on_ready
        Called with the address of the page, token and all, once it can be opened.
    on_wait
        Called at the end when there is a run to wait for.

    Raises
    ------
    InputError
        If the host is not this machine and `allow_remote` is not said, or there is no such address or port.
    FileError
        If there is nothing at `path`.
    MissingExtraError
        If fastapi or uvicorn is not installed.
    """
    for module in ("fastapi", "uvicorn"):
        require(module, "app")
    import uvicorn

    from fallow.app.safety import Guard
    from fallow.app.server import make_app
    from fallow.app.workbench import Workbench
    from fallow.run import keep_freed_memory

    if not (allow_remote or is_loopback(host)):
        raise InputError(f"{host} can be reached from other machines; say --allow-remote if that is meant")
    root, start = find_start(Path(path))
    place = listen(host, port)
    token = secrets.token_urlsafe(32)
    guard = Guard(token, names_of(host), place.port, any_address=is_wildcard(host), most_upload=max_upload)
    bench = Workbench(root, start)
    config = uvicorn.Config(
        make_app(bench, guard),
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    keep_freed_memory()
    warming = threading.Thread(target=warm_up, name="warm-up", daemon=True)
    warming.start()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            warming.join()
            look_ahead(bench)
            on_ready(f"{place.url}#token={token}")

    try:
        Server(config).run(sockets=[place.socket])
    except KeyboardInterrupt:  # the way to end it
        pass
    finally:
        place.socket.close()
        if bench.runs.is_busy:
            on_wait()
        bench.close()


def warm_up() -> None:
    """Load what the first answers need: kernels, formats; or nobody would see a tile for half a second more."""
    import numpy as np

    from fallow.app.exports import list_formats
    from fallow.raster.nodata import spread_nodata
    from fallow.raster.reduce import cell_means

    spread_nodata(np.zeros((2, 2, 1), np.float32))
    for dtype in (np.float32, np.uint8, np.uint16):
        cell_means(np.zeros((2, 2, 1), dtype), np.arange(1), 2)
    list_formats()


def look_ahead(bench: Workbench) -> None:
    """Begin to read the image that is shown first, while the browser opens."""
    kind, name = bench.start
    if kind == "folder":
        return
    with suppress(FallowError):  # what is wrong is told when the page asks
        picture = bench.picture(name)
        waiting = iter(picture.first_view())

        def read() -> None:
            with suppress(FallowError):
                for place in waiting:
                    picture.prepare(*place)

        for _ in range(os.cpu_count() or 1):
            threading.Thread(target=read, name="look-ahead", daemon=True).start()


def find_start(path: Path) -> tuple[Root, tuple[str, str]]:
    """Return the root to serve, and what the page shows first: its kind and its name there.

    Raises
    ------
    FileError
        If there is nothing at `path`.
    """
    from fallow.app.paths import Root
    from fallow.stored import is_result

    if not path.exists():
        raise FileError(f"there is no {path}; name a folder, a result or an image")
    path = path.resolve()
    if path.is_dir() and not is_result(path):
        return Root(path), ("folder", "")
    return Root(path.parent), ("result" if path.is_dir() else "image", path.name)


def listen(host: str, port: int | None) -> Place:
    """Open the socket of a server, at the port that was said, else at the first that is free.

    Raises
    ------
    InputError
        If there is none.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for number in [port] if port is not None else [*range(PORT, PORT + TRIES), 0]:
        try:
            opened = socket.create_server((host, number), family=family)
            return Place(host, opened.getsockname()[1], opened)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    raise InputError(f"cannot listen on {host} port {port or PORT}: {reason}")


def is_loopback(host: str) -> bool:
    """Say whether an address can be reached from this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_wildcard(host: str) -> bool:
    """Say whether an address stands for all of this machine's."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return host == ""


def names_of(host: str) -> frozenset[str]:
    """Return the names under which a server at this address may be asked."""
    loopback = {"127.0.0.1", "localhost", "[::1]"}
    if is_loopback(host):
        return frozenset(loopback | {_in_url(host).lower()})
    if is_wildcard(host):
        return frozenset(loopback | {socket.gethostname().lower(), socket.getfqdn().lower()})
    return frozenset({_in_url(host).lower()})


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
