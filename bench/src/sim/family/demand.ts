/**
 * A running estimate of what the priorities above the last one ask for within a horizon: mean and standard deviation of the sums
 * over the horizon, as they were seen lately.
 */

/** The sums are looked at this often in a horizon, and remembered for about this long. */
const LOOKS = 5;
const MEMORY_MS = 120_000;

export class Demand {
  readonly #lookMs: number;
  /** Of the newest look. */
  readonly #weight: number;
  /** What arrived between the last looks, oldest first, then since the last look. */
  readonly #recent: number[] = Array.from({ length: LOOKS }, () => 0);
  #since = 0;
  #nextLookAt: number;
  #mean = 0;
  #square = 0;
  /** Of the memory, how much is filled: the first looks count for more. */
  #filled = 0;

  constructor(horizonMs: number) {
    this.#lookMs = horizonMs / LOOKS;
    this.#nextLookAt = this.#lookMs;
    this.#weight = this.#lookMs / MEMORY_MS;
  }

  arrive(amount: number, now: number): void {
    this.#look(now);
    this.#since += amount;
  }

  /** Mean + `sigmas` standard deviations of what a horizon asks for. */
  expected(sigmas: number, now: number): number {
    this.#look(now);
    if (this.#filled === 0) return 0;
    const mean = this.#mean / this.#filled;
    const variance = Math.max(0, this.#square / this.#filled - mean * mean);
    return mean + sigmas * Math.sqrt(variance);
  }

  #look(now: number): void {
    for (; this.#nextLookAt <= now; this.#nextLookAt += this.#lookMs) {
      this.#recent.shift();
      this.#recent.push(this.#since);
      this.#since = 0;
      const seen = this.#recent.reduce((sum, amount) => sum + amount, 0);
      this.#mean += this.#weight * (seen - this.#mean);
      this.#square += this.#weight * (seen * seen - this.#square);
      this.#filled += this.#weight * (1 - this.#filled);
    }
  }
}
