// The keyboard: one table, which is also the help.
import { $, el } from "./dom.js";
import { redo, undo } from "./edits.js";
import { askExport } from "./export.js";
import { assign, clearSelection, dropRegions, mergeRegions, select, showSelection, splitRegion } from "./inspect.js";
import { stepOpacity, toggleLayer, toggleSwipe } from "./layers.js";
import { mergeChosen, startNaming } from "./legend.js";
import { fit, middle, pan, zoom } from "./map.js";
import { stepScale } from "./scale.js";
import { state } from "./state.js";

const TYPING_MS = 700;
let typed = { digits: "", timer: 0 };

const merge = () => (state.selection.length ? mergeRegions() : mergeChosen());

/** [keys, what they do, action]; a key with "mod" needs Ctrl or Cmd. */
const KEYS = [
  [["n"], "name classes: Enter goes on to the next, Esc stops", () => startNaming(state.selection[0]?.class.label)],
  [["1–9"], "give the selected regions to this class", null],
  [["m"], "merge the selected regions, or the classes ticked", merge],
  [["x"], "split the selected region", splitRegion],
  [["Delete"], "drop the selected regions: no data", dropRegions],
  [["Escape"], "select nothing", clearSelection],
  [["mod+z"], "undo", undo],
  [["mod+Shift+z", "mod+y"], "redo", redo],
  [["["], "fewer regions", () => stepScale(1 / 1.2)],
  [["]"], "more regions", () => stepScale(1.2)],
  [["o"], "labels less opaque", () => stepOpacity(-0.1)],
  [["O"], "labels more opaque", () => stepOpacity(0.1)],
  [["i"], "image on or off", () => toggleLayer("image")],
  [["c"], "classes on or off", () => toggleLayer("classes")],
  [["r"], "regions on or off", () => toggleLayer("regions")],
  [["l"], "outlines on or off", () => toggleLayer("outlines")],
  [["k"], "confidence on or off", () => toggleLayer("confidence")],
  [["s"], "swipe between image and labels", toggleSwipe],
  [["f"], "see the whole image", fit],
  [["z"], "see what is selected", showSelection],
  [["+", "="], "closer", () => zoom(2)],
  [["-"], "farther", () => zoom(0.5)],
  [["e"], "export", askExport],
  [["g"], "files", () => document.dispatchEvent(new CustomEvent("show-files"))],
  [["t"], "light or dark", () => document.dispatchEvent(new CustomEvent("turn-theme"))],
  [["?"], "these keys", () => $("help").showModal()],
];
const ON_MAP = [
  [["←", "↑", "→", "↓"], "on the map: move"],
  [["Enter"], "on the map: select the region under the cross; with Shift, add it"],
];
const actions = new Map(KEYS.flatMap(([keys, , action]) => keys.map((key) => [key, action])));

export function makeKeys() {
  document.addEventListener("keydown", press);
  $("map").addEventListener("keydown", pressOnMap);
  const shown = (key) => el("kbd", {}, key.replace("mod", "Ctrl").replace("Escape", "Esc").replaceAll("+", " ").replace(/^ $/, "+"));
  $("help-keys").replaceChildren(...[...KEYS, ...ON_MAP].map(([keys, what]) => el("div", {}, el("dt", {}, ...keys.map(shown)), el("dd", {}, what))));
  $("help-close").addEventListener("click", () => $("help").close());
}

function press(event) {
  const isField = event.target.matches("input:not([type=checkbox]):not([type=range]):not([type=color]), select, textarea");
  if (isField || document.querySelector("dialog[open]") || event.altKey || event.isComposing) return;
  const isMod = event.ctrlKey || event.metaKey;
  const key = isMod ? `mod+${event.shiftKey ? "Shift+" : ""}${event.key.toLowerCase()}` : event.key;
  if (!isMod && /^\d$/.test(key)) return digit(key);
  const action = actions.get(key);
  if (!action || (!state.result && !["?", "t", "g", "f", "+", "=", "-", "i"].includes(key))) return;
  event.preventDefault();
  action();
}

/** Classes above 9 are typed as two digits. */
function digit(key) {
  if (!state.result) return;
  clearTimeout(typed.timer);
  typed.digits += key;
  const label = Number(typed.digits);
  const mayGoOn = state.result.classes.some((row) => String(row.label).startsWith(typed.digits) && row.label > label);
  const finish = () => {
    typed.digits = "";
    if (label) assign(label);
  };
  if (mayGoOn) typed.timer = setTimeout(finish, TYPING_MS);
  else finish();
}

function pressOnMap(event) {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (event.target !== $("map") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (step) pan(...step);
  else if (event.key === "Enter" || event.key === " ") select(middle(), { isAdded: event.shiftKey });
  else return;
  event.preventDefault();
}
