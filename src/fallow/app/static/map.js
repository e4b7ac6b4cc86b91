// The map: OpenLayers in pixels of the raster (x is col, y is -row), one layer that draws the image and the labels.
import { address } from "./api.js";
import { $ } from "./dom.js";
import * as labels from "./labels.js";
import * as picture from "./picture.js";
import { on, state } from "./state.js";
import { interactions, Layer, Map as OpenLayersMap, Projection, View } from "./vendor/openlayers.js";

const STEP = 0.25; // of the view, for an arrow key
const CLOSEST = 1 / 32; // raster pixels a screen pixel
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

let map = null;
let view = null;
const canvas = document.createElement("canvas");
const context = canvas.getContext("2d");
canvas.className = "drawn";
const layer = new Layer({ render: draw });
const drawn = []; // who waits for the next drawing

/** Build the map; `click` and `point` are called with a pixel {row, col} (and the event), or null outside the raster. */
export function makeMap({ click, point }) {
  map = new OpenLayersMap({
    target: "map",
    layers: [layer],
    controls: [],
    interactions: interactions({ altShiftDragRotate: false, pinchRotate: false, shiftDragZoom: false, keyboard: false }),
  });
  map.on("click", (event) => click(pixelAt(event.coordinate), event.originalEvent));
  map.on("pointermove", (event) => point(event.dragging ? null : pixelAt(event.coordinate)));
  map.getViewport().addEventListener("pointerleave", () => point(null));
  map.on("moveend", showScaleLine);
}

/** Show the raster that is open (of the result, else the image): where the address says, or the whole of it. */
export function openRaster({ isWhole }) {
  const { rows, cols } = size();
  const projection = new Projection({ code: "fallow:pixels", units: "pixels", extent: [0, -rows, cols, 0] });
  view = new View({
    projection,
    extent: [0, -rows, cols, 0],
    constrainOnlyCenter: true,
    smoothExtentConstraint: !isCalm.matches,
    constrainRotation: true,
    enableRotation: false,
    minResolution: CLOSEST,
    maxResolution: Math.max(rows, cols) / 100,
    smoothResolutionConstraint: true,
  });
  labels.openLabels(refresh);
  picture.openPicture(refresh);
  map.setView(view);
  map.updateSize(); // it may have been hidden until now
  const kept = (isWhole ? "" : (address().get("view") ?? "")).split(",").map(Number);
  if (kept.length === 3 && kept.every(Number.isFinite)) {
    view.setCenter([kept[1], -kept[0]]);
    view.setResolution(kept[2]);
  } else fit({ isQuick: true });
  showScaleLine();
}

/** The image alone is another: the picture is made anew, the view stays. */
export const openImage = () => picture.openPicture(refresh);

const size = () => state.result ?? state.image ?? { rows: 1, cols: 1 };

function pixelAt([x, y]) {
  const [row, col] = [Math.floor(-y), Math.floor(x)];
  const { rows, cols } = size();
  return row >= 0 && col >= 0 && row < rows && col < cols ? { row, col } : null;
}

/** Where the view is, for the address. */
export function where() {
  const center = view?.getCenter();
  return center ? [-center[1], center[0], view.getResolution()].map((value) => Number(value.toPrecision(6))) : null;
}

export function fit({ isQuick = false } = {}) {
  const { rows, cols } = size();
  view?.fit([0, -rows, cols, 0], { padding: [12, 12, 12, 12], ...moving(isQuick) });
}

/** Bring a box of pixels into view: [row0, row1, col0, col1]. */
export function showBox([row0, row1, col0, col1]) {
  const margin = 0.5 * Math.max(row1 - row0, col1 - col0);
  view.fit([col0 - margin, -row1 - margin, col1 + margin, -row0 + margin], { ...moving(), minResolution: 0.5 });
}

export const zoom = (factor) => view.animate({ resolution: view.getResolution() / factor, ...moving() });

/** Move by parts of the view. */
export function pan(down, right) {
  const [width, height] = map.getSize();
  const step = STEP * view.getResolution();
  const [x, y] = view.getCenter();
  view.animate({ center: [x + right * step * width, y - down * step * height], ...moving() });
}

const moving = (isQuick = false) => (isQuick || isCalm.matches ? { duration: 0 } : { duration: 180 });

/** The pixel under the cross in the middle, for the keyboard. */
export const middle = () => pixelAt(view.getCenter());

/** Draw again with the next frame. */
export const refresh = () => layer.changed();

/** Draw now; resolves when the frame with it has been handed to the screen. */
export function redraw() {
  return new Promise((resolve) => {
    drawn.push(resolve);
    refresh();
  });
}

/** Resolve when nothing is waited for: for the tests and for pictures of the page. */
export async function whenStill() {
  for (let isStill = false; !isStill; ) {
    await redraw(); // it asks for what is not there
    isStill = !labels.isWaiting() && !picture.isWaiting() && !view?.getAnimating();
    if (!isStill) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function draw(frame) {
  const { size: [width, height], pixelRatio, viewState: { center, resolution } } = frame;
  const [across, down] = [Math.round(width * pixelRatio), Math.round(height * pixelRatio)];
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const scale = pixelRatio / resolution; // screen pixels a raster pixel
  const toScreen = (col, row) => [(col - center[0]) * scale + across / 2, (row + center[1]) * scale + down / 2];
  const place = (tile) => {
    const cell = 2 ** tile.z;
    const [x0, y0] = toScreen(tile.col * 256 * cell, tile.row * 256 * cell).map(Math.round);
    const [x1, y1] = toScreen((tile.col * 256 + tile.cols) * cell, (tile.row * 256 + tile.rows) * cell).map(Math.round);
    return [x0, y0, x1 - x0, y1 - y0];
  };
  const half = [(height / 2) * resolution, (width / 2) * resolution];
  const window = [-center[1] - half[0], -center[1] + half[0], center[0] - half[1], center[0] + half[1]];
  const seen = { window, resolution: 1 / scale, place, toScreen };
  context.clearRect(0, 0, across, down);
  context.save();
  const [x0, y0] = toScreen(0, 0);
  const [x1, y1] = toScreen(size().cols, size().rows);
  clip(x0, y0, x1, y1); // cells at the edge of coarse levels reach beyond the raster
  picture.drawPicture(context, seen);
  if (state.swipe !== null) clip(state.swipe * across, 0, across, down);
  labels.drawLabels(context, seen);
  context.restore();
  requestAnimationFrame(() => {
    const channel = new MessageChannel(); // its message comes after the frame
    const waiting = drawn.splice(0);
    channel.port1.onmessage = () => waiting.forEach((resolve) => resolve());
    if (waiting.length) channel.port2.postMessage(null);
  });
  return canvas;
}

function clip(x0, y0, x1, y1) {
  context.beginPath();
  context.rect(x0, y0, x1 - x0, y1 - y0);
  context.clip();
}

/** A bar of a round length: metres where pixels have a size, else pixels. */
function showScaleLine() {
  if (!view) return;
  const metres = state.image?.georeference?.pixel ?? Math.sqrt(state.result?.pixel_area_m2 ?? 0);
  const unit = metres || 1;
  const longest = 110 * view.getResolution() * unit;
  const power = 10 ** Math.floor(Math.log10(longest));
  const length = power * [5, 2, 1].find((step) => step * power <= longest);
  $("scale-line").style.width = `${length / unit / view.getResolution()}px`;
  if (!metres) $("scale-line").textContent = `${length} px`;
  else $("scale-line").textContent = length >= 1000 ? `${length / 1000} km` : `${length} m`;
}

on("layers selection highlight result tables", () => map && refresh());
on("bands", refresh);
on("image", showScaleLine);

/** Call `moved` when the view has come to rest. */
export const onMoved = (moved) => map.on("moveend", moved);
