#!/bin/sh
# K-means of SAGA: import of the bands, clusters, export.
# saga_kmeans.sh IMAGE.tif OUT.tif CLASSES [METHOD MAXITER]
# METHOD is 1, hill climbing (the tool's default), or 0, minimum distance; MAXITER is 10 (its default), or 0, until it converges.
set -e
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
rm -f "$2"
saga_cmd --flags=s io_gdal 0 -FILES "$1" -GRIDS "$made/band.sgrd" -MULTIPLE 0
bands=$(ls "$made"/band*.sgrd | paste -sd ';' -)
saga_cmd --flags=s imagery_classification 1 -GRIDS "$bands" -NCLUSTER "$3" -METHOD "${4:-1}" -MAXITER "${5:-10}" \
    -CLUSTER "$made/classes.sgrd" -STATISTICS "$made/classes.csv"
saga_cmd --flags=s io_gdal 2 -GRIDS "$made/classes.sgrd" -FILE "$2" -OPTIONS COMPRESS=DEFLATE
test -s "$2"
