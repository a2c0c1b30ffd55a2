// Which images are listed, in which order.

import { h } from "./dom.js";
import { SelectField, TickField } from "./fields.js";
import { PICTURE, byStage } from "./layers.js";

/** Columns of the report's table of which a small number is what one looks for; of the others a large one. */
const SMALL_FIRST = (name) => name === "confidence" || name.startsWith("iou ");
const ORDER_WORDS = {
  confidence: "least confidence",
  disagreement: "most disagreement",
  tag_mismatch: "furthest from its tags",
};

/** Name of a class filter for images whose tags are not known. */
export const NO_TAGS = "\nno tags";

/**
 * Rows that a state's filters leave, in its order.
 * @param {(number|null)[]|null} column numbers of the order, null for the order of the index
 */
export function listed(state, images, classes, column) {
  const wanted = state.of.filter((name) => name !== NO_TAGS).map((name) => classes.indexOf(name));
  const untagged = state.of.includes(NO_TAGS);
  const word = state.name.trim().toLowerCase();
  const rows = [];
  for (let row = 0; row < images.count; row++) {
    if (state.split && images.splits[row] !== state.split) continue;
    if (word && !images.ids[row].toLowerCase().includes(word)) continue;
    if (state.of.length && !fits(images.tags[row], wanted, untagged, state.every)) continue;
    rows.push(row);
  }
  if (!column) return rows;
  const sign = SMALL_FIRST(state.order) ? 1 : -1;
  const key = (row) => (column[row] === null ? Infinity : sign * column[row]);
  return rows.sort((a, b) => (key(a) === key(b) ? a - b : key(a) - key(b)));
}

function fits(tags, wanted, untagged, every) {
  if (tags === null) return untagged && !(every && wanted.length);
  if (every) return !untagged && wanted.every((number) => tags.includes(number));
  return wanted.some((number) => tags.includes(number));
}

/** The bar above the grid. */
export class FilterBar {
  constructor(app) {
    this.app = app;
    this.name = h("input", { type: "search", oninput: () => app.go({ name: this.name.value }) });
    this.split = new SelectField("split", (split) => app.go({ split }));
    this.every = h("input", { type: "checkbox", onchange: () => app.go({ every: this.every.checked }) });
    const every = h("label", { class: "line" }, this.every, h("span", {}, "all of these, not just one"));
    this.of = new TickField((of) => app.go({ of }), every);
    this.order = new SelectField("order", (order) => app.go({ order }));
    this.over = new SelectField("over them", (over) => app.go({ over }));
    this.why = h("p", { class: "why" });
    this.reset = h(
      "button",
      { type: "button", onclick: () => app.go({ split: "", of: [], every: false, name: "", order: "" }) },
      "show all",
    );
    const name = h("label", { class: "field" }, h("span", {}, "name has"), this.name);
    this.count = h("p", { class: "count", role: "status" });
    const bar = h(
      "div",
      { class: "bar" },
      name,
      this.split.element,
      this.of.element,
      this.order.element,
      this.over.element,
      this.reset,
      this.count,
    );
    this.element = h(
      "form",
      { role: "search", "aria-label": "images", onsubmit: (event) => event.preventDefault() },
      bar,
      this.why,
    );
  }

  sync() {
    const { state, site, rows, problem } = this.app;
    if (this.name.value !== state.name) this.name.value = state.name;
    this.split.sync([["", "all"], ...site.images.splitNames.map((name) => [name, name])], state.split);
    const untagged = site.images.tags.includes(null) ? [[NO_TAGS, "tags not known"]] : [];
    const entries = [...site.classes.map((name) => [name, name]), ...untagged];
    const chosen = state.of.length ? `${state.of.length} of ${entries.length} classes` : "any class";
    this.of.sync([["classes", entries]], state.of, chosen);
    this.every.checked = state.every;
    this.order.sync(this.#orders(), state.order);
    const results = [...this.app.layers.values()].filter((layer) => layer !== PICTURE);
    this.over.sync([["", "nothing"], ...byStage(results, site.variants)], state.over);
    this.reset.hidden = !(state.split || state.of.length || state.name || state.order);
    this.why.textContent =
      problem ?? (site.facts.numbers.problem ? `No order by scores: ${site.facts.numbers.problem}.` : "");
    const total = site.images.count;
    this.count.textContent = rows.length === total ? `${total} images` : `${rows.length} of ${total} images`;
  }

  #orders() {
    const { columns } = this.app.site.facts.numbers;
    const plain = [["", "of the index"]];
    if (!columns) return [...plain, ["off", "by scores: see below", true]];
    const scores = columns.filter((name) => name.startsWith("iou ")).map((name) => [name, name.slice("iou ".length)]);
    const others = columns
      .filter((name) => !name.startsWith("iou "))
      .map((name) => [name, ORDER_WORDS[name] ?? `most ${name}`]);
    return [...plain, ...others, ...(scores.length ? [["worst IoU of", scores]] : [])];
  }
}
