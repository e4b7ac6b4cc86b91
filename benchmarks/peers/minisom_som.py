"""A 10 x 10 map, trained on a sample, then the winner of every pixel: MiniSom, or Fallow's `Som` on the same arrays.

python minisom_som.py IMAGE.tif SYSTEM RUNS

SYSTEM is "fallow", "winner" (MiniSom's call for one pixel) or "quantization" (its call for many, 100,000 at a time).
Prints the median seconds, without start and reading, and the quantization error of the sample.
"""

import statistics
import sys
import time

import numpy as np
import rasterio

SIDE, SAMPLE, EPOCHS, CHUNK, CLASSES = 10, 100_000, 10, 100_000, 12
image, system, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])

with rasterio.open(image) as source:
    pixels = np.moveaxis(source.read(), 0, -1).reshape(-1, source.count).astype(np.float32)
pixels = (pixels - pixels.mean(0)) / pixels.std(0)
sample = pixels[np.random.default_rng(0).choice(len(pixels), min(SAMPLE, len(pixels)), replace=False)]


def of_fallow():
    from fallow.cluster.som import Som

    model = Som(CLASSES, shape=(SIDE, SIDE), epochs=EPOCHS).fit(sample)
    model.assign(pixels)
    return model.quantization_error_


def of_minisom():
    from minisom import MiniSom

    model = MiniSom(SIDE, SIDE, pixels.shape[1], sigma=1.0, learning_rate=0.5, random_seed=0)
    model.pca_weights_init(sample)
    model.train(sample, EPOCHS, use_epochs=True, random_order=True)
    if system == "winner":
        for pixel in pixels:
            model.winner(pixel)
    else:
        for start in range(0, len(pixels), CHUNK):
            model.quantization(pixels[start : start + CHUNK])
    return model.quantization_error(sample)


work = of_fallow if system == "fallow" else of_minisom
if system == "fallow":
    work()  # loads the compiled kernels
seconds = []
for _ in range(runs):
    start = time.perf_counter()
    error = work()
    seconds.append(time.perf_counter() - start)
print(statistics.median(seconds), error)
