// The page: the address determines the view, and every choice changes the address.

import { fill, h } from "./dom.js";
import { FilterBar, listed } from "./filters.js";
import { Gallery } from "./gallery.js";
import { Grid, gridPage } from "./grid.js";
import { ImagePage } from "./image.js";
import { helpDialog, listen } from "./keys.js";
import { layersOf } from "./layers.js";
import { Site } from "./site.js";
import { fromFragment, toFragment } from "./state.js";

const LOOK_AGAIN = 5000;
const WRITE_ADDRESS = 200;

class App {
  constructor(site) {
    this.site = site;
    this.state = fromFragment(location.hash);
    this.gallery = new Gallery(site);
    this.rows = [];
    this.problem = null;
    this.#takeLayers();
    this.bar = new FilterBar(this);
    this.grid = new Grid(this);
    this.page = new ImagePage(this);
    this.gridPage = gridPage(this, this.bar, this.grid);
    this.help = helpDialog(this);
    this.live = h("p", { class: "unseen", "aria-live": "polite" });
    this.banner = h("p", { class: "banner", role: "alert", hidden: true });
    fill(document.body, this.#header(), this.banner, this.gridPage, this.page.element, this.help, this.live);
    listen(this);
    this.warn(site.facts.problem ?? "");
    addEventListener("hashchange", () => this.#follow(fromFragment(location.hash)));
    setInterval(() => document.hidden || this.#lookAgain(), LOOK_AGAIN);
  }

  #header() {
    this.safe = h("input", { type: "checkbox", onchange: () => this.recolour() });
    const safe = h("label", { class: "line" }, this.safe, h("span", {}, "colour-blind safe"));
    const help = h("button", { type: "button", "aria-label": "keys", onclick: () => this.help.showModal() }, "?");
    return h("header", {}, h("h1", {}, `Seedmask: ${this.site.facts.name}`), safe, help);
  }

  #takeLayers() {
    this.layers = new Map(layersOf(this.site.facts.variants).map((layer) => [layer.id, layer]));
  }

  /** Change what is shown; `push` makes it a step that the browser's back button takes back. */
  go(change, push = false) {
    this.state = { ...this.state, ...change };
    clearTimeout(this.writing);
    const write = () => history.replaceState(null, "", `#${toFragment(this.state)}`);
    if (push) history.pushState(null, "", `#${toFragment(this.state)}`);
    else this.writing = setTimeout(write, WRITE_ADDRESS); // browsers refuse to be written to at each step of a slider
    return this.show();
  }

  #follow(state) {
    clearTimeout(this.writing);
    this.state = state;
    return this.show();
  }

  /** Bring the page in line with the state. */
  async show() {
    const { state } = this;
    if (this.listedFor !== filtersOf(state)) await this.#list(state);
    if (state !== this.state) return; // whoever changed it shows it
    this.safe.checked = state.colours === "safe";
    const row = this.site.images.rowOf(state.image);
    if (state.image && row < 0) this.warn(`There is no image ${state.image} in this data set.`);
    const onImage = row >= 0;
    const turned = this.onImage !== onImage;
    this.onImage = onImage;
    this.page.element.hidden = !onImage;
    this.gridPage.hidden = onImage;
    document.title = `${onImage ? `${state.image} · ` : ""}${this.site.facts.name} · Seedmask`;
    if (turned) scrollTo(0, 0);
    if (onImage) {
      if (turned) this.page.name.focus({ preventScroll: true });
      await this.page.sync(row);
    } else {
      this.bar.sync();
      this.grid.sync();
      if (turned && this.page.row !== undefined) this.grid.select(this.page.row);
      if (turned) this.grid.element.focus({ preventScroll: true });
    }
  }

  async #list(state) {
    const filters = filtersOf(state);
    let [column, problem] = [null, null];
    if (state.order) {
      const numbers = await this.site.column(state.order).catch((error) => error);
      if (filtersOf(this.state) !== filters) return;
      if (numbers instanceof Error) problem = `No order by ${state.order}: ${numbers.message}.`;
      else column = numbers;
    }
    this.rows = listed(state, this.site.images, this.site.classes, column);
    [this.column, this.problem, this.listedFor] = [column, problem, filters];
  }

  /** Show an image of the grid. */
  open(row) {
    return this.go({ image: this.site.images.ids[row] }, true);
  }

  /** Back to the grid. */
  close() {
    return this.go({ image: "" }, true);
  }

  /** Some images on in the list; it ends at both ends. */
  step(by) {
    const here = this.rows.indexOf(this.site.images.rowOf(this.state.image));
    const next = Math.min(Math.max(here < 0 ? 0 : here + by, 0), this.rows.length - 1);
    if (next < 0 || next === here) return this.say("no further image");
    return this.go({ image: this.site.images.ids[this.rows[next]] });
  }

  recolour() {
    return this.go({ colours: this.state.colours === "safe" ? "report" : "safe" });
  }

  /** Tell those who cannot see the page. */
  say(words) {
    if (this.live.textContent !== words) this.live.textContent = words;
  }

  /** Say what is wrong with all of it; nothing when all is well. */
  warn(words) {
    this.banner.textContent = words;
    this.banner.hidden = !words;
  }

  async #lookAgain() {
    try {
      const news = await this.site.refresh();
      if (this.lost || news) this.warn(this.site.facts.problem ?? "");
      this.lost = false;
      if (!news) return;
      this.gallery.renew(news.all ? null : news.changed);
      this.#takeLayers();
      this.listedFor = null;
      await this.show();
    } catch (error) {
      this.lost = true;
      this.warn(error.message);
    }
  }
}

function filtersOf({ split, of, every, name, order }) {
  return JSON.stringify([split, of, every, name, order]);
}

try {
  const app = new App(await Site.open());
  await app.show();
  document.documentElement.dataset.ready = "yes";
} catch (error) {
  fill(
    document.body,
    h("main", {}, h("h1", {}, "Seedmask"), h("p", { class: "banner", role: "alert" }, error.message)),
  );
  throw error;
}
