// From stored numbers to colours, tile by tile, through lookup tables: the loops that must be quick. A tile has arrays
// `superpixel`, `raw` and `confidence` of rows * cols cells, and `shown`, the classes as they are now. Colours are
// 32 bits, alpha first (0xAABBGGRR: little endian RGBA).

export const rgba = (r, g, b, a = 255) => ((a << 24) | (b << 16) | (g << 8) | r) >>> 0;

export function fromHex(color) {
  const value = Number.parseInt(color.slice(1), 16);
  return rgba(value >> 16, (value >> 8) & 255, value & 255);
}

/** The class each cell is shown in; 0 is no data. */
export function classesOf(tile, tables) {
  const { superpixel, raw } = tile;
  const { classOf, k } = tables;
  const shown = new Uint16Array(superpixel.length);
  for (let i = 0; i < shown.length; i += 1) {
    if (superpixel[i]) shown[i] = classOf[superpixel[i] * (k + 1) + raw[i]];
  }
  return shown;
}

/** Fill `out` with the colour of each cell's class. */
export function paintClasses(out, tile, colors) {
  const { shown } = tile;
  for (let i = 0; i < shown.length; i += 1) out[i] = colors[shown[i]];
}

/** Fill `out` with the colour of each cell's region. */
export function paintRegions(out, tile, regionOf, colors) {
  const { superpixel, shown } = tile;
  for (let i = 0; i < shown.length; i += 1) out[i] = shown[i] ? colors[regionOf[superpixel[i]]] : 0;
}

export function paintConfidence(out, tile, colors) {
  const { confidence, shown } = tile;
  for (let i = 0; i < shown.length; i += 1) out[i] = shown[i] ? colors[confidence[i]] : 0;
}

/**
 * Find where cells can differ in region: in what is stored, to the right (`across`) and below (`along`). The same for
 * every table, and few, so that outlines are quick.
 */
export function findSides({ rows, cols, superpixel, raw }) {
  const across = [];
  const along = [];
  const differ = (i, j) => superpixel[i] !== superpixel[j] || raw[i] !== raw[j];
  for (let row = 0, i = 0; row < rows; row += 1) {
    for (let col = 0; col < cols; col += 1, i += 1) {
      if (col < cols - 1 && differ(i, i + 1)) across.push(i);
      if (row < rows - 1 && differ(i, i + cols)) along.push(i);
    }
  }
  return { across: Uint16Array.from(across), along: Uint16Array.from(along) };
}

const regionAt = (tile, i, regionOf) => (tile.shown[i] ? regionOf[tile.superpixel[i]] : 0);

/** Mark cells whose region is another than that of the cell to the right or below; `right` and `below` are tiles or undefined. */
export function paintOutlines(out, tile, regionOf, color, right, below) {
  const { rows, cols, sides } = tile;
  out.fill(0);
  for (const i of sides.across) if (regionAt(tile, i, regionOf) !== regionAt(tile, i + 1, regionOf)) out[i] = color;
  for (const i of sides.along) if (regionAt(tile, i, regionOf) !== regionAt(tile, i + cols, regionOf)) out[i] = color;
  for (let row = 0; right && row < rows; row += 1) {
    const i = row * cols + cols - 1;
    if (regionAt(tile, i, regionOf) !== regionAt(right, row * right.cols, regionOf)) out[i] = color;
  }
  for (let col = 0; below && col < cols; col += 1) {
    const i = (rows - 1) * cols + col;
    if (regionAt(tile, i, regionOf) !== regionAt(below, col, regionOf)) out[i] = color;
  }
}

/** Veil all classes but one. */
export function paintVeil(out, tile, label) {
  const { shown } = tile;
  const veil = rgba(16, 18, 15, 190);
  for (let i = 0; i < shown.length; i += 1) out[i] = shown[i] === label ? 0 : veil;
}

/** Draw dashes, black and white, two cells inside the border of chosen regions. */
export function paintChosen(out, tile, regionOf, isChosen) {
  const { rows, cols, superpixel, shown } = tile;
  const black = rgba(0, 0, 0);
  const white = rgba(255, 255, 255);
  const region = (row, col) => {
    const i = row * cols + col;
    return row < 0 || col < 0 || row >= rows || col >= cols ? -1 : shown[i] ? regionOf[superpixel[i]] : 0;
  };
  const differs = (row, col, from) => ![-1, from].includes(region(row, col));
  for (let row = 0, i = 0; row < rows; row += 1) {
    for (let col = 0; col < cols; col += 1, i += 1) {
      if (!shown[i] || !isChosen[regionOf[superpixel[i]]]) continue;
      const from = regionOf[superpixel[i]];
      let isNear = false;
      for (let step = 1; step <= 2 && !isNear; step += 1) {
        isNear = differs(row - step, col, from) || differs(row + step, col, from);
        isNear ||= differs(row, col - step, from) || differs(row, col + step, from);
      }
      if (isNear) out[i] = ((row + col) >> 2) & 1 ? black : white;
    }
  }
}

/**
 * Add the sides between cells of different regions to a path, for views closer than the raster's pixels.
 * @param {(superpixel: number) => number} partOf what parts cells: their region, or whether it is chosen
 * @param {number[]} window row0, row1, col0, col1
 * @param {object[]} neighbours the tiles to the right and below, or undefined
 */
export function addSides(path, tile, partOf, [row0, row1, col0, col1], toScreen, [right, below]) {
  const { rows, cols, sides } = tile;
  const [top, left] = [tile.row * 256, tile.col * 256];
  const part = (of, i) => (of.shown[i] ? partOf(of.superpixel[i]) : 0);
  const add = (i, other, j, from) => {
    const [row, col] = [top + Math.floor(i / cols), left + (i % cols)];
    if (row < row0 || row > row1 || col < col0 || col > col1 || part(tile, i) === part(other, j)) return;
    path.moveTo(...toScreen(col + from[0], row + from[1]));
    path.lineTo(...toScreen(col + 1, row + 1));
  };
  const [corner, foot] = [[1, 0], [0, 1]]; // where the side to the right begins, and the one below
  for (const i of sides.across) add(i, tile, i + 1, corner);
  for (const i of sides.along) add(i, tile, i + cols, foot);
  for (let row = 0; right && row < rows; row += 1) add(row * cols + cols - 1, right, row * right.cols, corner);
  for (let col = 0; below && col < cols; col += 1) add((rows - 1) * cols + col, below, col, foot);
}
