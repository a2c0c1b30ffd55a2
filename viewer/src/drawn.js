// Arrays drawn: pixels, what is in them in words, and the numbers themselves for who points at them.

import {
  DIFFERENCES,
  UNLABELLED,
  VOID,
  differenceColours,
  differences,
  distance,
  labelCounts,
  paintHeat,
  paintLabels,
  paintWeak,
} from "./paint.js";
import { Reason } from "./site.js";

const SMALLEST_LABEL = 7;
const DRAWN_LONGEST = 320;

/** Stands for the background among the names of classes; no class is called so, names hold no line breaks. */
export const BACKGROUND = "\nbackground";

/** Whether the background of masks is transparent. */
export function isClear({ mode }) {
  return mode === "overlay" || mode === "wipe";
}

/** A mask. */
export function drawLabels({ data, height, width }, table, classes) {
  const counts = labelCounts(data);
  const ignored = counts[VOID] ? `; ${share(counts[VOID], data.length)} ignored` : "";
  const words = (namesOf(counts, classes) || (counts[VOID] === data.length ? "no class" : "all background")) + ignored;
  return { ...drawn(paintLabels(data, table), height, width), words, labels: data, present: presentIn(counts) };
}

/** Labels of some pixels. */
export function drawWeak({ data, height, width }, table, classes) {
  const counts = labelCounts(data);
  // As in the report: a single pixel is seen where the drawing is as small as there.
  const enlarge = Math.max(1, Math.round(((Math.max(height, width) / DRAWN_LONGEST) * SMALLEST_LABEL) / 2));
  const labelled = data.length - counts[UNLABELLED] - counts[VOID];
  const words = `${namesOf(counts, classes) || "no class"}; ${share(labelled, data.length)} labelled`;
  const painted = paintWeak(data, height, width, table, enlarge);
  return { ...drawn(painted, height, width), words, labels: data, present: presentIn(counts) };
}

/** A map whose stored 1 stands for `scale`. */
export function drawHeat({ data, height, width }, scale, table, words) {
  return { ...drawn(paintHeat(data, scale, table), height, width), words, values: data, scale, present: new Set() };
}

/** Where two drawn masks differ. */
export function drawDifference(a, b, classes) {
  refuseOtherSize(a, b);
  // With 254 classes there is no code left for unlabelled.
  const none = classes.length < UNLABELLED ? UNLABELLED : VOID;
  const { codes, counts } = differences(a.labels, b.labels, none);
  const differing = share(counts[1] + counts[2] + counts[3], codes.length);
  const unlabelled = counts[4] ? `, ${share(counts[4], codes.length)} without a label in one` : "";
  const words = `${differing} of the pixels differ${unlabelled}`;
  const present = new Set([...a.present, ...b.present]);
  return { ...drawn(paintLabels(codes, differenceColours), a.height, a.width), words, codes, present };
}

/** The difference of two drawn maps. */
export function drawDistance(a, b, table) {
  refuseOtherSize(a, b);
  const data = distance(a.values, a.scale, b.values, b.scale);
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return drawHeat({ data, height: a.height, width: a.width }, 1, table, `apart by ${mean.toFixed(3)} on average`);
}

/** What a drawn layer holds at one pixel, in words. */
export function valueAt(layer, y, x, classes) {
  const pixel = y * layer.width + x;
  if (layer.codes) return DIFFERENCES[layer.codes[pixel]];
  if (layer.values) return (layer.values[pixel] * layer.scale).toFixed(2);
  return layer.labels ? labelName(layer.labels[pixel], classes) : "";
}

/** Name of a label. */
export function labelName(label, classes) {
  if (label === 0) return "background";
  if (label <= classes.length) return classes[label - 1];
  return label === UNLABELLED ? "unlabelled" : "ignored";
}

function drawn(painted, height, width) {
  const pixels = new ImageData(new Uint8ClampedArray(painted.buffer), width, height);
  return { pixels, height, width, bytes: 5 * painted.length };
}

function refuseOtherSize(a, b) {
  if (a.width !== b.width || a.height !== b.height) throw new Reason("these are of different sizes");
}

function namesOf(counts, classes) {
  return classes.filter((_, number) => counts[number + 1]).join(", ");
}

function presentIn(counts) {
  return new Set([...counts.keys()].filter((label) => counts[label]));
}

function share(part, whole) {
  const percent = (100 * part) / whole;
  return `${percent > 0 && percent < 1 ? percent.toFixed(2) : percent.toFixed(1)} %`;
}
