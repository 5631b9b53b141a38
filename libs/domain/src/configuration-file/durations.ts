/** Durations as people write them in the file: a whole number and a unit, such as `500ms`, `60s`, `4m`, `12h`, `30d`. */
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Eight digits keep even days far below the largest exact integer. */
export const DURATION = /^(\d{1,8})(ms|s|m|h|d)$/;

/** Milliseconds, or undefined when the text is no duration. */
export function durationMs(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  // The pattern admits no other unit.
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** Lengths of windows that have a name: no window of a calendar, but any 30 days; a century is a lifetime. */
const NAMED_PERIODS_MS: ReadonlyMap<string, number> = new Map([['month', 30 * UNIT_MS.d], ['lifetime', 36_500 * UNIT_MS.d]]);

export const PERIOD = /^(\d{1,8}(ms|s|m|h|d)|month|lifetime)$/;

/** Milliseconds, or undefined when the text is no period. */
export const periodMs = (text: string): number | undefined => NAMED_PERIODS_MS.get(text) ?? durationMs(text);
