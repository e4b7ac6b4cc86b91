// The legend: classes with colour, name, area and share; naming, recolouring, merging, splitting and dropping them.
import { $, area, el, percent, swatch } from "./dom.js";
import { act } from "./edits.js";
import { attempt, say } from "./messages.js";
import { emit, on, state } from "./state.js";

const HOVER_MS = 120; // so that passing over the legend does not flicker

let naming = 0; // class whose name is being typed
let hovering = 0; // timer

export function makeLegend() {
  $("class-merge").addEventListener("click", mergeChosen);
  $("class-split").addEventListener("click", splitChosen);
  $("class-drop").addEventListener("click", dropChosen);
  $("class-number").addEventListener("change", () => {
    const n = Math.round(Number($("class-number").value));
    if (n >= 2) act({ do: "classes", n });
    else $("class-number").value = state.result.classes.length;
  });
  $("fewer-classes").addEventListener("click", () => stepClasses(-1));
  $("more-classes").addEventListener("click", () => stepClasses(1));
  on("open", () => { naming = 0; state.chosen.clear(); });
  on("open result", show);
  on("chosen", showTools);
}

function stepClasses(by) {
  const n = state.result.classes.length + by;
  if (n < 2) return say("There must be at least 2 classes", { isError: true });
  return act({ do: "classes", n });
}

function show() {
  if (!state.result) return;
  const focused = document.activeElement?.closest?.("#legend") ? document.activeElement.dataset.focus : null;
  const { classes, can } = state.result;
  const most = Math.max(...classes.map((row) => row.share), 1e-9);
  $("legend").replaceChildren(...classes.map((row) => legendRow(row, most)));
  $("class-number").value = classes.length;
  for (const id of ["class-number", "fewer-classes", "more-classes"]) $(id).disabled = !can.classes;
  showTools();
  if (naming) document.querySelector(`[data-focus="name ${naming}"]`)?.focus();
  else if (focused) document.querySelector(`[data-focus="${focused}"]`)?.focus();
}

function legendRow(row, most) {
  const { label, name, color } = row;
  const picker = el("input", {
    type: "color", value: color, "aria-label": `Colour of ${name}`, title: "Change the colour", "data-focus": `color ${label}`,
    onchange: (event) => act({ do: "recolor", class: label, color: event.target.value }),
  });
  const title = naming === label ? nameInput(row) : el("button", {
    type: "button", class: "name plain", title: "Rename", "data-focus": `name ${label}`, "aria-label": `Rename ${name}`,
    onclick: () => startNaming(label),
  }, name);
  const tick = el("input", {
    type: "checkbox", checked: state.chosen.has(label), "aria-label": `Choose ${name}`, "data-focus": `tick ${label}`,
    onchange: (event) => {
      if (event.target.checked) state.chosen.add(label);
      else state.chosen.delete(label);
      emit("chosen");
    },
  });
  const bar = el("span", { class: "share-bar" });
  bar.style.width = `${(100 * row.share) / most}%`;
  bar.style.background = color;
  return el("li", {
    "data-class": label,
    onpointerenter: () => hover(label), onpointerleave: () => hover(naming),
    onfocusin: (event) => event.target.matches(":focus-visible") && highlight(label), onfocusout: () => highlight(0),
  },
  picker, el("span", { class: "title" }, title, bar),
  el("span", { class: "figure" }, area(row.area_px, row.area_m2)), el("span", { class: "figure share" }, percent(row.share)), tick);
}

function hover(label) {
  clearTimeout(hovering);
  hovering = setTimeout(() => highlight(label), HOVER_MS);
}

function highlight(label) {
  clearTimeout(hovering);
  if (state.highlight === label) return;
  state.highlight = label;
  emit("highlight");
}

function nameInput({ label, name }) {
  let isDone = false;
  const finish = (event, isKept, next) => {
    if (isDone) return;
    isDone = true;
    const text = event.target.value.trim();
    naming = next;
    const isChanged = isKept && text && text !== name;
    if (isChanged) {
      state.result.classes.find((row) => row.label === label).name = text; // seen at once; the answer says the same
      act({ do: "name", class: label, name: text }).then(show);
    }
    show();
    if (!next) {
      highlight(0);
      if (event.type === "keydown") document.querySelector(`[data-focus="name ${label}"]`)?.focus();
    } else flash(next);
  };
  const input = el("input", {
    class: "name", value: name, "aria-label": `Name of class ${label}`, "data-focus": `name ${label}`, autocomplete: "off", maxlength: 80, enterkeyhint: "next",
    onkeydown: (event) => {
      event.stopPropagation();
      if (event.key === "Enter") finish(event, true, after(label, event.shiftKey ? -1 : 1));
      if (event.key === "Escape") finish(event, false, 0);
    },
    onblur: (event) => finish(event, true, 0),
    onfocus: (event) => event.target.select(),
  });
  return input;
}

/** The class below in the legend; 0 after the last. */
function after(label, step) {
  const { classes } = state.result;
  return classes[classes.findIndex((row) => row.label === label) + step]?.label ?? 0;
}

/** Type the name of a class in place; Enter goes on to the next. */
export function startNaming(label) {
  naming = label ?? state.result?.classes[0]?.label ?? 0;
  if (!naming) return;
  document.dispatchEvent(new CustomEvent("show-panel", { detail: "classes" }));
  show();
  flash(naming);
}

/** Show where a class is while its name is typed: the others are veiled. */
function flash(label) {
  highlight(label);
  const row = document.querySelector(`#legend [data-class="${label}"]`);
  row?.classList.add("flash");
  row?.scrollIntoView({ block: "nearest" });
}

const chosen = () => state.result.classes.map((row) => row.label).filter((label) => state.chosen.has(label));

function showTools() {
  const labels = state.result ? chosen() : [];
  $("class-tools").hidden = !labels.length;
  $("class-merge").disabled = labels.length < 2;
  $("class-split").disabled = labels.length !== 1 || !state.result.can.split_class;
  const first = state.result?.classes.find((row) => row.label === labels[0]);
  $("class-chosen").replaceChildren(...(first ? [swatch(first.color), labels.length > 1 ? ` ${labels.length} into ${first.name}` : ` ${first.name}`] : []));
}

/** Merge the classes ticked into the first of them. */
export async function mergeChosen() {
  const labels = chosen();
  if (labels.length < 2) return say("Tick two or more classes in the legend to merge them", { isError: true });
  await act({ do: "merge", classes: labels });
  return clearChosen();
}

async function splitChosen() {
  const parts = Math.round(Number($("class-parts").value));
  await act({ do: "split", class: chosen()[0], parts });
  clearChosen();
}

async function dropChosen() {
  for (const label of chosen()) await attempt(() => act({ do: "drop", class: label }));
  clearChosen();
}

function clearChosen() {
  state.chosen.clear();
  emit("chosen");
  show();
}
