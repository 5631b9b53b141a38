/**
 * What was charged when, for one window: the sum of all that still counts, to a sub-interval. Until when a charge counts, the window's
 * ageing says.
 *
 * Time is cut into sub-intervals, about 2,000 to a window, and each charge is rounded up to the end of its own: it then frees up
 * to one sub-interval late (0.05 % of the window), never early. Only sub-intervals that hold something are kept, in order, so an
 * idle limit holds nothing and a charge may lie in the near future (the latest arrival of a call just sent). Adding at the end
 * and expiring at the front are O(1) amortised whatever the rate; adding in between is a binary search and a move of at most a
 * window's sub-intervals.
 */

import { type Ageing, slidingAgeing } from './ageing.ts';
import type { Charges } from './charges.ts';

const SUB_INTERVALS = 2048;
/** Expired entries are dropped from the arrays in batches of at least this many. */
const COMPACT_AT = 1024;

export class Stamps implements Charges {
  readonly #ageing: Ageing;
  /** Whole ms, so that rounding is exact. */
  readonly #widthMs: number;
  /** Sub-intervals by number, ascending, and what each holds; live from `#first` on. Number n is ((n − 1) × width, n × width]. */
  #slots: number[] = [];
  #amounts: number[] = [];
  #first = 0;
  /** Everything up to this sub-interval has left the window. */
  #expired = Number.NEGATIVE_INFINITY;
  #total = 0;

  constructor(ageing: Ageing | number) {
    this.#ageing = typeof ageing === 'number' ? slidingAgeing(ageing) : ageing;
    this.#widthMs = Math.max(1, Math.ceil(this.windowMs / SUB_INTERVALS));
  }

  get windowMs(): number {
    return this.#ageing.windowMs;
  }

  /** What has left the window stays out. */
  add(at: number, amount: number): void {
    const slot = Math.ceil(at / this.#widthMs);
    if (amount === 0 || slot <= this.#expired) return;
    this.#total += amount;
    const index = this.#indexOf(slot);
    if (this.#slots[index] === slot) {
      this.#amounts[index] = (this.#amounts[index] ?? 0) + amount;
    } else {
      this.#slots.splice(index, 0, slot);
      this.#amounts.splice(index, 0, amount);
    }
  }

  total(now: number): number {
    this.#expire(now);
    return this.#total;
  }

  freesAt(amount: number): number {
    let freed = 0;
    for (let i = this.#first; i < this.#slots.length; i += 1) {
      freed += this.#amounts[i] ?? 0;
      if (freed >= amount) return this.#ageing.endOf((this.#slots[i] ?? 0) * this.#widthMs);
    }
    return Number.POSITIVE_INFINITY;
  }

  leftAt(at: number): number {
    const through = Math.floor(this.#ageing.overBefore(at) / this.#widthMs);
    let left = this.#total;
    for (let i = this.#first; i < this.#slots.length && (this.#slots[i] ?? 0) <= through; i += 1) left -= this.#amounts[i] ?? 0;
    return left;
  }

  *entries(): Generator<readonly [at: number, amount: number]> {
    for (let i = this.#first; i < this.#slots.length; i += 1) {
      yield [(this.#slots[i] ?? 0) * this.#widthMs, this.#amounts[i] ?? 0];
    }
  }

  /** The index of the slot, or where it belongs: nearly always at or after the last. */
  #indexOf(slot: number): number {
    const last = this.#slots.length - 1;
    if (last < this.#first || slot > (this.#slots[last] ?? 0)) return last + 1;
    let [low, high] = [this.#first, last];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#slots[middle] ?? 0) < slot) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #expire(now: number): void {
    const through = Math.floor(this.#ageing.overBefore(now) / this.#widthMs);
    if (through <= this.#expired) return;
    this.#expired = through;
    while (this.#first < this.#slots.length && (this.#slots[this.#first] ?? 0) <= through) {
      this.#total -= this.#amounts[this.#first] ?? 0;
      this.#first += 1;
    }
    if (this.#first < COMPACT_AT || this.#first * 2 < this.#slots.length) return;
    this.#slots = this.#slots.slice(this.#first);
    this.#amounts = this.#amounts.slice(this.#first);
    this.#first = 0;
  }
}
