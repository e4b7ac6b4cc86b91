#!/bin/sh
# K-means of GRASS, i.cluster on a sample and i.maxlik on every pixel, with import and export, in a location that is thrown away.
# grass_kmeans.sh IMAGE.tif OUT.tif CLASSES
set -e
rm -f "$2"
grass --tmp-location "$1" --exec sh -ec '
    r.in.gdal input="$1" output=band
    g.region raster=band.1
    i.group group=bands subgroup=bands input="$(g.list type=raster pattern="band.*" separator=comma)"
    i.cluster group=bands subgroup=bands signaturefile=classes classes="$3"
    i.maxlik group=bands subgroup=bands signaturefile=classes output=classes
    r.out.gdal input=classes output="$2" format=GTiff type=Byte createopt=COMPRESS=DEFLATE
' steps "$1" "$2" "$3"
test -s "$2"
