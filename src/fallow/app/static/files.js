// The folder that is served: results, images, runs that were interrupted, folders.
import { blob, get, send } from "./api.js";
import { $, bytes, count, el, icon } from "./dom.js";
import { attempt, say } from "./messages.js";
import { askRun, findRuns, goOn } from "./run.js";
import { state } from "./state.js";

let folder = "";
let opened = null; // what opens a result or an image
let pictures = []; // addresses of previews, freed with the next list

export function makeFiles({ openResult, openImage }) {
  opened = { openResult, openImage };
  document.addEventListener("run-over", () => !$("files").hidden && showFiles(folder));
  $("upload").addEventListener("change", () => attempt(upload));
}

/** List a folder ("" is the one that is served). */
export async function showFiles(path = folder) {
  const found = await attempt(() => get("files", { folder: path }));
  if (!found) return;
  folder = found.folder;
  pictures.splice(0).forEach((url) => URL.revokeObjectURL(url));
  $("file-path").replaceChildren(...crumbs());
  const parts = { folders: found.folders.map(folderRow), images: found.images.map(imageRow), results: found.results.map(resultCard), unfinished: found.unfinished.map(unfinishedRow) };
  for (const [name, rows] of Object.entries(parts)) {
    $(`file-${name}`).replaceChildren(...rows);
    $(`file-${name}`).parentElement.hidden = !rows.length;
  }
  const isEmpty = Object.values(parts).every((rows) => !rows.length);
  $("file-none").hidden = !isEmpty;
  findRuns();
}

function crumbs() {
  const names = folder ? folder.split("/") : [];
  const step = (text, path) => el("button", { type: "button", class: "plain", onclick: () => showFiles(path) }, text);
  return [step(state.about.root, ""), ...names.flatMap((name, i) => [" / ", step(name, names.slice(0, i + 1).join("/"))])];
}

function folderRow({ name, path }) {
  return el("li", {}, el("button", { type: "button", class: "plain row", onclick: () => showFiles(path) }, icon("folder"), name));
}

function imageRow({ name, path, bytes: size }) {
  return el(
    "li", {}, el("button", { type: "button", class: "plain row", onclick: () => opened.openImage(path) }, icon("image"), el("span", { class: "grow" }, name), el("span", { class: "quiet small" }, bytes(size))),
    el("button", { type: "button", "aria-label": `Segment ${name}`, onclick: () => askRun(path) }, "Segment"),
  );
}

function resultCard({ name, path, regions, classes, has_edits: hasEdits }) {
  const image = el("img", { alt: "", loading: "lazy" });
  attempt(async () => {
    image.src = URL.createObjectURL(await blob("result/picture", { path }));
    pictures.push(image.src);
  });
  const words = `${count(regions)} regions, ${classes} classes${hasEdits ? ", edited" : ""}`;
  return el("li", {}, el("button", { type: "button", class: "card", onclick: () => opened.openResult(path) }, image, el("strong", {}, name), el("span", { class: "quiet small" }, words)));
}

function unfinishedRow({ path, job }) {
  const row = el("span", { class: "row" }, icon("pause"), el("span", { class: "grow" }, path), el("span", { class: "quiet small" }, "interrupted"));
  return el("li", {}, row, job ? el("button", { type: "button", onclick: () => goOn(job) }, "Go on") : el("span", { class: "quiet small" }, "the same command goes on with it"));
}

async function upload() {
  const file = $("upload").files[0];
  if (!file) return;
  say(`Adding ${file.name} (${bytes(file.size)}) ...`);
  try {
    const { path } = await send("POST", "upload", { name: file.name, folder: folder || null }, file);
    say(`Added ${path}`);
    await showFiles();
  } finally {
    $("upload").value = "";
  }
}
