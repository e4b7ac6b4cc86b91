#!/bin/sh
# Mean shift of Orfeo ToolBox: smoothing, segmentation, merging of small regions; a raster of regions.
# otb_mean_shift.sh IMAGE.tif OUT.tif RANGE_RADIUS MIN_SIZE
set -e
rm -f "$2"
otbcli_LargeScaleMeanShift -in "$1" -spatialr 5 -ranger "$3" -minsize "$4" -mode raster -mode.raster.out "$2" uint32
test -s "$2"
