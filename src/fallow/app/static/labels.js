// Tiles of labels: kept as numbers, painted onto canvases, painted anew when a table has changed.
import { bytes } from "./api.js";
import { classColors, confidenceColors, regionColors } from "./colors.js";
import * as paint from "./paint.js";
import { Pyramid } from "./pyramid.js";
import { on, state } from "./state.js";

const HEADER_BYTES = 16;
const CLOSE = 3; // screen pixels a cell, above which outlines are lines

let pyramid = null;
let canvasOf = null; // scratch pixels by size
const version = { classes: 0, regions: 0, outlines: 0, confidence: 0, mark: 0, tables: 0 };
const tables = { regionOf: null, classColors: null, regionColors: null, confidence: confidenceColors(), isChosen: null };

/** Show the labels of the result that is open, or none; `changed` is called when a tile has come. */
export function openLabels(changed) {
  pyramid?.clear();
  pyramid = null;
  canvasOf = new Map();
  if (!state.result) return;
  const { path, rows, cols, levels, stamp } = state.result;
  const load = async (z, row, col, signal) => decode(await bytes("result/labels", { path, z, row, col, stamp }, { signal }));
  pyramid = new Pyramid({ rows, cols, levels, load, changed, keep: 250 });
}

/** What a tile of labels holds, see `GET /api/result/labels`. */
function decode(buffer) {
  const [rows, cols, layers] = new Uint32Array(buffer, 0, 4);
  const n = rows * cols;
  const superpixel = new Uint32Array(buffer, HEADER_BYTES, n);
  const raw = new Uint16Array(buffer, HEADER_BYTES + 4 * n, n);
  const confidence = layers & 1 ? new Uint8Array(buffer, HEADER_BYTES + 6 * n, n) : new Uint8Array(n);
  const sides = paint.findSides({ rows, cols, superpixel, raw });
  return { rows, cols, superpixel, raw, confidence, sides, shown: null, shownVersion: -1, layers: {} };
}

on("tables trial", () => {
  if (!state.tables) return;
  tables.regionOf = state.trial ?? state.tables.regionOf;
  if (!state.trial) version.tables += 1;
  tables.regionColors = null; // made when the layer is looked at
  for (const name of ["regions", "outlines", "mark"]) version[name] += 1;
  if (!state.trial) for (const name of ["classes", "confidence"]) version[name] += 1;
});
on("result open", () => {
  tables.classColors = state.result && classColors(state.result.classes);
  version.classes += 1;
});
on("layers", () => { version.outlines += 1; });
on("selection highlight tables trial", () => {
  version.mark += 1;
  tables.isChosen = null;
  if (!state.selection.length) return;
  tables.isChosen = {};
  for (const { region } of state.selection) tables.isChosen[region] = true;
});

/** The number shown at a pixel, from the finest tile that is there: {region, label, confidence} or null. */
export function at(row, col) {
  if (!pyramid || !state.tables) return null;
  for (let z = 0; z < pyramid.levels; z += 1) {
    const tile = pyramid.get(z, (row >> z) >> 8, (col >> z) >> 8);
    if (!tile) continue;
    const i = ((row >> z) & 255) * tile.cols + ((col >> z) & 255);
    ready(tile);
    const label = tile.shown[i];
    return label ? { label, region: tables.regionOf[tile.superpixel[i]], confidence: tile.confidence[i] } : null;
  }
  return null;
}

export const isWaiting = () => Boolean(pyramid?.isWaiting);

/**
 * Draw all label layers that are on.
 * @param {CanvasRenderingContext2D} context
 * @param {{window: number[], resolution: number, place: Function, toScreen: Function}} view resolution: raster pixels a screen pixel
 */
export function drawLabels(context, view) {
  if (!pyramid || !state.tables) return;
  const tiles = pyramid.seen(view.window, view.resolution);
  context.imageSmoothingEnabled = false;
  const isClose = 1 / view.resolution >= CLOSE;
  for (const tile of tiles) ready(tile);
  const draw = (name, opacity) => {
    context.globalAlpha = opacity;
    for (const tile of tiles) context.drawImage(painted(tile, name), ...view.place(tile));
  };
  for (const name of ["classes", "regions", "confidence", "outlines"]) {
    const { on: isOn, opacity, color } = state.layers[name];
    if (!isOn || !opacity) continue;
    if (name !== "outlines" || !isClose) draw(name, opacity);
    else {
      context.globalAlpha = opacity;
      drawSides(context, tiles, view, (superpixel) => tables.regionOf[superpixel], [[color, 1.5, []]]);
    }
  }
  if (state.highlight || (tables.isChosen && !isClose)) draw("mark", 1);
  context.globalAlpha = 1;
  if (tables.isChosen && isClose) {
    const isChosen = (superpixel) => (tables.isChosen[tables.regionOf[superpixel]] ? 1 : 0);
    drawSides(context, tiles, view, isChosen, [["#000000", 4, []], ["#ffffff", 2.5, [6, 6]]]);
  }
}

/** Draw lines between cells in strokes of [color, width, dashes]. */
function drawSides(context, tiles, view, regionAt, strokes) {
  const path = new Path2D();
  const window = view.window.map(Math.floor);
  for (const tile of tiles) {
    if (tile.z === 0) paint.addSides(path, tile, regionAt, window, view.toScreen, [beside(tile, 0, 1), beside(tile, 1, 0)]);
  }
  for (const [color, width, dashes] of strokes) {
    context.strokeStyle = color;
    context.lineWidth = width * devicePixelRatio;
    context.setLineDash(dashes.map((dash) => dash * devicePixelRatio));
    context.stroke(path);
  }
  context.setLineDash([]);
}

function ready(tile) {
  if (tile.shownVersion === version.tables) return;
  tile.shown = paint.classesOf(tile, state.tables);
  tile.shownVersion = version.tables;
}

/** The canvas of a tile's layer, painted if it is not what it should be now. */
function painted(tile, name) {
  const layer = (tile.layers[name] ??= { canvas: null, version: -1 });
  const neighbours = name === "outlines" ? [beside(tile, 0, 1), beside(tile, 1, 0)] : [];
  const wanted = `${version[name]} ${neighbours.map(Boolean)}`;
  if (layer.version === wanted) return layer.canvas;
  layer.canvas ??= Object.assign(document.createElement("canvas"), { width: tile.cols, height: tile.rows });
  const pixels = scratch(tile);
  paintLayer(name, pixels.words, tile, neighbours);
  layer.canvas.getContext("2d").putImageData(pixels.image, 0, 0);
  layer.version = wanted;
  return layer.canvas;
}

function paintLayer(name, out, tile, neighbours) {
  const { regionOf } = tables;
  if (name === "classes") paint.paintClasses(out, tile, tables.classColors);
  else if (name === "regions") paint.paintRegions(out, tile, regionOf, (tables.regionColors ??= regionColors(regionOf)));
  else if (name === "confidence") paint.paintConfidence(out, tile, tables.confidence);
  else if (name === "outlines") {
    paint.paintOutlines(out, tile, regionOf, paint.fromHex(state.layers.outlines.color), ...neighbours);
  } else {
    if (state.highlight) paint.paintVeil(out, tile, state.highlight);
    else out.fill(0);
    if (tables.isChosen) paint.paintChosen(out, tile, regionOf, tables.isChosen);
  }
}

function beside(tile, down, right) {
  const other = pyramid.get(tile.z, tile.row + down, tile.col + right);
  if (other) ready(other);
  return other;
}

function scratch({ rows, cols }) {
  const name = `${rows} ${cols}`;
  if (!canvasOf.has(name)) {
    const image = new ImageData(cols, rows);
    canvasOf.set(name, { image, words: new Uint32Array(image.data.buffer) });
  }
  return canvasOf.get(name);
}
