// What the server knows of the data set.

/** Why something cannot be shown; its text is for people. */
export class Reason extends Error {}

/** Statuses that say something of what was asked for, not of the asking. */
const MEANT = [404, 416];

/** Ask the server; an answer that is none becomes a reason. */
export async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    throw new Reason("no answer: is `seedmask view` still running?", { cause: error });
  }
  if (!answer.ok && !MEANT.includes(answer.status))
    throw new Reason((await answer.text()).trim() || `status ${answer.status}`);
  return answer;
}

async function askJson(path) {
  const answer = await ask(path);
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

  /** Row of an image, -1 if there is none of this name. */
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
    const [facts, images] = await Promise.all([askJson("/variants.json"), askJson("/images.json")]);
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
   * Look again.
   * @returns {Promise<{changed: string[], all: boolean}|null>} variants that changed; null if nothing did
   */
  async refresh() {
    const facts = await askJson("/variants.json");
    const before = this.facts;
    if (JSON.stringify(facts) === JSON.stringify(before)) return null;
    if (facts.index !== before.index) this.images = new Images(await askJson("/images.json"));
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
      const asked = askJson(`/numbers.json?column=${encodeURIComponent(name)}`);
      asked.catch(() => this.columns.delete(name));
      this.columns.set(name, asked);
    }
    return this.columns.get(name);
  }

  /** All numbers of one image by name; none without a table. */
  async numbersOf(row) {
    if (!this.facts.numbers.columns) return {};
    if (!this.numbers.has(row)) this.numbers.set(row, await askJson(`/numbers.json?row=${row}`));
    return this.numbers.get(row);
  }
}
