// The page of one image: its layers side by side, one over it, two with a wipe, or where two differ.

import { Cell } from "./cell.js";
import { Controls } from "./controls.js";
import { fill, h } from "./dom.js";
import { valueAt } from "./drawn.js";
import { PICTURE } from "./layers.js";
import { Legend } from "./legend.js";

/** Steps in the list to images that are read before somebody asks for them. */
const AHEAD = [1, -1, 2];

export class ImagePage {
  constructor(app) {
    this.app = app;
    this.cells = [];
    this.legend = new Legend(app);
    this.controls = new Controls(app);
    const button = (words, label, onclick) => h("button", { type: "button", "aria-label": label, onclick }, words);
    this.place = h("span", { class: "pale place" });
    this.name = h("h2", { tabindex: "-1" });
    this.facts = h("p", { class: "facts" });
    this.numbers = h("p", { class: "small numbers" });
    const way = h(
      "nav",
      { class: "way", "aria-label": "images" },
      button("▦ all", "all images (g)", () => app.close()),
      button("‹", "previous image (left arrow)", () => app.step(-1)),
      button("›", "next image (right arrow)", () => app.step(1)),
      this.name,
      this.place,
    );
    this.sheet = h("div", { class: "sheet-of-cells" });
    this.sheet.addEventListener("pointermove", (event) => this.#point(event));
    this.sheet.addEventListener("pointerleave", () => this.#leave());
    const body = h("div", { class: "body" }, this.sheet, this.legend.element);
    const parts = [way, this.facts, ...this.controls.elements, body, this.numbers];
    this.element = h("main", { class: "imagepage", hidden: true }, parts);
  }

  /** Show the state's image. */
  async sync(row) {
    const { state, site } = this.app;
    this.row = row;
    const id = site.images.ids[row];
    this.#rebuild();
    this.controls.sync(row);
    this.#sayFacts(row, id);
    const style = this.sheet.style;
    style.setProperty("--opacity", this.controls.opaque / 100);
    style.setProperty("--at", `${state.at}%`);
    this.sheet.className = `sheet-of-cells ${state.mode} ${state.size || "medium"}`;
    this.#leave();
    const shown = await Promise.all(this.cells.map((cell) => cell.show(id, ...this.#request(cell, row))));
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
    const { pair, shown } = this.controls;
    const [a, b] = pair;
    const alone = (layer) => [layer === PICTURE ? [] : [layer], layer.label];
    const wanted = {
      sides: () => shown.map(alone),
      overlay: () => [alone(a)],
      wipe: () => [[pair, `${a.label} | ${b.label}`]],
      difference: () => [[[differenceOf(a, b)], `${a.label} against ${b.label}`]],
    }[mode]();
    const made = JSON.stringify([mode, wanted]);
    if (made === this.made) return;
    this.made = made;
    for (const cell of this.cells) cell.turn++; // what they wait for is of no use any more
    this.cells = wanted.map(([layers, title]) => new Cell(layers, title));
    fill(
      this.sheet,
      this.cells.map((cell) => cell.element),
    );
  }

  /** The picture of a cell and the layers over it, as promises. */
  #request(cell, row) {
    const { gallery, state } = this.app;
    const under = gallery.layer(row, PICTURE, state);
    if (state.mode === "difference") return [under, [gallery.difference(row, ...this.controls.pair, state)]];
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
      await Promise.allSettled(this.cells.flatMap((cell) => this.#request(cell, next).flat()));
    }
    this.element.dataset.ready = app.site.images.ids[row];
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
    this.numbers.textContent = others
      .map(([name, value]) => `${name.replace("_", " ")} ${value.toFixed(3)}`)
      .join(" · ");
  }

  /** Show the value of every layer at the pointer, and mark the position in all of them. */
  #point(event) {
    const stack = event.target.closest?.(".stack");
    if (!stack) return this.#leave();
    const box = stack.getBoundingClientRect();
    const [right, down] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const drags = event.buttons === 1 && this.app.state.mode === "wipe";
    if (drags) this.app.go({ at: Math.round(100 * Math.min(Math.max(right, 0), 1)) });
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

function differenceOf(a, b) {
  const pixelLabels = [...a.pixelLabels, ...b.pixelLabels];
  return { id: `${a.id} ≠ ${b.id}`, label: `${a.label} against ${b.label}`, kind: "labels", madeBy: "", pixelLabels };
}
