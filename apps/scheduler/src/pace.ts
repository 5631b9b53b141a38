/** Grants per second over the last seconds: what ETAs are told from. */
const SECONDS = 10;

export interface Pace {
  count(grants: number, now: number): void;
  perSecond(now: number): number;
}

export function openPace(): Pace {
  const counts = new Array<number>(SECONDS).fill(0);
  const stamps = new Array<number>(SECONDS).fill(0);
  const began: { at: number | undefined } = { at: undefined };
  return {
    count(grants, now) {
      began.at ??= now;
      const second = Math.floor(now / 1000);
      const slot = second % SECONDS;
      counts[slot] = (stamps[slot] === second ? (counts[slot] ?? 0) : 0) + grants;
      stamps[slot] = second;
    },
    perSecond(now) {
      const oldest = Math.floor(now / 1000) - SECONDS;
      const total = counts.reduce((sum, count, slot) => ((stamps[slot] ?? 0) > oldest ? sum + count : sum), 0);
      const seconds = Math.min(SECONDS, Math.max(1, (now - (began.at ?? now)) / 1000));
      return total / seconds;
    },
  };
}
