/** A binary heap whose items know where they stand in it, so that one can be moved or taken out in O(log n). */

/** An item stands in one heap at a time; `place` is its index there, −1 when it is in none. */
export interface Placed {
  place: number;
}

export class Heap<T extends Placed> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  /** `before` must be a total order of the items, else what comes out depends on the order of coming in. */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  /** Puts the item where it belongs: adds it, or moves it after its order has changed. */
  put(item: T): void {
    if (item.place < 0) item.place = this.#items.push(item) - 1;
    this.#down(item, this.#up(item, item.place));
  }

  /** Nothing happens when it is not in. */
  remove(item: T): void {
    const hole = item.place;
    if (hole < 0) return;
    item.place = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#down(last, this.#up(last, hole));
  }

  #up(item: T, from: number): number {
    let hole = from;
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = this.#items[above];
      if (parent === undefined || !this.#before(item, parent)) break;
      this.#set(parent, hole);
      hole = above;
    }
    this.#set(item, hole);
    return hole;
  }

  #down(item: T, from: number): void {
    let hole = from;
    for (;;) {
      const left = 2 * hole + 1;
      const [a, b] = [this.#items[left], this.#items[left + 1]];
      if (a === undefined) break;
      const child = b !== undefined && this.#before(b, a) ? b : a;
      if (!this.#before(child, item)) break;
      const below = child === a ? left : left + 1;
      this.#set(child, hole);
      hole = below;
    }
    this.#set(item, hole);
  }

  #set(item: T, place: number): void {
    this.#items[place] = item;
    item.place = place;
  }
}
