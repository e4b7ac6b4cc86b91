// Handing over: exports in the formats the server knows, their options and the download; and the edited result as files.
import { blob, send } from "./api.js";
import { $, bytes, el } from "./dom.js";
import { attempt } from "./messages.js";
import { state } from "./state.js";

const TITLES = {
  gpkg: "GeoPackage", geojson: "GeoJSON", flatgeobuf: "FlatGeobuf", shapefile: "Shapefile", geoparquet: "GeoParquet",
  coco: "COCO", "label-studio": "Label Studio", cvat: "CVAT", masks: "Masks with a palette",
};
const MOST_LINKS = 6; // files of an export that is a folder
const NUMBER = /^-?\d+(\.\d+)?(e-?\d+)?$/i;

export function makeExport() {
  $("export-form").addEventListener("submit", (event) => {
    event.preventDefault();
    busy($("export-start"), write);
  });
  $("export-format").addEventListener("change", showOptions);
  $("export-close").addEventListener("click", () => $("export").close());
  $("export-files").addEventListener("click", () => busy($("export-files"), writeFiles));
}

export function askExport() {
  if (!state.result) return;
  const formats = state.about.exports.map(({ name, is_there: isThere }) => {
    const title = TITLES[name] ?? name;
    return el("option", { value: name, disabled: !isThere }, isThere ? title : `${title} (not installed)`);
  });
  const before = $("export-format").value;
  $("export-format").replaceChildren(...formats);
  if (before) $("export-format").value = before;
  showOptions();
  $("export-done").replaceChildren();
  $("export-error").textContent = "";
  $("export").showModal();
}

const format = () => state.about.exports.find(({ name }) => name === $("export-format").value);

function showOptions() {
  const options = format()?.options ?? [];
  $("export-title-line").textContent = format()?.title ?? "";
  $("export-options").replaceChildren(...options.map((option) => {
    const { name, help } = option;
    const id = `export-option-${name}`;
    const input = field(option, id);
    return el("div", { class: "field" }, el("label", { for: id }, name.replaceAll("_", " ")), input, help ? el("p", { class: "quiet small" }, help) : null);
  }));
  $("export-done").replaceChildren();
}

function field({ name, type, default: standard, choices }, id) {
  const data = { id, name, "data-type": type };
  if (choices) {
    const select = el("select", data, ...choices.map((value) => el("option", { value }, String(value))));
    select.value = standard ?? choices[0];
    return select;
  }
  if (type === "bool") return el("input", { ...data, type: "checkbox", checked: Boolean(standard) });
  const isNumber = ["int", "float"].includes(type);
  return el("input", { ...data, type: isNumber ? "number" : "text", step: type === "int" ? 1 : "any", value: standard ?? "", placeholder: "as it is" });
}

/** Options that were said: those left as they come are not sent. */
function said() {
  const options = {};
  for (const { name, type, default: standard } of format().options) {
    const input = $(`export-option-${name}`);
    const text = input.value.trim();
    const isText = type === "str"; // an option without a standard may be either
    const value = type === "bool" ? input.checked : text === "" ? null : NUMBER.test(text) && !isText ? Number(text) : text;
    if (value !== (standard ?? null)) options[name] = value;
  }
  return options;
}

async function write() {
  const { path } = state.result;
  const found = await send("POST", "result/export", { path }, { to: format().name, options: said() });
  const files = found.files ?? [found.path];
  const links = files.slice(0, MOST_LINKS).map((file) => {
    const name = file.split("/").at(-1);
    const link = el("button", { type: "button", onclick: () => busy(link, () => download(file, name)) }, `Download ${name}`);
    return link;
  });
  const more = files.length > links.length ? el("span", { class: "quiet small" }, `and ${files.length - links.length} more files beside it`) : null;
  $("export-done").replaceChildren(...[el("span", {}, `Written: ${found.path}, ${bytes(found.bytes)}`), ...links, more].filter(Boolean));
  links[0]?.focus();
}

async function download(path, name) {
  const url = URL.createObjectURL(await blob("file", { path }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

async function writeFiles() {
  const { folder } = await send("POST", "result/write", { path: state.result.path });
  $("export-done").replaceChildren(el("span", {}, `Written: ${folder}, all files with the edits in them`));
}

/** Run something while its button says so. */
async function busy(button, work) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  await attempt(work, $("export-error"));
  button.disabled = false;
  button.removeAttribute("aria-busy");
}
