// All listed images small. Only what is in view exists as elements, so that 50,000 cost no more than 50.

import { lay } from "./cell.js";
import { fill, h } from "./dom.js";

const WIDTH = 176;
const NARROW = 150;
const GAP = 8;
const TEXT = 44;
const SPARE = 2;
const SIDE = 240;

export class Grid {
  constructor(app) {
    this.app = app;
    this.cells = new Map();
    this.at = 0;
    this.space = h("div", { class: "space", role: "presentation" });
    this.element = h(
      "div",
      {
        class: "grid",
        role: "listbox",
        tabindex: "0",
        "aria-label": "images",
        onkeydown: (event) => this.key(event),
        onfocus: () => this.#mark(),
      },
      this.space,
    );
    this.empty = h("p", { class: "why", hidden: true }, "No image fits. ");
    this.element.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.layout()).observe(this.element);
  }

  /** After the list changed. */
  sync() {
    const { rows, column } = this.app;
    // A list that was made again because of new results must keep its scroll position.
    const same = this.rows?.length === rows.length && rows.every((row, at) => row === this.rows[at]);
    const look = this.#look();
    if (!same || this.column !== column || this.look !== look) {
      const before = this.rows?.[this.at];
      this.at = Math.max(rows.indexOf(before), 0);
      for (const at of [...this.cells.keys()]) this.#drop(at);
      if (!same) this.element.scrollTop = 0;
    }
    [this.rows, this.column, this.look] = [rows, column, look];
    this.empty.hidden = rows.length > 0;
    this.layout();
  }

  /** Put the mark on an image and bring it into view. */
  select(row) {
    this.at = Math.max(this.rows?.indexOf(row) ?? 0, 0);
    this.reveal();
  }

  layout() {
    const width = this.space.clientWidth;
    if (!width || !this.rows) return;
    const wish = width < 500 ? NARROW : WIDTH;
    this.columns = Math.max(1, Math.floor((width + GAP) / (wish + GAP)));
    this.width = Math.floor((width - GAP * (this.columns - 1)) / this.columns);
    this.height = Math.round(this.width * 0.75) + TEXT;
    this.space.style.height = `${Math.ceil(this.rows.length / this.columns) * (this.height + GAP)}px`;
    this.draw(true);
  }

  draw(moved = false) {
    if (!this.rows || !this.columns) return;
    const step = this.height + GAP;
    const first = Math.max(Math.floor(this.element.scrollTop / step) - SPARE, 0) * this.columns;
    const shown = (Math.ceil(this.element.clientHeight / step) + 2 * SPARE + 1) * this.columns;
    const last = Math.min(first + shown, this.rows.length);
    for (const at of [...this.cells.keys()]) if (at < first || at >= last) this.#drop(at);
    for (let at = first; at < last; at++) {
      const known = this.cells.has(at);
      if (!known) this.cells.set(at, this.#cell(at));
      const cell = this.cells.get(at);
      if (!known || moved) {
        cell.style.transform = `translate(${(at % this.columns) * (this.width + GAP)}px, ${Math.floor(at / this.columns) * step}px)`;
        cell.style.width = `${this.width}px`;
        cell.style.height = `${this.height}px`;
      }
      if (!known) this.space.append(cell);
    }
    this.#mark();
  }

  reveal() {
    if (!this.columns) return;
    const step = this.height + GAP;
    const top = Math.floor(this.at / this.columns) * step;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + step > scrollTop + clientHeight) this.element.scrollTop = top + step - clientHeight;
    this.draw();
  }

  /** What all thumbnails look like. */
  #look() {
    const { state, site, layers } = this.app;
    const version = site.variants.get(layers.get(state.over)?.variant)?.version;
    return JSON.stringify([state.over, state.colours, state.class, state.threshold, version]);
  }

  /** Lay a result over a thumbnail. */
  async #cover(frame, row) {
    const { state, layers, gallery } = this.app;
    const layer = layers.get(state.over);
    if (!layer) return;
    try {
      const drawn = await gallery.layer(row, layer, { ...state, mode: "overlay" });
      const canvas = h("canvas", { class: layer.kind, "aria-hidden": "true" });
      lay(canvas, drawn);
      frame.append(canvas);
    } catch (reason) {
      frame.append(h("span", { class: "why" }, reason.message));
    }
  }

  #drop(at) {
    const cell = this.cells.get(at);
    cell.querySelector("img")?.removeAttribute("src"); // or scrolling far would wait for all that it passed
    cell.remove();
    this.cells.delete(at);
  }

  #cell(at) {
    const { site } = this.app;
    const row = this.rows[at];
    const id = site.images.ids[row];
    const tags = site.images.tags[row];
    const names = tags === null ? "tags not known" : tags.map((tag) => site.classes[tag]).join(", ") || "no class";
    const number = this.app.column?.[row];
    const value = this.app.column ? h("b", { class: "number" }, number === null ? "–" : number.toFixed(2)) : null;
    const image = h("img", { src: `/pictures/${row}?side=${SIDE}`, alt: "", decoding: "async" });
    image.addEventListener("error", () => image.replaceWith(h("span", { class: "why" }, "cannot be read")));
    const frame = h("div", { class: "frame" }, image);
    this.#cover(frame, row);
    return h(
      "div",
      {
        class: "thumb",
        role: "option",
        id: `thumb-${at}`,
        "aria-setsize": this.rows.length,
        "aria-posinset": at + 1,
        "aria-selected": "false",
        onclick: () => this.#open(at),
      },
      frame,
      h("div", { class: "text" }, value, h("b", {}, id), h("span", { class: "pale" }, names)),
    );
  }

  #mark() {
    for (const [at, cell] of this.cells) cell.setAttribute("aria-selected", String(at === this.at));
    if (this.cells.has(this.at)) this.element.setAttribute("aria-activedescendant", `thumb-${this.at}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  #open(at) {
    this.at = at;
    this.app.open(this.rows[at]);
  }

  /** Move the mark, or open what it is on. */
  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const page = this.columns * Math.max(1, Math.floor(this.element.clientHeight / (this.height + GAP)));
    const steps = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: this.columns,
      ArrowUp: -this.columns,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    if (event.key in steps) {
      const last = this.rows.length - 1;
      this.at = Math.min(Math.max(this.at + steps[event.key], 0), Math.max(last, 0));
      this.reveal();
    } else if ((event.key === "Enter" || event.key === " ") && this.rows.length) this.#open(this.at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** Grid with a text for when it is empty. */
export function gridPage(app, bar, grid) {
  const page = h("main", { class: "gridpage" });
  fill(page, bar.element, grid.empty, grid.element);
  return page;
}
