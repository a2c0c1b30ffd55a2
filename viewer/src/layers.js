// The layers of an image: the picture, its truth, and every array of every variant.

const MAIN = { saliency: "map", weak_labels: "label", seeds: "cam", masks: "mask", predictions: "mask" };
const STAGE_NAMES = {
  saliency: "saliency",
  weak_labels: "weak labels",
  seeds: "seeds",
  masks: "masks",
  predictions: "predictions",
};

export const PICTURE = {
  id: "picture",
  group: "data set",
  label: "picture",
  kind: "picture",
  madeBy: "",
  pixelLabels: [],
};
export const TRUTH = { id: "truth", group: "data set", label: "truth", kind: "labels", madeBy: "", pixelLabels: [] };

/**
 * All layers, in the order of the stages.
 *
 * `kind` is picture, labels (a mask), weak (labels of some pixels), maps (one a class), seed (maps made labels by a
 * threshold) or heat (one map).
 */
export function layersOf(variants) {
  return [PICTURE, TRUTH, ...variants.flatMap(ofVariant)];
}

function ofVariant(variant) {
  const stage = variant.name.split("/")[0];
  const settings = variant.settings ?? {};
  const common = {
    variant: variant.name,
    group: STAGE_NAMES[stage],
    madeBy: [settings.method, settings.from && `from ${settings.from}`].filter(Boolean).join(" "),
    settings: Object.entries(settings)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
      .join("\n"),
    pixelLabels: variant.pixel_labels ?? [],
  };
  const arrays = variant.arrays ?? { [MAIN[stage]]: null };
  return Object.keys(arrays).flatMap((array) => {
    const kind = kindOf(array, arrays);
    if (!kind) return [];
    const label = array === MAIN[stage] ? variant.name : `${variant.name} ${array}`;
    const layer = { ...common, id: label, label, array, kind };
    const seed = { ...layer, id: `${label} seed`, label: `${label} seed`, kind: "seed" };
    return kind === "maps" && stage === "seeds" ? [layer, seed] : [layer];
  });
}

function kindOf(array, arrays) {
  if (array === "mask") return "labels";
  if (array === "label") return "weak";
  const axes = arrays[array]?.axes ?? [];
  if (axes.length === 3 || (array === "cam" && !arrays[array])) return "maps";
  const isBackground = array.endsWith("_background") && array.slice(0, -"_background".length) in arrays;
  return axes.length === 1 || isBackground ? null : "heat";
}

/** Whether a layer holds a class for each pixel. */
export function isLabels(layer) {
  return ["labels", "weak", "seed"].includes(layer.kind);
}

/** What is shown of an image before anything was chosen: all of few variants, else the first ones of each stage. */
export function startLayers(layers, most = 12) {
  const main = layers.filter((layer) => layer.kind === "picture" || layer.kind === "seed" || !/ /.test(layer.id));
  const shown = main.filter((layer) => layer !== TRUTH);
  const few = shown.length < most ? shown : shown.filter((layer) => placeInGroup(layer, shown) < 2);
  return [...few, TRUTH].map((layer) => layer.id);
}

/**
 * `[stage, [[id, text], ...]]` for fields that choose among layers.
 * @param {Map<string, object>} variants as in `/variants.json`, by name
 */
export function byStage(layers, variants) {
  const groups = new Map();
  for (const layer of layers) {
    const entry = [layer.id, wordsOf(layer, variants.get(layer.variant))];
    groups.set(layer.group, [...(groups.get(layer.group) ?? []), entry]);
  }
  return [...groups];
}

function wordsOf(layer, { finished, expected, problem } = {}) {
  const waiting = problem || (expected && finished.length < expected.length);
  const part = problem ? "not made yet" : `${finished?.length} of ${expected?.length} shards`;
  const mark = layer.pixelLabels.length ? " – uses pixel labels" : "";
  return layer.label + (waiting ? ` (${part})` : "") + mark;
}

function placeInGroup(layer, layers) {
  return layers.filter((other) => other.group === layer.group).indexOf(layer);
}
