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

  set(key, value, size) {
    this.size += size - (this.items.get(key)?.size ?? 0);
    this.items.delete(key);
    this.items.set(key, { value, size });
    for (const [oldest, item] of this.items) {
      if (this.size <= this.most || oldest === key) break;
      this.items.delete(oldest);
      this.size -= item.size;
    }
  }
}
