// What the colours mean.

import { h, fill } from "./dom.js";
import { DIFFERENCES, cssColour, differenceColours } from "./paint.js";
import { isClear, labelName } from "./drawn.js";

export class Legend {
  constructor(app) {
    this.app = app;
    this.list = h("ul", { class: "legend" });
    this.bar = h("canvas", { class: "heatbar", width: 256, height: 1, role: "img", "aria-label": "heat from 0 to 1" });
    this.heat = h("p", { class: "small" }, "heat: 0 ", this.bar, " 1");
    this.all = h("ul", { class: "legend" });
    this.note = h("p", { class: "small pale" });
    this.rest = h("details", {}, h("summary", {}, "all classes"), this.all, this.note);
    this.element = h("section", { class: "legends", "aria-label": "legend" }, this.list, this.heat, this.rest);
  }

  /**
   * @param {Set<number>} present labels that are in view
   * @param {{heat: boolean, difference: boolean}} shown what else is
   */
  sync(present, shown) {
    const { site, state, gallery } = this.app;
    const table = gallery.table(state.colours, "labels");
    const colour = (label) => (label === 254 && site.classes.length < 254 ? "transparent" : cssColour(table[label]));
    const drawn = [...present].filter((label) => label > 0 || !isClear(state));
    const entry = (label) => item(colour(label), labelName(label, site.classes));
    const differences = DIFFERENCES.slice(1).map((words, place) =>
      item(cssColour(differenceColours[place + 1]), words),
    );
    fill(this.list, shown.difference ? differences : drawn.sort((a, b) => a - b).map(entry));
    this.heat.hidden = !shown.heat;
    if (shown.heat) this.#paintBar(gallery.table(state.colours, "heat"));
    if (this.made === state.colours) return;
    this.made = state.colours;
    const first = site.facts.background ? [0] : [];
    fill(this.all, [...first, ...site.classes.map((_, number) => number + 1), 255].map(entry));
    const { repeats } = site.facts.colours[state.colours];
    const repeated = repeats && site.classes.length > repeats;
    this.note.textContent = repeated
      ? `${repeats} colours: they start again after as many classes. Point at a pixel to read its class.`
      : "";
  }

  #paintBar(table) {
    this.bar.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(table.slice().buffer), 256, 1), 0, 0);
  }
}

function item(colour, words) {
  return h("li", {}, h("i", { style: { background: colour } }), words);
}
