// What is open and shown, in one place; whoever changes it says so with `emit`, whoever shows it listens with `on`.

export const LAYERS = ["image", "classes", "regions", "outlines", "confidence"];

export const state = {
  about: null, // answer of /api/about
  result: null, // answer of /api/result, edits applied
  image: null, // answer of /api/image; a result may have lost its image
  tables: null, // { n, k, regionOf, classOf }: from stored numbers to what is shown
  trial: null, // regions of superpixels while the slider moves, in place of tables.regionOf
  layers: {
    image: { on: true, opacity: 1 },
    classes: { on: true, opacity: 0.5 },
    regions: { on: false, opacity: 0.6 },
    outlines: { on: true, opacity: 0.9, color: "#ffffff" },
    confidence: { on: false, opacity: 0.8 },
  },
  swipe: null, // where the line is, 0 to 1 of the map's width; null without one
  bands: [], // shown as red, green, blue
  stretch: [], // [low, high] of each
  selection: [], // answers of /api/result/region, each with the row and col that was clicked
  chosen: new Set(), // classes ticked in the legend
  highlight: 0, // class that the map shows alone
};

const listeners = new Map();

/** Call `listener` after each `emit` of one of these names (separated by spaces). */
export function on(names, listener) {
  for (const name of names.split(" ")) listeners.set(name, [...(listeners.get(name) ?? []), listener]);
}

/** Events: open, result (edits changed), tables, trial, image, layers, selection, chosen, highlight, gone, back. */
export function emit(name, detail) {
  for (const listener of listeners.get(name) ?? []) listener(detail);
}

/** The class of this number as it is now, or undefined. */
export const classOf = (label) => state.result?.classes.find((row) => row.label === label);

const KEPT = "fallow:view";

/** Keep how things are shown, so that a reload shows the same; not where it is: that is in the address. */
export function keepView() {
  const { layers, swipe } = state;
  sessionStorage.setItem(KEPT, JSON.stringify({ layers, swipe }));
}

export function restoreView() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
    for (const name of LAYERS) Object.assign(state.layers[name], kept.layers?.[name]);
    state.swipe = kept.swipe ?? null;
  } catch {
    sessionStorage.removeItem(KEPT);
  }
}
