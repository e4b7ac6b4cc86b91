// The page: opens what the server was started with, or what the address names, and joins the parts.
import { address, get, Refused } from "./api.js";
import { $, count, el } from "./dom.js";
import { makeEdits, take } from "./edits.js";
import { askExport, makeExport } from "./export.js";
import { makeFiles, showFiles } from "./files.js";
import { makeInspect, select } from "./inspect.js";
import { makeKeys } from "./keys.js";
import { at } from "./labels.js";
import { makeLayers } from "./layers.js";
import { makeLegend } from "./legend.js";
import * as map from "./map.js";
import { attempt, say } from "./messages.js";
import { askRun, findRuns, makeRun } from "./run.js";
import { makeScale, timing } from "./scale.js";
import { classOf, emit, restoreView, state } from "./state.js";

const THEME = "fallow:theme";
let writing = 0;

/** Open a result and its image. */
const openResult = (path, { isFirst = false } = {}) => attempt(async () => {
  say("Opening ...");
  const result = await get("result", { path });
  const image = result.image === null ? null : await get("image", { path: result.image }).catch(() => null);
  Object.assign(state, { result, selection: [], highlight: 0, trial: null });
  setImage(image);
  await take(result);
  show("map");
  map.openRaster({ isWhole: !isFirst });
  emit("open");
  emit("image");
  writeAddress({ keepsView: true });
  say(image ? "" : "Its image is not in the folder that is served: its small picture is shown");
});

/** Open an image on its own. */
const openImage = (path, { isFirst = false } = {}) => attempt(async () => {
  const image = await get("image", { path });
  Object.assign(state, { result: null, tables: null, trial: null, selection: [], highlight: 0 });
  setImage(image);
  show("map");
  map.openRaster({ isWhole: !isFirst });
  emit("open");
  emit("image");
  writeAddress({ keepsView: true });
});

function setImage(image) {
  const channels = image ? (image.bands.length === 1 ? image.rgb.slice(0, 1) : image.rgb) : [];
  const stretch = channels.map((band) => image.stretch[band] ?? [0, 255]);
  Object.assign(state, { image, bands: [...channels], stretch });
}

/** Show the map or the files. */
function show(what) {
  const isMap = what === "map";
  $("workbench").hidden = !isMap;
  $("files").hidden = isMap;
  const { result, image } = state;
  document.body.classList.toggle("has-result", isMap && Boolean(result));
  $("title").textContent = isMap ? (result ?? image).path || (result ?? image).name : state.about.root;
  $("facts").textContent = isMap && result ? `${count(result.cols)} × ${count(result.rows)} px, ${result.method}` : "";
  $("segment").hidden = !isMap || !image || image.path === result?.path; // a part of an image, as a result saw it
  for (const id of ["undo", "redo", "export-open"]) $(id).hidden = !isMap || !result;
  document.title = isMap ? `${(result ?? image).name} – Fallow` : "Fallow";
  const made = result ? [`Method ${result.method}, features ${[result.features].flat().join(" ")}`, ...result.notes] : [];
  $("notes").replaceChildren(...made.map((line) => el("li", {}, line)));
  if (!isMap) {
    showFiles();
    writeAddress({});
  }
}

/** Keep in the address what is open and where the view is, so that a reload finds it. */
function writeAddress({ keepsView = false } = {}) {
  const parts = new URLSearchParams({ token: address().get("token") ?? "" });
  if (!$("workbench").hidden) {
    if (state.result) parts.set("result", state.result.path);
    else parts.set("image", state.image.path);
    if (keepsView && map.where()) parts.set("view", map.where().join(","));
  } else parts.set("files", "");
  history.replaceState(null, "", `#${parts.toString().replaceAll("%2F", "/").replaceAll("%2C", ",")}`);
}

/** Say what is under the pointer. */
function point(pixel) {
  $("pointer").textContent = pixel ? [`row ${pixel.row}, col ${pixel.col}`, ground(pixel), label(pixel)].filter(Boolean).join(" · ") : "";
}

function ground({ row, col }) {
  const transform = state.image?.georeference?.transform;
  if (!transform) return "";
  const [a, b, c, d, e, f] = transform;
  const [x, y] = [a * (col + 0.5) + b * (row + 0.5) + c, d * (col + 0.5) + e * (row + 0.5) + f];
  const digits = Math.abs(a) < 0.01 ? 6 : 1;
  return `${x.toFixed(digits)}, ${y.toFixed(digits)}`;
}

function label({ row, col }) {
  const found = at(row, col);
  return found ? `${classOf(found.label)?.name ?? found.label}, region ${found.region}` : "";
}

function makeTheme() {
  const apply = (theme) => { document.documentElement.dataset.theme = theme; };
  const kept = localStorage.getItem(THEME);
  if (kept) apply(kept);
  const turn = () => {
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = document.documentElement.dataset.theme ?? (isDark ? "dark" : "light");
    const next = now === "dark" ? "light" : "dark";
    apply(next);
    localStorage.setItem(THEME, next);
  };
  $("theme").addEventListener("click", turn);
  document.addEventListener("turn-theme", turn);
}

/** On narrow screens the panel is a sheet that shows one part at a time, and can be lowered. */
function makeSheet() {
  const tabs = [...document.querySelectorAll("#tabs [value]")];
  const lower = (isLow) => {
    $("panel").classList.toggle("low", isLow);
    $("sheet").setAttribute("aria-expanded", String(!isLow));
  };
  const choose = (name) => {
    $("panel").dataset.shown = name;
    tabs.forEach((tab) => tab.setAttribute("aria-pressed", String(tab.value === name)));
    lower(false);
  };
  tabs.forEach((tab) => tab.addEventListener("click", () => choose(tab.value)));
  $("sheet").addEventListener("click", () => lower(!$("panel").classList.contains("low")));
  document.addEventListener("show-panel", (event) => choose(event.detail));
  choose("classes");
}

async function start() {
  restoreView();
  makeTheme();
  makeSheet();
  map.makeMap({ click: (pixel, event) => select(pixel, { isAdded: event.shiftKey || event.ctrlKey || event.metaKey }), point });
  for (const make of [makeEdits, makeExport, makeInspect, makeKeys, makeLayers, makeLegend, makeScale]) make();
  makeFiles({ openResult, openImage });
  makeRun({ open: openResult });
  $("home").addEventListener("click", () => show("files"));
  document.addEventListener("show-files", () => show("files"));
  $("segment").addEventListener("click", () => askRun(state.image.path));
  $("export-open").addEventListener("click", askExport);
  $("help-open").addEventListener("click", () => $("help").showModal());
  $("zoom-in").addEventListener("click", () => map.zoom(2));
  $("zoom-out").addEventListener("click", () => map.zoom(0.5));
  $("zoom-fit").addEventListener("click", map.fit);
  map.onMoved(() => {
    clearTimeout(writing);
    writing = setTimeout(() => !$("workbench").hidden && writeAddress({ keepsView: true }), 300);
  });
  window.fallow = { timing, whenStill: map.whenStill, state };
  try {
    state.about = await get("about");
  } catch (error) {
    const isToken = error instanceof Refused && error.status === 401;
    $("files").hidden = true;
    return say(isToken ? "This address lacks the right token: open the one that fallow serve printed" : error.message, { isError: true });
  }
  const asked = address();
  const first = state.about.start;
  if (asked.has("result")) await openResult(asked.get("result"), { isFirst: true });
  else if (asked.has("image")) await openImage(asked.get("image"), { isFirst: true });
  else if (asked.has("files") || first.kind === "folder") show("files");
  else await (first.kind === "result" ? openResult : openImage)(first.path);
  if ($("workbench").hidden && $("files").hidden) show("files");
  return findRuns();
}

start();
