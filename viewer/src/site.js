// Data of the server about the data set.

/** The reason why something cannot be shown; its text is for people. */
export class Reason extends Error {}

/** Statuses about the requested file, not about the request. */
const EXPECTED = [404, 416];

/** An answer of the server; throws a reason if there is none. */
export async function request(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    throw new Reason("no answer: is `seedmask view` still running?", { cause: error });
  }
  if (!answer.ok && !EXPECTED.includes(answer.status))
    throw new Reason((await answer.text()).trim() || `status ${answer.status}`);
  return answer;
}

async function fetchJson(path) {
  const answer = await request(path);
  if (!answer.ok) throw new Reason((await answer.text()).trim());
  return answer.json();
}

/** The images of the data set, by row. */
export class Images {
  constructor(columns) {
    this.count = columns.id.length;
    this.ids = columns.id;
    this.widths = columns.width;
    this.heights = columns.height;
    this.tags = columns.tags;
    this.notes = columns.notes;
    this.splits = spread(columns.splits);
    this.truth = spread(columns.truth);
    this.splitNames = [...new Set(this.splits)];
    this.rows = new Map(columns.id.map((id, row) => [id, row]));
  }

  /** Row of an image, -1 if no image has this name. */
  rowOf(id) {
    return this.rows.get(id) ?? -1;
  }
}

function spread(runs) {
  return runs.flatMap(([value, count]) => Array(count).fill(value));
}

export class Site {
  static async open() {
    const site = new Site();
    const [facts, images] = await Promise.all([fetchJson("/variants.json"), fetchJson("/images.json")]);
    site.take(facts);
    site.images = new Images(images);
    site.columns = new Map();
    site.numbers = new Map();
    return site;
  }

  take(facts) {
    this.facts = facts;
    this.classes = facts.classes;
    this.variants = new Map(facts.variants.map((variant) => [variant.name, variant]));
  }

  /**
   * Read the state of the results again.
   * @returns {Promise<{changed: string[], all: boolean}|null>} variants that changed; null if nothing did
   */
  async refresh() {
    const facts = await fetchJson("/variants.json");
    const before = this.facts;
    if (JSON.stringify(facts) === JSON.stringify(before)) return null;
    if (facts.index !== before.index) this.images = new Images(await fetchJson("/images.json"));
    const all = facts.index !== before.index;
    if (all || JSON.stringify(facts.numbers) !== JSON.stringify(before.numbers)) {
      this.columns.clear();
      this.numbers.clear();
    }
    const changed = facts.variants.filter((variant) => this.variants.get(variant.name)?.version !== variant.version);
    this.take(facts);
    return { changed: changed.map((variant) => variant.name), all };
  }

  /** A number of all images, null where unknown. */
  column(name) {
    if (!this.columns.has(name)) {
      const numbers = fetchJson(`/numbers.json?column=${encodeURIComponent(name)}`);
      numbers.catch(() => this.columns.delete(name));
      this.columns.set(name, numbers);
    }
    return this.columns.get(name);
  }

  /** All numbers of one image by name; none without a table. */
  async numbersOf(row) {
    if (!this.facts.numbers.columns) return {};
    if (!this.numbers.has(row)) this.numbers.set(row, await fetchJson(`/numbers.json?row=${row}`));
    return this.numbers.get(row);
  }
}
