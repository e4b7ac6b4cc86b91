"""Requests that mean no good: all are refused with one line, and the server goes on."""

import json
import pickle
import shutil
import socket
import struct
import threading
import zipfile

import numpy as np
import pytest
from app_scenes import HOST, TOKEN, asker, copy_beside_secrets

from fallow.app import serve as serving
from fallow.app.paths import Root
from fallow.app.workbench import Workbench

JOB = {"images": ["field.tif"], "output": "new", "options": {}}
JSON = {"content-type": "application/json"}
TILE = "path=field.tif&z=0&row=0&col=0"


def query_of(path, *, of="/api/image"):
    return ("GET", of, b"path=" + path, {}, [b""])


def with_headers(headers, path="/api/files", method="GET"):
    return (method, path, b"", headers, [b""])


def with_body(body, path="/api/runs", method="POST", query=b""):
    chunks = body if isinstance(body, list) else [body if isinstance(body, bytes) else json.dumps(body).encode()]
    return (method, path, query, JSON, chunks)


def job(**changed):
    return with_body(JOB | changed)


def edits(lines, version=""):
    return with_body({"version": version, "edits": lines}, "/api/result/edits", "PUT", b"path=out")


def virtual(attribute, source):
    """Return a virtual raster of one file."""
    return (
        '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f"<SourceFilename{attribute}>{source}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )


HOSTILE = {
    "the folder above": query_of(b"../secret.tif"),
    "the folder above, escaped": query_of(b"%2e%2e%2fsecret.tif"),
    "the folder above, escaped twice": query_of(b"%252e%252e%252fsecret.tif"),
    "the folder above, inside": query_of(b"deep/../../secret.tif"),
    "the folder above, backwards": query_of(b"..%5csecret.tif"),
    "the folder above, overlong": query_of(b"%c0%ae%c0%ae/secret.tif"),
    "the folder above, full width": query_of("．．/secret.tif".encode()),
    "the folder above of results": query_of(b"../fields/out", of="/api/result"),
    "the folder above as folder": ("GET", "/api/files", b"folder=..", {}, [b""]),
    "absolute": query_of(b"/etc/passwd"),
    "absolute with a dot": query_of(b"./field.tif"),
    "two slashes": query_of(b"//etc/passwd"),
    "a drive": query_of(b"C:/Windows/win.ini"),
    "a name of GDAL": query_of(b"/vsicurl/http://example.com/a.tif"),
    "a subdataset of GDAL": query_of(b'NETCDF:"field.tif":x'),
    "a network address": query_of(b"http://example.com/a.tif"),
    "NUL": query_of(b"field.tif%00.png"),
    "a line break": query_of(b"field.tif%0d%0aSet-Cookie: a=b"),
    "not UTF-8": query_of(b"%ff%fe.tif"),
    "endless path": query_of(b"a" * 5000),
    "endless part": query_of(b"a" * 300),
    "endless query": query_of(b"a/" * 40_000),
    "a link out": query_of(b"link.tif"),
    "a folder that is a link out": query_of(b"outside/secret.tif"),
    "a virtual raster that points out": query_of(b"pointer.tif"),
    "overviews that are a link out": query_of(b"overviews.tif"),
    "overviews elsewhere, by metadata": query_of(b"metadata.tif"),
    "a virtual raster in other letters": query_of(b"letters.tif"),
    "a virtual raster after a line of text": query_of(b"after.tif"),
    "a map that names its image": query_of(b"ozi.tif"),
    "a catalogue of the network": query_of(b"stac.tif"),
    "raw pixels that are a text": query_of(b"raw.bsq"),
    "a virtual raster that points at the network": query_of(b"remote.vrt"),
    "a hidden file": query_of(b".hidden.tif"),
    "a result with a link out": query_of(b"linked", of="/api/result"),
    "a file that was not exported": query_of(b"out/recipe.toml", of="/api/file"),
    "a page above": ("GET", "/static/../server.py", b"", {}, [b""]),
    "a page far above": ("GET", "/static/../../../../../../etc/passwd", b"", {}, [b""]),
    "no token": with_headers({"x-fallow-token": None}),
    "an empty token": with_headers({"x-fallow-token": ""}),
    "a wrong token": with_headers({"x-fallow-token": TOKEN[:-1]}),
    "a token that is no text": with_headers({"x-fallow-token": b"\xff\xfe"}),
    "a token in the query": ("GET", "/api/files", b"token=" + TOKEN.encode(), {"x-fallow-token": None}, [b""]),
    "a token in a cookie": with_headers({"x-fallow-token": None, "cookie": f"token={TOKEN}"}),
    "no token for what is not there": with_headers({"x-fallow-token": None}, "/api/nothing"),
    "another name (DNS rebinding)": with_headers({"host": "evil.example:8642"}),
    "another name for the page": with_headers({"host": "evil.example"}, "/"),
    "another port": with_headers({"host": "127.0.0.1:80"}),
    "no port": with_headers({"host": "127.0.0.1"}),
    "no name": with_headers({"host": None}),
    "a name that begins well": with_headers({"host": "127.0.0.1:8642.evil.example"}),
    "a name with a user": with_headers({"host": "evil@127.0.0.1:8642"}),
    "another page": with_headers({"origin": "http://evil.example"}),
    "another page of this machine": with_headers({"origin": "http://127.0.0.1:3000"}),
    "a page of another name of this machine": with_headers({"origin": "http://localhost:8642"}),
    "a page without origin": with_headers({"origin": "null"}),
    "another site": with_headers({"sec-fetch-site": "cross-site"}),
    "another port of this site": with_headers({"sec-fetch-site": "same-site"}),
    "endless headers": with_headers({"x-more": "a" * 20_000}),
    "preflight": with_headers({"origin": "http://evil.example", "access-control-request-method": "POST"},
                              method="OPTIONS"),
    "TRACE": with_headers({}, method="TRACE"),
    "DELETE": with_headers({}, method="DELETE"),
    "a method of nobody": with_headers({}, method="GET\r\nHost: evil"),
    "GET where POST is meant": with_headers({}, "/api/runs/1/cancel"),
    "POST where GET is meant": with_body({}, "/api/files"),
    "nothing there": with_headers({}, "/api/passwords"),
    "no such page": with_headers({}, "/admin.php"),
    "no such run": with_headers({}, "/api/runs/999"),
    "a body that says it is huge": ("POST", "/api/runs", b"", JSON | {"content-length": "99999999999"}, [b"{}"]),
    "a body of negative length": ("POST", "/api/runs", b"", JSON | {"content-length": "-1"}, [b"{}"]),
    "a body that grows": with_body([b"[" * 65536] * 40),
    "an upload that grows": ("POST", "/api/upload", b"name=a.tif", {}, [b"II*\0" + b"0" * 65536] * 40),
    "no JSON": with_body(b"{'images': }"),
    "half of JSON": with_body(b'{"images": ["field.tif"'),
    "JSON of another kind": with_body(b"[1]"),
    "JSON without end": with_body(b"[" * 200_000),
    "JSON of other letters": with_body(b'{"images": ["\xff"]}'),
    "half a letter": with_body(b'{"images": ["\\ud800.tif"], "output": "new"}'),
    "NaN": with_body(b'{"images": ["field.tif"], "output": "new", "options": {"scale": NaN}}'),
    "infinity": with_body(b'{"images": ["field.tif"], "output": "new", "options": {"scale": 1e999}}'),
    "a huge number": with_body(b'{"images": ["field.tif"], "output": "new", "options": {"classes": '
                            + b"9" * 9999 + b"}}"),
    "a form": ("POST", "/api/runs", b"", {"content-type": "application/x-www-form-urlencoded"}, [b"images=a"]),
    "plain text, which other pages may send": ("POST", "/api/runs", b"", {"content-type": "text/plain"}, [b"{}"]),
    "images of a wrong kind": job(images="field.tif"),
    "images that are numbers": job(images=[1, None]),
    "an image outside": job(images=["../secret.tif"]),
    "an output outside": job(output="../new"),
    "an output that is the folder": job(output=""),
    "an output through a link": job(output="outside/new"),
    "an option of nobody": job(options={"clases": 3}),
    "an option of options": job(options={"classes": {"a": [1]}}),
    "a recipe outside": job(options={"recipe": "../secret.txt"}),
    "a mask outside": job(options={"mask": "../secret.tif"}),
    "features outside": job(options={"features": "encoder,path=../secret.fallow"}),
    "features outside, by name": job(options={"features": "/home/somebody/secret.fallow"}),
    "a network from afar": job(options={"network": "hub:someone/something"}),
    "features from afar": job(options={"features": "color,hub,model=someone/something"}),
    "a pickle as model": job(model="model.fallow"),
    "a model outside": job(model="../secret.txt"),
    "a result that grows (zip bomb)": query_of(b"bomb", of="/api/result"),
    "a result with a pickle": query_of(b"pickled", of="/api/result"),
    "a result of garbage": query_of(b"garbage", of="/api/result"),
    "a negative tile": ("GET", "/api/image/tile", b"path=field.tif&z=0&row=-1&col=0", {}, [b""]),
    "a tile too far": ("GET", "/api/image/tile", b"path=field.tif&z=0&row=99&col=0", {}, [b""]),
    "a level too high": ("GET", "/api/image/tile", b"path=field.tif&z=64&row=0&col=0", {}, [b""]),
    "a level of a thousand digits": ("GET", "/api/image/tile", b"path=field.tif&row=0&col=0&z=" + b"9" * 1000, {},
                                     [b""]),
    "a level that is text": ("GET", "/api/result/labels", b"path=out&row=0&col=0&z=top", {}, [b""]),
    "a tile without place": ("GET", "/api/image/tile", b"path=field.tif", {}, [b""]),
    "a band that is not there": ("GET", "/api/image/tile", TILE.encode() + b"&bands=9&low=0&high=1", {}, [b""]),
    "a band of minus one": ("GET", "/api/image/stretch", b"path=field.tif&band=-1", {}, [b""]),
    "too many bands": ("GET", "/api/image/tile", TILE.encode() + b"&bands=" + b"1," * 2000 + b"1", {}, [b""]),
    "a stretch of nothing": ("GET", "/api/image/tile", TILE.encode() + b"&bands=0&low=nan&high=1", {}, [b""]),
    "a stretch without end": ("GET", "/api/image/tile", TILE.encode() + b"&bands=0&low=-1e308&high=1e308", {}, [b""]),
    "a pixel outside": ("GET", "/api/result/region", b"path=out&row=0&col=100000", {}, [b""]),
    "a scale of NaN": ("GET", "/api/result/regions", b"path=out&height=nan", {}, [b""]),
    "a scale below nothing": ("GET", "/api/result/regions", b"path=out&n_regions=-5", {}, [b""]),
    "two scales": ("GET", "/api/result/regions", b"path=out&n_regions=5&factor=2", {}, [b""]),
    "an edit of nobody": edits([{"do": "delete"}]),
    "an edit of no class": edits([{"do": "name", "class": 99, "name": "a"}]),
    "an edit that is text": edits(["drop"]),
    "an edit with a control character": edits([{"do": "name", "class": 1, "name": "a\u0000b"}]),
    "edits of another version": edits([], version="0123"),
    "edits of a result outside": with_body({"version": "", "edits": []}, "/api/result/edits", "PUT", b"path=.."),
    "an upload to elsewhere": ("POST", "/api/upload", b"name=../new.tif", {}, [b"II*\0"]),
    "an upload into a folder": ("POST", "/api/upload", b"name=deep/new.tif", {}, [b"II*\0"]),
    "an upload of code": ("POST", "/api/upload", b"name=new.py", {}, [b"import os"]),
    "an upload over a file": ("POST", "/api/upload", b"name=field.tif", {}, [b"II*\0"]),
    "an upload that points": ("POST", "/api/upload", b"name=new.vrt", {}, [b"<VRTDataset/>"]),
    "an upload that points, disguised": ("POST", "/api/upload", b"name=new.tif", {}, [
        virtual("", "/etc/passwd").encode()]),
    "an upload of nothing": ("POST", "/api/upload", b"name=new.tif", {}, [b""]),
}  # fmt: skip


@pytest.fixture(scope="module")
def trapped(made, tmp_path_factory):
    """A folder with files that mean no good."""
    fields = copy_beside_secrets(made, tmp_path_factory.mktemp("trapped"))
    (fields / "link.tif").symlink_to(fields.parent / "secret.tif")
    (fields / "outside").symlink_to(fields.parent)
    (fields / ".hidden.tif").write_bytes((fields / "field.tif").read_bytes())
    (fields / "pointer.tif").write_text(virtual(' relativeToVRT="1"', "../secret.tif"))
    named = virtual(' relativeToVRT="1"', "../secret.tif")
    (fields / "letters.tif").write_text(named.replace("SourceFilename", "sourceFILEname"))
    (fields / "after.tif").write_text("a line of text\n" + named)
    (fields / "ozi.tif").write_text("OziExplorer Map Data File Version 2.2\nmap\n../secret.tif\n")
    (fields / "stac.tif").write_text('{"stac_version": "1.0.0", "assets": {"a": {"href": "http://example.com/a.tif"}}}')
    (fields / "raw.bsq").write_text("OziExplorer Map Data File Version 2.2\nmap\n../secret.tif\n")
    (fields / "raw.hdr").write_text("ENVI\n")
    for name in ("overviews", "metadata"):
        shutil.copy(fields / "field.tif", fields / f"{name}.tif")
    (fields / "overviews.tif.ovr").symlink_to(fields.parent / "secret.tif")
    (fields / "metadata.tif.aux.xml").write_text(
        '<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">../secret.tif</MDI></Metadata></PAMDataset>'
    )
    (fields / "remote.vrt").write_text(virtual("", "/vsicurl/http://example.com/a.tif"))
    (fields / "model.fallow").write_bytes(pickle.dumps({"a": 1}))
    for name in ("linked", "bomb", "pickled", "garbage"):
        shutil.copytree(fields / "out", fields / name)
    (fields / "linked" / "picture.jpg").unlink()
    (fields / "linked" / "picture.jpg").symlink_to(fields.parent / "secret.txt")
    (fields / "pickled" / "tree.fallow").write_bytes(pickle.dumps({"a": 1}))
    (fields / "garbage" / "recipe.toml").write_bytes(np.random.default_rng(0).bytes(1000))
    write_bomb(fields / "bomb" / "tree.fallow")
    return fields


def write_bomb(path):
    """Write an archive whose head claims more than any result holds."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("tree.json", b"0" * 10_000)
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 0xF0000000)
    path.write_bytes(bytes(data))


@pytest.fixture(scope="module")
def target(trapped):
    """What such a folder's workbench answers, and at the end: nothing has changed."""
    before = sorted(trapped.rglob("*"))
    bench = Workbench(Root(trapped))
    page = asker(bench)
    yield page
    assert page.get("/api/image", path="field.tif").status == 200
    assert sorted(trapped.rglob("*")) == before
    bench.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_requests_are_refused_with_one_line(name, target, caplog, capfd, trapped):
    answer = target.ask(*HOSTILE[name])
    assert 400 <= answer.status < 500, answer
    assert next(iter(answer.json)) == "error"
    assert "\n" not in answer.json["error"]
    assert "Traceback" not in answer.body.decode() + caplog.text + "".join(capfd.readouterr())
    assert str(trapped.parent) not in answer.body.decode()
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "access-control-allow-origin" not in answer.headers


def test_there_are_forty_of_them():
    assert len(HOSTILE) >= 40


def test_what_the_page_itself_sends_passes(page):
    own = {"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}
    assert page.ask("GET", "/api/files", b"", own).status == 200
    assert (
        page.ask("GET", "/api/files", b"", {"host": "localhost:8642", "origin": "http://localhost:8642"}).status == 200
    )
    assert page.ask("GET", "/api/files", b"", {"host": "[::1]:8642"}).status == 200


@pytest.fixture
def url(fields):
    """The workbench on a real socket, in a thread; yields host, port and token."""
    import uvicorn

    started, servers = threading.Event(), []
    told = {}

    class Server(uvicorn.Server):
        def install_signal_handlers(self):
            pass

        def capture_signals(self):
            from contextlib import nullcontext

            servers.append(self)
            return nullcontext()

    def ready(url):
        told["url"] = url
        started.set()

    original, uvicorn.Server = uvicorn.Server, Server
    thread = threading.Thread(target=serving.serve, args=(fields,), kwargs={"port": 0, "on_ready": ready})
    thread.start()
    assert started.wait(10)
    place, token = told["url"].removeprefix("http://").split("/#token=")
    host, port = place.split(":")
    try:
        say(host, port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")  # so that it runs
        yield host, port, token
    finally:
        uvicorn.Server = original
        servers[0].should_exit = True
        thread.join()


def say(host, port, data):
    """Send bytes and return what comes back before the other side closes or is silent."""
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(data)
        connection.settimeout(0.5)
        got = b""
        try:
            while part := connection.recv(65536):
                got += part
        except TimeoutError:
            pass
    return got


def test_a_real_socket_refuses_as_well(url, capfd, caplog):
    host, port, token = url
    name = f"{host}:{port}".encode()
    head = b"Host: " + name + b"\r\nX-Fallow-Token: " + token.encode() + b"\r\n"
    for data in (
        b"GET /api/files HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /api/files HTTP/1.1\r\nX-Fallow-Token: " + token.encode() + b"\r\n\r\n",
        b"GET /api/files HTTP/1.1\r\n" + head + b"Host: " + name + b"\r\n\r\n",
        b"GET /api/files HTTP/1.1\r\nHost: " + name + b"\r\n\r\n",
        b"GET /static/..%2f..%2fserver.py HTTP/1.1\r\n" + head + b"\r\n",
        b"GET /static/../server.py HTTP/1.1\r\n" + head + b"\r\n",
        b"GET /api/files\r\nX: y HTTP/1.1\r\n" + head + b"\r\n",
        b"TRACE / HTTP/1.1\r\n" + head + b"\r\n",
        b"OPTIONS * HTTP/1.1\r\n" + head + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nHost: " + name + b"\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
        b"POST /api/runs HTTP/1.1\r\n" + head + b"Content-Length: 99999999\r\n\r\n{}",
        b"POST /api/runs HTTP/1.1\r\n" + head + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        + (b"10000\r\n" + b"[" * 65536 + b"\r\n") * 20,
        b"GET /api/files HTTP/1.1\r\n" + head + b"Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://evil.example"
        b"\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    ):  # fmt: skip
        assert say(host, port, data).startswith((b"HTTP/1.1 4",)), data[:80]
    assert say(host, port, b"GET /api/files HTTP/1.1\r\n" + head + b"\r\n").startswith(b"HTTP/1.1 200")
    assert "Traceback" not in caplog.text + "".join(capfd.readouterr())
