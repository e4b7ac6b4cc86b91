// Runs: options and estimate before, progress and cancel while, the result after.
import { get, send } from "./api.js";
import { $, bytes, duration, el } from "./dom.js";
import { attempt, say } from "./messages.js";
import { state } from "./state.js";

const POLL_MS = 500;
const CLASSES = /^(auto|\d+(-\d+)?)$/;
let openResult = null; // what opens a result
const watched = new Set();
let asked = 0; // estimates
const listed = () => document.querySelectorAll(".run-list");

export function makeRun({ open }) {
  openResult = open;
  const form = $("run-form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(start, $("run-error"));
  });
  $("run-close").addEventListener("click", () => $("run").close());
  $("run-estimate").addEventListener("click", () => attempt(estimate, $("run-error")));
  form.addEventListener("change", forget);
}

/** Ask how to segment an image; options are those of `GET /api/about`. */
export async function askRun(image) {
  const { methods, features, units, scenes, efforts } = state.about.options;
  const choices = { method: methods, features, unit: units, scene: scenes, effort: efforts };
  for (const [name, all] of Object.entries(choices)) {
    const first = { features: "auto", scene: "auto", effort: "balanced" }[name] ?? all[0];
    const names = all.includes(first) ? all : [first, ...all];
    $(`run-${name}`).replaceChildren(...names.map((value) => el("option", { value }, value)));
    $(`run-${name}`).value = first;
  }
  $("run-image").textContent = image;
  $("run-overwrite").checked = false;
  forget();
  const named = stem(image);
  $("run-output").value = named;
  $("run").showModal();
  const free = await freeFolder(image);
  if ($("run-output").value === named) $("run-output").value = free; // else it was typed meanwhile
}

/** An estimate of other options is none. */
function forget() {
  asked += 1;
  $("run-figures").replaceChildren();
  $("run-error").textContent = "";
}

const stem = (image) => image.replace(/\.[^./]+$/, "");

/** A folder beside the image, named after it, that is not there yet. */
async function freeFolder(image) {
  const name = stem(image);
  const found = await attempt(() => get("files", { folder: name.split("/").slice(0, -1).join("/") }));
  const taken = new Set([found?.folders, found?.results, found?.unfinished].flatMap((all) => (all ?? []).map(({ path }) => path)));
  let free = name;
  for (let number = 2; taken.has(free); number += 1) free = `${name}-${number}`;
  return free;
}

function request() {
  const classes = $("run-classes").value.trim() || "auto";
  if (!CLASSES.test(classes)) throw new Error(`classes are a number, a range such as 4-9, or auto; got ${classes}`);
  const options = { classes: /^\d+$/.test(classes) ? Number(classes) : classes };
  for (const name of ["method", "features", "unit", "scene", "effort"]) options[name] = $(`run-${name}`).value;
  for (const name of ["scale", "min_area"]) {
    const text = $(`run-${name}`).value;
    if (text) options[name] = Number(text);
  }
  return { images: [$("run-image").textContent], output: $("run-output").value.trim(), options, overwrite: $("run-overwrite").checked };
}

/** Show what the run would take; of several questions only the newest answer counts. */
async function estimate() {
  const { images, output, options } = request();
  const mine = (asked += 1);
  $("run-figures").replaceChildren("estimating, some seconds ...");
  try {
    const found = await send("POST", "estimate", {}, { images, output, options });
    if (mine !== asked) return;
    const facts = found.flatMap(({ seconds, memory, disk }) => [["time", duration(seconds)], ["memory", bytes(memory)], ["disk", bytes(disk)]]);
    $("run-figures").replaceChildren(...facts.map(([what, value]) => el("span", {}, el("b", {}, value), ` ${what}`)));
  } catch (error) {
    if (mine !== asked) return;
    $("run-figures").replaceChildren();
    throw error;
  }
}

async function start() {
  const { id } = await send("POST", "runs", {}, request());
  $("run").close();
  say("Started");
  watch(id);
}

/** Go on with a run that was interrupted: the same job again does only what is missing. */
export function goOn(job) {
  return attempt(async () => watch((await send("POST", "runs", {}, job)).id));
}

const isUnderWay = (run) => run.state === "running" || run.state === "waiting";

/** Runs that are under way, also those another tab started. */
export const findRuns = () => attempt(async () => {
  for (const run of await get("runs")) if (isUnderWay(run)) watch(run.id);
});

/** Show a run until it is over. */
async function watch(id) {
  if (watched.has(id)) return;
  watched.add(id);
  for (;;) {
    const run = await attempt(() => get(`runs/${id}`));
    if (!run) return watched.delete(id);
    showRun(run);
    if (!isUnderWay(run)) {
      document.dispatchEvent(new CustomEvent("run-over", { detail: run }));
      return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function showRun(run) {
  for (const list of listed()) {
    const old = list.querySelector(`[data-run="${run.id}"]`);
    const row = runRow(run);
    const had = old?.contains(document.activeElement);
    if (old) old.replaceWith(row);
    else list.append(row);
    if (had) row.querySelector("button")?.focus();
  }
}

function runRow(run) {
  const { id, state: how, image, stage, done, total, seconds, message, results } = run;
  const isRunning = isUnderWay(run);
  const bar = el("progress", { max: total || 1, "aria-label": `Progress of ${image}` });
  if (total) bar.value = done; // without a value it only moves
  const close = () => document.querySelectorAll(`[data-run="${id}"]`).forEach((row) => row.remove());
  const words = how === "waiting" ? "waits for the run before it"
    : isRunning ? `${stage || "starting"}, ${duration(seconds)}`
    : how === "done" ? `done in ${duration(seconds)}` : `${how}${message ? `: ${message}` : ""}`;
  const button = (text, action, kind = "") => el("button", { type: "button", class: kind, onclick: action }, text);
  return el(
    "li", { "data-run": id, class: how },
    el("span", { class: "run-name" }, image), el("span", { class: "quiet small run-words" }, words), isRunning ? bar : null,
    isRunning ? button("Cancel", () => attempt(() => send("POST", `runs/${id}/cancel`))) : null,
    how === "done" && results.length ? button("Open", () => { close(); openResult(results[0]); }, "primary") : null,
    isRunning ? null : button("Dismiss", close),
  );
}
