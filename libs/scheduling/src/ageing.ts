/**
 * Until when a charge counts in a window.
 *
 * `sliding`: for `windowMs`. `fixed`: to the end of its aligned window. Where the provider's windows begin is learned from what it
 * says about its resets, each of which puts a boundary somewhere between two times; they are narrowed as more is heard. As long as
 * nothing is known, and beyond what is known, a charge counts for `windowMs`: no aligned window lasts longer.
 */

export interface Ageing {
  readonly windowMs: number;
  /** When what was charged at `at` no longer counts. */
  endOf(at: number): number;
  /** What was charged at or before this time no longer counts at `now`. */
  overBefore(now: number): number;
}

export const slidingAgeing = (windowMs: number): Ageing => ({
  windowMs, endOf: (at) => at + windowMs, overBefore: (now) => now - windowMs,
});

/** A boundary of the aligned windows lies between the two, epoch ms; `undefined`: nothing is known. */
export type Boundary = { readonly earliest: number; readonly latest: number } | undefined;

/** The provider said that its window ends between `earliest` and `latest`. What contradicts all that was heard before replaces it. */
export function narrowed(known: Boundary, heard: { readonly earliest: number; readonly latest: number }, windowMs: number): Boundary {
  if (!(heard.latest - heard.earliest < windowMs)) return known;
  if (known === undefined) return heard;
  // The same boundary as the one heard of, a whole number of windows away.
  const middle = (heard.earliest + heard.latest - known.earliest - known.latest) / 2;
  const away = Math.round(middle / windowMs) * windowMs;
  const earliest = Math.max(known.earliest + away, heard.earliest);
  const latest = Math.min(known.latest + away, heard.latest);
  return earliest <= latest ? { earliest, latest } : heard;
}

/** `boundary` is asked each time, because it is learned while charges are kept. */
export function fixedAgeing(windowMs: number, boundary: () => Boundary): Ageing {
  return {
    windowMs,
    endOf(at) {
      const known = boundary();
      if (known === undefined) return at + windowMs;
      // Charged before the earliest time of a boundary: gone by its latest time. A charge at that earliest time may count after.
      const windows = Math.floor((at - known.earliest) / windowMs) + 1;
      return Math.min(at + windowMs, known.latest + windows * windowMs);
    },
    overBefore(now) {
      const known = boundary();
      if (known === undefined) return now - windowMs;
      const windows = Math.floor((now - known.latest) / windowMs);
      return Math.max(now - windowMs, Math.ceil(known.earliest) + windows * windowMs - 1);
    },
  };
}
