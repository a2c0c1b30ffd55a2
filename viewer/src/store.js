// Zarr stores of the results, read by ranges.

import * as zarr from "zarrita";
import { Reason, request } from "./site.js";

/** Files of the results for zarrita; remembers which files are not there. */
export class ResultsStore {
  constructor() {
    this.missing = new Set();
  }

  async get(key) {
    return this.#read(key, {});
  }

  async getRange(key, range) {
    const bytes =
      "suffixLength" in range
        ? `bytes=-${range.suffixLength}`
        : `bytes=${range.offset}-${range.offset + range.length - 1}`;
    return this.#read(key, { Range: bytes });
  }

  async #read(key, headers) {
    // Kept decoded below; a browser's cache makes requests for parts of one file wait for each other.
    const answer = await request(`/results${encodeURI(key)}`, { headers, cache: "no-store" });
    if (answer.status === 404) {
      this.missing.add(key);
      return undefined;
    }
    if (answer.status === 416) throw new Error("a file is too short");
    if (headers.Range && answer.status !== 206) throw new Reason(`${key}: the server does not send parts of files`);
    return new Uint8Array(await answer.arrayBuffer());
  }
}

/** One array of a variant's store. */
export class StoredArray {
  static async open(variant, name) {
    const stored = new StoredArray();
    stored.store = new ResultsStore();
    stored.name = name;
    const path = `/${variant}/data.zarr/${name}`;
    stored.array = await zarr.open.v3(zarr.root(stored.store).resolve(path), { kind: "array" });
    return stored;
  }

  /**
   * Part of a row.
   * @param {number} row
   * @param {(number|null)[]} lengths along the further axes; a number takes that many from the start
   * @param {number|null} slot the one map to read, of arrays that have slots
   */
  async read(row, lengths, slot = null) {
    if (lengths.includes(0)) return new Uint8Array(0); // an image without classes has no maps
    const ends = lengths.map((length, axis) => (axis === 0 && slot !== null ? slot : zarr.slice(0, length)));
    const { data } = await zarr.get(this.array, [row, ...ends]);
    return data;
  }

  /** Whether the file of a shard turned out not to be there; all of it reads as fill then. */
  lacks(shard) {
    return [...this.store.missing].some((key) => key.includes(`/${this.name}/c/${shard}/`));
  }
}
