// Layers of images as pixels with a few words, made once and kept.

import { Cache } from "./cache.js";
import { BACKGROUND, drawDifference, drawDistance, drawHeat, drawLabels, drawWeak, isClear } from "./drawn.js";
import { isLabels } from "./layers.js";
import { colourTable, seedLabels, strongest } from "./paint.js";
import { Reason, request } from "./site.js";
import { StoredVariant } from "./stored.js";

const KEPT_BYTES = 256 * 1024 * 1024;
/** Pixels of a picture's longer side: about the size of a screen. */
const LONGEST = 1600;
/** Background score of seeds that were not scored. */
const PLAIN_THRESHOLD = 0.3;

export class Gallery {
  /** @param {import("./site.js").Site} site */
  constructor(site) {
    this.site = site;
    this.cache = new Cache(KEPT_BYTES);
    this.tables = new Map();
    this.renew();
  }

  /** Open the stores again after the index or variants changed. */
  renew(changed = null) {
    const stale = (name) => changed === null || changed.includes(name);
    const before = this.stored ?? new Map();
    this.stored = new Map();
    for (const [name, facts] of this.site.variants) {
      this.stored.set(
        name,
        stale(name) || !before.has(name) ? new StoredVariant(facts, this.site.images) : before.get(name),
      );
    }
    if (changed === null) this.cache.clear();
  }

  /** Colours of labels and heat, of the report or safe for colour-blind eyes. */
  table(colours, kind) {
    const key = `${colours} ${kind}`;
    if (!this.tables.has(key)) this.tables.set(key, colourTable(this.site.facts.colours[colours][kind]));
    return this.tables.get(key);
  }

  /**
   * A layer of an image.
   * @param {object} options of the state: `mode`, `class` (name, or empty for the strongest), `threshold`, `colours`
   * @returns {Promise<Drawn>} at once from what is kept, or rejected with the reason why there is none
   */
  layer(row, layer, options) {
    const key = [row, this.#version(layer), layer.id, this.#optionsOf(layer, options)].join("|");
    return this.#once(key, () => this.#draw(row, layer, options));
  }

  /** Where two layers of an image differ. */
  difference(row, first, second, options) {
    const both = [first, second];
    const versions = both.map((layer) => `${this.#version(layer)} ${layer.id} ${this.#optionsOf(layer, options)}`);
    return this.#once(["difference", row, ...versions, options.colours].join("|"), async () => {
      if (both.some((layer) => layer.kind === "picture"))
        throw new Reason("choose two results: a picture differs in no class");
      if (isLabels(first) !== isLabels(second))
        throw new Reason("choose two masks or two maps: these cannot be compared");
      const [a, b] = await Promise.all(both.map((layer) => this.layer(row, layer, options)));
      if (isLabels(first)) return drawDifference(a, b, this.site.classes);
      return drawDistance(a, b, this.table(options.colours, "heat"));
    });
  }

  /** Background score of a seed mask: its value or the stored plane, and how it was chosen. */
  threshold(layer, chosen) {
    if (!this.site.facts.background) return { mode: "no background", value: null };
    const { thresholds = [], arrays = {} } = this.site.variants.get(layer.variant) ?? {};
    const stored = `${layer.array}_background` in arrays;
    const of = (mode) => thresholds.find((each) => each.mode === mode);
    if (chosen === "stored" && stored) return { mode: "stored", value: null };
    if (chosen !== "" && Number.isFinite(Number(chosen))) return { mode: "chosen here", value: Number(chosen) };
    if (layer.array === "cam") {
      const threshold = of(chosen) ?? of("label_free") ?? of("fixed");
      if (threshold) return threshold;
    }
    return stored ? { mode: "stored", value: null } : { mode: "plain, not scored", value: PLAIN_THRESHOLD };
  }

  #version(layer) {
    return this.site.variants.get(layer.variant)?.version ?? "";
  }

  #optionsOf(layer, options) {
    const colours = `${options.colours} ${isClear(options)}`;
    if (layer.kind === "maps") return `${colours} ${options.class}`;
    return layer.kind === "seed" ? `${colours} ${JSON.stringify(this.threshold(layer, options.threshold))}` : colours;
  }

  #once(key, make) {
    if (this.cache.has(key)) return this.cache.get(key);
    const made = make();
    this.cache.set(key, made, 1024);
    made.then(
      (drawn) => this.cache.set(key, made, drawn.bytes),
      () => this.cache.delete(key),
    );
    return made;
  }

  async #draw(row, layer, options) {
    if (layer.kind === "picture") return this.#picture(row);
    if (layer.id === "truth") return this.#truth(row, options);
    const stored = this.stored.get(layer.variant);
    if (!stored) throw new Reason(`there is no ${layer.variant} here`);
    if (layer.kind === "maps" || layer.kind === "seed") {
      const maps = await this.#maps(row, layer);
      return layer.kind === "maps" ? this.#heatOfClass(maps, options) : this.#seed(maps, layer, options);
    }
    const array = await stored.read(row, layer.array);
    if (layer.kind === "labels") return this.#labels(array, options);
    if (layer.kind === "weak") return drawWeak(array, this.table(options.colours, "labels"), this.site.classes);
    return this.#heat(array, stored.facts.arrays[layer.array].scale, layer.array, options);
  }

  async #picture(row) {
    const answer = await request(`/pictures/${row}?side=${LONGEST}`);
    if (!answer.ok) throw new Reason((await answer.text()).trim());
    const pixels = await createImageBitmap(await answer.blob());
    const { width, height } = pixels;
    return { pixels, width, height, words: "", present: new Set(), bytes: 4 * width * height };
  }

  async #truth(row, options) {
    if (!this.site.images.truth[row]) throw new Reason("no truth mask");
    const answer = await request(`/truth/${row}`);
    if (!answer.ok) throw new Reason((await answer.text()).trim());
    const bitmap = await createImageBitmap(await answer.blob(), {
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
    });
    const { width, height } = bitmap;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    const grey = context.getImageData(0, 0, width, height).data;
    const data = new Uint8Array(width * height);
    for (let p = 0; p < data.length; p++) data[p] = grey[4 * p];
    return this.#labels({ data, width, height }, options);
  }

  /** All maps of an image's classes, and that of the background if there is one. */
  #maps(row, layer) {
    const stored = this.stored.get(layer.variant);
    return this.#once(["maps", row, this.#version(layer), layer.variant, layer.array].join("|"), async () => {
      const background = `${layer.array}_background`;
      const [all, classes, plane] = await Promise.all([
        stored.read(row, layer.array),
        stored.read(row, "classes"),
        background in (stored.facts.arrays ?? {}) ? stored.read(row, background) : null,
      ]);
      const { height, width, slots } = all;
      const pixels = height * width;
      const maps = Array.from({ length: slots }, (_, slot) => all.data.subarray(slot * pixels, (slot + 1) * pixels));
      const { scale } = stored.facts.arrays[layer.array];
      const bytes = all.data.byteLength + (plane?.data.byteLength ?? 0);
      return { maps, classes: [...classes.data], plane: plane?.data ?? null, height, width, scale, bytes };
    });
  }

  #heatOfClass({ maps, classes, plane, height, width, scale }, options) {
    const names = classes.map((number) => this.site.classes[number]);
    let values = strongest(maps, height * width);
    let words = names.length ? `strongest of ${names.join(", ")}` : "no classes";
    if (options.class === BACKGROUND) {
      if (!plane) throw new Reason("no map of the background is stored");
      [values, words] = [plane, "background"];
    } else if (options.class) {
      const slot = names.indexOf(options.class);
      if (slot < 0)
        throw new Reason(`no map of ${options.class}: ${names.length ? `there is ${names.join(", ")}` : "no classes"}`);
      [values, words] = [maps[slot], options.class];
    }
    return this.#heat({ data: values, height, width }, scale, words, options);
  }

  #seed(seeds, layer, options) {
    const { mode, value } = this.threshold(layer, options.threshold);
    const { maps, classes, plane, height, width, scale } = seeds;
    const data = seedLabels(maps, classes, scale, value ?? (this.site.facts.background ? plane : null), height * width);
    const drawn = this.#labels({ data, height, width }, options);
    const kind = mode === "stored" ? "stored background" : mode;
    const threshold = value === null ? kind : `${mode} ${value.toFixed(3)}`;
    return { ...drawn, words: `${threshold}: ${drawn.words}`, usesLabels: mode === "oracle" };
  }

  #labels(array, options) {
    return drawLabels(array, this.#labelTable(options), this.site.classes);
  }

  /** Colours of masks; the background of a layer over a picture is transparent. */
  #labelTable(options) {
    const table = this.table(options.colours, "labels");
    return isClear(options) ? table.with(0, 0) : table;
  }

  #heat(array, scale, words, options) {
    return drawHeat(array, scale, this.table(options.colours, "heat"), words);
  }
}
