// Numbers to colours, without any page: every function takes and gives typed arrays.

const OPAQUE = 0xff000000;
const WHITE = 0xffffffff;

/** Words of RGBA (as `ImageData` has them on every machine of today) from hexadecimal RGB. */
export function colourTable(hex) {
  const table = new Uint32Array(hex.length / 6);
  for (let entry = 0; entry < table.length; entry++) {
    const rgb = parseInt(hex.slice(6 * entry, 6 * entry + 6), 16);
    table[entry] = (OPAQUE | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0;
  }
  return table;
}

/** A colour of a table for style sheets. */
export function cssColour(word) {
  return `rgb(${word & 0xff} ${(word >> 8) & 0xff} ${(word >> 16) & 0xff})`;
}

/** Masks: each label in its colour. */
export function paintLabels(labels, table) {
  const painted = new Uint32Array(labels.length);
  for (let p = 0; p < painted.length; p++) painted[p] = table[labels[p]];
  return painted;
}

/**
 * Labels of some pixels: the others stay transparent, void is white, and a class of few pixels is drawn larger.
 * @param {number} enlarge pixels around a labelled one that are drawn like it
 */
export function paintWeak(labels, height, width, table, enlarge) {
  const painted = new Uint32Array(labels.length);
  const counts = new Uint32Array(256);
  for (const label of labels) counts[label]++;
  const few = (label) => counts[label] < FEW * labels.length;
  const offsets = disc(enlarge);
  for (let pixel = 0; pixel < labels.length; pixel++) {
    const label = labels[pixel];
    if (label === UNLABELLED) continue;
    const colour = label === VOID ? WHITE : table[label];
    painted[pixel] = colour;
    if (!few(label)) continue;
    const y = Math.floor(pixel / width);
    const x = pixel % width;
    for (const [down, right] of offsets) {
      const [row, column] = [y + down, x + right];
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      if (labels[row * width + column] === UNLABELLED) painted[row * width + column] = colour;
    }
  }
  return painted;
}

export const UNLABELLED = 254;
export const VOID = 255;
const FEW = 0.02;

function disc(radius) {
  const offsets = [];
  for (let y = -radius; y <= radius; y++) {
    for (let x = -radius; x <= radius; x++) if (x * x + y * y <= radius * radius) offsets.push([y, x]);
  }
  return offsets;
}

/** Stored activations, integer steps or 0..1, as heat. */
export function paintHeat(values, scale, table) {
  const steps = 255 * scale;
  const painted = new Uint32Array(values.length);
  for (let p = 0; p < painted.length; p++) painted[p] = table[Math.round(values[p] * steps)];
  return painted;
}

/** The largest of several maps at each pixel; 0 without maps. */
export function strongest(maps, pixels) {
  if (maps.length === 0) return new Uint8Array(pixels);
  const most = maps[0].slice();
  for (const map of maps.slice(1)) for (let p = 0; p < most.length; p++) if (map[p] > most[p]) most[p] = map[p];
  return most;
}

/**
 * Seed mask, number for number that of `methods.threshold.threshold_labels`: the class with the largest map where that
 * is above the background, among equals the first; without background where one is above 0, or there is no other.
 * @param {TypedArray[]} maps as stored
 * @param {number[]} classes 0-based class of each map
 * @param {number} scale what a stored 1 stands for
 * @param {number|TypedArray|null} background in 0..1, or a map as stored; null without background
 */
export function seedLabels(maps, classes, scale, background, pixels) {
  const alone = background === null;
  const labels = new Uint8Array(pixels).fill(alone ? VOID : 0);
  const plane = !alone && typeof background !== "number";
  const step = Math.fround(scale);
  const constant = alone ? (maps.length === 1 ? -1 : 0) : plane ? 0 : Math.fround(background);
  for (let p = 0; p < pixels; p++) {
    let most = plane ? Math.fround(background[p] * step) : constant;
    for (let k = 0; k < maps.length; k++) {
      const score = Math.fround(maps[k][p] * step);
      if (score > most) {
        most = score;
        labels[p] = classes[k] + 1;
      }
    }
  }
  return labels;
}

/** What two masks say of a pixel. */
export const DIFFERENCES = [
  "the same",
  "only the first has a class",
  "only the second has a class",
  "two classes",
  "no label in one of them",
];
const DIFFERENCE_COLOURS = [0, 0xff009fe6, 0xffe9b456, 0xffa779cc, 0xffb0b0b0];
export const differenceColours = DIFFERENCE_COLOURS.map((word) => word >>> 0);

/**
 * Where two masks differ: an index into `DIFFERENCES` for each pixel, and how many pixels are of each.
 * @param {number} none the smallest number that is no label
 */
export function differences(first, second, none) {
  const codes = new Uint8Array(first.length);
  const counts = new Uint32Array(DIFFERENCES.length);
  for (let p = 0; p < first.length; p++) {
    const [a, b] = [first[p], second[p]];
    let code = 3;
    if (a >= none || b >= none) code = a === b ? 0 : 4;
    else if (a === b) code = 0;
    else if (b === 0) code = 1;
    else if (a === 0) code = 2;
    codes[p] = code;
    counts[code]++;
  }
  return { codes, counts };
}

/** The difference of two maps, 0..1. */
export function distance(first, firstScale, second, secondScale) {
  const apart = new Float32Array(first.length);
  for (let p = 0; p < apart.length; p++) apart[p] = Math.abs(first[p] * firstScale - second[p] * secondScale);
  return apart;
}

/** How many pixels carry each label. */
export function labelCounts(labels) {
  const counts = new Uint32Array(256);
  for (const label of labels) counts[label]++;
  return counts;
}
