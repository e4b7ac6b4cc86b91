"""How soon the workbench shows a raster: from a fresh server to all tiles of the first view, asked as a browser does.

    python benchmarks/workbench.py RASTER [RESULT]

Six connections ask for the tiles of a window of 1200 x 800 at the level at which the whole raster fits into it, once
with nothing in any cache of the server and once more. RESULT, the folder of a result beside the raster, adds its labels
and what the scale slider asks for.
"""

from __future__ import annotations

import gzip
import http.client
import json
import math
import os
import re
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local
from urllib.parse import urlencode, urlsplit

VIEW = (800, 1200)
CONNECTIONS = 6
TILE = 256
SLIDES = 20

Query = tuple[str, dict[str, object]]


class Server:
    """A workbench in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-P", "-m", "fallow", "serve", str(folder), "--no-browser", "--port", "0"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        url = re.search(r"http\S+", self._process.stdout.readline())
        assert url
        place = urlsplit(url[0])
        self._place, self._token = place.netloc, place.fragment.removeprefix("token=")
        self._here = local()

    def get(self, query: Query) -> bytes:
        """Ask one thing, over this thread's own connection."""
        if not hasattr(self._here, "connection"):
            self._here.connection = http.client.HTTPConnection(self._place)
        path, said = query
        self._here.connection.request("GET", f"{path}?{urlencode(said)}", headers={"X-Fallow-Token": self._token})
        answer = self._here.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, body[:200])
        return gzip.decompress(body) if answer.headers["content-encoding"] == "gzip" else body

    def peak_mb(self) -> float:
        """Return the most memory that the process has had."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1000  # type: ignore[index]

    def cpu_s(self) -> float:
        """Return the processor seconds that the process has used: on a busy machine they tell more than the clock."""
        ticks = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


def first_view(shape: tuple[int, int]) -> tuple[int, list[tuple[int, int]]]:
    """Return the level that a map takes to show all of a raster, and its tiles."""
    z = max(0, math.floor(math.log2(max(side / view for side, view in zip(shape, VIEW, strict=True)))))
    rows, cols = (range(-(-side // (TILE << z))) for side in shape)
    return z, [(row, col) for row in rows for col in cols]


def measure(server: Server, name: str, queries: list[Query]) -> None:
    """Print how long all of them take together."""
    start, cpu_s = time.perf_counter(), server.cpu_s()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        n_bytes = sum(len(body) for body in threads.map(server.get, queries))
    seconds = f"{time.perf_counter() - start:6.2f} s, {server.cpu_s() - cpu_s:5.2f} s of processors"
    print(f"{name:36} {len(queries):3} requests {seconds}, {n_bytes / 1e6:5.1f} MB, peak {server.peak_mb():4.0f} MB")


def main() -> None:
    raster = Path(sys.argv[1])
    server = Server(raster.parent)
    try:
        start = time.perf_counter()
        image = json.loads(server.get(("/api/image", {"path": raster.name})))
        print(f"{'what the image is, and its stretch':40} {time.perf_counter() - start:21.2f} s")
        z, tiles = first_view((image["rows"], image["cols"]))
        at = [{"z": z, "row": row, "col": col} for row, col in tiles]
        pictures = [("/api/image/tile", {"path": raster.name} | each) for each in at]
        measure(server, f"first view, level {z}", pictures)
        measure(server, "the same again", pictures)
        top = {"z": image["levels"] - 1, "row": 0, "col": 0}
        measure(server, "the whole in one tile", [("/api/image/tile", {"path": raster.name} | top)])
        if len(sys.argv) > 2:
            result = Path(sys.argv[2]).relative_to(raster.parent).as_posix()
            start = time.perf_counter()
            told = json.loads(server.get(("/api/result", {"path": result})))
            print(f"{'what the result is':40} {time.perf_counter() - start:21.2f} s")
            measure(server, "its labels", [("/api/result/labels", {"path": result} | each) for each in at])
            measure(server, "its tables", [("/api/result/tables", {"path": result})])
            slide(server, result, told)
    finally:
        server.close()


def slide(server: Server, result: str, told: dict) -> None:
    """Print how long the slider waits for another scale."""
    if not told["has_tree"]:
        return
    took = []
    for number in range(SLIDES):
        n_regions = int(told["scales"]["most"] ** ((number + 1) / SLIDES)) or 1
        start = time.perf_counter()
        server.get(("/api/result/regions", {"path": result, "n_regions": n_regions}))
        took.append(time.perf_counter() - start)
    print(f"another scale of {told['superpixels']:,} superpixels: median {1000 * statistics.median(took):.0f} ms, "
          f"at most {1000 * max(took):.0f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
