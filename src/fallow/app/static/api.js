// The server: one function for JSON, one for bytes. The token comes from the address after "#", which browsers never send.
import { emit } from "./state.js";

const WAIT_MS = 1000;
let back = null; // while the server is gone: what resolves when it answers again

/** An answer that is an error; `message` is the server's one line. */
export class Refused extends Error {
  constructor(status, body) {
    super(body?.error ?? `the server answered ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** What the address holds after "#": token, result, image. */
export const address = () => new URLSearchParams(location.hash.slice(1));

/** Ask for JSON. */
export async function get(path, query = {}, options = {}) {
  return (await request("GET", path, query, options)).json();
}

/** Ask for bytes. */
export async function bytes(path, query = {}, options = {}) {
  return (await request("GET", path, query, options)).arrayBuffer();
}

/** Ask for a file or picture. */
export async function blob(path, query = {}, options = {}) {
  return (await request("GET", path, query, options)).blob();
}

/** Send JSON (or bytes as they are), and get JSON. */
export async function send(method, path, query = {}, body = {}) {
  const isRaw = body instanceof Blob;
  const headers = isRaw ? {} : { "Content-Type": "application/json" };
  return (await request(method, path, query, { body: isRaw ? body : JSON.stringify(body), headers })).json();
}

async function request(method, path, query, { signal, body, headers = {} } = {}) {
  const known = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  const url = `/api/${path}${known.length ? `?${new URLSearchParams(known)}` : ""}`;
  for (;;) {
    let answer;
    try {
      const token = address().get("token") ?? "";
      answer = await fetch(url, { method, signal, body, headers: { ...headers, "X-Fallow-Token": token } });
    } catch (error) {
      if (signal?.aborted || method === "POST") throw told(error);
      await whenBack(); // reading and saving the same lines again do no harm
      continue;
    }
    if (answer.ok) return answer;
    throw new Refused(answer.status, await answer.json().catch(() => null));
  }
}

function told(error) {
  return error.name === "AbortError" ? error : new Error("the server does not answer: is fallow serve still running?");
}

/** Resolve when the server answers again; everybody waits for the same attempt. */
function whenBack() {
  back ??= (async () => {
    emit("gone");
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      try {
        await fetch("/api/about", { headers: { "X-Fallow-Token": address().get("token") ?? "" } });
        break;
      } catch {
        continue;
      }
    }
    back = null;
    emit("back");
  })();
  return back;
}
