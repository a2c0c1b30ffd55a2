// One cell of the image page: layers over each other, and a text about them.

import { fill, h } from "./dom.js";

const SLOW = 150;

/** Put what was drawn on a canvas, which takes its size. */
export function lay(canvas, { pixels, height, width }) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  if (pixels instanceof ImageData) context.putImageData(pixels, 0, 0);
  else context.drawImage(pixels, 0, 0);
}

export class Cell {
  /**
   * @param {object[]} layers layers over the picture, from the lowest; none for the picture alone
   * @param {string} title
   */
  constructor(layers, title) {
    this.layers = layers;
    this.turn = 0;
    this.drawn = [];
    this.laid = new Map();
    this.under = h("canvas", { class: "under", "aria-hidden": "true" });
    this.overs = layers.map(({ kind }, place) =>
      h("canvas", { class: `over ${kind} ${place ? "second" : "first"}`, role: "img" }),
    );
    this.why = h("p", { class: "why", hidden: true });
    this.stack = h("div", { class: "stack" }, this.under, this.overs, h("i", { class: "cross" }), this.why);
    this.words = h("span", { class: "words" });
    this.number = h("span", { class: "number" });
    this.mark = h("span", { class: "mark" });
    this.at = h("span", { class: "at" });
    const { madeBy = "", settings } = layers.length === 1 ? layers[0] : {};
    this.caption = h(
      "figcaption",
      {},
      h("b", {}, title),
      " ",
      h("span", { class: "pale", title: settings }, madeBy),
      " ",
      this.number,
      this.at,
      h("br"),
      this.mark,
      this.words,
    );
    this.element = h(
      "figure",
      { class: "cell", "data-layers": layers.map(({ id }) => id).join(" | ") || "picture" },
      this.stack,
      this.caption,
    );
  }

  /**
   * Show an image; the one before stays in view until then.
   * @param {string} id the image
   * @param {Promise|null} under the picture
   * @param {Promise[]} overs one for each layer
   * @returns {Promise<boolean>} whether it was shown; false if another image was requested meanwhile
   */
  async show(id, under, overs) {
    const turn = ++this.turn;
    const slow = setTimeout(() => this.element.classList.add("busy"), SLOW);
    const [below, ...above] = await Promise.allSettled([under, ...overs]);
    clearTimeout(slow);
    if (turn !== this.turn) return false;
    this.element.classList.remove("busy");
    this.#lay(this.under, below);
    above.forEach((outcome, place) => this.#lay(this.overs[place], outcome, `${this.layers[place].label} of ${id}`));
    this.drawn = above.filter(({ status }) => status === "fulfilled").map(({ value }) => value);
    const first = [...this.drawn, below.value].find(Boolean);
    this.#size(first);
    // A result is worth showing without its picture.
    const needed = above.length ? above : [below];
    const failed = needed.filter(({ status }) => status === "rejected");
    this.#say(
      failed.map(({ reason }) => reason.message),
      above.length > 0 && below.status === "rejected",
    );
    return true;
  }

  #lay(canvas, { status, value }, label) {
    canvas.hidden = status === "rejected" || !value;
    if (canvas.hidden) return;
    if (this.laid.get(canvas) !== value) lay(canvas, value);
    this.laid.set(canvas, value);
    if (label) canvas.setAttribute("aria-label", `${label}: ${value.words}`);
  }

  #size(drawn) {
    if (!drawn) return;
    this.stack.style.setProperty("--w", drawn.width);
    this.stack.style.setProperty("--h", drawn.height);
  }

  #say(reasons, bare) {
    const usesLabels = this.layers.flatMap(({ pixelLabels }) => pixelLabels);
    if (this.drawn.some((drawn) => drawn.usesLabels)) usesLabels.push("threshold chosen with truth masks");
    this.mark.textContent = usesLabels.length ? `uses pixel labels: ${[...new Set(usesLabels)].join("; ")}. ` : "";
    const words = this.drawn.map((drawn) => drawn.words).filter(Boolean);
    this.words.textContent = words.join(" | ") + (bare ? " (without the picture, which cannot be read)" : "");
    this.why.hidden = reasons.length === 0;
    fill(this.why, [...new Set(reasons)].join("; "));
    this.element.classList.toggle("failed", reasons.length > 0);
  }
}
