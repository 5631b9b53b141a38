/** What lies ahead on the virtual clock: a binary heap by time, first in first out within one instant. */

interface Entry<T> {
  readonly at: number;
  readonly number: number;
  readonly what: T;
}

export class Agenda<T> {
  readonly #heap: Entry<T>[] = [];
  #number = 0;

  /** When the next is due; Infinity when nothing is. */
  get nextAt(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  add(at: number, what: T): void {
    const entry = { at, number: this.#number, what };
    this.#number += 1;
    let place = this.#heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || isBefore(parent, entry)) break;
      this.#heap[place] = parent;
      place = above;
    }
    this.#heap[place] = entry;
  }

  take(): T | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first !== undefined && last !== undefined && first !== last) this.#sink(last);
    return first?.what;
  }

  /** Places an entry from the top on, moving the earlier child up. */
  #sink(entry: Entry<T>): void {
    let place = 0;
    for (;;) {
      const [left, right] = [this.#heap[2 * place + 1], this.#heap[2 * place + 2]];
      if (left === undefined) break;
      const goesRight = right !== undefined && isBefore(right, left);
      const child = goesRight ? right : left;
      if (isBefore(entry, child)) break;
      this.#heap[place] = child;
      place = 2 * place + (goesRight ? 2 : 1);
    }
    this.#heap[place] = entry;
  }
}

const isBefore = (a: Entry<unknown>, b: Entry<unknown>): boolean => (a.at !== b.at ? a.at < b.at : a.number < b.number);
