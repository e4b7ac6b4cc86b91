"""Who may ask: this page alone, on this machine, with the token it was started with. Plain ASGI, before all routes."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from starlette.exceptions import HTTPException

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

API, UPLOAD = "/api", "/api/upload"
METHODS = ("GET", "POST", "PUT")
MOST_BODY = 1 << 20  # bytes of JSON
MOST_URL = 8192
MOST_HEADERS = 16384
OWN_SITE = (b"same-origin", b"none")

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
_HOST = re.compile(rb"(\[[0-9a-f:.]+\]|[0-9a-z.-]+)(?::([0-9]{1,5}))?")


@dataclass(frozen=True)
class Guard:
    """What a request must bring along.

    Attributes
    ----------
    token : str
    names : frozenset of str
        Names of this server, in lower case, addresses of version 6 in brackets.
    port : int
    any_address : bool
        Addresses written in numbers are names of this server too: it listens on all of this machine's, and a page that
        makes its own name lead here (DNS rebinding) cannot use them.
    most_upload : int
        Bytes.
    """

    token: str
    names: frozenset[str]
    port: int
    any_address: bool = False
    most_upload: int = 2 << 30

    def refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Return status and reason why a request is not answered; None if it may pass."""
        found: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            found.setdefault(name.lower(), []).append(value)
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MOST_URL:
            return 414, "the address is too long"
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
            return 431, "the headers are too long"
        hosts = found.get(b"host", [])
        if len(hosts) != 1 or not self._is_own(hosts[0]):
            return 403, "this server goes by another name"
        if any(origin != b"http://" + hosts[0] for origin in found.get(b"origin", [])):
            return 403, "the request comes from another page"
        if any(site not in OWN_SITE for site in found.get(b"sec-fetch-site", [])):
            return 403, "the request comes from another page"
        if scope["method"] not in METHODS:
            return 405, "there is no such method"
        if _is_under(scope["path"], API):
            tokens = found.get(b"x-fallow-token", [])
            if len(tokens) != 1 or not hmac.compare_digest(tokens[0], self.token.encode()):
                return 401, "the token is missing or wrong; open the address that fallow serve printed"
        lengths = found.get(b"content-length", [])
        if any(not length.isdigit() for length in lengths) or len(lengths) > 1:
            return 400, "the length of the body is no number"
        if lengths and (len(lengths[0]) > 15 or int(lengths[0]) > self.most_body(scope)):
            return 413, f"the body is larger than {self.most_body(scope):,} bytes"
        return None

    def most_body(self, scope: Scope) -> int:
        """Return how many bytes the body of a request may have."""
        return self.most_upload if scope["path"] == UPLOAD else MOST_BODY

    def _is_own(self, host: bytes) -> bool:
        match = _HOST.fullmatch(host.lower())
        if match is None or int(match[2] or 80) != self.port:
            return False
        name = match[1].decode()
        return name in self.names or (self.any_address and _is_address(name))


class Safety:
    """Refuse what `Guard` refuses, stop bodies that grow too large, and say on every answer what a page may do."""

    def __init__(self, app: App, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_safely(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with_headers(message.get("headers", []), scope["path"])
            await send(message)

        if refused := self._guard.refusal(scope):
            await _refuse(send_safely, *refused)
            return
        most = self._guard.most_body(scope)
        n_bytes = 0

        async def receive_bounded() -> MutableMapping[str, Any]:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > most:
                raise HTTPException(413, f"the body is larger than {most:,} bytes")
            return message

        await self._app(scope, receive_bounded, send_safely)


def _with_headers(headers: list[tuple[bytes, bytes]], path: str) -> list[tuple[bytes, bytes]]:
    """Add what every answer says; an answer of the API is kept by no cache unless it says so itself."""
    added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    if not any(name.lower() == b"cache-control" for name, _ in headers):
        added.append((b"cache-control", b"no-store" if _is_under(path, API) else b"no-cache"))
    return [*headers, *added]


async def _refuse(send: Send, status: int, reason: str) -> None:
    body = json.dumps({"error": reason}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 405:
        headers.append((b"allow", ", ".join(METHODS).encode()))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})


def _is_under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
