// One line where people look: what was done, what went wrong. Screen readers hear it.
import { $ } from "./dom.js";
import { on } from "./state.js";

const SHOWN_MS = 6000;
let timer = 0;

/** Say one line for a while; errors stay until the next. */
export function say(text, { isError = false } = {}) {
  const box = $("message");
  box.textContent = text;
  box.classList.toggle("error", isError);
  box.hidden = !text;
  clearTimeout(timer);
  if (text && !isError) timer = setTimeout(() => say(""), SHOWN_MS);
}

/** Run something; an error becomes one line, here or in the element given. */
export async function attempt(work, place = null) {
  if (place) place.textContent = "";
  try {
    return await work();
  } catch (error) {
    if (error.name === "AbortError") return undefined;
    const line = error.message.charAt(0).toUpperCase() + error.message.slice(1);
    if (place) place.textContent = line;
    else say(line, { isError: true });
    if (!("status" in error)) console.warn(error);
    return undefined;
  }
}

on("result", () => { if ($("message").classList.contains("error")) say(""); }); // it went well since
on("gone", () => { $("gone").hidden = false; });
on("back", () => { $("gone").hidden = true; });
