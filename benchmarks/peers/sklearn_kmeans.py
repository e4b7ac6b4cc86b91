"""The script most people start from: read, scale, fit all pixels, write.

python sklearn_kmeans.py IMAGE.tif OUT.tif CLASSES N_INIT
"""

import sys

import numpy as np
import rasterio
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

image, out, n_classes, n_init = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with rasterio.open(image) as source:
    bands, profile = source.read(), source.profile
pixels = np.moveaxis(bands, 0, -1).reshape(-1, bands.shape[0]).astype(np.float32)
labels = KMeans(n_classes, n_init=n_init, random_state=0).fit_predict(StandardScaler().fit_transform(pixels))
profile.update(count=1, dtype="uint8", nodata=0, compress="deflate")
with rasterio.open(out, "w", **profile) as sink:
    sink.write((labels + 1).astype(np.uint8).reshape(bands.shape[1:]), 1)
