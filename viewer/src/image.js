// The page of one image: its layers side by side, one over it, two with a wipe, or where two differ.

import { Cell } from "./cell.js";
import { fill, h } from "./dom.js";
import { ChoiceField, SelectField, SliderField, TickField } from "./fields.js";
import { BACKGROUND, valueAt } from "./gallery.js";
import { PICTURE, isLabels, startLayers } from "./layers.js";
import { Legend } from "./legend.js";
import { OPACITY } from "./state.js";

const NARROW = 640;
const AHEAD = [1, -1, 2];
const MODES = [["sides", "side by side"], ["overlay", "overlay"], ["wipe", "wipe"], ["difference", "difference"]];
const SIZES = [["small", "small"], ["", "medium"], ["large", "large"]];

export class ImagePage {
  constructor(app) {
    this.app = app;
    this.cells = [];
    this.legend = new Legend(app);
    this.#makeFields();
    const button = (words, label, onclick) => h("button", { type: "button", "aria-label": label, onclick }, words);
    this.place = h("span", { class: "pale place" });
    this.name = h("h2", { tabindex: "-1" });
    this.facts = h("p", { class: "facts" });
    this.numbers = h("p", { class: "small numbers" });
    const way = h("nav", { class: "way", "aria-label": "images" }, button("▦ all", "all images (g)", () => app.close()),
      button("‹", "previous image (left arrow)", () => app.step(-1)), button("›", "next image (right arrow)", () => app.step(1)),
      this.name, this.place);
    const elements = (...fields) => fields.map((field) => field.element ?? field);
    const what = h("div", { class: "bar" }, elements(this.mode, this.show, this.a, this.b, this.swap));
    const how = elements(this.opacity, this.at, this.class, this.threshold, this.cut, this.size);
    // Folded where they would push the pictures out of a phone's view.
    this.how = h("details", { class: "how", open: innerWidth > NARROW }, h("summary", {}, "settings"), h("div", { class: "bar" }, how));
    this.sheet = h("div", { class: "sheet-of-cells" });
    this.sheet.addEventListener("pointermove", (event) => this.#point(event));
    this.sheet.addEventListener("pointerleave", () => this.#leave());
    this.element = h("main", { class: "imagepage", hidden: true }, way, this.facts, what, this.how,
      h("div", { class: "body" }, this.sheet, this.legend.element), this.numbers);
  }

  #makeFields() {
    const { app } = this;
    this.mode = new ChoiceField("how to show", MODES, (mode) => app.go({ mode }));
    const some = (words, layers) => h("button", { type: "button", onclick: () => app.go({ show: layers() }) }, words);
    const sets = h("p", {}, some("all", () => [...app.layers.keys()]), " ", some("as at the start", () => []));
    this.show = new TickField((show) => app.go({ show: show.length ? show : [PICTURE.id] }), sets);
    this.a = new SelectField("result", (a) => app.go({ a }));
    this.b = new SelectField("second", (b) => app.go({ b }));
    this.swap = h("button", { type: "button", onclick: () => this.exchange() }, "⇄ swap");
    const opacity = { words: (value) => `${value} %` };
    this.opacity = new SliderField("opacity", opacity, (value) =>
      app.go({ opacity: { ...app.state.opacity, [app.state.mode]: value } }),
    );
    this.at = new SliderField("wipe at", { words: (value) => `${value} %` }, (at) => app.go({ at }));
    this.class = new SelectField("heat of", (name) => app.go({ class: name }));
    this.threshold = new SelectField("seed at", (threshold) => app.go({ threshold }));
    this.cut = new SliderField("background score", { max: 1, step: 0.005, words: (value) => value.toFixed(3) }, (value) =>
      app.go({ threshold: String(value) }),
    );
    this.size = new SelectField("size", (size) => app.go({ size }));
  }

  /** Layers that the state shows, those of results that are gone left out. */
  get shown() {
    const { state, layers } = this.app;
    const ids = state.show.length ? state.show : startLayers([...layers.values()]);
    return ids.filter((id) => layers.has(id)).map((id) => layers.get(id));
  }

  /** The two layers of overlay, wipe and difference. */
  get pair() {
    const { state, layers } = this.app;
    const all = [...layers.values()];
    const results = all.filter((layer) => layer.variant && isLabels(layer));
    const a = layers.get(state.a) ?? results.at(-1) ?? all.find((layer) => layer.variant) ?? PICTURE;
    const others = [...results, layers.get("truth")].filter((layer) => layer !== a);
    return [a, layers.get(state.b) ?? others.at(state.mode === "wipe" ? -2 : -1) ?? others[0]];
  }

  /** Take what is first for second. */
  exchange() {
    const [a, b] = this.pair;
    this.app.go({ a: b.id, b: a.id });
  }

  /** Show the state's image. */
  async sync(row) {
    const { state, site } = this.app;
    this.row = row;
    const id = site.images.ids[row];
    this.#rebuild();
    this.#syncFields(row);
    this.#sayFacts(row, id);
    const style = this.sheet.style;
    style.setProperty("--opacity", (state.opacity[state.mode] ?? OPACITY[state.mode]) / 100);
    style.setProperty("--at", `${state.at}%`);
    this.sheet.className = `sheet-of-cells ${state.mode} ${state.size || "medium"}`;
    this.#leave();
    const shown = await Promise.all(this.cells.map((cell) => cell.show(id, ...this.#ask(cell, row))));
    if (!shown.every(Boolean)) return;
    this.#afterwards(row, id);
  }

  #afterwards(row, id) {
    const present = new Set(this.cells.flatMap((cell) => cell.drawn.flatMap((drawn) => [...drawn.present])));
    const heat = this.cells.some((cell) => cell.drawn.some((drawn) => drawn.values));
    const difference = this.cells.some((cell) => cell.drawn.some((drawn) => drawn.codes));
    this.legend.sync(present, { heat, difference });
    this.element.dataset.shown = id;
    this.#sayNumbers(row);
    this.#lookAhead(row);
  }

  /** New cells where others are shown than before. */
  #rebuild() {
    const { mode } = this.app.state;
    const [a, b] = this.pair;
    const wanted = {
      sides: () => this.shown.map((layer) => [layer === PICTURE ? [] : [layer], layer.label]),
      overlay: () => [[a === PICTURE ? [] : [a], a.label]],
      wipe: () => [[[a, b], `${a.label} | ${b.label}`]],
      difference: () => [[[{ ...b, id: `${a.id} ≠ ${b.id}`, label: `${a.label} against ${b.label}`, kind: "labels", madeBy: "",
        settings: null, pixelLabels: [...a.pixelLabels, ...b.pixelLabels] }], `${a.label} against ${b.label}`]],
    }[mode]();
    const made = JSON.stringify([mode, wanted]);
    if (made === this.made) return;
    this.made = made;
    for (const cell of this.cells) cell.turn++; // what they wait for is of no use any more
    this.cells = wanted.map(([layers, title]) => new Cell(layers, title));
    fill(this.sheet, this.cells.map((cell) => cell.element));
  }

  /** The picture of a cell and what lies over it, as promises. */
  #ask(cell, row) {
    const { gallery, state } = this.app;
    const under = gallery.layer(row, PICTURE, state);
    if (state.mode === "difference") return [under, [gallery.difference(row, ...this.pair, state)]];
    return [under, cell.layers.map((layer) => gallery.layer(row, layer, state))];
  }

  async #lookAhead(row) {
    const { app } = this;
    const here = app.rows.indexOf(row);
    const bytes = this.cells.reduce((sum, { drawn }) => drawn.reduce((part, each) => part + each.bytes, sum), 1);
    const room = Math.floor(app.gallery.cache.most / bytes) - 1; // beside this one, or they would push each other out
    const near = here < 0 ? [] : AHEAD.map((step) => app.rows[here + step]);
    const rows = near.filter((next) => next !== undefined).slice(0, Math.max(room, 0));
    for (const next of rows) {
      await new Promise((resolve) => setTimeout(resolve));
      if (this.row !== row) return;
      await Promise.allSettled(this.cells.flatMap((cell) => this.#ask(cell, next).flat()));
    }
    this.element.dataset.ready = app.site.images.ids[row];
  }

  #syncFields(row) {
    const { state, site, layers } = this.app;
    const { mode } = state;
    const all = [...layers.values()];
    const [a, b] = this.pair;
    const inView = mode === "sides" ? this.shown : mode === "overlay" ? [a] : [a, b];
    this.mode.sync(mode);
    const groups = grouped(all.map((layer) => [layer.group, layer.id, this.#words(layer)]));
    this.show.sync(groups, this.shown.map(({ id }) => id), `${this.shown.length} of ${all.length} shown`);
    this.a.sync(groups, a.id);
    this.b.sync(groups, b?.id);
    this.opacity.sync(state.opacity[mode] ?? OPACITY[mode]);
    this.at.sync(state.at);
    this.class.sync(this.#classOptions(row, inView), state.class);
    this.#syncThreshold(inView);
    this.size.sync(SIZES, state.size);
    const visible = new Map([[this.show, mode === "sides"], [this.size, mode === "sides"], [this.a, mode !== "sides"],
      [this.b, mode === "wipe" || mode === "difference"], [this.at, mode === "wipe"],
      [this.class, inView.some((layer) => layer.kind === "maps")]]);
    for (const [field, is] of visible) field.element.hidden = !is;
    this.swap.hidden = mode !== "wipe" && mode !== "difference";
  }

  #classOptions(row, inView) {
    const { site, state } = this.app;
    const tags = (site.images.tags[row] ?? []).map((tag) => site.classes[tag]);
    const background = inView.some(({ variant, array }) => `${array}_background` in (site.variants.get(variant)?.arrays ?? {}));
    const others = site.classes.filter((name) => !tags.includes(name));
    const options = [["", "the strongest class"], ...tags.map((name) => [name, name])];
    if (background || state.class === BACKGROUND) options.push([BACKGROUND, "background"]);
    return [...options, ["not among its tags", others.map((name) => [name, name])]];
  }

  #syncThreshold(inView) {
    const { gallery, state, site } = this.app;
    const seeds = inView.filter((layer) => layer.kind === "seed");
    this.threshold.element.hidden = this.cut.element.hidden = seeds.length === 0;
    if (!seeds.length) return;
    const modes = new Set(seeds.flatMap(({ variant }) => (site.variants.get(variant).thresholds ?? []).map(({ mode }) => mode)));
    if (seeds.some(({ variant, array }) => `${array}_background` in (site.variants.get(variant).arrays ?? {}))) modes.add("stored");
    const words = { oracle: "oracle (uses pixel labels)", label_free: "label-free threshold", stored: "its own background" };
    const named = [...modes].map((mode) => [mode, words[mode] ?? mode]);
    const own = state.threshold !== "" && Number.isFinite(Number(state.threshold)) ? [[state.threshold, "a score of your own"]] : [];
    this.threshold.sync([["", "as in the run"], ...named, ...own], state.threshold);
    this.cut.sync(gallery.threshold(seeds[0], state.threshold).value ?? 0);
  }

  #words(layer) {
    const { finished, expected, problem } = this.app.site.variants.get(layer.variant) ?? {};
    const waiting = problem || (expected && finished.length < expected.length);
    const made = waiting ? ` (${problem ? "not made yet" : `${finished.length} of ${expected.length} shards`})` : "";
    return layer.label + made + (layer.pixelLabels.length ? " – uses pixel labels" : "");
  }

  #sayFacts(row, id) {
    const { app } = this;
    const { images, classes } = app.site;
    const tags = images.tags[row];
    const names = tags === null ? "tags not known" : tags.map((tag) => classes[tag]).join(", ") || "no class";
    const note = images.notes[row] ? `; ${images.notes[row]}` : "";
    const here = app.rows.indexOf(row);
    this.name.textContent = id;
    this.place.textContent = here < 0 ? "not among those listed" : `${here + 1} of ${app.rows.length}`;
    this.facts.textContent = `${names} · ${images.splits[row]} · ${images.widths[row]} × ${images.heights[row]} pixels${note}`;
    app.say(`${id}, ${this.place.textContent}, ${names}`);
  }

  async #sayNumbers(row) {
    const numbers = await this.app.site.numbersOf(row).catch(() => ({}));
    if (this.row !== row) return;
    for (const cell of this.cells) {
      const value = cell.layers.length === 1 ? numbers[`iou ${cell.layers[0].id}`] : undefined;
      cell.number.textContent = value === undefined ? "" : `IoU ${value.toFixed(3)} `;
    }
    const others = Object.entries(numbers).filter(([name]) => !name.startsWith("iou "));
    this.numbers.textContent = others.map(([name, value]) => `${name.replace("_", " ")} ${value.toFixed(3)}`).join(" · ");
  }

  /** Say what every layer holds where the pointer is, and mark the place in all of them. */
  #point(event) {
    const stack = event.target.closest?.(".stack");
    if (!stack) return this.#leave();
    const box = stack.getBoundingClientRect();
    const [right, down] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    if (event.buttons === 1 && this.app.state.mode === "wipe") this.app.go({ at: Math.round(100 * Math.min(Math.max(right, 0), 1)) });
    this.sheet.style.setProperty("--x", `${100 * right}%`);
    this.sheet.style.setProperty("--y", `${100 * down}%`);
    this.sheet.classList.add("pointing");
    for (const cell of this.cells) {
      const values = cell.drawn.map((drawn) => {
        const [y, x] = [Math.floor(down * drawn.height), Math.floor(right * drawn.width)];
        return valueAt(drawn, Math.min(y, drawn.height - 1), Math.min(x, drawn.width - 1), this.app.site.classes);
      });
      cell.at.textContent = values.filter(Boolean).join(" | ");
    }
  }

  #leave() {
    this.sheet.classList.remove("pointing");
    for (const cell of this.cells) cell.at.textContent = "";
  }
}

function grouped(entries) {
  const groups = new Map();
  for (const [group, value, text] of entries) groups.set(group, [...(groups.get(group) ?? []), [value, text]]);
  return [...groups];
}
