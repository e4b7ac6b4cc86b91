"""The works that are timed, one file each: a function from `Bench` to a `Table`, or to None when it is skipped."""

from works.apply import apply
from works.dask import dask
from works.floor import floor
from works.growth import growth
from works.kmeans import kmeans
from works.memory import memory
from works.minisom import minisom
from works.regions import regions
from works.som import som

WORKS = {
    "floor": floor,
    "kmeans": kmeans,
    "som": som,
    "minisom": minisom,
    "regions": regions,
    "memory": memory,
    "growth": growth,
    "dask": dask,
    "apply": apply,
}
