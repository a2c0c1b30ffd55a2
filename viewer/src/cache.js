// What was made last, up to a number of bytes.

export class Cache {
  /** @param {number} most bytes to keep */
  constructor(most) {
    this.most = most;
    this.clear();
  }

  clear() {
    this.items = new Map();
    this.size = 0;
  }

  has(key) {
    return this.items.has(key);
  }

  get(key) {
    const item = this.items.get(key);
    if (!item) return undefined;
    this.items.delete(key);
    this.items.set(key, item);
    return item.value;
  }

  delete(key) {
    this.size -= this.items.get(key)?.size ?? 0;
    this.items.delete(key);
  }

  set(key, value, size) {
    this.delete(key);
    this.size += size;
    this.items.set(key, { value, size });
    for (const oldest of this.items.keys()) {
      if (this.size <= this.most || oldest === key) break;
      this.delete(oldest);
    }
  }
}
