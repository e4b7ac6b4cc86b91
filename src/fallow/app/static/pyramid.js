// Tiles of one raster: which are seen, asked for, kept. Level z has cells of 2^z pixels, tiles have SIDE x SIDE cells.

export const SIDE = 256;
const AT_ONCE = 6;

export class Pyramid {
  /**
   * @param {{rows: number, cols: number, levels: number, keep?: number, changed: () => void,
   *          load: (z: number, row: number, col: number, signal: AbortSignal) => Promise<object>}} options
   *   `load` answers with anything that has `rows` and `cols`, in cells; at most `keep` of them are kept.
   */
  constructor({ rows, cols, levels, load, changed, keep = 300 }) {
    Object.assign(this, { rows, cols, levels, load, changed, keep });
    this.tiles = new Map(); // in the order in which they were last seen
    this.waiting = new Map(); // asked for and not there: key -> AbortController, or null while it stands in the queue
    this.failed = new Set();
  }

  /** Level whose cells are nearest to the pixels of the screen; `resolution` is pixels of the raster per one of them. */
  level(resolution) {
    return Math.min(this.levels - 1, Math.max(0, Math.floor(Math.log2(resolution) + 0.4)));
  }

  /**
   * Return the tiles to draw for a window, coarse ones first, and ask for those that are not there.
   * @param {[number, number, number, number]} window row0, row1, col0, col1 in pixels
   */
  seen([row0, row1, col0, col1], resolution) {
    const z = this.level(resolution);
    const size = SIDE * 2 ** z;
    const first = (value) => Math.max(0, Math.floor(value / size));
    const last = (value, length) => Math.min(Math.ceil(length / size), Math.ceil(value / size));
    const drawn = new Map();
    const wanted = [];
    for (let row = first(row0); row < last(row1, this.rows); row += 1) {
      for (let col = first(col0); col < last(col1, this.cols); col += 1) {
        if (!this.#draw(drawn, z, row, col)) {
          wanted.push([z, row, col]);
          this.#drawNearest(drawn, z, row, col);
        }
      }
    }
    if (z < this.levels - 1 && wanted.length) wanted.unshift([this.levels - 1, 0, 0]); // something at once
    const middle = [(row0 + row1) / 2 / size - 0.5, (col0 + col1) / 2 / size - 0.5];
    const far = ([level, row, col]) => (level === z ? Math.hypot(row - middle[0], col - middle[1]) : -1);
    this.#ask(wanted.sort((a, b) => far(a) - far(b)));
    return [...drawn.values()].sort((a, b) => b.z - a.z);
  }

  get(z, row, col) {
    return this.tiles.get(key(z, row, col));
  }

  /** Forget all; for tiles that would now look otherwise. */
  clear() {
    for (const controller of this.waiting.values()) controller?.abort();
    this.waiting.clear();
    this.tiles.clear();
    this.failed.clear();
  }

  get isWaiting() {
    return this.waiting.size > 0;
  }

  #draw(drawn, z, row, col) {
    const name = key(z, row, col);
    const tile = this.tiles.get(name);
    if (!tile) return false;
    this.tiles.delete(name);
    this.tiles.set(name, tile);
    drawn.set(name, tile);
    return true;
  }

  #drawNearest(drawn, z, row, col) {
    for (let up = 1; z + up < this.levels; up += 1) {
      if (this.#draw(drawn, z + up, row >> up, col >> up)) return;
    }
  }

  #ask(wanted) {
    const names = new Set(wanted.map((place) => key(...place)));
    for (const [name, controller] of this.waiting) {
      if (names.has(name)) continue;
      controller.abort(); // out of view before it came
      this.waiting.delete(name);
    }
    for (const place of wanted) {
      const name = key(...place);
      if (this.waiting.size >= AT_ONCE) break;
      if (!this.waiting.has(name) && !this.tiles.has(name) && !this.failed.has(name)) this.#fetch(name, place);
    }
  }

  async #fetch(name, [z, row, col]) {
    const controller = new AbortController();
    this.waiting.set(name, controller);
    try {
      const tile = await this.load(z, row, col, controller.signal);
      if (controller.signal.aborted) return;
      this.tiles.set(name, Object.assign(tile, { z, row, col }));
      for (const old of this.tiles.keys()) {
        if (this.tiles.size <= this.keep) break;
        this.tiles.delete(old);
      }
    } catch (error) {
      if (controller.signal.aborted) return;
      this.failed.add(name);
      this.onerror?.(error);
    }
    if (this.waiting.get(name) === controller) this.waiting.delete(name);
    this.changed();
  }
}

const key = (z, row, col) => `${z}/${row}/${col}`;
