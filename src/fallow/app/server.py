"""The routes: what a page may ask for, turned into calls of the library, and what comes back into JSON or bytes."""

from __future__ import annotations

import json
import math
import mimetypes
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, Response

from fallow.app import about, exports, regions, results
from fallow.app.editing import ConflictError, save_edits
from fallow.app.files import list_folder
from fallow.app.paths import Root
from fallow.app.pictures import describe
from fallow.app.requests import job_request, read_json
from fallow.app.runs import estimate
from fallow.app.safety import Guard, Safety
from fallow.app.upload import receive
from fallow.app.workbench import Workbench
from fallow.errors import FallowError, FileError, MissingExtraError, RunError

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".woff2": "font/woff2",
    ".txt": "text/plain",
}
FOREVER = {"cache-control": "private, max-age=86400, immutable"}  # for what carries the stamp of its file

NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}  # whatever is set


def make_app(bench: Workbench, guard: Guard) -> Safety:
    """Build the whole server as an ASGI application."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, telemetry=NO_TELEMETRY)
    _add_errors(app, bench.root)
    _add_pages(app)
    _add_files(app, bench, guard)
    _add_images(app, bench)
    _add_results(app, bench)
    _add_runs(app, bench)
    return Safety(app, guard)


def answer(value: Any, status: int = 200) -> Response:
    """Return a value as JSON, which knows no NaN: that becomes null."""
    text = json.dumps(_finite(value), allow_nan=False)
    return Response(text, status, media_type="application/json")


async def json_body(request: Request) -> dict[str, Any]:
    """Return the object in the body of a request."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "the body must be application/json")
    return read_json(await request.body())


Body = Annotated[dict[str, Any], Depends(json_body)]


def _add_pages(app: FastAPI) -> None:
    pages = Root(STATIC)

    @app.get("/")
    def page() -> Response:
        return _static(pages, "index.html")

    @app.get("/static/{name:path}")
    def static(name: str) -> Response:
        return _static(pages, name)


def _add_files(app: FastAPI, bench: Workbench, guard: Guard) -> None:
    @app.get("/api/about")
    def tell_about() -> Response:
        return answer(about.about(bench))

    @app.get("/api/files")
    def files(folder: str = "") -> Response:
        return answer(list_folder(bench.root, folder))

    @app.get("/api/file")
    def file(path: str) -> Response:
        found = exports.find_export(bench, path)
        return FileResponse(found, filename=found.name, media_type="application/octet-stream")

    @app.post("/api/upload")
    async def upload(request: Request, name: str) -> Response:
        return answer({"path": await receive(bench, name, request.stream(), guard.most_upload)})


def _add_images(app: FastAPI, bench: Workbench) -> None:
    @app.get("/api/image")
    def image(path: str) -> Response:
        return answer({"path": path, "stamp": bench.stamp(path)} | describe(bench.picture(path)))

    @app.get("/api/image/stretch")
    def stretch(path: str, band: int) -> Response:
        return answer(bench.picture(path).stretch(band))

    @app.get("/api/image/tile")
    def tile(
        path: str, z: int, row: int, col: int, bands: str = "", low: str = "", high: str = "", stamp: str = ""
    ) -> Response:
        picture = bench.picture(path)
        chosen = [int(band) for band in _numbers(bands, "bands")] if bands else list(picture.rgb)
        if low or high:
            ends = _numbers(low, "low"), _numbers(high, "high")
        else:
            found = [picture.default_stretch.get(band) or picture.stretch(band) for band in chosen]
            ends = [each[0] for each in found], [each[1] for each in found]
        data, kind = picture.tile(z, row, col, chosen, *ends)
        return Response(data, media_type=kind, headers=_kept(bench, path, stamp))


def _add_results(app: FastAPI, bench: Workbench) -> None:
    @app.get("/api/result")
    def result(path: str) -> Response:
        return answer(results.tell(bench, path))

    @app.get("/api/result/picture")
    def picture(path: str) -> Response:
        found = bench.result_folder(path) / "picture.jpg"
        if not found.is_file():
            raise FileError(f"{path!r} has no picture")
        return FileResponse(found, media_type="image/jpeg")

    @app.get("/api/result/labels")
    def labels(path: str, z: int, row: int, col: int, stamp: str = "") -> Response:
        return _gzipped(bench.labels(path).packed_tile(z, row, col), _kept(bench, path, stamp))

    @app.get("/api/result/tables")
    def tables(path: str, version: str = "") -> Response:  # noqa: ARG001 (tells versions apart in a cache)
        return _gzipped(results.tables(bench, path))

    @app.get("/api/result/regions")
    def scale(
        path: str, n_regions: int | None = None, factor: float | None = None, height: float | None = None
    ) -> Response:
        return _gzipped(results.trial(bench, path, n_regions=n_regions, factor=factor, height=height))

    @app.get("/api/result/region")
    def region(path: str, row: int, col: int) -> Response:
        return answer(regions.region_at(bench, path, row, col))

    @app.put("/api/result/edits")
    def edits(path: str, body: Body) -> Response:
        save_edits(bench, path, body)
        return answer(results.tell(bench, path))

    @app.post("/api/result/write")
    def write(path: str) -> Response:
        return answer({"folder": exports.write(bench, path)})

    @app.post("/api/result/export")
    def export(path: str, body: Body) -> Response:
        return answer(exports.export(bench, path, body))


def _add_runs(app: FastAPI, bench: Workbench) -> None:
    @app.post("/api/estimate")
    def tell_estimate(body: Body) -> Response:
        return answer(estimate(bench.root, job_request(bench.root, body, "estimate")))

    @app.post("/api/runs")
    def start(body: Body) -> Response:
        return answer({"id": bench.runs.start(job_request(bench.root, body, "segment")).id})

    @app.get("/api/runs")
    def runs() -> Response:
        return answer([run.to_json() for run in bench.runs.all()])

    @app.get("/api/runs/{number}")
    def run(number: str) -> Response:
        return answer(bench.runs.get(number).to_json())

    @app.post("/api/runs/{number}/cancel")
    def cancel(number: str) -> Response:
        return answer(bench.runs.cancel(number).to_json())


def _add_errors(app: FastAPI, root: Root) -> None:
    """Turn every error into one line of JSON."""

    @app.exception_handler(FallowError)
    async def refused(_: Request, error: FallowError) -> Response:
        told = {"edits": error.edits} if isinstance(error, ConflictError) else {}
        return answer({"error": _line(error, root)} | told, _status(error))

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> Response:
        return answer({"error": str(error.detail)}, error.status_code)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"][1:])
        return answer({"error": f"{name}: {first['msg'].lower()}"}, 400)

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, __: ClientDisconnect) -> Response:
        return Response(status_code=400)

    @app.exception_handler(OSError)
    async def system(_: Request, error: OSError) -> Response:
        return answer({"error": error.strerror or "the system refused"}, 500)


def _status(error: FallowError) -> int:
    if isinstance(error, ConflictError):
        return 409
    if isinstance(error, RunError):
        return 500
    return 404 if isinstance(error, FileError) else 501 if isinstance(error, MissingExtraError) else 400


def _line(error: BaseException, root: Root) -> str:
    """Return what an error says as one line that is not endless, its paths as those of the root."""
    text = " ".join(str(error).split()).replace(f"{root.folder}/", "")
    return text if len(text) <= 500 else text[:497] + "..."


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value.item() if hasattr(value, "item") else value


def _numbers(text: str, name: str) -> list[float]:
    """Read numbers between commas."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise HTTPException(400, f"{name} must be numbers between commas") from None
    if len(numbers) > 3 or not all(map(math.isfinite, numbers)):
        raise HTTPException(400, f"{name} must be one or three numbers")
    return numbers


def _kept(bench: Workbench, path: str, stamp: str) -> dict[str, str]:
    return FOREVER if stamp and stamp == bench.stamp(path) else {}


def _gzipped(data: bytes, headers: dict[str, str] | None = None) -> Response:
    packed = {"content-encoding": "gzip"} | (headers or {})
    return Response(data, media_type="application/octet-stream", headers=packed)


def _static(pages: Root, name: str) -> Response:
    path = pages.find(name)
    if not path.is_file():
        raise HTTPException(404, "there is no such page")
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return FileResponse(path, media_type=kind)


__all__ = ["answer", "make_app"]
