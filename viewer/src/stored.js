// One variant's arrays, each proved to be made before it is shown: a shard that is not there reads as fill.

import { Reason, request } from "./site.js";
import { StoredArray } from "./store.js";

const KINDS = { uint8: "|u1", int16: "<i2", float16: "<f2" };

export class StoredVariant {
  /**
   * @param {object} facts as in `/variants.json`
   * @param {import("./site.js").Images} images
   */
  constructor(facts, images) {
    this.facts = facts;
    this.images = images;
    this.arrays = new Map();
    this.shards = new Map();
  }

  /**
   * The manifest's entry of an image.
   * @throws {Reason} if it is not made, or never will be
   */
  async entry(row) {
    const { name, problem, splits, shard_size: size, finished, expected } = this.facts;
    const split = this.images.splits[row];
    if (problem)
      throw new Reason(problem === "no shard is finished yet" ? "not made yet: no shard is finished" : problem);
    if (!splits.includes(split)) throw new Reason(`no ${name.split("/")[0]} for ${split} pictures`);
    const shard = Math.floor(row / size);
    if (!finished.includes(shard)) {
      throw new Reason(`not made yet: ${finished.length} of ${expected.length} shards are finished`);
    }
    const entry = (await this.#manifest(shard)).get(row);
    if (!entry) throw new Reason(`${name} shard ${shard} does not hold this image: it was made for another index`);
    return entry;
  }

  /**
   * An array of an image without padding.
   * @param {number} row
   * @param {string} name
   * @param {number|null} slot the one map to read, of arrays that have slots
   * @returns {Promise<{data: TypedArray, height: number, width: number, slots: number}>}
   */
  async read(row, name, slot = null) {
    const entry = await this.entry(row);
    if (this.facts.arrays[name].dtype === "float16" && !globalThis.Float16Array) {
      throw new Reason("this browser knows no numbers of half precision: take a newer one");
    }
    try {
      const array = await this.#array(name);
      const data = await array.read(row, this.#lengths(name, entry), slot);
      if (array.lacks(Math.floor(row / this.facts.shard_size))) await this.#prove(row, entry);
      return { data, height: entry.height, width: entry.width, slots: entry.slots };
    } catch (error) {
      if (error instanceof Reason) throw error;
      // Decoders throw any kind of error on damaged bytes.
      const problem = error.cause?.message || error.message || String(error);
      throw new Reason(`${this.facts.name} is damaged here (${problem}); seedmask verify says what to delete`, {
        cause: error,
      });
    }
  }

  #lengths(name, entry) {
    const lengths = { slot: entry.slots, y: entry.height, x: entry.width };
    return this.facts.arrays[name].axes.map((axis) => lengths[axis]);
  }

  #array(name) {
    return kept(this.arrays, name, () => StoredArray.open(this.facts.name, name));
  }

  #manifest(shard) {
    return kept(this.shards, shard, async () => {
      const path = `/results/${this.facts.name}/manifests/${String(shard).padStart(4, "0")}.json`;
      const answer = await request(path);
      if (!answer.ok) throw new Reason("being made again");
      const { images } = await answer.json().catch(() => {
        throw new Reason(`${path} is not a manifest; delete it and run snakemake`);
      });
      return new Map(images.map((entry) => [entry.row, entry]));
    });
  }

  /** No file for an array may mean that all of it is padding, or that it is lost; the digest can tell. */
  async #prove(row, entry) {
    const parts = [];
    for (const name of Object.keys(this.facts.arrays).sort()) {
      const array = await this.#array(name);
      const data = await array.read(row, this.#lengths(name, entry));
      const lengths = this.#lengths(name, entry);
      const shape = lengths.length === 1 ? `(${lengths[0]},)` : `(${lengths.join(", ")})`;
      parts.push(new TextEncoder().encode(`${name} ${KINDS[this.facts.arrays[name].dtype]} ${shape}\0`));
      parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    const bytes = await new Blob(parts).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const actual = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    if (actual !== entry.digest) {
      throw new Reason(`${this.facts.name} has lost a file here; seedmask verify says what to delete`);
    }
  }
}

function kept(map, key, make) {
  if (!map.has(key)) {
    const made = make();
    made.catch(() => map.delete(key));
    map.set(key, made);
  }
  return map.get(key);
}
