// Making elements and writing numbers. Text is always set as text: names of files and classes may hold anything.

export const $ = (id) => document.getElementById(id);

/** Make an element: attributes beginning with "on" are listeners, the others are set as they are; null leaves one out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  return fill(node, attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A picture of the sprite in index.html. */
export const icon = (name) => svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `#i-${name}` }));

/** A square in a class's colour. */
export function swatch(color) {
  const node = el("span", { class: "swatch", "aria-hidden": "true" });
  node.style.background = color;
  return node;
}

export const count = (n) => Math.round(n).toLocaleString("en");

/** Four significant digits, without an exponent where it can be helped. */
export function number(value) {
  if (!Number.isFinite(value)) return "–";
  if (value !== 0 && (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-3)) return value.toExponential(2);
  return value.toLocaleString("en", { maximumSignificantDigits: 4 });
}

export const percent = (share) => (share > 0 && share < 0.001 ? "<0.1 %" : `${(100 * share).toFixed(1)} %`);

/** Hectares where pixels have a size, else pixels. */
export function area(pixels, squareMetres) {
  if (squareMetres === null || squareMetres === undefined) return `${count(pixels)} px`;
  const hectares = squareMetres / 1e4;
  if (hectares >= 1e4) return `${count(hectares / 100)} km²`;
  if (hectares < 0.01) return `${number(squareMetres)} m²`;
  return `${hectares.toLocaleString("en", { minimumFractionDigits: hectares < 100 ? 2 : 0, maximumFractionDigits: hectares < 100 ? 2 : 0 })} ha`;
}

export function bytes(n) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let step = 0;
  for (; n >= 1000 && step < 4; step += 1) n /= 1000;
  return `${number(step ? Number(n.toPrecision(3)) : n)} ${units[step]}`;
}

/** Seconds in words a person plans by. */
export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
