// The scale slider: through the tree live. The server sends which region each superpixel is in; pixels stay here.
import { bytes } from "./api.js";
import { $, count, el } from "./dom.js";
import { act } from "./edits.js";
import { redraw } from "./map.js";
import { attempt } from "./messages.js";
import { emit, on, state } from "./state.js";

const STEPS = 1000;
const HEADER_BYTES = 24;
const REST_MS = 250; // the slider stands still: what it says is saved
let wanted = null; // the newest wish while an answer is on its way: {regions, since}
let isAsking = false;
let timer = 0; // until what was said last is saved
let isSaving = false;
let saves = 0; // an answer to a wish from before the last save comes too late

/** Milliseconds from input to the repainted view, newest last; performance measures "fallow:scale" say the same. */
export const timing = { scale: [] };

export function makeScale() {
  $("scale").addEventListener("input", () => tryRegions(regionsAt(Number($("scale").value))));
  $("scale").addEventListener("change", () => commit(regionsAt(Number($("scale").value)), REST_MS));
  $("scale-number").addEventListener("change", (event) => {
    event.stopPropagation();
    const regions = Math.round(Number($("scale-number").value));
    if (regions >= 1) commit(regions);
    else showNumber(state.result.regions);
  });
  on("open", () => {
    clearTimeout(timer);
    timer = 0;
    warm();
  });
  on("open result", show);
}

const range = () => {
  const { least, most } = state.result.scales;
  return [Math.max(1, least), Math.max(least + 1, most)];
};

/** Number of regions at a place of the slider, 0 to STEPS: each step the same factor. */
function regionsAt(place) {
  const [least, most] = range();
  return Math.round(least * (most / least) ** (place / STEPS));
}

function placeOf(regions) {
  const [least, most] = range();
  return Math.round((STEPS * Math.log(Math.max(regions, least) / least)) / Math.log(most / least));
}

function show() {
  const result = state.result;
  $("scale-section").hidden = !result?.has_tree;
  if (!result?.has_tree) return;
  if (!timer && !isSaving) {
    $("scale").value = placeOf(result.regions);
    showNumber(result.regions);
  }
  const named = result.named_scales;
  $("scale-ticks").replaceChildren(...named.map(({ n_regions: regions }) => {
    const tick = el("span");
    tick.style.left = `${(100 * placeOf(regions)) / STEPS}%`;
    return tick;
  }));
  $("scale-marks").replaceChildren(...named.map(({ name, n_regions: regions }) => el(
    "button", { type: "button", "aria-pressed": String(regions === result.regions), onclick: () => commit(regions) }, name, el("span", { class: "quiet" }, ` ${count(regions)}`),
  )));
}

function showNumber(regions) {
  $("scale-number").value = regions;
  $("scale").setAttribute("aria-valuetext", `${count(regions)} regions`);
}

/** Ask once for nothing, so that the server has loaded by the first move what it needs for it. */
function warm() {
  const { path, regions, has_tree: hasTree } = state.result ?? {};
  if (hasTree) bytes("result/regions", { path, n_regions: Math.max(1, regions) }).catch(() => null);
}

/** Show another number of regions without saving it. */
function tryRegions(regions) {
  showNumber(regions);
  wanted = { regions, since: performance.now() };
  if (!isAsking) attempt(askNewest);
}

async function askNewest() {
  isAsking = true;
  try {
    while (wanted) {
      const { regions, since } = wanted;
      const before = saves;
      wanted = null;
      const buffer = await bytes("result/regions", { path: state.result.path, n_regions: regions });
      if (before !== saves) continue;
      const [n, found] = new Uint32Array(buffer, 0, 2);
      state.trial = new Uint32Array(buffer, HEADER_BYTES, n + 1);
      emit("trial");
      await redraw();
      if (!wanted) showNumber(found);
      timing.scale.push(performance.now() - since);
      performance.measure("fallow:scale", { start: since, end: performance.now() });
    }
  } finally {
    isAsking = false;
  }
}

/** Save a number of regions as a line of the recipe, unless another is said within `wait` milliseconds. */
function commit(regions, wait = 0) {
  showNumber(regions);
  clearTimeout(timer);
  timer = setTimeout(async () => {
    timer = 0;
    wanted = null;
    saves += 1;
    isSaving = true;
    await act({ do: "scale", n_regions: regions });
    isSaving = false;
    if (state.trial && !timer) {
      state.trial = null; // an error left the last trial: show what is saved
      emit("trial");
    }
    show();
  }, wait);
}

/** Go to more (above 1) or fewer regions by a factor. */
export function stepScale(factor) {
  if (!state.result?.has_tree) return;
  const [least, most] = range();
  const now = Number($("scale-number").value);
  const next = Math.round(now * factor);
  commit(Math.min(most, Math.max(least, next === now ? now + Math.sign(factor - 1) : next)), REST_MS);
}
