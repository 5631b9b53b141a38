/** When a delivery is tried: ten times within a day, each a little later than planned, so that receivers that came back are not met by everybody at once. */

/** Of the tries, counted from the moment the delivery was first due. */
export const TRIES_AT_MS = [0, 5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000, 72_000_000, 86_400_000] as const;

/** Two tries never follow each other faster, however late the first of them was. */
export const LEAST_GAP_MS = 5_000;
/** Later by up to this part of the time planned: no try then comes after the next one's time. */
const JITTER = 0.1;
const LONGEST_RETRY_AFTER_MS = 86_400_000;

export interface TriesSoFar {
  /** At least 1: the one that has just failed counts. */
  readonly tries: number;
  /** Since the delivery was first due. */
  readonly elapsedMs: number;
  /** What the receiver asked for; null: nothing. */
  readonly retryAfterMs: number | null;
}

/** How long to wait before the next try; null when there is none left. `random` gives 0 ≤ x < 1. */
export function nextTryInMs({ tries, elapsedMs, retryAfterMs }: TriesSoFar, random: () => number): number | null {
  const planned = TRIES_AT_MS[tries];
  if (planned === undefined) return null;
  const late = 1 + JITTER * random();
  const wait = Math.max(planned * late - elapsedMs, LEAST_GAP_MS * late);
  return Math.round(Math.max(wait, Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS)));
}
