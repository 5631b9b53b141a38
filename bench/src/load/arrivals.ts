/** When calls are to be sent: milliseconds from the start of the load. */

/** Evenly spaced, for so many seconds. */
export function evenly(perSecond: number, seconds: number): readonly number[] {
  return Array.from({ length: Math.round(perSecond * seconds) }, (_, index) => (index * 1000) / perSecond);
}

/** Scaled so that the last arrives after `spanMs`, the first at 0. */
export function compressed(times: readonly number[], spanMs: number): readonly number[] {
  const first = times[0] ?? 0;
  const span = (times.at(-1) ?? first) - first;
  return times.map((time) => (span === 0 ? 0 : ((time - first) / span) * spanMs));
}
