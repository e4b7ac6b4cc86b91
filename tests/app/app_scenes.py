"""Ask the workbench as a browser would, or as one that means no good: every byte of a request can be chosen."""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fallow.app.safety import Guard
from fallow.app.server import make_app
from fallow.app.workbench import Workbench

TOKEN = "t0ken"
PORT = 8642
HOST = f"127.0.0.1:{PORT}"
NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def unpacked(self) -> bytes:
        assert self.headers["content-encoding"] == "gzip"
        return gzip.decompress(self.body)


@dataclass
class Asker:
    """Speaks to an ASGI application without a network."""

    app: Any
    headers: dict[str, str] = field(default_factory=lambda: {"host": HOST, "x-fallow-token": TOKEN})

    def get(self, of: str, **query: Any) -> Answer:
        return self.ask("GET", of, urlencode(query).encode())

    def post(self, to: str, body: Any = None, method: str = "POST", **query: Any) -> Answer:
        return self.ask(
            method, to, urlencode(query).encode(), {"content-type": "application/json"}, [json.dumps(body).encode()]
        )

    def put(self, to: str, body: Any, **query: Any) -> Answer:
        return self.post(to, body, "PUT", **query)

    def ask(self, method: str, path: str, query: bytes = b"", headers: Any = (), chunks: Any = (b"",)) -> Answer:
        """Send one request; headers given come beside the usual ones, or in place of one of that name; None is none."""
        usual = self.headers | dict(headers)
        raw = [(name.encode(), each if isinstance(each, bytes) else each.encode("latin-1"))
               for name, each in usual.items() if each is not None]  # fmt: skip
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": quote(path).encode(), "query_string": query, "root_path": "", "headers": raw,
            "client": ("127.0.0.1", 5), "server": ("127.0.0.1", PORT),
        }  # fmt: skip
        return asyncio.run(self._send(scope, list(chunks)))

    async def _send(self, scope: dict[str, Any], chunks: list[bytes]) -> Answer:
        told: list[Any] = []
        done = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if not chunks:
                await done.wait()
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

        async def send(message: Any) -> None:
            told.append(message)

        await self.app(scope, receive, send)
        done.set()
        headers = {name.decode().lower(): value.decode() for name, value in told[0].get("headers", [])}
        return Answer(told[0]["status"], headers, b"".join(each.get("body", b"") for each in told[1:]))


def asker(bench: Workbench) -> Asker:
    """Return what asks a workbench."""
    return Asker(make_app(bench, Guard(TOKEN, NAMES, PORT, most_upload=1 << 20)))


def copy_beside_secrets(made: Path, folder: Path) -> Path:
    """Copy a folder into another, where beside it lies what nobody may see."""
    (folder / "secret.txt").write_text("secret")
    shutil.copy(made / "field.tif", folder / "secret.tif")
    return Path(shutil.copytree(made, folder / "fields"))
