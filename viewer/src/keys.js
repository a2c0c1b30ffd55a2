// What keys do, and the list of them.

import { h } from "./dom.js";

/** `[keys, words, where, what]`: where is image, grid or everywhere. */
function table(app) {
  const { page } = app;
  const { controls } = page;
  const wipe = (by) => app.go({ at: Math.min(Math.max(app.state.at + by, 0), 100) });
  return [
    [["ArrowRight", "l"], "next image", "image", () => app.step(1)],
    [["ArrowLeft", "k"], "previous image", "image", () => app.step(-1)],
    [["Home"], "first image", "image", () => app.step(-Infinity)],
    [["End"], "last image", "image", () => app.step(Infinity)],
    [["1"], "side by side", "image", () => app.go({ mode: "sides" })],
    [["2"], "overlay", "image", () => app.go({ mode: "overlay" })],
    [["3"], "wipe between two", "image", () => app.go({ mode: "wipe" })],
    [["4"], "difference of two", "image", () => app.go({ mode: "difference" })],
    [["+", "="], "more opaque", "image", () => controls.see(controls.opaque + 10)],
    [["-"], "more transparent", "image", () => controls.see(controls.opaque - 10)],
    [["v"], "without results and back", "image", () => page.sheet.classList.toggle("bare")],
    [["c"], "heat of the next class", "image", () => controls.turn(1)],
    [["C"], "heat of the class before", "image", () => controls.turn(-1)],
    [["["], "wipe to the left", "image", () => wipe(-5)],
    [["]"], "wipe to the right", "image", () => wipe(5)],
    [["x"], "swap the two", "image", () => controls.exchange()],
    [["g", "Escape"], "all images", "image", () => app.close()],
    [["Arrows", "PageUp", "PageDown", "Home", "End"], "move among the images", "grid", null],
    [["Enter"], "open the image", "grid", null],
    [["/"], "look for a name", "grid", () => app.bar.name.focus()],
    [["s"], "colours safe for colour-blind eyes and back", "everywhere", () => app.recolour()],
    [["?"], "this list", "everywhere", () => app.help.showModal()],
  ];
}

/** Listen to keys. */
export function listen(app) {
  const keys = table(app);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || app.help.open || isTyped(event)) return;
    const where = app.state.image ? "image" : "grid";
    if (where === "grid" && event.target === document.body) {
      app.grid.element.focus();
      app.grid.key(event);
    }
    const binding = keys.find(
      ([names, , scope, run]) => run && names.includes(event.key) && (scope === where || scope === "everywhere"),
    );
    if (!binding) return;
    event.preventDefault();
    binding[3]();
  });
}

/** Whether a key belongs to the field that has the focus. */
function isTyped({ target, key }) {
  if (target.matches("select, input[type=search]")) return key !== "Escape" || target.value !== "";
  return target.matches("input") && /^(Arrow|Home|End|Page)/.test(key);
}

/** The list of keys, as a dialog. */
export function helpDialog(app) {
  const rows = table(app).map(([names, words, where]) =>
    h(
      "tr",
      {},
      h(
        "td",
        {},
        names.map((name) => [h("kbd", {}, name.replace(/^Arrow(?!s)/, "Arrow ")), " "]),
      ),
      h("td", {}, words),
      h("td", { class: "pale" }, where),
    ),
  );
  const head = h(
    "tr",
    {},
    ["key", "what it does", "where"].map((words) => h("th", { scope: "col" }, words)),
  );
  const close = h("form", { method: "dialog" }, h("h2", {}, "Keys"), h("button", {}, "Close"));
  return h("dialog", { "aria-label": "keys" }, close, h("div", { class: "wide" }, h("table", {}, head, rows)));
}
