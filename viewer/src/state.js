// What the page shows, as an object and as the fragment of the address that brings it back.

/** Everything that a link holds; whatever equals this is left out of it. */
export const START = Object.freeze({
  image: "",
  mode: "sides",
  show: [],
  a: "",
  b: "",
  class: "",
  threshold: "",
  opacity: {},
  at: 50,
  size: "",
  colours: "report",
  split: "",
  of: [],
  every: false,
  name: "",
  order: "",
  over: "",
});

/** Opacity in percent of layers over the picture, if the link has none. */
export const OPACITY = { sides: 85, overlay: 60, wipe: 70, difference: 80 };

const LISTS = ["show", "of"];
const CHOICES = { mode: Object.keys(OPACITY), colours: ["report", "safe"], size: ["", "small", "large"] };

/** The state that a fragment stands for; what cannot be understood is left out. */
export function fromFragment(fragment) {
  const words = new URLSearchParams(fragment.replace(/^#/, ""));
  const state = { ...START, opacity: {} };
  for (const name of Object.keys(START)) {
    if (!words.has(name)) continue;
    const word = words.get(name);
    if (LISTS.includes(name)) state[name] = words.getAll(name).filter(Boolean);
    else if (name === "at") state.at = percent(word, START.at);
    else if (name === "every") state.every = word === "yes";
    else if (name !== "opacity" && (CHOICES[name] ?? [word]).includes(word)) state[name] = word;
  }
  if (words.has("opacity")) state.opacity = { [state.mode]: percent(words.get("opacity"), OPACITY[state.mode]) };
  return state;
}

/** The fragment that stands for a state, without `#`. */
export function toFragment(state) {
  const words = new URLSearchParams();
  for (const name of Object.keys(START)) {
    const value = state[name];
    if (LISTS.includes(name)) value.forEach((each) => words.append(name, each));
    else if (name === "every") value && words.set(name, "yes");
    else if (name === "opacity") {
      const here = value[state.mode] ?? OPACITY[state.mode];
      if (here !== OPACITY[state.mode]) words.set(name, here);
    } else if (value !== START[name]) words.set(name, value);
  }
  return words.toString();
}

function percent(word, otherwise) {
  const number = Number(word);
  return word !== "" && Number.isFinite(number) ? Math.min(Math.max(Math.round(number), 0), 100) : otherwise;
}
