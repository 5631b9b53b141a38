/**
 * What was charged in the last window, and how much of it leaves within a horizon. Time is cut into 4,096 cells a window; a
 * charge counts until the end of its cell, one window later. Everything is O(1) amortised.
 */

const CELLS = 4_096;

export class Ring {
  readonly #cellMs: number;
  readonly #horizon: number;
  /** Two windows, because a charge may lie ahead of now. */
  readonly #amounts = new Float64Array(2 * CELLS);
  /** Cells up to this one have left the window, and up to `#leaving` will within the horizon. */
  #left = Number.NEGATIVE_INFINITY;
  #leaving = Number.NEGATIVE_INFINITY;
  #total = 0;
  #soon = 0;

  constructor(windowMs: number, horizonMs: number) {
    this.#cellMs = windowMs / CELLS;
    this.#horizon = Math.min(CELLS, Math.floor(horizonMs / this.#cellMs));
  }

  add(at: number, amount: number): void {
    const cell = Math.ceil(at / this.#cellMs);
    if (cell <= this.#left) return;
    const index = indexOf(cell);
    this.#amounts[index] = (this.#amounts[index] ?? 0) + amount;
    this.#total += amount;
    if (cell <= this.#leaving) this.#soon += amount;
  }

  total(now: number): number {
    this.#advance(now);
    return this.#total;
  }

  /** How much will have left the window one horizon from now. */
  soon(now: number): number {
    this.#advance(now);
    return this.#soon;
  }

  /** When at least `amount` will have left the window; Infinity when there is not that much. */
  freesAt(amount: number, now: number): number {
    this.#advance(now);
    let freed = 0;
    for (let cell = this.#left + 1; cell <= this.#left + 2 * CELLS; cell += 1) {
      freed += this.#amounts[indexOf(cell)] ?? 0;
      if (freed >= amount) return (cell + CELLS) * this.#cellMs;
    }
    return Number.POSITIVE_INFINITY;
  }

  #advance(now: number): void {
    const left = Math.floor(now / this.#cellMs) - CELLS;
    if (this.#left === Number.NEGATIVE_INFINITY) {
      this.#left = left - 1;
      this.#leaving = this.#left;
    }
    while (this.#left < left) {
      this.#left += 1;
      if (this.#leaving < this.#left) this.#reach();
      const index = indexOf(this.#left);
      const gone = this.#amounts[index] ?? 0;
      this.#total -= gone;
      this.#soon -= gone;
      this.#amounts[index] = 0;
    }
    while (this.#leaving < left + this.#horizon) this.#reach();
  }

  #reach(): void {
    this.#leaving += 1;
    this.#soon += this.#amounts[indexOf(this.#leaving)] ?? 0;
  }
}

/** A mask, because their number is a power of two; cells before the start of the run have negative numbers. */
const indexOf = (cell: number): number => cell & (2 * CELLS - 1);
