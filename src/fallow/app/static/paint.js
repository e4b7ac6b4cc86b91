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

/** Mark cells whose region is another than that of the cell to the right or below; `right` and `below` are tiles or undefined. */
export function paintOutlines(out, tile, regionOf, color, right, below) {
  const { rows, cols, superpixel, shown } = tile;
  const last = cols - 1;
  const region = (of, i) => (of.shown[i] ? regionOf[of.superpixel[i]] : 0);
  let next = 0;
  for (let row = 0, i = 0; row < rows; row += 1) {
    let here = shown[i] ? regionOf[superpixel[i]] : 0;
    for (let col = 0; col < cols; col += 1, i += 1, here = next) {
      if (col < last) next = shown[i + 1] ? regionOf[superpixel[i + 1]] : 0;
      else next = right && row < right.rows ? region(right, row * right.cols) : here;
      let isEdge = here !== next;
      if (!isEdge) {
        if (row < rows - 1) isEdge = here !== (shown[i + cols] ? regionOf[superpixel[i + cols]] : 0);
        else if (below && col < below.cols) isEdge = here !== region(below, col);
      }
      out[i] = isEdge ? color : 0;
    }
    next = 0;
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
 * @param {number[]} window row0, row1, col0, col1
 * @param {(superpixel: number) => number} regionAt what parts cells: their region, or whether it is chosen
 */
export function addSides(path, tile, regionAt, [row0, row1, col0, col1], toScreen) {
  const { rows, cols, superpixel, shown } = tile;
  const top = tile.row * 256;
  const left = tile.col * 256;
  const at = (i) => (shown[i] ? regionAt(superpixel[i]) : 0);
  for (let row = Math.max(0, row0 - top); row < Math.min(rows, row1 + 1 - top); row += 1) {
    for (let col = Math.max(0, col0 - left); col < Math.min(cols, col1 + 1 - left); col += 1) {
      const i = row * cols + col;
      const isRight = col < cols - 1 && at(i) !== at(i + 1);
      const isBelow = row < rows - 1 && at(i) !== at(i + cols);
      if (!isRight && !isBelow) continue;
      const [x0, y0] = toScreen(left + col, top + row);
      const [x1, y1] = toScreen(left + col + 1, top + row + 1);
      path.moveTo(isRight ? x1 : x0, isRight ? y0 : y1);
      path.lineTo(x1, y1);
      if (isRight && isBelow) path.lineTo(x0, y1);
    }
  }
}
