"""The least that any such command must do: read every stored block, write a raster of classes.

python floor.py IMAGE.tif OUT.tif THREADS
"""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import rasterio

image, out, n_threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
opened = threading.local()


def read(window):
    if not hasattr(opened, "source"):
        opened.source = rasterio.open(image)
    return window, opened.source.read(window=window)


with rasterio.open(image) as source:
    windows = [window for _, window in source.block_windows(1)]
    profile = {name: source.profile[name] for name in ("width", "height", "crs", "transform")}
profile.update(driver="GTiff", count=1, dtype="uint8", tiled=True, blockxsize=512, blockysize=512)
profile.update(compress="deflate", zlevel=1, num_threads=n_threads)
with rasterio.open(out, "w", **profile) as sink, ThreadPoolExecutor(n_threads) as pool:
    for window, bands in pool.map(read, windows):
        sink.write((bands[0] >> 8).astype(np.uint8), 1, window=window)
