// The recipe of edits: every act is one line, saved at once; undo and redo are other lists of lines.
import { bytes, get, Refused, send } from "./api.js";
import { $, el, icon } from "./dom.js";
import { attempt, say } from "./messages.js";
import { classOf, emit, on, state } from "./state.js";

const HEADER_BYTES = 16;
let past = []; // lists of lines before this one, newest last
let future = [];
let tail = Promise.resolve(); // acts wait for each other

const lines = () => state.result.edits.lines;
const queued = (work) => (tail = tail.then(() => attempt(work)));

/** Add a line, or put it in place of the last one where that only said the same thing otherwise. */
export const act = (line) => queued(() => {
  const before = lines().at(-1);
  const next = before && isSameThing(before, line) ? [...lines().slice(0, -1), line] : [...lines(), line];
  return change(next);
});

function isSameThing(before, line) {
  if (before.do !== line.do) return false;
  if (line.do === "scale" || line.do === "classes") return true;
  return ["name", "recolor"].includes(line.do) && before.class === line.class;
}

export const removeLine = (index) => queued(() => change(lines().filter((_, i) => i !== index)));

export const undo = () => queued(async () => {
  if (!lines().length && !past.length) return say("Nothing to undo");
  const before = past.at(-1) ?? lines().slice(0, -1); // after a reload: the last line goes
  const now = lines();
  if (!(await save(before))) return undefined;
  past.pop();
  future.push(now);
  emit("history");
  return say(`Undone: ${tell(now.length > before.length ? now.at(-1) : (before.at(-1) ?? now[0]))}`);
});

export const redo = () => queued(async () => {
  if (!future.length) return say("Nothing to redo");
  const now = lines();
  const next = future.at(-1);
  if (!(await save(next))) return undefined;
  future.pop();
  past.push(now);
  emit("history");
  return say(`Done again: ${tell(next.at(-1) ?? now.at(-1))}`);
});

async function change(next) {
  const now = lines();
  if (!(await save(next))) return;
  past.push(now);
  future = [];
  emit("history");
}

/** Save a list of lines; returns whether it is now what the server has. */
async function save(next) {
  const { path, edits } = state.result;
  try {
    await take(await send("PUT", "result/edits", { path }, { version: edits.version, edits: next }));
    return true;
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 409) throw error;
    return settle(edits.lines, next, error.body.edits);
  }
}

/** Another tab was there first: theirs, or mine on top of theirs. */
async function settle(base, mine, theirs) {
  if (JSON.stringify(theirs.lines) === JSON.stringify(mine)) { // ours after all: only the answer was lost
    await reload();
    return true;
  }
  const added = mine.filter((line) => !base.some((old) => same(old, line)));
  const choice = await ask(added, theirs.lines.filter((line) => !base.some((old) => same(old, line))));
  state.result.edits = theirs;
  [past, future] = [[], []];
  await reload();
  if (choice === "mine" && added.length) await save([...theirs.lines, ...added]);
  return false; // the history is a new one
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function ask(mine, theirs) {
  const list = (all) => (all.length ? all.map((line) => el("li", {}, tell(line))) : [el("li", { class: "quiet" }, "nothing new")]);
  $("conflict-theirs").replaceChildren(...list(theirs));
  $("conflict-mine").replaceChildren(...list(mine));
  const dialog = $("conflict");
  dialog.returnValue = "mine"; // closed without a word, nothing is lost
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
}

/** Take an answer of /api/result: the edited result, and the tables that show it. */
export async function take(result) {
  const buffer = await bytes("result/tables", { path: result.path, version: result.edits.version });
  const [n, k] = new Uint32Array(buffer, 0, 2);
  const regionOf = new Uint32Array(buffer, HEADER_BYTES, n + 1);
  const classOfSuperpixel = new Uint16Array(buffer, HEADER_BYTES + 4 * (n + 1), (n + 1) * (k + 1));
  Object.assign(state, { result, tables: { n, k, regionOf, classOf: classOfSuperpixel }, trial: null });
  for (const label of state.chosen) if (!classOf(label)) state.chosen.delete(label);
  emit("tables");
  emit("result");
}

async function reload() {
  await take(await get("result", { path: state.result.path }));
}

/** A line of the recipe in words. */
export function tell(line) {
  if (!line) return "";
  const several = (one, many, numbers) => `${numbers.length === 1 ? one : many} ${numbers.join(", ")}`;
  const what = line.classes ? several("class", "classes", line.classes) : line.regions ? several("region", "regions", line.regions) : "";
  switch (line.do) {
    case "name": return `name class ${line.class} “${line.name}”`;
    case "recolor": return `colour class ${line.class} ${line.color}`;
    case "merge": return `merge ${what}`;
    case "split": return `split ${line.class ? `class ${line.class}` : `region ${line.region}`} into ${line.parts ?? 2}`;
    case "assign": return `assign ${what} to class ${line.class}`;
    case "drop": return `drop ${line.class ? `class ${line.class}` : what}`;
    case "classes": return `${line.n} classes`;
    case "scale": return line.n_regions ? `scale: ${line.n_regions} regions` : line.factor ? `scale: times ${line.factor}` : `scale: height ${line.height}`;
    default: return JSON.stringify(line);
  }
}

function show() {
  if (!state.result) return;
  const rows = lines().map((line, index) => {
    const remove = el("button", { type: "button", class: "plain", "aria-label": `Remove line ${index + 1}: ${tell(line)}`, title: "Remove this line", onclick: () => removeLine(index) }, icon("close"));
    return el("li", {}, el("span", {}, tell(line)), remove);
  });
  $("edit-lines").replaceChildren(...rows);
  $("edits-none").hidden = rows.length > 0;
  $("edit-count").textContent = rows.length ? String(rows.length) : "";
  $("undo").disabled = !rows.length && !past.length;
  $("redo").disabled = !future.length;
}

export function makeEdits() {
  $("undo").addEventListener("click", undo);
  $("redo").addEventListener("click", redo);
  $("conflict").addEventListener("cancel", (event) => event.preventDefault()); // Esc may be meant for what was typed
  $("conflict").querySelectorAll("button").forEach((button) => button.addEventListener("click", () => $("conflict").close(button.value)));
  on("open", () => { [past, future] = [[], []]; });
  on("open result history", show);
}
