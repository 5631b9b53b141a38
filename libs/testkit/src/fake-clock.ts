/** A clock that a test moves by hand, for everything that takes `now`. */
export interface FakeClock {
  readonly now: () => number;
  advanceBy(ms: number): void;
  /** Never backwards. */
  advanceTo(at: number): void;
}

/** Starts at `at`, epoch ms. */
export function fakeClock(at = Date.UTC(2026, 0, 1)): FakeClock {
  let now = at;
  const advanceTo = (next: number): void => {
    if (!(next >= now)) throw new RangeError(`a clock does not go backwards: ${next} is before ${now}`);
    now = next;
  };
  return { now: () => now, advanceBy: (ms) => advanceTo(now + ms), advanceTo };
}
