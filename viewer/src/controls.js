// The fields above an image: which results are shown, and how.

import { h } from "./dom.js";
import { ChoiceField, SelectField, SliderField, TickField } from "./fields.js";
import { BACKGROUND } from "./drawn.js";
import { PICTURE, byStage, isLabels, startLayers } from "./layers.js";
import { OPACITY } from "./state.js";

const NARROW = 640;
const MODES = [
  ["sides", "side by side"],
  ["overlay", "overlay"],
  ["wipe", "wipe"],
  ["difference", "difference"],
];
const SIZES = [
  ["small", "small"],
  ["", "medium"],
  ["large", "large"],
];
const THRESHOLDS = {
  oracle: "oracle (uses pixel labels)",
  label_free: "label-free threshold",
  stored: "its own background",
};

export class Controls {
  constructor(app) {
    this.app = app;
    this.mode = new ChoiceField("how to show", MODES, (mode) => app.go({ mode }));
    const some = (words, layers) => h("button", { type: "button", onclick: () => app.go({ show: layers() }) }, words);
    const sets = h(
      "p",
      {},
      some("all", () => [...app.layers.keys()]),
      " ",
      some("as at the start", () => []),
    );
    this.show = new TickField((show) => app.go({ show: show.length ? show : [PICTURE.id] }), sets);
    this.a = new SelectField("result", (a) => app.go({ a }));
    this.b = new SelectField("second", (b) => app.go({ b }));
    this.swap = h("button", { type: "button", onclick: () => this.exchange() }, "⇄ swap");
    const percent = { words: (value) => `${value} %` };
    this.opacity = new SliderField("opacity", percent, (value) => this.see(value));
    this.at = new SliderField("wipe at", percent, (at) => app.go({ at }));
    this.class = new SelectField("heat of", (name) => app.go({ class: name }));
    this.threshold = new SelectField("seed at", (threshold) => app.go({ threshold }));
    const cut = { max: 1, step: 0.005, words: (value) => value.toFixed(3) };
    this.cut = new SliderField("background score", cut, (value) => app.go({ threshold: String(value) }));
    this.size = new SelectField("size", (size) => app.go({ size }));
    const elements = (...fields) => fields.map((field) => field.element ?? field);
    const what = elements(this.mode, this.show, this.a, this.b, this.swap);
    const how = elements(this.opacity, this.at, this.class, this.threshold, this.cut, this.size);
    // Folded where they would push the pictures out of a phone's view.
    const fold = { class: "how", open: innerWidth > NARROW };
    this.elements = [
      h("div", { class: "bar" }, what),
      h("details", fold, h("summary", {}, "settings"), h("div", { class: "bar" }, how)),
    ];
  }

  /** Layers that are side by side; those of results that are gone are left out. */
  get shown() {
    const { state, layers } = this.app;
    const ids = state.show.length ? state.show : startLayers([...layers.values()]);
    return ids.filter((id) => layers.has(id)).map((id) => layers.get(id));
  }

  /** The two layers of overlay, wipe and difference. */
  get pair() {
    const { state, layers } = this.app;
    const results = [...layers.values()].filter((layer) => layer.variant);
    const masks = results.filter(isLabels);
    const a = layers.get(state.a) ?? masks.at(-1) ?? results[0] ?? PICTURE;
    const others = [layers.get("truth"), ...masks].filter((layer) => layer !== a);
    return [a, layers.get(state.b) ?? others[0]];
  }

  /** Opacity of the layers over the picture, in percent. */
  get opaque() {
    const { mode, opacity } = this.app.state;
    return opacity[mode] ?? OPACITY[mode];
  }

  see(value) {
    const { mode, opacity } = this.app.state;
    return this.app.go({ opacity: { ...opacity, [mode]: Math.min(Math.max(value, 0), 100) } });
  }

  /** Take what is first for second. */
  exchange() {
    const [a, b] = this.pair;
    return this.app.go({ a: b.id, b: a.id });
  }

  /** Heat of another class of the list. */
  turn(by) {
    const values = [...this.class.select.options].map(({ value }) => value);
    const next = (values.indexOf(this.app.state.class) + by + values.length) % values.length;
    return this.app.go({ class: values[next] });
  }

  sync(row) {
    const { state, layers, site } = this.app;
    const { mode } = state;
    const all = [...layers.values()];
    const [a, b] = this.pair;
    const inView = { sides: this.shown, overlay: [a], wipe: [a, b], difference: [a, b] }[mode];
    const groups = byStage(all, site.variants);
    const ids = this.shown.map(({ id }) => id);
    this.mode.sync(mode);
    this.show.sync(groups, ids, `${ids.length} of ${all.length} shown`);
    this.a.sync(groups, a.id);
    this.b.sync(groups, b.id);
    this.opacity.sync(this.opaque);
    this.at.sync(state.at);
    this.class.sync(this.#classes(row, inView), state.class);
    this.#syncThreshold(inView);
    this.size.sync(SIZES, state.size);
    this.show.element.hidden = this.size.element.hidden = mode !== "sides";
    this.a.element.hidden = mode === "sides";
    this.b.element.hidden = this.swap.hidden = mode !== "wipe" && mode !== "difference";
    this.at.element.hidden = mode !== "wipe";
    this.class.element.hidden = !inView.some((layer) => layer.kind === "maps");
  }

  #classes(row, inView) {
    const { site, state } = this.app;
    const tags = (site.images.tags[row] ?? []).map((tag) => site.classes[tag]);
    const others = site.classes.filter((name) => !tags.includes(name));
    const options = [["", "the strongest class"], ...tags.map((name) => [name, name])];
    if (inView.some((layer) => this.#hasBackground(layer)) || state.class === BACKGROUND) {
      options.push([BACKGROUND, "background"]);
    }
    return [...options, ["not among its tags", others.map((name) => [name, name])]];
  }

  #syncThreshold(inView) {
    const { gallery, state, site } = this.app;
    const seeds = inView.filter((layer) => layer.kind === "seed");
    const chooses = seeds.length > 0 && site.facts.background;
    this.threshold.element.hidden = this.cut.element.hidden = !chooses;
    if (!chooses) return;
    const thresholds = seeds.flatMap(({ variant }) => site.variants.get(variant).thresholds ?? []);
    const modes = new Set(thresholds.map(({ mode }) => mode));
    if (seeds.some((layer) => this.#hasBackground(layer))) modes.add("stored");
    const options = [["", "as in the run"], ...[...modes].map((mode) => [mode, THRESHOLDS[mode] ?? mode])];
    const own = state.threshold !== "" && Number.isFinite(Number(state.threshold));
    if (own) options.push([state.threshold, "a score of your own"]);
    this.threshold.sync(options, state.threshold);
    this.cut.sync(gallery.threshold(seeds[0], state.threshold).value ?? 0);
  }

  #hasBackground({ variant, array }) {
    return `${array}_background` in (this.app.site.variants.get(variant)?.arrays ?? {});
  }
}
