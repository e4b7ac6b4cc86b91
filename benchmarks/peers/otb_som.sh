#!/bin/sh
# Self-organising map of Orfeo ToolBox.
# otb_som.sh IMAGE.tif OUT.tif COLS ROWS [more options]
# Version 8.1 trains on every pixel whatever -tp says, unless -ts, a number of pixels, is given as well.
set -e
image=$1 out=$2 cols=$3 rows=$4
shift 4
rm -f "$out"
otbcli_SOMClassification -in "$image" -out "$out" uint8 -tp 0.1 -sx "$cols" -sy "$rows" -ni 5 "$@"
test -s "$out"
