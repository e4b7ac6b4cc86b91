// Small drawings of what the bands hold in a region: bars for few bands, a line for many; its class beside it.
import { el, number, svg } from "./dom.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [320, 108, 40, 16];
const FEW = 8;

/**
 * Draw means with one deviation to each side.
 * @param {{mean: number[], deviation: number[], bands: string[], wavelengths: number[] | null, color: string, of: string, classMean: number[]}} what
 */
export function chart({ mean, deviation, bands, wavelengths, color, of, classMean }) {
  if (!mean.length) return el("p", { class: "quiet" }, "No values of bands are known here.");
  const low = Math.min(0, ...mean.map((value, i) => value - (deviation[i] ?? 0)));
  const high = Math.max(...mean.map((value, i) => value + (deviation[i] ?? 0)), ...classMean, low + 1e-9);
  const step = roundStep((high - low) / 2);
  const y = (value) => HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - BOTTOM - 6);
  const label = `Mean of ${of}: ${bands.slice(0, 12).map((band, i) => `${band} ${number(mean[i])}`).join(", ")}${bands.length > 12 ? ", ..." : ""}`;
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart", role: "img", "aria-label": label });
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
    picture.append(svg("line", { class: "grid", x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value) }));
    picture.append(svg("text", { x: LEFT - 5, y: y(value) + 3.5, "text-anchor": "end" }, number(value)));
  }
  const what = { mean, deviation, bands, wavelengths, color, classMean, y };
  picture.append(...(bands.length <= FEW ? bars(what) : line(what)));
  return picture;
}

/** The largest of 1, 2 and 5 times a power of ten that is not above a length. */
function roundStep(length) {
  const power = 10 ** Math.floor(Math.log10(length));
  return power * [5, 2, 1].find((times) => times * power <= length);
}

function bars({ mean, deviation, bands, color, classMean, y }) {
  const slot = (WIDTH - LEFT) / bands.length;
  return bands.flatMap((band, i) => {
    const [x, width] = [LEFT + slot * i, slot * 0.56];
    const middle = x + slot / 2;
    const top = Math.min(y(mean[i]), y(0));
    const text = band.length * 5.4 > slot ? `${band.slice(0, Math.max(1, Math.floor(slot / 5.4) - 1))}…` : band;
    return [
      svg("rect", { x: middle - width / 2, width, y: top, height: Math.max(1, Math.abs(y(0) - y(mean[i]))), rx: 2, fill: color, class: "bar" }, svg("title", {}, `${band}: ${number(mean[i])} ± ${number(deviation[i])}`)),
      svg("line", { class: "ink", x1: middle, x2: middle, y1: y(mean[i] - (deviation[i] ?? 0)), y2: y(mean[i] + (deviation[i] ?? 0)) }),
      classMean.length ? svg("line", { class: "class-mean", x1: middle - width / 2 - 4, x2: middle + width / 2 + 4, y1: y(classMean[i]), y2: y(classMean[i]) }) : null,
      svg("text", { x: middle, y: HEIGHT - 3, "text-anchor": "middle" }, text),
    ].filter(Boolean);
  });
}

function line({ mean, deviation, bands, wavelengths, color, classMean, y }) {
  const along = wavelengths ?? bands.map((_, i) => i + 1);
  const [first, last] = [Math.min(...along), Math.max(...along)];
  const x = (value) => LEFT + ((value - first) / (last - first || 1)) * (WIDTH - LEFT - 4);
  const path = (values) => values.map((value, i) => `${i ? "L" : "M"}${x(along[i]).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const around = mean.map((value, i) => `${x(along[i]).toFixed(1)},${y(value + deviation[i]).toFixed(1)}`);
  around.push(...mean.map((value, i) => `${x(along[i]).toFixed(1)},${y(value - deviation[i]).toFixed(1)}`).reverse());
  return [
    svg("polygon", { points: around.join(" "), fill: color, opacity: 0.25 }),
    classMean.length ? svg("path", { d: path(classMean), class: "class-mean", fill: "none" }) : null,
    svg("path", { d: path(mean), stroke: color, "stroke-width": 2, fill: "none" }),
    svg("text", { x: LEFT, y: HEIGHT - 3 }, wavelengths ? `${number(first)} nm` : `band ${first}`),
    svg("text", { x: WIDTH, y: HEIGHT - 3, "text-anchor": "end" }, wavelengths ? `${number(last)} nm` : `band ${last}`),
  ].filter(Boolean);
}
