/** Grants over the last seconds: what ETAs, and operators, are told from. */
const SECONDS = 10;

export interface Pace {
  count(grants: number, now: number): void;
  perSecond(now: number): number;
  /** Of all the seconds that are remembered. */
  total(now: number): number;
}

export function openPace(lastSeconds = SECONDS): Pace {
  const counts = new Array<number>(lastSeconds).fill(0);
  const stamps = new Array<number>(lastSeconds).fill(0);
  const began: { at: number | undefined } = { at: undefined };
  const total = (now: number): number => {
    const oldest = Math.floor(now / 1000) - lastSeconds;
    return counts.reduce((sum, count, slot) => ((stamps[slot] ?? 0) > oldest ? sum + count : sum), 0);
  };
  return {
    total,
    count(grants, now) {
      began.at ??= now;
      const second = Math.floor(now / 1000);
      const slot = second % lastSeconds;
      counts[slot] = (stamps[slot] === second ? (counts[slot] ?? 0) : 0) + grants;
      stamps[slot] = second;
    },
    perSecond(now) {
      const seconds = Math.min(lastSeconds, Math.max(1, (now - (began.at ?? now)) / 1000));
      return total(now) / seconds;
    },
  };
}
