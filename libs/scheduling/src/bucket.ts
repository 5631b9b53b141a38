/**
 * A bucket that refills continuously: what is missing from it.
 *
 * What is missing at t is the most, over all s before t, of what was charged in (s, t] less what was refilled since s. That is never
 * less than at a provider where the same charges arrived earlier: so a permit that has not arrived counts in full beside the bucket
 * (it floats), and is charged here, back-dated, at its latest possible arrival. Nothing charged earns refill before that.
 *
 * Charges are kept by sub-interval, each rounded up to the end of its own, at least for the time in which an empty bucket fills. What
 * is older is summed up in one level, and what is taken back of it stays charged.
 * A correction in the past is exact, at the cost of one walk over the sub-intervals (some thousands at most) for all corrections of a step.
 */
import type { Charges } from './charges.ts';

const SUB_INTERVALS = 2048;
/** Refill is a sum of fractions: less than this of a unit is loss of arithmetic. */
const ROUNDING = 1e-6;

export interface Refill {
  /** Units of the limit a ms. */
  readonly perMs: number;
  /** What the bucket holds when it is full. */
  readonly size: number;
}

export class Bucket implements Charges {
  #refill: Refill;
  #widthMs: number;
  /** Sub-intervals by number, ascending, and what each holds. */
  #slots: number[] = [];
  #amounts: number[] = [];
  /** What was missing at the end of all that is not kept any more. */
  #oldMissing = 0;
  #oldAt = Number.NEGATIVE_INFINITY;
  /** As of `#at`, charges up to it included; undefined when it is to be found anew. */
  #missing: number | undefined = 0;
  #at = Number.NEGATIVE_INFINITY;
  #ahead = 0;

  constructor(refill: Refill) {
    this.#refill = refill;
    this.#widthMs = Math.max(1, Math.ceil(this.windowMs / SUB_INTERVALS));
  }

  get windowMs(): number {
    return this.#refill.perMs > 0 ? Math.ceil(this.#refill.size / this.#refill.perMs) : 0;
  }

  /** From `now` on it refills at another rate. The width of sub-intervals stays. */
  refillAt(refill: Refill, now: number): void {
    if (refill.perMs === this.#refill.perMs && refill.size === this.#refill.size) return;
    this.#foldUntil(Math.floor(now / this.#widthMs));
    this.#refill = refill;
    this.#missing = undefined;
  }

  add(at: number, amount: number): void {
    if (amount === 0) return;
    const slot = Math.ceil(at / this.#widthMs);
    this.#missing = undefined;
    if (slot * this.#widthMs <= this.#oldAt) {
      // Too old to know what has refilled since: it counts as if nothing had, and is not given back.
      if (amount > 0) this.#oldMissing += amount;
      return;
    }
    const index = this.#indexOf(slot);
    if (this.#slots[index] === slot) {
      this.#amounts[index] = (this.#amounts[index] ?? 0) + amount;
    } else {
      this.#slots.splice(index, 0, slot);
      this.#amounts.splice(index, 0, amount);
    }
  }

  total(now: number): number {
    this.#advance(now);
    return whole(this.#missing ?? 0) + this.#ahead;
  }

  freesAt(amount: number): number {
    const { perMs } = this.#refill;
    const before = whole(this.#missing ?? 0) + this.#ahead;
    if (amount > before || perMs <= 0) return Number.POSITIVE_INFINITY;
    const wanted = before - amount;
    let [missing, at, ahead] = [this.#missing ?? 0, this.#at, this.#ahead];
    for (let i = this.#firstAfter(at); ; i += 1) {
      const [slot, held] = [this.#slots[i], this.#amounts[i] ?? 0];
      const next = slot === undefined ? Number.POSITIVE_INFINITY : slot * this.#widthMs;
      const reached = at + Math.ceil((missing - ROUNDING - (wanted - ahead)) / perMs);
      if (wanted >= ahead && reached < next) return Math.max(at, reached);
      missing = Math.max(0, missing - perMs * (next - at)) + held;
      [at, ahead] = [next, ahead - held];
    }
  }

  leftAt(at: number): number {
    const { perMs } = this.#refill;
    let [missing, from] = [this.#missing ?? 0, this.#at];
    let index = this.#firstAfter(from);
    for (; (this.#slots[index] ?? Number.POSITIVE_INFINITY) * this.#widthMs <= at; index += 1) {
      const next = (this.#slots[index] ?? 0) * this.#widthMs;
      missing = refilled(missing, perMs, next - from) + (this.#amounts[index] ?? 0);
      from = next;
    }
    return whole(refilled(missing, perMs, at - from)) + this.#amounts.slice(index).reduce((sum, amount) => sum + amount, 0);
  }

  *entries(): Generator<readonly [at: number, amount: number]> {
    if (this.#oldMissing > 0) yield [this.#oldAt, this.#oldMissing];
    for (const [i, slot] of this.#slots.entries()) yield [slot * this.#widthMs, this.#amounts[i] ?? 0];
  }

  /** Brings what is missing up to `now`: from where it was known, or all over again after a correction. */
  #advance(now: number): void {
    if (this.#slots.length > 2 * SUB_INTERVALS) this.#foldUntil(Math.floor((now - this.windowMs) / this.#widthMs));
    if (this.#missing === undefined || now < this.#at) [this.#missing, this.#at] = [this.#oldMissing, this.#oldAt];
    const { perMs } = this.#refill;
    let index = this.#firstAfter(this.#at);
    for (; (this.#slots[index] ?? Number.POSITIVE_INFINITY) * this.#widthMs <= now; index += 1) {
      const at = (this.#slots[index] ?? 0) * this.#widthMs;
      this.#missing = refilled(this.#missing, perMs, at - this.#at) + (this.#amounts[index] ?? 0);
      this.#at = at;
    }
    this.#missing = refilled(this.#missing, perMs, now - this.#at);
    this.#at = now;
    this.#ahead = this.#amounts.slice(index).reduce((sum, amount) => sum + amount, 0);
  }

  /** Sums up the sub-intervals to this one, itself included. */
  #foldUntil(slot: number): void {
    const count = this.#firstAfter(slot * this.#widthMs);
    const { perMs } = this.#refill;
    for (let i = 0; i < count; i += 1) {
      const at = (this.#slots[i] ?? 0) * this.#widthMs;
      this.#oldMissing = refilled(this.#oldMissing, perMs, at - this.#oldAt) + (this.#amounts[i] ?? 0);
      this.#oldAt = at;
    }
    const end = slot * this.#widthMs;
    if (end > this.#oldAt) [this.#oldMissing, this.#oldAt] = [refilled(this.#oldMissing, perMs, end - this.#oldAt), end];
    this.#slots = this.#slots.slice(count);
    this.#amounts = this.#amounts.slice(count);
    this.#missing = undefined;
  }

  #firstAfter(at: number): number {
    return lowerBound(this.#slots, Math.floor(at / this.#widthMs) + 1);
  }

  #indexOf(slot: number): number {
    return lowerBound(this.#slots, slot);
  }
}

/** Never less than nothing: a full bucket does not overflow into credit. */
const refilled = (missing: number, perMs: number, forMs: number): number => Math.max(0, missing - perMs * (forMs === Number.POSITIVE_INFINITY ? 0 : forMs));

/** Charges are whole, so a call fits exactly when it fits what is missing, rounded up. */
const whole = (missing: number): number => Math.max(0, Math.ceil(missing - ROUNDING));

/** The first index whose value is at least `wanted`; ascending values, nearly always asked for the end. */
function lowerBound(values: readonly number[], wanted: number): number {
  if ((values.at(-1) ?? Number.NEGATIVE_INFINITY) < wanted) return values.length;
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
