// Regions that were clicked: what they are, and what can be done with them.
import { get } from "./api.js";
import { chart } from "./chart.js";
import { $, area, el, percent, swatch } from "./dom.js";
import { act } from "./edits.js";
import { showBox } from "./map.js";
import { attempt, say } from "./messages.js";
import { classOf, emit, on, state } from "./state.js";

const MOST_NEIGHBOURS = 8;

export function makeInspect() {
  $("region-merge").addEventListener("click", mergeRegions);
  $("region-split").addEventListener("click", splitRegion);
  $("region-drop").addEventListener("click", dropRegions);
  $("region-clear").addEventListener("click", clearSelection);
  $("region-assign").addEventListener("change", () => {
    assign(Number($("region-assign").value));
    $("region-assign").value = "";
  });
  $("select-several").addEventListener("click", () => {
    const isOn = $("select-several").getAttribute("aria-pressed") !== "true";
    $("select-several").setAttribute("aria-pressed", String(isOn));
  });
  on("open", () => { state.selection = []; emit("selection"); });
  on("result", () => attempt(follow));
  on("selection", show);
}

const isSeveral = () => $("select-several").getAttribute("aria-pressed") === "true";
const ask = (row, col) => get("result/region", { path: state.result.path, row, col });

/** Select the region at a pixel; with `isAdded`, or while several are selected, add it or take it away. */
export async function select(pixel, { isAdded = false } = {}) {
  if (!state.result) return undefined;
  if (!pixel) return isAdded ? undefined : clearSelection();
  const answer = await attempt(() => ask(pixel.row, pixel.col));
  if (!answer) return undefined;
  if (!answer.region) return say("There is no data here");
  const found = { ...pixel, ...answer };
  const isThere = state.selection.some(({ region }) => region === found.region);
  const others = state.selection.filter(({ region }) => region !== found.region);
  if (!isAdded && !isSeveral()) state.selection = isThere && !others.length ? [] : [found];
  else state.selection = isThere ? others : [...others, found];
  emit("selection");
  if (state.selection.length) document.dispatchEvent(new CustomEvent("show-panel", { detail: "region" }));
  return undefined;
}

export function clearSelection() {
  if (!state.selection.length) return;
  state.selection = [];
  emit("selection");
}

/** After an edit regions may be others: those at the same pixels are selected now. */
async function follow() {
  const before = state.selection;
  if (!before.length) return;
  const found = await Promise.all(before.map(({ row, col }) => ask(row, col).then((now) => ({ row, col, ...now }), () => null)));
  if (state.selection !== before) return;
  state.selection = found.filter((one, i) => one?.region && found.findIndex((other) => other?.region === one.region) === i);
  emit("selection");
}

const regions = () => state.selection.map(({ region }) => region);

/** Give the selected regions to a class. */
export function assign(label) {
  if (!state.selection.length) return say("Select a region on the map first", { isError: true });
  if (!classOf(label)) return say(`There is no class ${label}`, { isError: true });
  return act({ do: "assign", regions: regions(), class: label });
}

export function mergeRegions() {
  if (state.selection.length < 2) return say("Select two or more regions to merge them: shift-click, or select several", { isError: true });
  return act({ do: "merge", regions: regions() });
}

export function splitRegion() {
  if (state.selection.length !== 1) return say("Select one region to split it", { isError: true });
  return act({ do: "split", region: regions()[0], parts: 2 });
}

export function dropRegions() {
  if (!state.selection.length) return say("Select a region on the map first", { isError: true });
  return act({ do: "drop", regions: regions() });
}

function show() {
  const { selection, result } = state;
  $("region-none").hidden = selection.length > 0;
  $("region-tools").hidden = !selection.length;
  $("region-count").textContent = selection.length > 1 ? `${selection.length} selected` : "";
  if (!result) return;
  $("region-merge").disabled = selection.length < 2 || !result.can.split_region;
  $("region-split").disabled = selection.length !== 1 || !result.can.split_region;
  $("region-assign").replaceChildren(
    el("option", { value: "" }, "Assign to ..."),
    ...result.classes.map(({ label, name }) => el("option", { value: label }, `${label} ${name}`)),
  );
  const body = selection.length === 1 ? one(selection[0]) : selection.map(brief);
  if (selection.length > 1) body.push(total(selection));
  $("region-body").replaceChildren(...body);
}

function one(found) {
  const { class: { label, name, color } } = found;
  const facts = [
    ["area", area(found.area_px, found.area_m2)],
    ["confidence", found.confidence === null ? "–" : percent(found.confidence)],
    seen(found),
  ].filter(Boolean);
  const others = found.class_shares.filter((part) => part.label && part.label !== label && part.share >= 0.005);
  const drawn = chart({
    mean: found.mean, deviation: found.deviation, bands: state.result.bands, wavelengths: state.image?.wavelengths ?? null, color,
    of: `region ${found.region}`, classMean: classOf(label)?.mean ?? [],
  });
  return [
    el("p", { class: "region-head" }, swatch(color), el("strong", {}, name), el("span", { class: "quiet" }, ` region ${found.region}`)),
    el("dl", { class: "facts" }, ...facts.map(([what, value]) => el("div", {}, el("dt", {}, what), el("dd", {}, value)))),
    others.length ? el("p", { class: "quiet small" }, `Also ${others.map((part) => `${classOf(part.label)?.name ?? `class ${part.label}`} ${percent(part.share)}`).join(", ")}`) : null,
    drawn, found.mean.length ? el("p", { class: "quiet small" }, "Mean and deviation; dashes: mean of its class") : null,
    neighbours(found),
  ].filter(Boolean);
}

/** The mean colour as the image is shown now, where its bands are those of the result. */
function seen({ mean }) {
  const { image, bands, stretch, result } = state;
  if (!image || mean.length !== image.bands.length || result.bands.length !== image.bands.length) return null;
  const part = (channel) => {
    const [low, high] = stretch[channel] ?? stretch[0];
    return Math.round(255 * Math.min(1, Math.max(0, (mean[bands[channel] ?? bands[0]] - low) / (high - low || 1))));
  };
  return ["mean colour", swatch(`rgb(${part(0)} ${part(1)} ${part(2)})`)];
}

function neighbours({ neighbours: all }) {
  if (!all.length) return null;
  const longest = [...all].sort((a, b) => b.border_px - a.border_px).slice(0, MOST_NEIGHBOURS);
  const chips = longest.map((next) => {
    const row = classOf(next.class);
    return el("span", { class: "chip", title: `${row?.name ?? "no class"}, border of ${next.border_px} px` }, swatch(row?.color ?? "#888888"), String(next.region));
  });
  const more = all.length > longest.length ? el("span", { class: "quiet small" }, `and ${all.length - longest.length} more`) : null;
  return el("div", { class: "neighbours" }, el("span", { class: "quiet small" }, "Neighbours"), ...chips, more);
}

function brief(found) {
  return el("p", { class: "brief" }, swatch(found.class.color), el("span", {}, found.class.name, el("span", { class: "quiet" }, ` region ${found.region}`)), el("span", { class: "figure" }, area(found.area_px, found.area_m2)));
}

function total(selection) {
  const sum = (name) => (selection.some((found) => found[name] === null) ? null : selection.reduce((all, found) => all + found[name], 0));
  return el("p", { class: "brief total" }, el("span", {}, "together"), el("span", { class: "figure" }, area(sum("area_px"), sum("area_m2"))));
}

/** Bring what is selected into view. */
export function showSelection() {
  const boxes = state.selection.map(({ bbox }) => bbox);
  if (!boxes.length) return;
  const edge = (i, pick) => pick(...boxes.map((box) => box[i]));
  showBox([edge(0, Math.min), edge(1, Math.max), edge(2, Math.min), edge(3, Math.max)]);
}
