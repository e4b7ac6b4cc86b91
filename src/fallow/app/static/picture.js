// The image: tiles as PNG or JPEG from the server, in the bands and stretch chosen.
import { blob, get } from "./api.js";
import { attempt } from "./messages.js";
import { Pyramid } from "./pyramid.js";
import { emit, on, state } from "./state.js";

let pyramid = null;

/** Show the image that is open, or none; `changed` is called when a tile has come. */
export function openPicture(changed) {
  pyramid?.clear();
  pyramid = null;
  if (!state.image) return;
  const { path, rows, cols, levels, stamp } = state.image;
  const load = async (z, row, col, signal) => {
    const [low, high] = [0, 1].map((end) => state.stretch.map((pair) => pair[end]).join(","));
    const query = { path, z, row, col, stamp, bands: state.bands.join(","), low, high };
    const bitmap = await createImageBitmap(await blob("image/tile", query, { signal }));
    const size = 2 ** z;
    const cells = (length, place) => Math.min(bitmap.width, Math.ceil(length / size) - 256 * place);
    return { bitmap, rows: cells(rows, row), cols: cells(cols, col) }; // tiles at the edge may be padded
  };
  pyramid = new Pyramid({ rows, cols, levels, load, changed });
  pyramid.onerror = (error) => attempt(() => Promise.reject(error));
}

export const isWaiting = () => Boolean(pyramid?.isWaiting);

/** Draw it; see `drawLabels`. */
export function drawPicture(context, view) {
  const { on: isOn, opacity } = state.layers.image;
  if (!pyramid || !isOn) return;
  context.globalAlpha = opacity;
  context.imageSmoothingEnabled = view.resolution > 0.25; // closer, pixels are shown as they are
  for (const tile of pyramid.seen(view.window, view.resolution)) {
    context.drawImage(tile.bitmap, 0, 0, tile.cols, tile.rows, ...view.place(tile));
  }
  context.globalAlpha = 1;
}

/** Choose the band of a channel (0 red, 1 green, 2 blue), stretched as the server proposes. */
export async function chooseBand(channel, band) {
  const found = await get("image/stretch", { path: state.image.path, band });
  state.bands[channel] = band;
  state.stretch[channel] = found;
  emit("bands");
}

export function chooseStretch(channel, pair) {
  state.stretch[channel] = pair;
  emit("bands");
}

on("bands", () => pyramid?.clear());
