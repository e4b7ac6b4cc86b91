// Lookup tables of colours, made anew when what they are of has changed.
import { fromHex, rgba } from "./paint.js";

// Viridis (Smith and van der Walt 2015, CC0) at eighths: dark is unsure, bright is sure; told apart with any colour vision.
const VIRIDIS = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"];

/** Colour of each class number; 0 and numbers that are gone are transparent. */
export function classColors(classes) {
  const colors = new Uint32Array(65536);
  for (const { label, color } of classes) colors[label] = fromHex(color);
  return colors;
}

/** Colour of each region: of its first superpixel, so that it stays when others join, and each is unlike the next. */
export function regionColors(regionOf) {
  let most = 0;
  for (const region of regionOf) most = Math.max(most, region);
  const colors = new Uint32Array(most + 1);
  for (let superpixel = 1; superpixel < regionOf.length; superpixel += 1) {
    const region = regionOf[superpixel];
    if (region && !colors[region]) colors[region] = mixed(superpixel);
  }
  return colors;
}

function mixed(n) {
  const turn = (n * 0.61803398875) % 1;
  const lightness = 0.42 + 0.3 * ((n * 0.7548776662) % 1);
  const part = (shift) => {
    const wave = Math.abs((((turn + shift) % 1) * 6) - 3) - 1;
    const strong = Math.min(1, Math.max(0, wave));
    return Math.round(255 * (lightness + 0.45 * (strong - 0.5) * (1 - Math.abs(2 * lightness - 1))));
  };
  return rgba(part(0), part(2 / 3), part(1 / 3));
}

/** Colour of each confidence in percent, 0 to 255. */
export function confidenceColors() {
  const colors = new Uint32Array(256);
  const ends = VIRIDIS.map((color) => Number.parseInt(color.slice(1), 16));
  for (let value = 0; value < 256; value += 1) {
    const place = (Math.min(value, 100) / 100) * (ends.length - 1);
    const low = Math.min(Math.floor(place), ends.length - 2);
    const part = place - low;
    const mix = (shift) => {
      const from = (ends[low] >> shift) & 255;
      return Math.round(from + part * (((ends[low + 1] >> shift) & 255) - from));
    };
    colors[value] = rgba(mix(16), mix(8), mix(0));
  }
  return colors;
}
