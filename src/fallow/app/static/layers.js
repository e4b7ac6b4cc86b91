// The list of layers: on, how opaque; the swipe between image and labels; bands and stretch of the image.
import { $, el } from "./dom.js";
import { attempt } from "./messages.js";
import { chooseBand, chooseStretch } from "./picture.js";
import { emit, keepView, on, state } from "./state.js";

const TITLES = { image: "Image", classes: "Classes", regions: "Regions", outlines: "Outlines", confidence: "Confidence" };
const CHANNELS = ["Red", "Green", "Blue"];
const SWIPE_STEP = 0.02;

export function makeLayers() {
  $("swipe-toggle").addEventListener("click", toggleSwipe);
  const handle = $("swipe");
  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    event.preventDefault();
    handle.focus();
  });
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const box = $("map").getBoundingClientRect();
    setSwipe((event.clientX - box.left) / box.width);
  });
  handle.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -SWIPE_STEP, ArrowRight: SWIPE_STEP, Home: -1, End: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    setSwipe(state.swipe + step);
  });
  on("open", () => {
    show();
    showSwipe();
  });
  on("image bands", showBands);
}

function show() {
  const there = { image: state.image || state.result, confidence: state.result?.layers.includes("confidence") };
  const rows = Object.entries(TITLES).filter(([name]) => (name in there ? there[name] : state.result));
  $("layers").replaceChildren(...rows.map(([name, title]) => layerRow(name, title)));
  $("swipe-toggle").hidden = !state.result;
}

function layerRow(name, title) {
  const layer = state.layers[name];
  const tick = el("input", { type: "checkbox", checked: layer.on, onchange: (event) => change(name, { on: event.target.checked }) });
  const slider = el("input", {
    type: "range", min: 0, max: 100, step: 5, value: Math.round(100 * layer.opacity), "aria-label": `Opacity of ${title.toLowerCase()}`,
    oninput: (event) => change(name, { opacity: event.target.value / 100, on: true }, false),
  });
  const extra = name === "confidence" ? el("span", { class: "ramp", title: "Dark is unsure, bright is sure" }) : name === "outlines" ? el("input", {
    type: "color", value: layer.color, "aria-label": "Colour of outlines", oninput: (event) => change(name, { color: event.target.value }, false),
  }) : el("span");
  return el("li", { "data-layer": name }, el("label", {}, tick, title), extra, slider);
}

function change(name, values, isShownAnew = true) {
  Object.assign(state.layers[name], values);
  if (!isShownAnew) document.querySelector(`#layers [data-layer="${name}"] [type="checkbox"]`).checked = state.layers[name].on;
  else show();
  keepView();
  emit("layers");
}

/** Turn a layer on or off, for the keyboard. */
export function toggleLayer(name) {
  change(name, { on: !state.layers[name].on });
}

/** Make the labels that are on more (above 0) or less opaque. */
export function stepOpacity(by) {
  for (const name of ["classes", "regions", "confidence"]) {
    const layer = state.layers[name];
    if (layer.on) layer.opacity = Math.round(20 * Math.min(1, Math.max(0.05, layer.opacity + by))) / 20;
  }
  change("classes", {});
}

export function toggleSwipe() {
  if (!state.result) return;
  setSwipe(state.swipe === null ? 0.5 : null);
  if (state.swipe !== null) $("swipe").focus();
}

function setSwipe(place) {
  state.swipe = place === null ? null : Math.min(1, Math.max(0, place));
  showSwipe();
  keepView();
  emit("layers");
}

function showSwipe() {
  const isOn = state.swipe !== null && Boolean(state.result);
  if (!isOn) state.swipe = null;
  $("swipe").hidden = !isOn;
  $("swipe-toggle").setAttribute("aria-pressed", String(isOn));
  if (!isOn) return;
  $("swipe").style.left = `${100 * state.swipe}%`;
  $("swipe").setAttribute("aria-valuenow", String(Math.round(100 * state.swipe)));
}

function showBands() {
  const { image, bands, stretch } = state;
  $("bands-section").hidden = !image;
  if (!image) return;
  const channels = image.bands.length === 1 ? ["Grey"] : CHANNELS;
  $("bands").replaceChildren(...channels.map((title, channel) => {
    const options = image.bands.map((name, band) => el("option", { value: band }, name));
    const choice = el("select", { "aria-label": `Band shown as ${title.toLowerCase()}`, onchange: (event) => attempt(() => chooseBand(channel, Number(event.target.value))) }, ...options);
    choice.value = bands[channel];
    const end = (i, what) => el("input", {
      type: "number", step: "any", value: Number(stretch[channel][i].toPrecision(5)), "aria-label": `${what} of ${title.toLowerCase()}`, title: what,
      onchange: (event) => {
        const pair = [...stretch[channel]];
        pair[i] = Number(event.target.value);
        if (pair[0] < pair[1]) chooseStretch(channel, pair);
        else showBands();
      },
    });
    return el("div", { class: "band" }, el("span", {}, title), choice, end(0, "Darkest value"), end(1, "Brightest value"));
  }));
}
