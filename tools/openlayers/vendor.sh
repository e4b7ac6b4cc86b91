#!/usr/bin/env bash
# Renew src/fallow/app/static/vendor: the parts of OpenLayers that entry.js names, as one ES module, and the licences.
# Needs Node and npm. Change the versions here, run it, run tests/app/test_page.py, commit what it wrote.
set -euo pipefail
openlayers=10.11.0 esbuild=0.28.2

here=$(cd "$(dirname "$0")" && pwd)
vendor="$here/../../src/fallow/app/static/vendor"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/entry.js" "$work"
cd "$work"
npm install --silent --no-audit --no-fund "ol@$openlayers" "esbuild@$esbuild"
mkdir -p "$vendor"
npx esbuild entry.js --bundle --minify --format=esm --charset=utf8 --legal-comments=none --log-level=warning --metafile=made.json \
  --banner:js="/* OpenLayers $openlayers, BSD-2-Clause, with rbush (MIT) and quickselect (ISC): see LICENSES.txt. Made by tools/openlayers/vendor.sh. */" \
  --outfile="$vendor/openlayers.js"
packages=$(node -p 'Object.keys(require("./made.json").inputs).filter(f => f.includes("node_modules/")).map(f => f.split("node_modules/").pop().split("/")[0]).filter((p, i, all) => all.indexOf(p) === i).sort().join(" ")')
test "$packages" = "ol quickselect rbush" || { echo "other packages than the banner names: $packages" >&2; exit 1; }
for package in $packages; do
  printf '%s %s\n\n' "$package" "$(node -p "require('./node_modules/$package/package.json').version")"
  cat node_modules/"$package"/LICENSE*
  printf '\n\n'
done | sed -e 's/[[:space:]]*$//' >"$vendor/LICENSES.txt"
sed -i -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$vendor/LICENSES.txt"
