// The image: tiles as PNG or JPEG from the server, in the bands and stretch chosen; and, under them until they have come, the
// small picture that a result keeps, which is all there is when the image itself is gone.
import { blob, get } from "./api.js";
import { tell } from "./messages.js";
import { Pyramid } from "./pyramid.js";
import { emit, on, state } from "./state.js";

let pyramid = null;
let small = null; // the small picture of the result as a tile, while bands and stretch are its own
let opened = 0;

/** Show the image that is open, or none; `changed` is called when a tile has come. */
export function openPicture(changed) {
  pyramid?.clear();
  pyramid = small = null;
  openSmall(changed);
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
  pyramid = new Pyramid({ rows, cols, levels, load, changed, onerror: tell });
}

async function openSmall(changed) {
  const own = (opened += 1);
  if (!state.result) return;
  const { path, rows, cols } = state.result;
  try {
    const bitmap = await createImageBitmap(await blob("result/picture", { path }));
    if (own !== opened) return;
    const z = Math.max(0, Math.round(Math.log2(Math.max(rows / bitmap.height, cols / bitmap.width))));
    small = { bitmap, z, row: 0, col: 0, rows: bitmap.height, cols: bitmap.width };
    changed();
  } catch (error) {
    if (own === opened) tell(error);
  }
}

export const isWaiting = () => Boolean(pyramid?.isWaiting);

/** Draw it; see `drawLabels`. */
export function drawPicture(context, view) {
  const { on: isOn, opacity } = state.layers.image;
  if (!isOn) return;
  context.globalAlpha = opacity;
  context.imageSmoothingEnabled = view.resolution > 0.25; // closer, pixels are shown as they are
  const tiles = pyramid?.seen(view.window, view.resolution) ?? [];
  if (small && (!pyramid || pyramid.isWaiting)) tiles.unshift(small);
  for (const tile of tiles) {
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

on("bands", () => {
  pyramid?.clear();
  small = null;
});
