// Fields of the page that stay when what they show changes, so that the keyboard's focus stays too.

import { fill, h } from "./dom.js";

/** A drop-down. Options are `[value, text]`, or `[heading, [[value, text], ...]]`. */
export class SelectField {
  constructor(label, onchange) {
    this.select = h("select", { onchange: () => onchange(this.select.value) });
    this.element = h("label", { class: "field" }, h("span", {}, label), this.select);
  }

  sync(options, value) {
    const made = JSON.stringify(options);
    if (made !== this.made) {
      fill(this.select, options.map(option));
      this.made = made;
    }
    this.select.value = value;
  }
}

function option([key, text, disabled = false]) {
  return Array.isArray(text)
    ? h("optgroup", { label: key }, text.map(option))
    : h("option", { value: key, disabled }, text);
}

/** A slider over whole steps; `words` says what a value means. */
export class SliderField {
  constructor(label, { min = 0, max = 100, step = 1, words }, onchange) {
    this.words = words;
    this.input = h("input", { type: "range", min, max, step, oninput: () => onchange(Number(this.input.value)) });
    this.output = h("output", {});
    this.element = h("label", { class: "field" }, h("span", {}, label), this.input, this.output);
  }

  sync(value) {
    if (this.input.valueAsNumber !== value) this.input.value = value;
    this.output.textContent = this.words(value);
  }
}

/** One of a few, all in view. */
export class ChoiceField {
  constructor(label, choices, onchange) {
    this.inputs = new Map(
      choices.map(([value]) => [
        value,
        h("input", { type: "radio", name: label, value, onchange: () => onchange(value) }),
      ]),
    );
    const labels = choices.map(([value, text]) => h("label", {}, this.inputs.get(value), h("span", {}, text)));
    this.element = h("fieldset", { class: "choice" }, h("legend", { class: "unseen" }, label), labels);
  }

  sync(value) {
    this.inputs.get(value).checked = true;
  }
}

/** Boxes to tick under headings, folded away; `groups` is `[[heading, [[value, text], ...]], ...]`. */
export class TickField {
  constructor(onchange, ...extra) {
    this.onchange = onchange;
    this.summary = h("summary", {});
    this.list = h("div", { class: "ticks" });
    this.element = h("details", { class: "tickfield" }, this.summary, h("div", { class: "sheet" }, extra, this.list));
    this.inputs = new Map();
    document.addEventListener("pointerdown", (event) => {
      if (!this.element.contains(event.target)) this.element.open = false;
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.element.open) return;
      event.stopPropagation();
      this.element.open = false;
      this.summary.focus();
    });
  }

  sync(groups, chosen, words) {
    const made = JSON.stringify(groups);
    if (made !== this.made) {
      this.inputs.clear();
      fill(
        this.list,
        groups.map(([heading, entries]) => this.#group(heading, entries)),
      );
      this.made = made;
    }
    this.summary.textContent = words;
    const wanted = new Set(chosen);
    for (const [value, input] of this.inputs) input.checked = wanted.has(value);
  }

  /** What is ticked, in the order of the list. */
  get chosen() {
    return [...this.inputs].filter(([, input]) => input.checked).map(([value]) => value);
  }

  #group(heading, entries) {
    const boxes = entries.map(([value, text]) => {
      const input = h("input", { type: "checkbox", onchange: () => this.onchange(this.chosen) });
      this.inputs.set(value, input);
      return h("label", {}, input, h("span", {}, text));
    });
    return h("fieldset", {}, h("legend", {}, heading), boxes);
  }
}
